import { describe, expect, it } from 'vitest';
import type { Block } from '../../core/block.ts';
import { scorers } from '../../evals/registry.ts';
import { measure, type Score } from '../../evals/scorer.ts';
import type { Played } from '../../evals/world.ts';
import { fakeTurn, NOTHING, playedOf } from './fakes.ts';

function scoreOf(name: string, expected: unknown, played: Played): Score {
  const scorer = scorers.find((one) => one.name === name);
  if (!scorer) throw new TypeError(`no scorer ${name}`);
  expect(scorer.schema.safeParse(expected).success, `${name} takes ${JSON.stringify(expected)}`).toBe(true);
  return measure(scorer, { expected, isNegated: false }, played);
}

function negatedScoreOf(name: string, expected: unknown, played: Played): Score {
  const scorer = scorers.find((one) => one.name === name);
  if (!scorer) throw new TypeError(`no scorer ${name}`);
  return measure(scorer, { expected, isNegated: true }, played);
}

const says = (...texts: readonly string[]): Played =>
  playedOf(fakeTurn({ blocks: texts.map((text): Block => ({ kind: 'text', text })) }));
const shows = (...blocks: readonly Block[]): Played => playedOf(fakeTurn({ blocks }));
const SILENCE = playedOf(fakeTurn({ route: 'silence', status: 'silent' }));
const BROKEN = playedOf(
  fakeTurn({ status: 'error', route: null, intent: null, error: { code: 'store_down', message: 'x' } }),
);

const cited = (passage: string): Block => ({ kind: 'citation', passage, label: 'A page' });
const CHOICES: Block = { kind: 'choices', options: [{ label: 'Yes', token: 'y' }] };
const CARD: Block = { kind: 'card', title: 'A course', body: '€240', options: [{ label: 'Hold', token: 'h' }] };
const BARE_CARD: Block = { kind: 'card', title: 'A course', body: '€240', options: [] };

/** name, expected, what was played. */
type Example = readonly [name: string, expected: unknown, played: Played];

const PASSES: readonly Example[] = [
  ['routed_to', 'knowledge', playedOf(fakeTurn({ agent: 'knowledge' }))],
  ['routed_to', 'clarify', playedOf(fakeTurn({ route: 'clarify', agent: 'supervisor' }))],
  ['routed_to', 'silence', SILENCE],
  ['intent', 'price', playedOf(fakeTurn({ intent: 'price' }))],
  ['tool', { name: 'my_orders' }, playedOf(fakeTurn({ tools: [{ name: 'my_orders' }] }))],
  [
    'tool',
    { name: 'my_orders', times: 2 },
    playedOf(fakeTurn({ tools: [{ name: 'my_orders' }, { name: 'my_orders' }] })),
  ],
  ['tool', { name: 'my_orders', times: '<=1' }, playedOf(fakeTurn())],
  ['tool', { name: 'my_orders', times: 0 }, playedOf(fakeTurn())],
  [
    'tool',
    { name: 'my_orders', outcome: 'refused' },
    playedOf(fakeTurn({ tools: [{ name: 'my_orders', outcome: 'refused' }] })),
  ],
  ['sent', { any: ['16 weeks', '8 WEEKS'] }, says('It takes 8\u00a0weeks.')],
  ['sent', { all: ["don't", '"yes"'] }, says('We don’t say “yes”.')],
  ['sent', { all: ['one', 'two'] }, says('One.', 'Two.')],
  ['sent', { none: ['€480'] }, says('It is free.')],
  ['sent', { regex: '^it takes \\d+ weeks' }, says('It takes 8 weeks.')],
  ['sent', { max_chars: 5 }, says('Hällo')],
  ['sent', { language: 'de' }, says('Der Kurs dauert acht Wochen, und du kannst ihn nicht wiederholen.')],
  ['has', 'choices', shows(CHOICES)],
  ['has', ['card', 'choices'], shows(CARD)],
  ['cites', 'courses/breathwork-course', shows(cited('courses/breathwork-course#2'))],
  ['cites', 'courses/breathwork-course#2', shows(cited('courses/breathwork-course#2'))],
  ['cites', ['payments/', 'help/'], shows(cited('help/about#0'))],
  ['hand_over', true, playedOf(fakeTurn({ status: 'hand_over', handOver: true }))],
  ['hand_over', false, playedOf(fakeTurn())],
  ['alert', 'crisis', playedOf(fakeTurn(), { alerts: ['hand_over', 'crisis'] })],
  ['ticket', true, says('It is ticket T-1042.')],
  ['ticket', false, says('It is order TW-20418.')],
  ['status', 'hand_over', playedOf(fakeTurn({ status: 'hand_over' }))],
  ['fallback', true, playedOf(fakeTurn({ fallback: 'no_model' }))],
  ['fallback', 'no_model', playedOf(fakeTurn({ fallback: 'no_model' }))],
  ['fallback', false, playedOf(fakeTurn())],
];

const FAILS: readonly Example[] = [
  ['routed_to', 'sales', playedOf(fakeTurn({ agent: 'knowledge' }))],
  ['routed_to', 'supervisor', playedOf(fakeTurn({ route: 'clarify', agent: 'supervisor' }))],
  ['intent', 'course-length', playedOf(fakeTurn({ intent: 'price', rivals: [{ name: 'discount', confidence: 0.4 }] }))],
  ['tool', { name: 'my_orders' }, playedOf(fakeTurn({ tools: [{ name: 'find_offers' }] }))],
  [
    'tool',
    { name: 'my_orders', times: 1 },
    playedOf(fakeTurn({ tools: [{ name: 'my_orders' }, { name: 'my_orders' }] })),
  ],
  [
    'tool',
    { name: 'my_orders', outcome: 'ok' },
    playedOf(fakeTurn({ tools: [{ name: 'my_orders', outcome: 'failed' }] })),
  ],
  ['sent', { any: ['16 weeks'] }, says('8 weeks')],
  ['sent', { any: ['16 weeks'] }, SILENCE],
  ['sent', { all: ['one', 'two'] }, says('one')],
  ['sent', { none: ['€480'] }, says('It costs €480.')],
  ['sent', { regex: '^\\d' }, says('It takes 8 weeks.')],
  ['sent', { max_chars: 4 }, says('Hello')],
  ['sent', { language: 'de' }, says('The course takes eight weeks and you can not repeat it.')],
  ['has', 'choices', shows(BARE_CARD)],
  ['has', ['card', 'citation'], shows(CARD)],
  ['cites', 'courses/breathwork', shows(cited('courses/breathwork-course#2'))],
  ['cites', 'courses/breathwork-course#1', shows(cited('courses/breathwork-course#2'))],
  ['cites', 'courses/breathwork-course', says('It takes 8 weeks.')],
  ['hand_over', true, playedOf(fakeTurn())],
  ['hand_over', false, playedOf(fakeTurn({ handOver: true }))],
  ['alert', 'crisis', playedOf(fakeTurn(), { alerts: ['hand_over'] })],
  ['ticket', true, says('It is order TW-20418.')],
  ['ticket', false, says('It is ticket T-1042.')],
  ['status', 'ok', playedOf(fakeTurn({ status: 'hand_over' }))],
  ['fallback', true, playedOf(fakeTurn())],
  ['fallback', 'no_model', playedOf(fakeTurn({ fallback: 'model_timeout' }))],
  ['fallback', false, playedOf(fakeTurn({ fallback: 'no_model' }))],
];

const UNSCORED: readonly Example[] = [
  ['routed_to', 'knowledge', BROKEN],
  ['intent', 'price', BROKEN],
  ['fallback', false, BROKEN],
  ['sent', { language: 'de' }, says('€240')],
  ['sent', { none: ['€480'] }, SILENCE],
  ['sent', { max_chars: 10 }, SILENCE],
  ['ticket', false, SILENCE],
];

describe('each scorer', () => {
  it.each(PASSES)('%s %j passes', (name, expected, played) => {
    expect(scoreOf(name, expected, played)).toMatchObject({ verdict: 'pass' });
    expect(negatedScoreOf(name, expected, played)).toMatchObject({
      verdict: 'fail',
      expected: expect.stringMatching(/^not: /) as unknown,
    });
  });

  it.each(FAILS)('%s %j fails', (name, expected, played) => {
    expect(scoreOf(name, expected, played)).toMatchObject({ verdict: 'fail' });
  });

  it.each(UNSCORED)('%s %j is unscored', (name, expected, played) => {
    expect(scoreOf(name, expected, played).verdict).toBe('unscored');
  });

  it('is no more measured when it is negated', () => {
    expect(negatedScoreOf('intent', 'price', BROKEN).verdict).toBe('unscored');
    expect(negatedScoreOf('sent', { language: 'de' }, says('€240')).verdict).toBe('unscored');
  });

  it('says what it expected and what it got', () => {
    const wrong = fakeTurn({ intent: 'price', rivals: [{ name: 'discount', confidence: 0.4 }] });
    expect(scoreOf('intent', 'course-length', playedOf(wrong))).toEqual({
      verdict: 'fail',
      expected: 'intent course-length',
      got: 'intent price 0.80, then discount 0.40',
    });
    expect(scoreOf('tool', { name: 'my_orders' }, playedOf(fakeTurn({ tools: [{ name: 'find_offers' }] })))).toEqual({
      verdict: 'fail',
      expected: 'tool my_orders at least 1 ×',
      got: 'tool my_orders 0 ×; called: find_offers (ok)',
    });
    expect(scoreOf('sent', { all: ['8 weeks', '3 hours'], none: ['€240'] }, says('8 weeks for €240'))).toEqual({
      verdict: 'fail',
      expected: 'sent all of "8 weeks", "3 hours"; sent none of "€240"',
      got: 'without "3 hours"; with "€240"',
    });
    expect(scoreOf('cites', 'help/', shows(cited('payments/invoices#1')))).toMatchObject({
      got: 'cites payments/invoices#1',
    });
  });
});

describe('the contract', () => {
  const examples = [...PASSES, ...FAILS, ...UNSCORED];

  it.each(scorers.map((scorer) => [scorer.name, scorer] as const))('%s', (name, scorer) => {
    const own = examples.filter(([other]) => other === name).map(([, expected]) => expected);
    // Every scorer stands in the tables above, on both sides.
    expect(PASSES.some(([other]) => other === name)).toBe(true);
    expect(FAILS.some(([other]) => other === name)).toBe(true);
    for (const expected of own) {
      expect(measure(scorer, { expected, isNegated: false }, NOTHING)).toEqual({
        verdict: 'unscored',
        because: 'no turn was made',
      });
      // What reads words never passes where none were sent: not as it stands, and not negated.
      if (scorer.reads !== 'sent') continue;
      for (const isNegated of [false, true]) {
        expect(measure(scorer, { expected, isNegated }, SILENCE).verdict).not.toBe('pass');
      }
    }
  });

  it('a name stands once', () => {
    expect(new Set(scorers.map(({ name }) => name)).size).toBe(scorers.length);
  });
});
