/** The supervisor's table, line by line, and that an earlier line wins over every later one. */
import { describe, expect, it } from 'vitest';
import type { Hazard } from '../../core/screening.ts';
import type { Ownership } from '../../core/thread.ts';
import { afterSupervise, agentOfIntent, chooseRoute, type RouteFacts } from '../../graph/routes.ts';
import { found, intentOf, threadOf, workspace } from './support.ts';

type Facts = {
  readonly hazards?: readonly Hazard[];
  readonly ownership?: Ownership;
  readonly choice?: RouteFacts['choice'];
  readonly intent?: string;
};

function route({ hazards = [], ownership = 'agents', choice = null, intent = 'price' }: Facts) {
  return chooseRoute({
    screening: found(...hazards),
    intent: intentOf(intent),
    thread: threadOf({ ownership }),
    choice,
    workspace,
  });
}

const safety = (because: string) => ({ kind: 'agent', agent: 'safety', because });
const pressed = { agent: 'sales' } as const;

describe('chooseRoute', () => {
  it.each<[string, Facts, object | null]>([
    ['crisis', { hazards: ['crisis'] }, safety('crisis')],
    ['crisis over an operator’s hold', { hazards: ['crisis'], ownership: 'operator' }, safety('crisis')],
    ['crisis over waiting', { hazards: ['crisis'], ownership: 'waiting' }, safety('crisis')],
    ['crisis over a pressed button', { hazards: ['crisis'], choice: { agent: 'hand_over' } }, safety('crisis')],
    ['crisis over a wish for a person', { hazards: ['crisis'], intent: 'human-please' }, safety('crisis')],
    ['crisis beside other findings', { hazards: ['abuse', 'crisis'] }, safety('crisis')],
    ['an operator’s hold', { ownership: 'operator' }, { kind: 'silence' }],
    ['an operator’s hold over abuse', { ownership: 'operator', hazards: ['abuse'] }, { kind: 'silence' }],
    ['an operator’s hold over a button', { ownership: 'operator', choice: pressed }, { kind: 'silence' }],
    [
      'an operator’s hold over a wish for a person',
      { ownership: 'operator', intent: 'human-please' },
      { kind: 'silence' },
    ],
    ['harm', { hazards: ['harm'] }, safety('harm')],
    ['abuse', { hazards: ['abuse'] }, safety('abuse')],
    ['minors', { hazards: ['minors'] }, safety('minors')],
    ['harm over a button', { hazards: ['harm'], choice: pressed }, safety('harm')],
    ['a button for a person', { choice: { agent: 'hand_over' } }, { kind: 'hand_over', because: 'choice' }],
    [
      'a button for a person over any intent',
      { choice: { agent: 'hand_over' }, intent: 'unclear' },
      { kind: 'hand_over' },
    ],
    ['a button of the supervisor', { choice: { agent: 'supervisor' } }, null],
    [
      'a button of an agent',
      { choice: pressed, intent: 'unclear' },
      { kind: 'agent', agent: 'sales', because: 'choice' },
    ],
    [
      'a button over what its label sounds like',
      { choice: pressed, intent: 'human-please' },
      { kind: 'agent', agent: 'sales' },
    ],
    ['a wish for a person', { intent: 'human-please' }, { kind: 'hand_over', because: 'human-please' }],
    ['an unclear intent', { intent: 'unclear' }, null],
    [
      'an intent of an agent',
      { intent: 'charged-twice' },
      { kind: 'agent', agent: 'support', because: 'intent:charged-twice' },
    ],
    ['an intent of the supervisor', { intent: 'greeting' }, null],
    ['an intent of nobody', { intent: 'from-an-old-workspace' }, null],
    ['markers of injection change nothing', { hazards: ['injection', 'flood'] }, { kind: 'agent', agent: 'sales' }],
    ['waiting is not the table’s affair', { ownership: 'waiting' }, { kind: 'agent', agent: 'sales' }],
  ])('%s', (_what, facts, expected) => {
    if (expected === null) expect(route(facts)).toBeNull();
    else expect(route(facts)).toMatchObject(expected);
  });
});

it('afterSupervise lets silence skip everything that makes words', () => {
  expect(afterSupervise({ route: { kind: 'silence', because: 'x' } })).toBe('remember');
  expect(afterSupervise({ route: { kind: 'hand_over', because: 'x' } })).toBe('act');
  expect(afterSupervise({ route: { kind: 'agent', agent: 'sales', because: 'x' } })).toBe('act');
});

it('agentOfIntent finds the file that lists the intent', () => {
  expect(agentOfIntent(workspace, 'price')).toBe('sales');
  expect(agentOfIntent(workspace, 'pric')).toBeUndefined();
});
