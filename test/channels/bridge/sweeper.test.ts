/** The sweeper: works from the store, with the queue or without it, and never twice at once. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type SweeperParts, startSweeper, sweep } from '../../../channels/bridge/sweeper.ts';
import { TransientError } from '../../../core/errors.ts';
import type { PersonId, ThreadId } from '../../../core/ids.ts';
import type { Memory } from '../../../memory/memory.ts';
import { fakeLog, newLane, newThread } from './fakes.ts';

const lanes = [newLane(), newLane(), newLane()];
const threads = [newThread(), newThread()];

afterEach(() => {
  vi.useRealTimers();
});

function openParts(changes: Partial<SweeperParts> = {}) {
  const calls: string[] = [];
  const note =
    (name: string) =>
    (id: PersonId | ThreadId): Promise<void> => {
      calls.push(`${name} ${[...lanes, ...threads].indexOf(id as never)}`);
      return Promise.resolve();
    };
  const counts: string[] = [];
  const log = fakeLog();
  const parts: SweeperParts = {
    memory: {
      inbox: { listWaitingLanes: () => Promise.resolve(lanes) } as unknown as Memory['inbox'],
      outbox: { listDueThreads: () => Promise.resolve(threads) } as unknown as Memory['outbox'],
      paces: { tidy: () => Promise.resolve() } as unknown as Memory['paces'],
    },
    queue: { rouseLane: note('rouseLane'), rouseThread: note('rouseThread') },
    sender: {
      sendThread: note('sendThread'),
      settleLostClaims: () => {
        calls.push('settle');
        return Promise.resolve(4);
      },
    },
    runLane: note('runLane'),
    isUnderWay: { lane: () => false, thread: () => false },
    takes: { lanes: true, threads: true },
    count: (what, _labels, by = 1) => counts.push(`${what} ${by}`),
    log,
    ...changes,
  };
  return { parts, calls, counts, log };
}

describe('a sweep', () => {
  it('settles what was lost, then wakes every waiting lane and due thread, and says how much', async () => {
    const { parts, calls, log } = openParts();
    expect((await sweep(parts)).found).toBe(9);
    expect(calls).toEqual(['settle', 'rouseLane 0', 'rouseLane 1', 'rouseLane 2', 'rouseThread 3', 'rouseThread 4']);
    expect(log.warnings).toEqual([]);
  });

  it('leaves alone what is under way here, and still counts how long it has been', async () => {
    const isUnderWay = {
      lane: (lane: PersonId) => lane === lanes[1],
      thread: (thread: ThreadId) => thread === threads[0],
    };
    const { parts, calls } = openParts({ isUnderWay });
    const { woken } = await sweep(parts);
    expect(calls).toEqual(['settle', 'rouseLane 0', 'rouseLane 2', 'rouseThread 4']);
    expect(woken.lanes.get(lanes[1] as PersonId)).toBe(1);
  });

  it('does the work itself when the queue takes no wake-ups, and asks it once a kind', async () => {
    const down = (): Promise<void> => Promise.reject(new TransientError('store_down', 'no queue'));
    const rouseLane = vi.fn(down);
    const rouseThread = vi.fn(down);
    const { parts, calls, log } = openParts({ queue: { rouseLane, rouseThread } });
    expect((await sweep(parts)).found).toBe(9);
    expect(calls).toEqual(['settle', 'runLane 0', 'runLane 1', 'runLane 2', 'sendThread 3', 'sendThread 4']);
    expect([rouseLane.mock.calls.length, rouseThread.mock.calls.length]).toEqual([1, 1]);
    expect(log.warnings).toHaveLength(2);
  });

  it('does the rest itself when the queue goes away in the middle', async () => {
    const calls: string[] = [];
    const rouseLane = (lane: PersonId): Promise<void> => {
      if (lane !== lanes[0]) return Promise.reject(new TransientError('store_down', 'no queue'));
      calls.push('rouseLane 0');
      return Promise.resolve();
    };
    const opened = openParts();
    await sweep({ ...opened.parts, queue: { ...opened.parts.queue, rouseLane } });
    expect([...calls, ...opened.calls.slice(1, 3)]).toEqual(['rouseLane 0', 'runLane 1', 'runLane 2']);
  });

  it('leaves what fails here to the next one, and does the others', async () => {
    const rouseLane = (): Promise<void> => Promise.reject(new TransientError('store_down', 'no queue'));
    const ran: PersonId[] = [];
    const runLane = (lane: PersonId): Promise<void> => {
      ran.push(lane);
      return lane === lanes[0] ? Promise.reject(new TransientError('lane_lost', 'lost')) : Promise.resolve();
    };
    const { parts, log } = openParts({ runLane });
    await sweep({ ...parts, queue: { ...parts.queue, rouseLane } });
    expect(ran).toEqual(lanes);
    expect(log.warnings.map(({ data }) => data)).toEqual([{ code: 'store_down' }, { code: 'lane_lost' }]);
  });
});

describe('a queue that takes wake-ups and hands nothing out', () => {
  it('is believed twice; then the sweeper runs some of the lanes here', async () => {
    const { parts, calls } = openParts();
    const first = await sweep(parts);
    const second = await sweep(parts, first.woken);
    expect(calls).not.toContain('runLane 0');
    calls.length = 0;
    await sweep(parts, second.woken);
    const here = ['runLane 0', 'runLane 1', 'runLane 2', 'sendThread 3', 'sendThread 4'];
    expect(calls).toEqual(['settle', ...here]);
  });

  it.each([
    ['makes no turns', { lanes: false, threads: true }, ['sendThread 3', 'sendThread 4']],
    ['sends nothing', { lanes: true, threads: false }, ['runLane 0', 'runLane 1', 'runLane 2']],
  ])('is none of the business of a process that %s', async (_what, takes, done) => {
    const { parts, calls } = openParts({ takes });
    let { woken } = await sweep(parts);
    for (let n = 0; n < 2; n += 1) woken = (await sweep(parts, woken)).woken;
    expect(calls.filter((call) => /^(run|send)/.test(call))).toEqual(done);
  });

  it.each(['lanes', 'threads'] as const)('shows as passes in vain for %s, until one ends here', async (kind) => {
    vi.useFakeTimers();
    const takes = { lanes: kind === 'lanes', threads: kind === 'threads' };
    const forEver = (): Promise<void> => new Promise(() => undefined);
    const { parts } = openParts({
      takes,
      runLane: forEver,
      sender: { sendThread: forEver, settleLostClaims: () => Promise.resolve(0) },
    });
    let ended = { lanes: 0, threads: 0 };
    const sweeper = startSweeper(parts, 5_000, () => ended);
    await vi.advanceTimersByTimeAsync(16_000);
    expect(sweeper.idlePasses()).toBeGreaterThan(0);
    ended = { ...ended, [kind]: 1 };
    await vi.advanceTimersByTimeAsync(5_000);
    expect(sweeper.idlePasses()).toBe(0);
    await sweeper.stop();
  });
});

describe('what is counted', () => {
  it('is every lane that nobody had', async () => {
    const { parts, counts } = openParts();
    await sweep(parts);
    expect(counts).toEqual(['sweeper_rescues 3']);
  });
});

describe('startSweeper', () => {
  /** A sweeper whose passes end when told. */
  function openSlow() {
    vi.useFakeTimers();
    const passes: { readonly end: (error?: Error) => void }[] = [];
    const opened = openParts();
    const settleLostClaims = (): Promise<number> =>
      new Promise((resolve, reject) => {
        passes.push({ end: (error) => (error ? reject(error) : resolve(0)) });
      });
    const sender = { ...opened.parts.sender, settleLostClaims };
    return { ...opened, passes, ...startSweeper({ ...opened.parts, sender }, 5_000, () => ({ lanes: 0, threads: 0 })) };
  }

  it('sweeps at once and then again and again, never two passes at once', async () => {
    const { passes } = openSlow();
    expect(passes).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(passes).toHaveLength(1);
    passes[0]?.end();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(passes).toHaveLength(2);
  });

  it('goes on after a pass that failed', async () => {
    const { passes, log } = openSlow();
    passes[0]?.end(new TransientError('store_down', 'away'));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(passes).toHaveLength(2);
    expect(log.warnings).toMatchObject([{ data: { code: 'store_down' } }]);
  });

  it('stops after the pass that runs', async () => {
    const { passes, calls, stop } = openSlow();
    let isStopped = false;
    const stopping = stop().then(() => {
      isStopped = true;
    });
    await vi.advanceTimersByTimeAsync(20_000);
    expect([passes.length, isStopped]).toEqual([1, false]);
    passes[0]?.end();
    await stopping;
    expect(calls).toContain('rouseThread 4');
    await vi.advanceTimersByTimeAsync(20_000);
    expect(passes).toHaveLength(1);
  });
});
