/** Lanes: takes a person's bursts one after the other and turns each into a committed turn. */
import { setTimeout as sleep } from 'node:timers/promises';
import { TransientError } from '../../core/errors.ts';
import type { PersonId } from '../../core/ids.ts';
import type { Accepted, Burst, Lease, NextBurst } from '../../memory/inbox.ts';
import type { Memory } from '../../memory/memory.ts';
import { type BurstParts, MAX_ATTEMPTS, mayBeJoined, mayEndFor, type Running, runBurst } from './bursts.ts';
import type { Owed } from './owed.ts';
import { createRoom, type Room } from './room.ts';

const LEASE_MS = 30_000;
const RENEWALS = 3;
/** A wait longer than this is not worth holding the lane for. */
const LONG_WAIT_MS = 4_000;
/** Whoever writes without end comes in turn with the others. */
const BURSTS_IN_A_ROW = 5;
/** When another holder has the lane. */
const COME_BACK_MS = 1_000;

export type LaneParts = BurstParts & {
  readonly memory: Pick<Memory, 'inbox' | 'lanes' | 'ping' | 'turns'>;
  readonly holder: string;
  /** Where turns wait while this process has no time for them. */
  readonly room: Room;
  readonly owed: Owed;
  readonly wakeLater: (lane: PersonId, delayMs: number) => Promise<void>;
  readonly isCrisis: (burst: Burst) => boolean;
};

export type LaneRunner = {
  /** Runs what waits in a lane, for as long as it is this lane's turn. Returns at once when another holder has it. */
  readonly run: (lane: PersonId) => Promise<void>;
  /** The same for crisis words: they are answered even by a process that is about to stop. */
  readonly runUrgent: (lane: PersonId) => Promise<void>;
  /** Aborts the running turn that a newer message should join, and ends a wait. Crisis words abort whatever runs in their lane. */
  readonly interrupt: (accepted: Pick<Accepted, 'lane' | 'thread'>, options: { readonly isCrisis: boolean }) => void;
  /** Begins no further turn. Those that run may end within `patienceMs`; then they are given back for others to take. */
  readonly stop: (patienceMs: number) => Promise<void>;
  /** How many runs ended so far: a process that takes work counts on. */
  readonly ended: () => number;
};

/** Lanes with crisis words that run side by side, beside all others: a flood of them shall not take every connection to the store. */
const URGENT = 32;

/** What goes on in this process, lane by lane. */
type Activity = {
  readonly running: Map<PersonId, Running>;
  readonly naps: Map<PersonId, AbortController>;
  readonly runs: Set<Promise<void>>;
  readonly stopping: AbortController;
  readonly hurry: AbortController;
  /** A burst whose next failure is its last runs while no other such one does: it may be what kills the process. */
  readonly alone: { last: Promise<void> };
};

/** `stopping`: begin nothing more. `isUrgent`: for crisis words, and for nothing that waits behind them. */
type Work = Omit<Activity, 'stopping'> & { readonly stopping: AbortSignal; readonly isUrgent: boolean };

export function createLaneRunner(parts: LaneParts): LaneRunner {
  const activity: Activity = {
    running: new Map(),
    naps: new Map(),
    runs: new Set(),
    stopping: new AbortController(),
    hurry: new AbortController(),
    alone: { last: Promise.resolve() },
  };
  // However busy the loop is; their number alone holds them up.
  const urgent = createRoom({ elapsed: () => performance.now(), utilization: () => 1, few: URGENT });
  let ended = 0;
  const start = (lane: PersonId, how: Pick<Work, 'stopping' | 'isUrgent'>): Promise<void> => {
    const run = runLane(parts, lane, { ...activity, ...how }).finally(() => {
      activity.runs.delete(run);
      ended += 1;
    });
    activity.runs.add(run);
    return run;
  };
  return {
    run: async (lane) => {
      await parts.room.enter();
      await start(lane, { stopping: activity.stopping.signal, isUrgent: false }).finally(parts.room.leave);
    },
    runUrgent: async (lane) => {
      await urgent.enter();
      await start(lane, { stopping: activity.hurry.signal, isUrgent: true }).finally(urgent.leave);
    },
    interrupt: ({ lane, thread }, { isCrisis }) => {
      activity.naps.get(lane)?.abort();
      const turn = activity.running.get(lane);
      if (!turn || !(isCrisis ? mayEndFor(turn.burst) : turn.thread === thread && mayBeJoined(turn.burst))) return;
      turn.abort.abort(new TransientError('superseded', 'A newer message joins this turn.'));
    },
    stop: (patienceMs) => {
      const stopped = stopAll(activity, patienceMs);
      parts.room.open();
      urgent.open();
      return stopped;
    },
    ended: () => ended,
  };
}

async function stopAll({ stopping, hurry, naps, runs }: Activity, patienceMs: number): Promise<void> {
  stopping.abort();
  for (const nap of naps.values()) nap.abort();
  const reason = new TransientError('superseded', 'This process stops; another one makes the turn.');
  const timer = setTimeout(() => hurry.abort(reason), patienceMs);
  await Promise.allSettled(runs);
  clearTimeout(timer);
}

async function runLane(parts: LaneParts, lane: PersonId, activity: Work): Promise<void> {
  if (activity.stopping.aborted) return parts.wakeLater(lane, COME_BACK_MS);
  const lease = await parts.memory.lanes.acquire(lane, { holder: parts.holder, leaseMs: LEASE_MS });
  if (!lease) return parts.wakeLater(lane, COME_BACK_MS);
  const lost = new AbortController();
  const heartbeat = startHeartbeat(parts, lease, lost);
  let end: End = { isLetGo: false, wakeMs: null };
  try {
    end = await drain(parts, { ...activity, lease, lost: lost.signal });
  } finally {
    clearInterval(heartbeat);
    if (!end.isLetGo) await parts.owed.tell(() => parts.memory.lanes.release(lease), undefined);
  }
  if (end.wakeMs !== null) await parts.wakeLater(lane, end.wakeMs);
}

function startHeartbeat(parts: LaneParts, lease: Lease, lost: AbortController): NodeJS.Timeout {
  const lose = (): void => lost.abort(new TransientError('lane_lost', `The lease on lane ${lease.lane} was lost.`));
  // Of a store that is away it is not known whether it still has the lease, until all of its time is over.
  let missed = 0;
  const miss = (): void => {
    missed += 1;
    if (missed >= RENEWALS) lose();
  };
  return setInterval(() => {
    parts.memory.lanes.renew(lease, LEASE_MS).then((held) => {
      missed = 0;
      if (!held) lose();
    }, miss);
  }, LEASE_MS / RENEWALS);
}

type Drain = Work & { readonly lease: Lease; readonly lost: AbortSignal };

/** `wakeMs`: in how many milliseconds the lane should be run again, here or elsewhere; null when nothing waits. */
type End = { readonly isLetGo: boolean; readonly wakeMs: number | null };

async function drain(parts: LaneParts, state: Drain): Promise<End> {
  let bursts = 0;
  let isAnswered = false;
  while (!state.lost.aborted) {
    if (state.stopping.aborted || bursts >= BURSTS_IN_A_ROW) return { isLetGo: false, wakeMs: 0 };
    const next = await parts.memory.inbox.nextBurst(state.lease, { spare: MAX_ATTEMPTS - 1, letsGo: true });
    if (next.kind === 'empty') return { isLetGo: true, wakeMs: null };
    const isCrisis = next.kind === 'ready' && parts.isCrisis(next.burst);
    if (isAnswered && !isCrisis) return leaveToOthers(parts, state, next);
    if (next.kind === 'wait') {
      if (next.milliseconds > LONG_WAIT_MS) return { isLetGo: false, wakeMs: next.milliseconds };
      await nap(state, next.milliseconds);
      continue;
    }
    bursts += 1;
    const noting = state.isUrgent && isCrisis ? onceCommitted(parts, () => (isAnswered = true)) : parts;
    const isLetGo = await (next.kind === 'ready' ? runReady(noting, state, next.burst) : runSuspect(parts, state));
    if (isLetGo) return { isLetGo, wakeMs: null };
  }
  return { isLetGo: false, wakeMs: null };
}

function onceCommitted(parts: LaneParts, note: () => void): LaneParts {
  return {
    ...parts,
    onCommit: (commit) => {
      note();
      return parts.onCommit(commit);
    },
  };
}

/** What waits behind crisis words may take its time, and other crisis words would wait for this run meanwhile. */
async function leaveToOthers(
  { memory }: LaneParts,
  { lease }: Drain,
  next: Exclude<NextBurst, { kind: 'empty' }>,
): Promise<End> {
  if (next.kind === 'ready') await memory.inbox.putBack(lease, { burst: next.burst, why: 'released' });
  return { isLetGo: false, wakeMs: next.kind === 'wait' ? next.milliseconds : 0 };
}

function runReady(parts: LaneParts, state: Drain, burst: Burst): Promise<boolean> {
  return runBurst(parts, { ...state, hurry: state.hurry.signal, burst });
}

/** Waits for the burst window; what comes in meanwhile may end it sooner. */
async function nap({ lease, naps }: Drain, milliseconds: number): Promise<void> {
  const wake = new AbortController();
  naps.set(lease.lane, wake);
  await sleep(milliseconds, undefined, { signal: wake.signal }).catch(() => undefined);
  if (naps.get(lease.lane) === wake) naps.delete(lease.lane);
}

/**
 * The last try of a burst, one at a time in this process and only then counted. When one of them kills the process, the
 * innocent that died with it before have their last try without it.
 */
async function runSuspect(parts: LaneParts, state: Drain): Promise<boolean> {
  const before = state.alone.last;
  const turn = Promise.withResolvers<void>();
  state.alone.last = turn.promise;
  const isFirst = await Promise.race([before.then(() => true), nap(state, LONG_WAIT_MS).then(() => false)]);
  state.naps.get(state.lease.lane)?.abort();
  if (!isFirst) {
    void before.then(turn.resolve);
    return false;
  }
  try {
    if (state.lost.aborted || state.stopping.aborted) return false;
    const next = await parts.memory.inbox.nextBurst(state.lease);
    return next.kind === 'ready' && (await runReady(parts, state, next.burst));
  } finally {
    turn.resolve();
  }
}
