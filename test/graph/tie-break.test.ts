/** A broken tie becomes a candidate; nothing else does. */
import { describe, expect, it } from 'vitest';
import type { Turn } from '../../core/turn.ts';
import { candidateOf } from '../../graph/tie-break.ts';
import { burstOf, ids, intentOf, says, workspace } from './support.ts';

const [file] = workspace.intents;
const agent = file?.agent ?? 'knowledge';
const served = file?.intents[0]?.name ?? '';

const call = { model: 'small' } as unknown as Turn['modelCalls'][number];

function turnOf(change: Partial<Turn> = {}): Turn {
  const intent = {
    ...intentOf('unclear'),
    runnersUp: [
      { name: 'nobody-serves-this', confidence: 0.4 },
      { name: served, confidence: 0.3 },
    ],
  };
  return {
    id: ids.turn,
    events: [...burstOf([says('the other thing'), says('please')]).events],
    intent,
    route: { kind: 'agent', agent, because: 'supervisor: it sounds like it' },
    modelCalls: [call],
    ...change,
  } as Turn;
}

describe('candidateOf', () => {
  it('suggests the likeliest intent of the agent the model chose', () => {
    expect(candidateOf(turnOf(), workspace)).toEqual({
      text: 'the other thing\nplease',
      intent: served,
      reason: 'tie-break',
      turn: ids.turn,
    });
  });

  it('suggests none when that agent serves none of the likely ones', () => {
    expect(candidateOf(turnOf({ intent: intentOf('unclear') }), workspace)).toMatchObject({ intent: null });
  });

  it.each([
    ['the intent was clear', { intent: intentOf(served) }],
    ['nothing was classified', { intent: null }],
    ['no model was asked', { modelCalls: [] }],
    ['the person was asked instead', { route: { kind: 'clarify', because: 'supervisor asks' } }],
    ['the table chose', { route: { kind: 'agent', agent, because: 'choice' } }],
    ['there are no words', { events: [] }],
    ['it is a letter', { events: [...burstOf([says('word '.repeat(100))]).events] }],
  ] as readonly [string, object][])('is none when %s', (_, change) => {
    expect(candidateOf(turnOf(change), workspace)).toBeNull();
  });
});
