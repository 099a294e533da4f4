/** What people are told of what is remembered, and what is forgotten: in their language, in private, without a model. */
import { describe, expect, it } from 'vitest';
import { parseChoice, routeOfChoice, tokenOf } from '../../agents/choices.ts';
import { support } from '../../agents/support/index.ts';
import type { Fact } from '../../core/fact.ts';
import { startOpenAi } from '../peers/openai.ts';
import { actWith, modelOf } from './acting.ts';
import { aFact, type Change, contextOf, portsOf, type Recording, textOf, tokensOf } from './school.ts';

const id = (n: number): string => `01996d2e-8a4b-7c3d-9e5f-00000000000${n}`;
const NAME = aFact({
  id: id(1),
  kind: 'name',
  subject: 'name',
  text: 'Ana',
  quote: 'My name is Ana',
  learnedAt: '2026-11-20T09:00:00.000Z',
});
const DIET = aFact({
  id: id(2),
  kind: 'circumstance',
  subject: 'diet',
  text: 'vegetarian',
  quote: "I'm vegetarian",
  learnedAt: '2026-11-22T09:00:00.000Z',
});
const TIME = aFact({
  id: id(3),
  kind: 'circumstance',
  subject: 'time',
  text: 'evenings',
  quote: 'I can only do evenings',
  learnedAt: '2026-11-10T09:00:00.000Z',
  channel: 'telegram',
});

async function said(change: Change, known: readonly Fact[] = [NAME, DIET, TIME]) {
  const ports: Recording = portsOf({ myFacts: () => Promise.resolve(known) });
  const { draft, modelCalls } = await actWith(support, { context: contextOf(change), ports });
  const asked = ports.asked
    .filter(({ port }) => port !== 'myFacts')
    .map(({ port, input }) => [port, ...(input as unknown[])]);
  return { draft, text: textOf(draft), tokens: tokensOf(draft), asked, read: ports.asked.length, modelCalls };
}

describe('what do you know about me', () => {
  it('lists the newest first, with day and place, and a button each', async () => {
    const { text, tokens, draft } = await said({ text: 'What do you know about me?' });
    expect(text.split('\n').filter((line) => line.startsWith('- '))).toEqual([
      '- What you eat: vegetarian (November 22, 2026, website chat)',
      '- Name: Ana (November 20, 2026, website chat)',
      '- When you have time: in the evening (November 10, 2026, Telegram)',
    ]);
    expect(tokens).toEqual([`forget:${id(2)}`, `forget:${id(1)}`, `forget:${id(3)}`, 'forget-all']);
    expect(draft).toMatchObject({ agent: 'support', messageClass: 'courtesy', grounded: false, fallback: 'memory' });
  });

  it.each([
    ['de', 'Wie du dich ernährst: vegetarisch (22. November 2026, Chat der Website)'],
    ['es', 'Cómo comes: vegetariana (22 de noviembre de 2026, chat de la web)'],
    ['fr', 'Ce que tu manges : végétarien (22 novembre 2026, chat du site)'],
  ])('in %s', async (locale, line) => {
    expect((await said({ text: 'What do you know about me?', locale })).text).toContain(line);
  });

  it('shows eight, and says how many more there are', async () => {
    const many = Array.from({ length: 12 }, (_, n) =>
      aFact({ id: id(n % 10), kind: 'interest', subject: `s-${'abcdefghijkl'[n]}` }),
    );
    const { text, tokens } = await said({ text: 'What do you know about me?' }, many);
    expect(tokens).toHaveLength(9);
    expect(text).toContain('And 4 more.');
  });

  it('says when there is nothing, and does not say so when it could not look', async () => {
    expect((await said({ text: 'What do you know about me?' }, [])).text).toContain('not noted anything');
    const ports = portsOf({ myFacts: () => Promise.reject(new Error('away')) });
    const { draft } = await actWith(support, { context: contextOf({ text: 'What do you know about me?' }), ports });
    expect(textOf(draft)).toBe('[failed]');
  });

  it('is an invitation where others read, and reads nothing', async () => {
    for (const clearance of ['public', 'members'] as const) {
      for (const text of ['What do you know about me?', 'Forget everything about me', 'forget that']) {
        const { text: answer, read } = await said({ text, thread: { clearance } });
        expect([answer, read]).toEqual(['[public_to_private]', 0]);
      }
    }
  });

  it('asks no model, though there is one', async () => {
    const peer = await startOpenAi({ script: [] });
    const ports = portsOf({ myFacts: () => Promise.resolve([NAME]) });
    const context = contextOf({ text: 'What do you know about me?' });
    const { draft, modelCalls } = await actWith(support, { model: modelOf(peer), context, ports });
    expect([modelCalls, peer.requests]).toEqual([[], []]);
    expect(textOf(draft)).toContain('Name: Ana');
    await peer.close();
  });
});

describe('to forget', () => {
  it.each<{ what: string; change: Change; facts: readonly string[] | 'all'; says: string }>([
    { what: 'the last thing said lately', change: { text: 'forget that' }, facts: [id(2)], says: 'What you eat.' },
    { what: 'by subject', change: { text: 'forget my name' }, facts: [id(1)], says: 'Forgotten: Name.' },
    {
      what: 'by words',
      change: { text: 'Forget that I can only do evenings' },
      facts: [id(3)],
      says: 'Forgotten: When you have time.',
    },
    {
      what: 'by its intent',
      change: { text: 'drop the vegetarian thing', intent: 'forget-that' },
      facts: [id(2)],
      says: 'Forgotten: What you eat.',
    },
    { what: 'by a button', change: { text: 'x', choice: `forget:${id(1)}` }, facts: [id(1)], says: 'Forgotten: Name.' },
    { what: 'everything', change: { text: 'Forget everything about me' }, facts: 'all', says: 'forgotten everything' },
    {
      what: 'all, by a button',
      change: { text: 'x', choice: 'forget-all' },
      facts: 'all',
      says: 'forgotten everything',
    },
  ])('$what', async ({ change, facts, says }) => {
    const { asked, text } = await said(change);
    expect(asked).toEqual([['forgetFacts', facts]]);
    expect(text).toContain(says);
  });

  it.each<[string, Change]>([
    ['what is not clear', { text: 'Forget that I was here in May' }],
    ['what was said long ago', { text: 'forget that', now: '2026-12-22T09:00:00.000Z' }],
    ['a fact that is not theirs', { text: 'x', choice: `forget:${id(9)}` }],
  ])('asks which, and forgets nothing: %s', async (_what, change) => {
    const { asked, text, tokens } = await said(change);
    expect(asked).toEqual([['forgetFacts', []]]);
    expect(text).toContain('Which of these shall I forget?');
    expect(tokens).toContain(`forget:${id(1)}`);
  });

  it('does not say so when it failed', async () => {
    const ports = portsOf({
      myFacts: () => Promise.resolve([NAME]),
      forgetFacts: () => Promise.reject(new Error('x')),
    });
    const { draft } = await actWith(support, { context: contextOf({ text: 'forget my name' }), ports });
    expect(textOf(draft)).toBe('[failed]');
  });
});

describe('to correct', () => {
  it('notes what rules read, and says it back', async () => {
    const { asked, text } = await said({ text: "My name is not Anna, it's Ana" });
    expect(asked).toMatchObject([['noteFacts', [{ subject: 'name', text: 'Ana' }]]]);
    expect(text).toBe('Thank you, noted: Name – Ana.');
  });

  it('"call me Jo" is no wish for a human', async () => {
    const { text, draft } = await said({ text: 'Call me Jo', intent: 'human-please' });
    expect(text).toContain('Name – Jo');
    expect(draft.handOver).toBeUndefined();
  });

  it('shows what is known when it does not say how it is', async () => {
    expect((await said({ text: 'that is wrong', intent: 'correct-fact' })).text).toContain('Name: Ana');
  });
});

it('buttons come back as they went out, and forged ones are nobody’s', () => {
  const choice = { kind: 'forget', fact: id(1) } as const;
  expect(parseChoice(tokenOf(choice))).toEqual(choice);
  expect(routeOfChoice(tokenOf(choice))).toEqual({ agent: 'support' });
  expect(routeOfChoice('forget-all')).toEqual({ agent: 'support' });
  for (const token of ['forget:', 'forget:all', "forget:'; drop", `forget:${id(1)}:x`, 'forget-all:x', 'forget']) {
    expect(parseChoice(token)).toBeNull();
  }
});
