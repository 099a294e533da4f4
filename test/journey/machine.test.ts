/** The journey machine: by event, intent, evidence and time; refused with a reason; nothing it was given is changed. */
import { describe, expect, it } from 'vitest';
import { JourneyDefinition, type JourneyState } from '../../core/journey.ts';
import { createJourneyMachine, type Happening } from '../../journey/machine.ts';

const definition = JourneyDefinition.parse({
  version: 3,
  initial: 'stranger',
  stages: ['stranger', 'curious', 'lead', 'member', 'resting'].map((name) => ({ name, about: name })),
  transitions: [
    { id: 'first-words', from: ['stranger'], to: 'curious', on: { kind: 'event', name: 'message' } },
    { id: 'second-words', from: ['curious'], to: 'lead', on: { kind: 'event', name: 'message' } },
    {
      id: 'asks-price',
      from: ['stranger', 'curious'],
      to: 'lead',
      on: { kind: 'intent', name: 'price' },
      effects: [
        { kind: 'tag', tag: 'warm' },
        { kind: 'offer', offer: 'foundation' },
      ],
    },
    {
      id: 'signs-in',
      from: ['curious', 'lead'],
      to: 'member',
      on: { kind: 'event', name: 'linked' },
      membersOnly: true,
    },
    {
      id: 'is-ready',
      from: ['lead'],
      to: 'member',
      on: { kind: 'evidence', about: 'ready', confidence: 0.7 },
      effects: [{ kind: 'tag', tag: 'ready' }],
    },
    { id: 'goes-quiet', from: ['lead'], to: 'resting', on: { kind: 'time', after: '3d' } },
    { id: 'quieter', from: ['resting'], to: 'stranger', on: { kind: 'time', after: '12h' } },
  ],
});
const machine = createJourneyMachine(definition);
const HOUR = 3_600_000;
const start = Date.parse('2026-11-01T08:00:00.000Z');

function at(stage: string, change: Partial<JourneyState> = {}): JourneyState {
  return { ...machine.start(start), stage, version: 5, ...change };
}

const message: Happening = { kind: 'event', name: 'message' };
const price: Happening = { kind: 'intent', name: 'price' };
const linked: Happening = { kind: 'event', name: 'linked' };
const ready = (confidence: number): Happening => ({ kind: 'evidence', about: 'ready', confidence });

function advance(
  state: JourneyState,
  happenings: readonly Happening[],
  change: { now?: number; isMember?: boolean } = {},
) {
  return machine.advance(state, happenings, { now: start + HOUR, isMember: false, ...change });
}

describe('the journey machine', () => {
  it('starts at the initial stage, not yet stored', () => {
    expect(machine.start(start)).toEqual({
      stage: 'stranger',
      definition: 3,
      since: '2026-11-01T08:00:00.000Z',
      version: 0,
      tags: [],
    });
  });

  it('moves by event, and says by which', () => {
    const { state, moves, refusals } = advance(at('stranger'), [message]);
    expect(state).toEqual({ ...at('curious'), since: '2026-11-01T09:00:00.000Z' });
    expect(moves).toEqual([{ transition: 'first-words', from: 'stranger', to: 'curious', cause: 'event:message' }]);
    // One move for one happening: nothing after it was even tried.
    expect(refusals).toEqual([]);
  });

  it('moves by intent and keeps the tags of its effects, each once', () => {
    const { state, moves } = advance(at('curious', { tags: ['warm', 'old'] }), [price]);
    expect(state).toMatchObject({ stage: 'lead', tags: ['warm', 'old'] });
    expect(moves.map((move) => move.cause)).toEqual(['intent:price']);
    expect(advance(at('curious'), [price]).state.tags).toEqual(['warm']);
  });

  it.each([
    [0.69, 'lead'],
    [0.7, 'member'],
  ])('moves by evidence only when it is sure enough: %d', (confidence, stage) => {
    expect(advance(at('lead'), [ready(confidence)]).state.stage).toBe(stage);
  });

  it('takes no evidence for something else', () => {
    expect(advance(at('lead'), [{ kind: 'evidence', about: 'other', confidence: 1 }]).moves).toEqual([]);
  });

  it.each([
    [72 * HOUR - 1, 'lead'],
    [72 * HOUR, 'resting'],
  ])('moves by time when it is due: after %d ms', (after, stage) => {
    const { state, moves } = advance(at('lead'), [], { now: start + after });
    expect(state.stage).toBe(stage);
    expect(moves.map((move) => move.cause)).toEqual(stage === 'resting' ? ['time'] : []);
  });

  it('lets time come before what happened, once', () => {
    const { moves } = advance(at('lead'), [linked], { now: start + 1000 * HOUR, isMember: true });
    expect(moves.map((move) => move.transition)).toEqual(['goes-quiet']);
  });

  it('makes one move for each happening, in their order', () => {
    expect(advance(at('stranger'), [message]).moves).toHaveLength(1);
    const { state, moves } = advance(at('stranger'), [message, message, message]);
    expect(moves.map((move) => move.transition)).toEqual(['first-words', 'second-words']);
    expect(state.stage).toBe('lead');
  });

  it('tells an event from an intent of the same name', () => {
    expect(advance(at('stranger'), [{ kind: 'intent', name: 'message' }]).moves).toEqual([]);
    expect(advance(at('stranger'), [{ kind: 'event', name: 'price' }]).moves).toEqual([]);
  });
});

describe('a refusal', () => {
  it('names the stage that would have been needed, and leaves the state as it is', () => {
    const state = at('member');
    const result = advance(state, [price]);
    expect(result).toEqual({
      state,
      moves: [],
      effects: [],
      refusals: [{ transition: 'asks-price', reason: 'stage is member, not stranger or curious' }],
    });
  });

  it('keeps strangers out of what is for members', () => {
    expect(advance(at('lead'), [linked])).toMatchObject({
      state: { stage: 'lead' },
      moves: [],
      refusals: [{ transition: 'signs-in', reason: 'only for members' }],
    });
    expect(advance(at('lead'), [linked], { isMember: true }).state.stage).toBe('member');
  });

  it('is not made of what nobody asked for', () => {
    expect(advance(at('stranger'), [{ kind: 'event', name: 'reaction' }]).refusals).toEqual([]);
    expect(advance(at('stranger'), [], { now: start + 1000 * HOUR }).refusals).toEqual([]);
  });
});

it('changes nothing it was given', () => {
  const state = at('curious', { tags: ['old'] });
  const happenings = [price, linked];
  Object.freeze(state);
  Object.freeze(state.tags);
  Object.freeze(happenings);
  const before = structuredClone(state);
  const first = machine.advance(state, happenings, { now: start + HOUR, isMember: true });
  expect(first.state.stage).toBe('member');
  expect(state).toEqual(before);
  expect(machine.advance(state, happenings, { now: start + HOUR, isMember: true })).toEqual(first);
});
