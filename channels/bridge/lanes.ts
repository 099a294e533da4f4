/** Lanes: takes a person's bursts one after the other and turns each into a committed turn. */
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode, TransientError } from '../../core/errors.ts';
import type { PersonId, ThreadId } from '../../core/ids.ts';
import type { Accepted, Burst, Lease } from '../../memory/inbox.ts';
import type { Memory } from '../../memory/memory.ts';
import type { TurnCommit } from '../../memory/turns.ts';

/** How often a newer message may make a turn start again. */
const MAX_JOINS = 2;
const MAX_ATTEMPTS = 3;
const LEASE_MS = 30_000;
/** A wait longer than this is not worth holding the lane for. */
const LONG_WAIT_MS = 4_000;
/** Every turn ends: an answer, an honest fallback, or a hand-over. */
const TURN_DEADLINE_MS = 45_000;
/** A turn maker that does not heed its signal is left behind this long after it. */
const GRACE_MS = 2_000;

export type TurnOptions = {
  readonly signal: AbortSignal;
  /** False after enough joins: this time the turn is finished whatever comes. */
  readonly yieldToNewer: boolean;
};

/** What makes a turn of a burst; the bridge knows nothing of the graph behind it. */
export type TurnMaker = {
  readonly make: (burst: Burst, options: TurnOptions) => Promise<TurnCommit>;
  /** The honest end of a burst that failed too often: tells the person, alerts operators, calls nothing that may fail. */
  readonly apologise: (burst: Burst, error: unknown) => Promise<TurnCommit>;
};

export type LaneParts = {
  readonly memory: Pick<Memory, 'inbox' | 'lanes' | 'turns'>;
  readonly turns: TurnMaker;
  readonly holder: string;
  /** Called after a commit that left deliveries. */
  readonly onCommit: (commit: TurnCommit) => Promise<void>;
  readonly onSuperseded: (burst: Burst) => void;
  readonly wakeLater: (lane: PersonId, delayMs: number) => Promise<void>;
  readonly log: { readonly warn: (message: string, data: object) => void };
};

export type LaneRunner = {
  /** Runs everything that waits in a lane. Returns at once when another holder has it. */
  readonly run: (lane: PersonId) => Promise<void>;
  /** Aborts the running turn that a newer message should join, and ends a wait. Crisis words abort every turn of their lane. */
  readonly interrupt: (accepted: Accepted, options: { readonly isCrisis: boolean }) => void;
};

type Running = { readonly thread: ThreadId; readonly abort: AbortController; readonly burst: Burst };

/** What goes on in this process, lane by lane. */
type Activity = { readonly running: Map<PersonId, Running>; readonly naps: Map<PersonId, AbortController> };

export function createLaneRunner(parts: LaneParts): LaneRunner {
  const activity: Activity = { running: new Map(), naps: new Map() };
  return {
    run: async (lane) => {
      const lease = await parts.memory.lanes.acquire(lane, { holder: parts.holder, leaseMs: LEASE_MS });
      if (!lease) return parts.wakeLater(lane, 1_000);
      const lost = new AbortController();
      const heartbeat = startHeartbeat(parts, lease, lost);
      try {
        await drain(parts, { ...activity, lease, lost: lost.signal });
      } finally {
        clearInterval(heartbeat);
        if (!lost.signal.aborted) await parts.memory.lanes.release(lease);
      }
    },
    interrupt: ({ lane, thread }, { isCrisis }) => {
      activity.naps.get(lane)?.abort();
      const turn = activity.running.get(lane);
      const mayJoin = turn?.thread === thread && turn.burst.joins < MAX_JOINS;
      if (!turn || !(mayJoin || isCrisis)) return;
      turn.abort.abort(new TransientError('superseded', 'A newer message joins this turn.'));
    },
  };
}

function startHeartbeat(parts: LaneParts, lease: Lease, lost: AbortController): NodeJS.Timeout {
  const lose = (): void => lost.abort(new TransientError('lane_lost', `The lease on lane ${lease.lane} was lost.`));
  return setInterval(() => {
    parts.memory.lanes.renew(lease, LEASE_MS).then((held) => {
      if (!held) lose();
      // The store is away; the commit would fail too, so the turn ends here and runs again later.
    }, lose);
  }, LEASE_MS / 3);
}

type Drain = Activity & { readonly lease: Lease; readonly lost: AbortSignal };

async function drain(parts: LaneParts, state: Drain): Promise<void> {
  while (!state.lost.aborted) {
    const next = await parts.memory.inbox.nextBurst(state.lease);
    if (next.kind === 'empty') return;
    if (next.kind === 'ready') {
      await runBurst(parts, { ...state, burst: next.burst });
    } else if (next.milliseconds > LONG_WAIT_MS) {
      return parts.wakeLater(state.lease.lane, next.milliseconds);
    } else {
      await nap(state, next.milliseconds);
    }
  }
}

/** Waits for the burst window; what comes in meanwhile may end it sooner. */
async function nap({ lease, naps }: Drain, milliseconds: number): Promise<void> {
  const wake = new AbortController();
  naps.set(lease.lane, wake);
  await sleep(milliseconds, undefined, { signal: wake.signal }).catch(() => undefined);
  if (naps.get(lease.lane) === wake) naps.delete(lease.lane);
}

async function runBurst(parts: LaneParts, state: Drain & { readonly burst: Burst }): Promise<void> {
  const { lease, burst, running, lost } = state;
  const abort = new AbortController();
  const turn: Running = { thread: burst.thread, abort, burst };
  running.set(lease.lane, turn);
  const yieldToNewer = burst.joins < MAX_JOINS;
  const deadline = AbortSignal.timeout(TURN_DEADLINE_MS);
  const signal = AbortSignal.any([abort.signal, lost, deadline]);
  const giveUp = AbortSignal.any([lost, AbortSignal.timeout(TURN_DEADLINE_MS + GRACE_MS)]);
  try {
    const commit =
      burst.attempt > MAX_ATTEMPTS
        ? await parts.turns.apologise(burst, new TransientError('lane_lost', 'The process died while answering.'))
        : await orGiveUp(parts.turns.make(burst, { signal, yieldToNewer }), giveUp);
    await finish(parts, lease, commit);
  } catch (error) {
    await recover(parts, { lease, burst, error, isSuperseded: abort.signal.aborted, isLate: deadline.aborted });
  } finally {
    // After a link the same lane may run here a second time already, on a newer fence.
    if (running.get(lease.lane) === turn) running.delete(lease.lane);
  }
}

/** Leaves work behind that goes on although it was told to stop: without a commit it changes nothing. */
function orGiveUp<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      const reason: unknown = signal.reason;
      const isLost = reason instanceof TransientError;
      reject(isLost ? reason : new TransientError('model_timeout', 'The turn did not end at its deadline.'));
    };
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}

async function finish(parts: LaneParts, lease: Lease, commit: TurnCommit): Promise<void> {
  await parts.memory.turns.commit(lease, commit);
  await parts.onCommit(commit).catch((error: unknown) => {
    parts.log.warn('deliveries wait for the sweeper', { code: errorCode(error), turn: commit.turn.id });
  });
}

type Failure = {
  readonly lease: Lease;
  readonly burst: Burst;
  readonly error: unknown;
  /** Told to give way: whatever it threw then, it threw because of that. */
  readonly isSuperseded: boolean;
  /** Past its deadline: the person has waited long enough for another try. */
  readonly isLate: boolean;
};

async function recover(parts: LaneParts, { lease, burst, error, isSuperseded, isLate }: Failure): Promise<void> {
  const code = errorCode(error);
  if (code === 'lane_lost' || code === 'store_down') throw error;
  if (isSuperseded || code === 'superseded') {
    parts.onSuperseded(burst);
    return parts.memory.inbox.putBack(lease, { burst, joined: true });
  }
  parts.log.warn('turn failed', { code, turn: burst.turn, attempt: burst.attempt, error: describe(error) });
  if (burst.attempt < MAX_ATTEMPTS && !isLate) return parts.memory.inbox.putBack(lease, { burst, joined: false });
  await finish(parts, lease, await parts.turns.apologise(burst, error));
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 300) : 'not an Error';
}
