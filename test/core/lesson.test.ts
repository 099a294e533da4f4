/** What may teach something, and which of a model's findings are believed. */
import { describe, expect, it } from 'vitest';
import type { InboundEvent } from '../../core/event.ts';
import type { SaidFact } from '../../core/fact.ts';
import { believedFacts, mayTeach, personWords, speaksOfSelf } from '../../core/lesson.ts';

const found = (change: Partial<SaidFact> = {}): SaidFact => ({
  kind: 'goal',
  subject: 'sleep',
  text: 'sleep through',
  quote: 'I want to sleep through again',
  confidence: 0.8,
  days: null,
  ...change,
});
const WORDS =
  'Hello there.\nI want to sleep  through again, and my mother says yoga helps. I take insulin. I like calm music.';

describe('a finding', () => {
  it('is believed when its quote stands in the words, but for white space', () => {
    expect(believedFacts([found()], WORDS)).toEqual([found()]);
    expect(believedFacts([found({ quote: 'I want to\nsleep through' })], WORDS)).toHaveLength(1);
  });

  it.each([
    ['a quote nobody wrote', { quote: 'I want to sleep longer' }],
    ['a quote of another case', { quote: 'i WANT to sleep through again' }],
    ['an empty quote', { quote: '  ' }],
    ['of somebody else', { quote: 'my mother says yoga helps' }],
    ['of health', { quote: 'I take insulin', text: 'insulin' }],
    ['that names an illness the words do not', { text: 'has a depression' }],
  ])('is not: %s', (_what, change) => expect(believedFacts([found(change)], WORDS)).toEqual([]));

  it('about health stays where the person states it as a preference', () => {
    const fact = found({ kind: 'preference', quote: 'I take insulin', text: 'breaks for insulin' });
    expect(believedFacts([fact], WORDS)).toHaveLength(1);
  });

  it('is one of five', () => {
    expect(
      believedFacts(
        Array.from({ length: 9 }, () => found()),
        WORDS,
      ),
    ).toHaveLength(5);
  });
});

describe('a lesson', () => {
  it.each([
    ['my name is Ana', false, true],
    ['I would love to sleep better after work', false, false],
    ['I would love to sleep better after work', true, true],
    ['how long is the breathwork course?', true, false],
    ['What do I have to bring with me?', true, false],
    ['forget that I am vegetarian', true, false],
    ['Forget everything about me', true, false],
    ['', true, false],
  ])('%s (with a model: %s): %s', (words, hasModel, expected) => {
    expect(mayTeach(words, { hasModel })).toBe(expected);
  });

  it('is taken from what was written, not from buttons', () => {
    const common = { externalId: '1', channel: 'web', connection: 'main', thread: { key: 'k', clearance: 'private' } };
    const events = [
      { ...common, kind: 'message', text: 'one' },
      { ...common, kind: 'choice', token: 't', label: 'My name is Button' },
      { ...common, kind: 'edit', text: 'two' },
    ] as unknown as readonly InboundEvent[];
    expect(personWords(events)).toBe('one\ntwo');
  });
});

it.each([
  ['Ich möchte endlich wieder ruhig schlafen.', true],
  ['Quiero dormir mejor por las noches con mi pareja.', true],
  ["J'aimerais dormir mieux le soir.", true],
  ['ok thanks', false],
  ['The course is too long for anybody here.', false],
])('%s speaks of its writer: %s', (text, expected) => expect(speaksOfSelf(text)).toBe(expected));
