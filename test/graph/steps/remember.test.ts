/** remember: what the turn leaves behind: record, deliveries, alerts, ownership, language, journey. */
import { describe, expect, it } from 'vitest';
import { Turn } from '../../../core/turn.ts';
import type { Pass, TurnState } from '../../../graph/state.ts';
import { remember } from '../../../graph/steps/remember.ts';
import {
  burstOf,
  chooses,
  draftOf,
  found,
  ids,
  intentOf,
  NOW,
  passageOf,
  passOf,
  personOf,
  replyOf,
  says,
  stateOf,
  threadOf,
} from '../support.ts';

async function commitOf(state: Partial<TurnState> = {}, pass: Partial<Pass> = {}) {
  const { commit } = await remember(stateOf(state), passOf(pass));
  if (!commit) throw new TypeError('remember left nothing');
  return commit;
}

const handOver = { reason: 'human-please', summary: '[human-please] may I talk to somebody' };

describe('the record', () => {
  it('is a whole turn, and survives its own schema', async () => {
    const { turn } = await commitOf({ passages: [passageOf()] });
    expect(Turn.parse(JSON.parse(JSON.stringify(turn)))).toEqual(turn);
    expect(turn).toMatchObject({
      id: ids.turn,
      thread: ids.thread,
      person: ids.person,
      handle: ids.handle,
      status: 'ok',
      recalled: ['help/hours#0'],
      deliveries: [`${ids.turn}.0`],
      fingerprint: { prompt: null, model: null, workspace: 'school-1' },
      error: null,
      startedAt: new Date(NOW).toISOString(),
    });
  });

  it('carries the fingerprint of the last model that was asked', async () => {
    const call = {
      agent: 'sales',
      model: 'm1',
      prompt: 'p1',
      outcome: 'ok',
      milliseconds: 1,
      firstTokenMs: 1,
      inputTokens: 1,
      outputTokens: 1,
    } as const;
    const { turn } = await commitOf({ modelCalls: [call, { ...call, model: 'm2', prompt: 'p2' }] });
    expect(turn.fingerprint).toEqual({ prompt: 'p2', model: 'm2', workspace: 'school-1' });
    expect(turn.modelCalls).toHaveLength(2);
  });

  it('says what became of it', async () => {
    const silence = { kind: 'silence', because: 'an operator holds the thread' } as const;
    const silent = { route: silence, draft: undefined, verdict: undefined, reply: undefined } as unknown as TurnState;
    expect((await commitOf(silent)).turn).toMatchObject({
      status: 'silent',
      draft: null,
      check: null,
      reply: null,
      deliveries: [],
    });
    expect((await commitOf(silent)).deliveries).toEqual([]);
    expect((await commitOf({ draft: draftOf({ handOver }) })).turn.status).toBe('hand_over');
  });
});

describe('deliveries', () => {
  it('hang under the newest event, where its channel says so', async () => {
    const [first, second] = [says('a', 'first'), says('b', 'second')];
    const under = burstOf([first, { ...second, answerUnder: '4002' }]);
    expect((await commitOf({ burst: under })).deliveries).toEqual([{ reply: replyOf(), replyTo: '4002' }]);
    const nowhere = burstOf([{ ...first, answerUnder: '4001' }, second]);
    expect((await commitOf({ burst: nowhere })).deliveries).toEqual([{ reply: replyOf(), replyTo: null }]);
  });

  it('put reminders behind the answer, each with its time', async () => {
    const later = { reply: replyOf(), dueAt: '2026-11-25T10:00:00.000Z' };
    const { deliveries, turn } = await commitOf({ later: [later] });
    expect(deliveries.slice(1)).toEqual([{ ...later, replyTo: null }]);
    expect(turn.deliveries).toEqual([`${ids.turn}.0`, `${ids.turn}.1`]);
  });
});

describe('alerts', () => {
  const kinds = async (state: Partial<TurnState>) => (await commitOf(state)).alerts.map((alert) => alert.kind);
  const refund = {
    name: 'request_refund',
    arguments: {},
    by: 'model',
    outcome: 'ok',
    result: {},
    milliseconds: 1,
  } as const;

  it('are not raised for nothing', async () => {
    expect(await kinds({})).toEqual([]);
    expect(await kinds({ screening: found('injection', 'flood') })).toEqual([]);
  });

  it('are raised for a crisis, once, whatever else is found', async () => {
    expect(await kinds({ screening: found('crisis', 'abuse'), draft: draftOf({ handOver }) })).toEqual(['crisis']);
  });

  it.each(['abuse', 'harm', 'minors'] as const)('are raised for %s', async (hazard) => {
    const { alerts } = await commitOf({ screening: found(hazard, 'injection', hazard) });
    expect(alerts).toEqual([{ kind: 'safety', summary: `Screening found: ${hazard}, injection.` }]);
  });

  it('are raised for a hand-over, with its summary', async () => {
    const { alerts } = await commitOf({ draft: draftOf({ handOver }) });
    expect(alerts).toEqual([{ kind: 'hand_over', summary: handOver.summary }]);
  });

  it('are raised for a refund that was asked for, not for one that was refused', async () => {
    expect(await kinds({ draft: draftOf({ toolCalls: [refund] }) })).toEqual(['approval']);
    expect(await kinds({ draft: draftOf({ toolCalls: [{ ...refund, outcome: 'refused' }] }) })).toEqual([]);
  });

  it('of a crisis say where, and not a word of the person', async () => {
    const burst = burstOf([says('I want to die, my name is Zelda')]);
    const { alerts } = await commitOf({ burst, screening: found('crisis') });
    expect(alerts[0]?.summary).toBe('Crisis wording on web (private). Please take over.');
    expect(JSON.stringify(alerts)).not.toMatch(/Zelda|die/);
  });
});

describe('ownership', () => {
  const ownershipOf = async (state: Partial<TurnState>) => (await commitOf(state)).ownership;

  it('goes to waiting with a hand-over, back to software by the person’s choice, and stays otherwise', async () => {
    const back = burstOf([chooses('return')]);
    expect(await ownershipOf({ draft: draftOf({ handOver }) })).toBe('waiting');
    expect(await ownershipOf({ burst: back, thread: threadOf({ ownership: 'waiting' }) })).toBe('agents');
    expect(await ownershipOf({ thread: threadOf({ ownership: 'waiting' }) })).toBeUndefined();
    expect(await ownershipOf({})).toBeUndefined();
  });

  it('is never taken from an operator by a button', async () => {
    const back = burstOf([chooses('return')]);
    expect(await ownershipOf({ burst: back, thread: threadOf({ ownership: 'operator' }) })).toBeUndefined();
  });
});

describe('the language', () => {
  it.each([
    ['en', 'de', 'de'],
    ['en-US', 'en-US', undefined],
    ['de-AT', 'de-AT', undefined],
    ['de-AT', 'de', undefined],
  ])('of a person who speaks %s and now wrote %s: %s', async (known, written, kept) => {
    expect((await commitOf({ person: personOf({ locale: known }), locale: written })).locale).toBe(kept);
  });
});

describe('the journey', () => {
  const stored = stateOf().journeyBefore;

  it('moves by intent, after the moves by event', async () => {
    const journey = { ...stored, stage: 'curious' };
    const moves = [{ transition: 'first-words', from: 'stranger', to: 'curious', cause: 'event:message' }];
    const commit = await commitOf({ journey, moves, intent: intentOf('price') });
    expect(commit.journey).toMatchObject({ stage: 'lead', version: 4 });
    expect(commit.turn.moves.map((move) => move.cause)).toEqual(['event:message', 'intent:price']);
    expect(commit.turn.journeyBefore?.stage).toBe('stranger');
    expect(commit.turn.journeyAfter?.stage).toBe('lead');
  });

  it('is not written again when nothing moved', async () => {
    expect((await commitOf({})).journey).toBeNull();
  });

  it('is written for a person whose first turn this is', async () => {
    expect((await commitOf({ journeyBefore: { ...stored, version: 0 } })).journey).toMatchObject({ stage: 'stranger' });
  });
});

describe('giving way to a newer message', () => {
  it('is as the lane says, but never for a crisis', async () => {
    expect((await commitOf({}, { yieldToNewer: true })).yieldToNewer).toBe(true);
    expect((await commitOf({}, { yieldToNewer: false })).yieldToNewer).toBe(false);
    expect((await commitOf({ screening: found('crisis') }, { yieldToNewer: true })).yieldToNewer).toBe(false);
  });
});
