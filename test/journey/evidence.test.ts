/** Evidence by words alone: found in any language, never in questions, quotations and what is taken back. */
import { describe, expect, it } from 'vitest';
import { JourneyDefinition } from '../../core/journey.ts';
import { evidenceIn } from '../../journey/evidence.ts';

const stage = (name: string) => ({ name, about: name });
const definition = JourneyDefinition.parse({
  version: 1,
  initial: 'one',
  stages: ['one', 'two'].map(stage),
  transitions: [],
  evidence: [
    {
      name: 'ready',
      about: 'has decided',
      says: { en: ['count me in', 'i want to start'], de: ['ich bin dabei'], es: ['me apunto'] },
    },
    { name: 'leaving', about: 'wants to stop', says: { en: ['i cannot keep up'] } },
    { name: 'quiet', about: 'only a model can tell' },
  ],
});
const found = (text: string) => evidenceIn(definition, text);

describe('evidenceIn', () => {
  it('keeps the sentence it rests on, and is surer of a clause that is nothing else', () => {
    expect(found('Thanks for the call. Count me in!')).toEqual([
      { kind: 'evidence', about: 'ready', confidence: 0.9, quote: 'Count me in!' },
    ]);
    expect(found('So I think I want to start next week.')).toEqual([
      { kind: 'evidence', about: 'ready', confidence: 0.8, quote: 'So I think I want to start next week.' },
    ]);
  });

  it.each(['ICH BIN DABEI.', 'vale, me apunto', 'Ok, count me in, see you'])('is found in %j', (text) => {
    expect(found(text)).toMatchObject([{ about: 'ready', confidence: 0.9 }]);
  });

  it.each([
    ['a question', 'Should I say count me in?'],
    ['the words of others', 'She wrote "count me in" and left'],
    ['a line quoted from before', '> count me in\nWhat does that mean'],
    ['what is denied', 'I do not think i want to start'],
    ['what is supposed', 'If i want to start in May then how'],
    ['parts of other words', 'discount me inside'],
    ['nothing', ''],
  ])('is not found in %s', (_what, text) => {
    expect(found(text)).toEqual([]);
  });

  it('takes no denial that is part of the words, nor one of another clause', () => {
    expect(found('I cannot keep up')).toMatchObject([{ about: 'leaving' }]);
    expect(found('No, count me in')).toMatchObject([{ about: 'ready' }]);
  });

  it('is told once for each entry, the surest', () => {
    expect(found('Well i want to start soon. Count me in. I cannot keep up')).toMatchObject([
      { about: 'ready', confidence: 0.9, quote: 'Count me in.' },
      { about: 'leaving' },
    ]);
  });

  it('looks at no more than a message’s worth, and quotes no more than is kept', () => {
    expect(found(`${'word '.repeat(1_000)}. Count me in`)).toEqual([]);
    expect(found(`count me in ${'x '.repeat(500)}`)[0]?.quote).toHaveLength(300);
  });
});
