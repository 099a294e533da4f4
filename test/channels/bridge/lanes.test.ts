/** Lanes: one turn at a time, a newer message joins, a failing one ends, and nothing outlives a lost lease. */
import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TurnMaker, TurnOptions } from '../../../channels/bridge/bursts.ts';
import { type BurstParts, runBurst } from '../../../channels/bridge/bursts.ts';
import { createLaneRunner } from '../../../channels/bridge/lanes.ts';
import { PermanentError, TransientError } from '../../../core/errors.ts';
import { eventText } from '../../../core/event.ts';
import type { Accepted, Burst, Lease, NextBurst } from '../../../memory/inbox.ts';
import type { TurnCommit } from '../../../memory/turns.ts';
import { commitOf, failsWith } from '../../memory/support.ts';
import { messageFrom } from '../../support/store.ts';
import { burstOf, type FakeLanes, fakeLanes, fakeLog, newLane, newThread, owing, ready, wideRoom } from './fakes.ts';

const lane = newLane();
const thread = newThread();

const CRISIS = 'I want to die';
const isCrisis = ({ events }: Burst): boolean => events.some(({ event }) => eventText(event) === CRISIS);

type Making = { readonly burst: Burst; readonly options: TurnOptions };

/** A runner over a scripted memory. `makings` are the calls of the turn maker; by default it answers at once. */
function openRunner(fake: FakeLanes, make?: TurnMaker['make']) {
  const makings: Making[] = [];
  const apologies: { readonly burst: Burst; readonly error: unknown }[] = [];
  const later: number[] = [];
  const committed: TurnCommit[] = [];
  const superseded: Burst[] = [];
  const counted: string[] = [];
  const log = fakeLog();
  const state = { onCommit: (): Promise<void> => Promise.resolve() };
  const runner = createLaneRunner({
    memory: fake.memory,
    holder: 'test',
    owed: owing(),
    room: wideRoom,
    isCrisis,
    log,
    count: (what) => counted.push(what),
    turns: {
      make: (burst, options) => {
        makings.push({ burst, options });
        return make ? make(burst, options) : Promise.resolve(commitOf(burst));
      },
      apologise: (burst, error) => {
        apologies.push({ burst, error });
        return Promise.resolve(commitOf(burst, { alerts: [{ kind: 'parked', summary: 'parked' }] }));
      },
    },
    onCommit: (commit) => {
      committed.push(commit);
      return state.onCommit();
    },
    onSuperseded: (burst) => superseded.push(burst),
    wakeLater: (_lane, delayMs) => {
      later.push(delayMs);
      return Promise.resolve();
    },
  });
  return { runner, makings, apologies, later, committed, superseded, counted, log, state };
}

/** Rejects with the signal's reason when it fires, as a maker that heeds it does. */
function heed({ signal }: TurnOptions): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });
}

function accepted(changes: Partial<Accepted> = {}): Accepted {
  return { ...(burstOf({ lane, thread }) as unknown as Accepted), ...changes };
}

const plain = { isCrisis: false };

async function until(isTrue: () => boolean): Promise<void> {
  await vi.waitUntil(isTrue, { interval: 1, timeout: 10_000 });
}

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('run', () => {
  it('takes burst after burst, commits each, and gives the lane back', async () => {
    const bursts = [burstOf({ lane, thread }), burstOf({ lane, thread })];
    const fake = fakeLanes(...bursts.map(ready));
    const { runner, committed, later } = openRunner(fake);
    await runner.run(lane);
    expect(fake.calls).toEqual(['acquire', 'nextBurst', 'commit', 'nextBurst', 'commit', 'nextBurst', 'release']);
    expect(committed.map(({ turn }) => turn.id)).toEqual(bursts.map(({ turn }) => turn));
    expect(later).toEqual([]);
  });

  it('is over with a commit that gave the lane back', async () => {
    const fake = fakeLanes(...[burstOf({ lane, thread }), burstOf({ lane, thread })].map(ready));
    fake.commits.push(
      () => Promise.resolve({ isLetGo: false }),
      () => Promise.resolve({ isLetGo: true }),
    );
    const { runner, committed } = openRunner(fake);
    await runner.run(lane);
    expect(fake.calls).toEqual(['acquire', 'nextBurst', 'commit', 'nextBurst', 'commit']);
    expect(committed).toHaveLength(2);
  });

  it('comes back later when another holder has the lane', async () => {
    const fake = fakeLanes(ready(burstOf({ lane })));
    fake.isHeld = true;
    const { runner, later } = openRunner(fake);
    await runner.run(lane);
    expect(fake.calls).toEqual(['acquire']);
    expect(later).toEqual([1_000]);
  });

  it('waits a short window with the lane, and leaves it for a long one', async () => {
    const fake = fakeLanes({ kind: 'wait', milliseconds: 5 }, { kind: 'wait', milliseconds: 4_001 });
    const { runner, later } = openRunner(fake);
    await runner.run(lane);
    expect(fake.calls).toEqual(['acquire', 'nextBurst', 'nextBurst', 'release']);
    expect(later).toEqual([4_001]);
  });

  it('looks again at once when something comes in during a wait', { timeout: 3_500 }, async () => {
    const fake = fakeLanes({ kind: 'wait', milliseconds: 4_000 }, ready(burstOf({ lane, thread })));
    const { runner, committed } = openRunner(fake);
    const run = runner.run(lane);
    await until(() => fake.calls.includes('nextBurst'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    runner.interrupt(accepted(), plain);
    await run;
    expect(committed).toHaveLength(1);
  });

  it('goes on when what follows a commit fails: the sweeper sends', async () => {
    const fake = fakeLanes(ready(burstOf({ lane })), ready(burstOf({ lane })));
    const { runner, committed, state, log } = openRunner(fake);
    state.onCommit = () => Promise.reject(new TransientError('store_down', 'no queue'));
    await runner.run(lane);
    expect(committed).toHaveLength(2);
    expect(log.warnings).toHaveLength(2);
  });
});

describe('a newer message', () => {
  it('may end the first two tries, not the third', async () => {
    const fake = fakeLanes(...[0, 1, 2, 3].map((joins) => ready(burstOf({ lane, joins }))));
    const { runner, makings } = openRunner(fake);
    await runner.run(lane);
    expect(makings.map(({ options }) => options.yieldToNewer)).toEqual([true, true, false, false]);
  });

  const inAnother = { thread: newThread() };
  it.each([
    { name: 'of this thread joins', event: {}, joins: 0, isCrisis: false, isAborted: true },
    { name: 'of another thread waits', event: inAnother, joins: 0, isCrisis: false, isAborted: false },
    { name: 'of another lane waits', event: { lane: newLane() }, joins: 0, isCrisis: false, isAborted: false },
    { name: 'after two joins waits', event: {}, joins: 2, isCrisis: false, isAborted: false },
    { name: 'after two joins joins in a crisis', event: {}, joins: 2, isCrisis: true, isAborted: true },
    { name: 'after three joins waits, also in a crisis', event: {}, joins: 3, isCrisis: true, isAborted: false },
    {
      name: 'elsewhere, in a crisis, comes first',
      event: inAnother,
      joins: 0,
      isCrisis: true,
      isAborted: true,
    },
  ])('$name', async ({ event, joins, isCrisis, isAborted }) => {
    let finish: (commit: TurnCommit) => void = () => undefined;
    const fake = fakeLanes(ready(burstOf({ lane, thread, joins })));
    const { runner, makings, superseded } = openRunner(fake, (_burst, turn) =>
      Promise.race([heed(turn), new Promise<TurnCommit>((resolve) => (finish = resolve))]),
    );
    const run = runner.run(lane);
    await until(() => makings.length === 1);
    runner.interrupt(accepted(event), { isCrisis });
    expect(makings[0]?.options.signal.aborted).toBe(isAborted);
    if (makings[0]) finish(commitOf(makings[0].burst));
    await run;
    expect(fake.calls.slice(2, -2)).toEqual([isAborted ? 'putBack joined 1' : 'commit']);
    expect(superseded).toHaveLength(isAborted ? 1 : 0);
  });

  it('does not join what failed before: it may be what kills the turn', async () => {
    const fake = fakeLanes(ready(burstOf({ lane, thread, attempt: 2 })));
    let finish: (commit: TurnCommit) => void = () => undefined;
    const { runner, makings } = openRunner(fake, () => new Promise<TurnCommit>((resolve) => (finish = resolve)));
    const run = runner.run(lane);
    await until(() => makings.length === 1);
    runner.interrupt(accepted(), plain);
    expect(makings[0]?.options).toMatchObject({ yieldToNewer: false, signal: { aborted: false } });
    if (makings[0]) finish(commitOf(makings[0].burst));
    await run;
  });

  it('joins also when the maker throws something else because it was told to stop', async () => {
    const fake = fakeLanes(ready(burstOf({ lane, thread })));
    const { runner, makings, apologies } = openRunner(fake, (_burst, turn) =>
      heed(turn).catch(() => Promise.reject(new Error('This operation was aborted'))),
    );
    const run = runner.run(lane);
    await until(() => makings.length === 1);
    runner.interrupt(accepted(), plain);
    await run;
    expect(fake.calls).toContain('putBack joined 1');
    expect(apologies).toEqual([]);
  });

  it('that only the store knows of joins by the commit', async () => {
    const fake = fakeLanes(ready(burstOf({ lane, thread })));
    fake.commits.push(() => Promise.reject(new TransientError('superseded', 'A newer message waits.')));
    const { runner, superseded, committed } = openRunner(fake);
    await runner.run(lane);
    expect(fake.calls).toEqual(['acquire', 'nextBurst', 'commit', 'putBack joined 1', 'nextBurst', 'release']);
    expect(superseded).toHaveLength(1);
    expect(committed).toEqual([]);
  });

  it('interrupts nothing when nothing runs', () => {
    const { runner } = openRunner(fakeLanes());
    expect(() => runner.interrupt(accepted(), plain)).not.toThrow();
  });
});

describe('a turn that fails', () => {
  const broken = new PermanentError('model_garbage', 'The model answered garbage.');

  it('is tried three times, then ends in an apology; the lane goes on', async () => {
    const next = burstOf({ lane, thread });
    const fake = fakeLanes(...[1, 2, 3].map((attempt) => ready(burstOf({ lane, thread, attempt }))), ready(next));
    const { runner, apologies, committed, log } = openRunner(fake, (burst) =>
      burst.turn === next.turn ? Promise.resolve(commitOf(burst)) : Promise.reject(broken),
    );
    await runner.run(lane);
    expect(fake.calls.filter((call) => call !== 'nextBurst')).toEqual([
      'acquire',
      'putBack failed 1',
      'putBack failed 2',
      'commit',
      'commit',
      'release',
    ]);
    expect(apologies).toMatchObject([{ burst: { attempt: 3 }, error: broken }]);
    expect(committed.map(({ alerts }) => alerts.map(({ kind }) => kind))).toEqual([['parked'], []]);
    expect(log.warnings.map(({ data }) => data)).toMatchObject(
      [1, 2, 3].map((attempt) => ({ code: 'model_garbage', attempt })),
    );
  });

  it('by killing its process is not tried a fourth time', async () => {
    const fake = fakeLanes(ready(burstOf({ lane, attempt: 4 })));
    const { runner, makings, apologies } = openRunner(fake);
    await runner.run(lane);
    expect(makings).toEqual([]);
    expect(apologies).toMatchObject([{ burst: { attempt: 4 }, error: { code: 'lane_lost' } }]);
    expect(fake.calls).toEqual(['acquire', 'nextBurst', 'commit', 'nextBurst', 'release']);
  });

  it.each(['lane_lost', 'store_down'] as const)('with %s writes nothing more and lets go of the lane', async (code) => {
    const fake = fakeLanes(ready(burstOf({ lane })), ready(burstOf({ lane })));
    fake.commits.push(() => Promise.reject(new TransientError(code, 'no')));
    const { runner } = openRunner(fake);
    await expect(runner.run(lane)).rejects.toEqual(failsWith('TransientError', code));
    expect(fake.calls).toEqual(['acquire', 'nextBurst', 'commit', 'release']);
  });
});

describe('the deadline', () => {
  let limits: { readonly milliseconds: number; readonly runOut: () => void }[];
  /** Lets the time of every limit up to this one run out. */
  const pass = (milliseconds: number): void => {
    for (const limit of limits) if (limit.milliseconds <= milliseconds) limit.runOut();
  };
  beforeEach(() => {
    limits = [];
    const real = globalThis.setTimeout;
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(((runOut: () => void, milliseconds: number) => {
      if (milliseconds < 40_000) return real(runOut, milliseconds);
      limits.push({ milliseconds, runOut });
      return real(() => undefined, 0);
    }) as typeof setTimeout);
  });

  it('is 45 s, and then there is an apology, not another try', async () => {
    const fake = fakeLanes(ready(burstOf({ lane })));
    const { runner, makings, apologies } = openRunner(fake, (_burst, turn) => heed(turn));
    const run = runner.run(lane);
    await until(() => makings.length === 1);
    pass(44_999);
    expect(makings[0]?.options.signal.aborted).toBe(false);
    pass(45_000);
    await run;
    expect(makings[0]?.options.signal.aborted).toBe(true);
    expect(apologies).toHaveLength(1);
    expect(fake.calls).toEqual(['acquire', 'nextBurst', 'commit', 'nextBurst', 'release']);
  });

  it('leaves a maker behind that does not heed it', async () => {
    const fake = fakeLanes(ready(burstOf({ lane })), ready(burstOf({ lane })));
    let calls = 0;
    const { runner, makings, apologies } = openRunner(fake, (burst) => {
      calls += 1;
      return calls === 1 ? new Promise(() => undefined) : Promise.resolve(commitOf(burst));
    });
    const run = runner.run(lane);
    await until(() => makings.length === 1);
    pass(60_000);
    await run;
    expect(apologies).toMatchObject([{ error: { code: 'model_timeout' } }]);
    expect(makings).toHaveLength(2);
  });

  it('leaves nothing behind at the signals that live as long as the process', async () => {
    const [lost, hurry] = [new AbortController().signal, new AbortController().signal];
    const any = vi.spyOn(AbortSignal, 'any');
    const memory = { turns: { commit: () => Promise.resolve({ isLetGo: true }) } } as unknown as BurstParts['memory'];
    const parts: BurstParts = {
      memory,
      owed: owing(),
      turns: {
        make: (burst) => {
          expect(getEventListeners(hurry, 'abort').length).toBeGreaterThan(0);
          return Promise.resolve(commitOf(burst));
        },
        apologise: (burst) => Promise.resolve(commitOf(burst)),
      },
      onCommit: () => Promise.resolve(),
      onSuperseded: () => undefined,
      count: () => undefined,
      log: fakeLog(),
    };
    await runBurst(parts, {
      lease: { lane, holder: 'test', fence: 1 },
      burst: burstOf({ lane }),
      running: new Map(),
      lost,
      hurry,
    });
    expect([lost, hurry].flatMap((signal) => getEventListeners(signal, 'abort'))).toEqual([]);
    // What is made of them by `any` is held for as long as they live, listeners or not.
    expect(
      any.mock.calls.flatMap(([signals]) => [...signals]).filter((signal) => signal === lost || signal === hurry),
    ).toEqual([]);
  });
});

describe('the lease', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  });

  /** A runner in the middle of a turn. */
  async function inTheMiddle(fake: FakeLanes) {
    let finish: (commit: TurnCommit) => void = () => undefined;
    const opened = openRunner(fake, () => new Promise<TurnCommit>((resolve) => (finish = resolve)));
    const run = opened.runner.run(lane);
    await vi.waitFor(() => expect(opened.makings).toHaveLength(1), { interval: 1 });
    const [making] = opened.makings;
    if (!making) throw new Error('nothing is made');
    return { ...opened, making, run, finish: () => finish(commitOf(making.burst)) };
  }

  it('is renewed while a turn runs, and no longer', async () => {
    const fake = fakeLanes(ready(burstOf({ lane })));
    const { run, finish } = await inTheMiddle(fake);
    await vi.advanceTimersByTimeAsync(25_000);
    expect(fake.calls.filter((call) => call === 'renew')).toHaveLength(2);
    finish();
    await run;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(fake.calls.filter((call) => call === 'renew')).toHaveLength(2);
  });

  const away = (): Promise<never> => Promise.reject(new TransientError('store_down', 'away'));

  it.each([
    { why: 'was lost', renewal: () => Promise.resolve(false), afterMs: 10_000, renewals: 1 },
    { why: 'was not renewed in all its time', renewal: away, afterMs: 30_000, renewals: 3 },
  ])('that $why ends the turn; nothing is written', async ({ renewal, afterMs, renewals }) => {
    const fake = fakeLanes(ready(burstOf({ lane })), ready(burstOf({ lane })));
    fake.renewal = renewal;
    const { run, making, apologies } = await inTheMiddle(fake);
    const ended = expect(run).rejects.toEqual(failsWith('TransientError', 'lane_lost'));
    await vi.advanceTimersByTimeAsync(afterMs - 50);
    expect(making.options.signal.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(50);
    await ended;
    expect(making.options.signal.aborted).toBe(true);
    expect(making.options.signal.reason).toEqual(failsWith('TransientError', 'lane_lost'));
    const asked = Array.from({ length: renewals }, () => 'renew');
    expect(fake.calls).toEqual(['acquire', 'nextBurst', ...asked, 'release']);
    expect(apologies).toEqual([]);
  });

  it('outlives a store that is away for two renewals', async () => {
    const fake = fakeLanes(ready(burstOf({ lane })));
    fake.renewal = away;
    const { run, finish, committed } = await inTheMiddle(fake);
    await vi.advanceTimersByTimeAsync(20_000);
    fake.renewal = () => Promise.resolve(true);
    await vi.advanceTimersByTimeAsync(10_000);
    fake.renewal = away;
    await vi.advanceTimersByTimeAsync(20_000);
    finish();
    await run;
    expect(committed).toHaveLength(1);
  });

  it.each([
    {
      name: 'that is away is no fault of the burst: its try is not counted',
      isAway: true,
      putBack: ['putBack released 1'],
    },
    { name: 'that is there fell over this burst: its try counts', isAway: false, putBack: [] },
  ])('$name', async ({ isAway, putBack }) => {
    const fake = fakeLanes(ready(burstOf({ lane })));
    fake.commits.push(away);
    fake.isAway = isAway;
    const { runner } = openRunner(fake);
    await expect(runner.run(lane)).rejects.toEqual(failsWith('TransientError', 'store_down'));
    expect(fake.calls).toEqual(['acquire', 'nextBurst', 'commit', ...putBack, 'release']);
  });

  it('is given back when the store is there again', { timeout: 5_000 }, async () => {
    const fake = fakeLanes(ready(burstOf({ lane })));
    fake.commits.push(away);
    const { release } = fake.memory.lanes;
    let tries = 0;
    fake.memory.lanes.release = (lease) => {
      tries += 1;
      return tries < 3 ? away() : release(lease);
    };
    const { runner } = openRunner(fake);
    await expect(runner.run(lane)).rejects.toEqual(failsWith('TransientError', 'store_down'));
    expect(fake.calls).not.toContain('release');
    await vi.waitFor(() => expect(fake.calls).toContain('release'), { timeout: 4_000 });
  });
});

describe('a person who writes without end', () => {
  it('gives the lane back after five bursts and is woken again behind the others', async () => {
    const fake = fakeLanes(...Array.from({ length: 12 }, () => ready(burstOf({ lane, thread }))));
    const { runner, makings, later } = openRunner(fake);
    await runner.run(lane);
    expect(makings).toHaveLength(5);
    expect(fake.calls.at(-1)).toBe('release');
    expect(later).toEqual([0]);
    await runner.run(lane);
    await runner.run(lane);
    expect(makings).toHaveLength(12);
    expect(later).toEqual([0, 0]);
  });
});

describe('a stop', () => {
  it('lets the running turn end, begins no other, and wakes the lane for somebody else', async () => {
    const fake = fakeLanes(ready(burstOf({ lane })), ready(burstOf({ lane })));
    let finish: (commit: TurnCommit) => void = () => undefined;
    const { runner, makings, later } = openRunner(fake, () => new Promise((resolve) => (finish = resolve)));
    const run = runner.run(lane);
    await until(() => makings.length === 1);
    const stopping = runner.stop(60_000);
    finish(commitOf(burstOf({ lane })));
    await Promise.all([run, stopping]);
    expect(makings).toHaveLength(1);
    expect(fake.calls).toEqual(['acquire', 'nextBurst', 'commit', 'release']);
    expect(later).toEqual([0]);
  });

  it.each([
    ['heeds its signal', heed],
    ['does not', () => new Promise<never>(() => undefined)],
  ])('gives back a turn that takes too long and %s; no try is counted, the lane is free', async (_, make) => {
    const fake = fakeLanes(ready(burstOf({ lane })));
    const { runner, makings, later, apologies } = openRunner(fake, (_burst, options) => make(options));
    const run = runner.run(lane);
    await until(() => makings.length === 1);
    await runner.stop(5);
    await run;
    expect(fake.calls).toEqual(['acquire', 'nextBurst', 'putBack released 1', 'release']);
    expect(later).toEqual([0]);
    expect(apologies).toEqual([]);
  });

  it('ends a wait, and afterwards takes nothing but crisis words', async () => {
    const fake = fakeLanes({ kind: 'wait', milliseconds: 3_000 });
    const { runner, later } = openRunner(fake);
    const run = runner.run(lane);
    await until(() => fake.calls.includes('nextBurst'));
    await runner.stop(60_000);
    await run;
    await runner.run(lane);
    expect(later).toEqual([0, 1_000]);
    fake.script.push(ready(burstOf({ lane })));
    await runner.runUrgent(lane);
    expect(fake.calls).toContain('commit');
  });
});

describe('crisis words', () => {
  it('of a flood are answered by so many at once, and all of them in the end', async () => {
    let [inside, most, made] = [0, 0, 0];
    const flood = Array.from({ length: 100 }, newLane);
    const fake = fakeLanes(...flood.map((own) => ready(burstOf({ lane: own }))));
    const { runner } = openRunner(fake, async (burst) => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setTimeout(resolve, 60));
      inside -= 1;
      made += 1;
      return commitOf(burst);
    });
    await Promise.all(flood.map((own) => runner.runUrgent(own)));
    expect(made).toBe(100);
    expect(most).toBeLessThanOrEqual(36);
  });

  it('are answered, however many wrote other words behind them whose turns hang', async () => {
    const fake = fakeLanes();
    const waiting = new Map(
      Array.from({ length: 60 }, newLane).map((own) => [
        own,
        [burstOf({ lane: own }, messageFrom('visitor', CRISIS)), burstOf({ lane: own })],
      ]),
    );
    const nextBurst = (lease: Lease): Promise<NextBurst> => {
      const burst = waiting.get(lease.lane)?.shift();
      return Promise.resolve(burst ? ready(burst) : { kind: 'empty' });
    };
    const inbox = { ...fake.memory.inbox, nextBurst };
    const { runner, committed, later } = openRunner({ ...fake, memory: { ...fake.memory, inbox } }, (burst, options) =>
      isCrisis(burst) ? Promise.resolve(commitOf(burst)) : heed(options),
    );
    await Promise.all([...waiting.keys()].map((own) => runner.runUrgent(own)));
    expect(committed).toHaveLength(60);
    // The other words are everybody's: no try of theirs is counted.
    expect(fake.calls.filter((call) => call.startsWith('putBack'))).toEqual(Array(60).fill('putBack released 1'));
    expect(later).toEqual(Array(60).fill(0));
  });

  it('that came while theirs was answered are answered by the same run', async () => {
    const words = (): NextBurst => ready(burstOf({ lane }, messageFrom('visitor', CRISIS)));
    const fake = fakeLanes(words(), words());
    const { runner, committed, later } = openRunner(fake);
    await runner.runUrgent(lane);
    expect(committed).toHaveLength(2);
    expect(later).toEqual([]);
  });

  it('whose turn fails are tried again by the same run, and a wait behind them is not waited for', async () => {
    const words = burstOf({ lane }, messageFrom('visitor', CRISIS));
    const wait = { kind: 'wait', milliseconds: 20 } as const;
    const fake = fakeLanes(ready(words), wait, ready({ ...words, attempt: 2 }), { kind: 'wait', milliseconds: 1_500 });
    let tries = 0;
    const { runner, committed, later } = openRunner(fake, (burst) => {
      tries += 1;
      return tries === 1 ? Promise.reject(new Error('a hiccup')) : Promise.resolve(commitOf(burst));
    });
    await runner.runUrgent(lane);
    expect(committed).toHaveLength(1);
    expect(later).toEqual([1_500]);
  });
});

describe('a burst whose next failure is its last', () => {
  const suspect = { kind: 'suspect' } as const;

  it('runs while no other such one does, and others run beside it', async () => {
    const atWork: string[] = [];
    const ends: (() => void)[] = [];
    const make = (burst: Burst): Promise<TurnCommit> => {
      atWork.push(`attempt ${burst.attempt}`);
      return new Promise((resolve) => ends.push(() => resolve(commitOf(burst))));
    };
    const last = (): ReturnType<typeof ready> => ready(burstOf({ lane: newLane(), attempt: 3 }));
    const fake = fakeLanes(suspect, last(), suspect, last());
    const { runner } = openRunner(fake, make);
    const first = runner.run(newLane());
    await until(() => atWork.length === 1);
    const second = runner.run(newLane());
    await until(() => fake.script.length <= 1);
    await new Promise(setImmediate);
    // The second one waits uncounted; a first try of somebody else does not.
    fake.script.unshift(ready(burstOf({ lane: newLane() })));
    const third = runner.run(newLane());
    await until(() => atWork.length === 2);
    expect(atWork).toEqual(['attempt 3', 'attempt 1']);
    ends[0]?.();
    await until(() => atWork.length === 3);
    expect(atWork[2]).toBe('attempt 3');
    for (const end of ends) end();
    await Promise.all([first, second, third]);
  });
});

describe('what is counted', () => {
  it('is a lost lane, a turn that made room, and a burst given up', async () => {
    const fake = fakeLanes(ready(burstOf({ lane })));
    fake.commits.push(() => Promise.reject(new TransientError('lane_lost', 'lost')));
    const { runner, counted } = openRunner(fake);
    await expect(runner.run(lane)).rejects.toEqual(failsWith('TransientError', 'lane_lost'));
    fake.script.push(ready(burstOf({ lane })));
    fake.commits.push(() => Promise.reject(new TransientError('superseded', 'newer')));
    await runner.run(lane);
    expect(counted).toEqual(['lease_losses', 'superseded_turns']);
  });
});
