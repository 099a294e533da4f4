/** Bursts: one burst becomes one committed turn, or is put back, or ends in an apology. */
import { errorCode, TransientError } from '../../core/errors.ts';
import type { PersonId, ThreadId } from '../../core/ids.ts';
import { type Burst, type Lease, MOST_EVENTS } from '../../memory/inbox.ts';
import type { Memory } from '../../memory/memory.ts';
import type { TurnCommit } from '../../memory/turns.ts';
import type { Count } from './count.ts';
import type { Owed } from './owed.ts';

/** How often a newer message may make a turn start again. */
const MAX_JOINS = 2;
export const MAX_ATTEMPTS = 3;

/**
 * What failed before is tried again as it was: if it is what kills the turn, nothing innocent dies with it. A full one waits
 * for nothing: what was written after it has a turn of its own.
 */
export function mayBeJoined({ joins, attempt, events }: Burst): boolean {
  return joins < MAX_JOINS && attempt === 1 && events.length < MOST_EVENTS;
}

/**
 * Crisis words end whatever is under way, once more than others may. Not without end: a turn that answers crisis words would
 * else be begun anew with each further message, and never finished.
 */
export function mayEndFor({ joins }: Burst): boolean {
  return joins <= MAX_JOINS;
}
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

export type BurstParts = {
  readonly memory: Pick<Memory, 'inbox' | 'ping' | 'turns'>;
  readonly owed: Owed;
  readonly turns: TurnMaker;
  /** Called after a commit that left deliveries. */
  readonly onCommit: (commit: TurnCommit) => Promise<void>;
  readonly onSuperseded: (burst: Burst) => void;
  readonly count: Count;
  readonly log: { readonly warn: (message: string, data: object) => void };
};

export type Running = { readonly thread: ThreadId; readonly abort: AbortController; readonly burst: Burst };

export type BurstRun = {
  readonly lease: Lease;
  readonly burst: Burst;
  /** The turns of this process, lane by lane: a newer message finds the one it should join. */
  readonly running: Map<PersonId, Running>;
  /** The lane was lost. */
  readonly lost: AbortSignal;
  /** This process has no more time: what runs is given back. */
  readonly hurry: AbortSignal;
};

/** Resolves to whether the lane was given back with the commit, because nothing else waits in it. */
export async function runBurst(parts: BurstParts, run: BurstRun): Promise<boolean> {
  const { lease, burst, running, lost, hurry } = run;
  const abort = new AbortController();
  const turn: Running = { thread: burst.thread, abort, burst };
  running.set(lease.lane, turn);
  const yieldToNewer = mayBeJoined(burst);
  const deadline = startLimit(TURN_DEADLINE_MS, [abort.signal, lost, hurry]);
  const giveUp = startLimit(TURN_DEADLINE_MS + GRACE_MS, [lost, hurry]);
  try {
    const commit =
      burst.attempt > MAX_ATTEMPTS
        ? await parts.turns.apologise(burst, new TransientError('lane_lost', 'The process died while answering.'))
        : await orGiveUp(parts.turns.make(burst, { signal: deadline.signal, yieldToNewer }), giveUp.signal);
    return await finish(parts, lease, commit);
  } catch (error) {
    const signals = { isSuperseded: abort.signal.aborted, isLate: deadline.isOver(), isReleased: hurry.aborted };
    return await recover(parts, { lease, burst, error, ...signals });
  } finally {
    deadline.end();
    giveUp.end();
    // After a link the same lane may run here a second time already, on a newer fence.
    if (running.get(lease.lane) === turn) running.delete(lease.lane);
  }
}

type Limit = { readonly signal: AbortSignal; readonly isOver: () => boolean; readonly end: () => void };

/**
 * Aborts after a time, or when one of the others does. Not `AbortSignal.any`: what listens to that is held for as long as its
 * longest source lives, and `hurry` lives as long as the process.
 */
function startLimit(milliseconds: number, others: readonly AbortSignal[]): Limit {
  const limit = new AbortController();
  let isOver = false;
  const timer = setTimeout(() => {
    isOver = true;
    limit.abort();
  }, milliseconds).unref();
  const follows = others.map((other) => ({ other, follow: (): void => limit.abort(other.reason) }));
  for (const { other, follow } of follows) {
    if (other.aborted) follow();
    else other.addEventListener('abort', follow, { once: true });
  }
  return {
    signal: limit.signal,
    isOver: () => isOver,
    end: () => {
      clearTimeout(timer);
      for (const { other, follow } of follows) other.removeEventListener('abort', follow);
    },
  };
}

/** Leaves work behind that goes on although it was told to stop: without a commit it changes nothing. */
function orGiveUp<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      const reason: unknown = signal.reason;
      const isOurs = reason instanceof TransientError;
      reject(isOurs ? reason : new TransientError('model_timeout', 'The turn did not end at its deadline.'));
    };
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}

async function finish(parts: BurstParts, lease: Lease, commit: TurnCommit): Promise<boolean> {
  const { isLetGo } = await parts.memory.turns.commit(lease, commit, { letsGo: true });
  if (commit.turn.status === 'error') parts.count('parked', { channel: channelOf(commit.turn) });
  await parts.onCommit(commit).catch((error: unknown) => {
    parts.log.warn('deliveries wait for the sweeper', { code: errorCode(error), turn: commit.turn.id });
  });
  return isLetGo;
}

type Failure = {
  readonly lease: Lease;
  readonly burst: Burst;
  readonly error: unknown;
  /** Told to give way: whatever it threw then, it threw because of that. */
  readonly isSuperseded: boolean;
  /** Past its deadline: the person has waited long enough for another try. */
  readonly isLate: boolean;
  /** This process stops: another one takes it from the beginning. */
  readonly isReleased: boolean;
};

async function recover(parts: BurstParts, failure: Failure): Promise<boolean> {
  const { lease, burst, error, isSuperseded, isLate, isReleased } = failure;
  const code = errorCode(error);
  if (code === 'lane_lost') parts.count('lease_losses');
  if (code === 'store_down') await giveBackIfAway(parts, { lease, burst });
  if (code === 'lane_lost' || code === 'store_down') throw error;
  const putBack = async (why: 'released' | 'joined' | 'failed'): Promise<false> => {
    await parts.memory.inbox.putBack(lease, { burst, why });
    return false;
  };
  if (isReleased) return putBack('released');
  if (isSuperseded || code === 'superseded') {
    parts.count('superseded_turns', { channel: channelOf(burst) });
    parts.onSuperseded(burst);
    return putBack('joined');
  }
  parts.log.warn('turn failed', { code, turn: burst.turn, attempt: burst.attempt, error: describe(error) });
  const mayTryAgain = burst.attempt < MAX_ATTEMPTS && !isLate;
  if (mayTryAgain) return putBack('failed');
  return finish(parts, lease, await parts.turns.apologise(burst, error));
}

/**
 * A store that is away is no fault of the burst's: the try is not counted, which the store is told when it is back. One that
 * is there fell over this burst alone, and counts.
 */
async function giveBackIfAway(parts: BurstParts, { lease, burst }: Pick<Failure, 'lease' | 'burst'>): Promise<void> {
  const isAway = await parts.memory.ping().then(
    () => false,
    () => true,
  );
  if (isAway) await parts.owed.tell(() => parts.memory.inbox.putBack(lease, { burst, why: 'released' }), undefined);
}

function channelOf({ events }: Pick<Burst, 'events'>): string {
  return events.at(-1)?.event.channel ?? 'none';
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 300) : 'not an Error';
}
