/**
 * Sweeper: works from Postgres, never from the queue; whatever is unfinished and unclaimed is woken again, and done here
 * when the queue takes no wake-ups, or takes them and hands nothing out.
 */
import { errorCode } from '../../core/errors.ts';
import type { PersonId, ThreadId } from '../../core/ids.ts';
import type { Memory } from '../../memory/memory.ts';
import type { Count } from './count.ts';
import type { Sender } from './outbox.ts';
import type { WakeQueue } from './queue.ts';

const LIMIT = 500;
/** How much is done here side by side while the queue is down. */
const AT_ONCE = 8;
/** What became ready just now is on its way by the queue. */
const OVERDUE_MS = 1_000;
/** Passes in which a lane or a thread was woken in vain before it is run here. */
const PATIENCE = 2;
/** Passes between two cleanings. */
const TIDY_EVERY = 120;

export type SweeperParts = {
  readonly memory: Pick<Memory, 'inbox' | 'outbox' | 'paces'>;
  readonly queue: Pick<WakeQueue, 'rouseLane' | 'rouseThread'>;
  readonly sender: Pick<Sender, 'sendThread' | 'settleLostClaims'>;
  readonly runLane: (lane: PersonId) => Promise<void>;
  /** What is under way in this process, or waits in it for its turn, needs no waking. */
  readonly isUnderWay: { readonly lane: (lane: PersonId) => boolean; readonly thread: (thread: ThreadId) => boolean };
  /** Does this process make turns, does it send? Then it takes what the queue does not hand out. */
  readonly takes: { readonly lanes: boolean; readonly threads: boolean };
  /** This process ends: a pass that is under way still wakes others, and does nothing more here. */
  readonly isStopping?: () => boolean;
  readonly count: Count;
  readonly log: { readonly warn: (message: string, data: object) => void };
};

/** What one pass tells the next: how often each waiting lane and thread was woken in vain, as of now. */
export type Woken = { readonly lanes: ReadonlyMap<PersonId, number>; readonly threads: ReadonlyMap<ThreadId, number> };

export type Swept = {
  /** How much was found. */
  readonly found: number;
  readonly woken: Woken;
};

const NOBODY: Woken = { lanes: new Map(), threads: new Map() };

/** One pass. */
export async function sweep(parts: SweeperParts, before: Woken = NOBODY): Promise<Swept> {
  const { memory, queue, sender, takes, isUnderWay } = parts;
  const lost = await sender.settleLostClaims();
  const lanes = await memory.inbox.listWaitingLanes(LIMIT, OVERDUE_MS);
  if (lanes.length > 0) parts.count('sweeper_rescues', { kind: 'lane' }, lanes.length);
  const wokenLanes = await wakeEach(parts, lanes, {
    wake: queue.rouseLane,
    doHere: parts.runLane,
    isUnderWay: isUnderWay.lane,
    before: takes.lanes ? before.lanes : null,
  });
  const threads = await memory.outbox.listDueThreads(LIMIT, OVERDUE_MS);
  const wokenThreads = await wakeEach(parts, threads, {
    wake: queue.rouseThread,
    doHere: sender.sendThread,
    isUnderWay: isUnderWay.thread,
    before: takes.threads ? before.threads : null,
  });
  return { found: lost + lanes.length + threads.length, woken: { lanes: wokenLanes, threads: wokenThreads } };
}

type Ways<Id> = {
  readonly wake: (id: Id) => Promise<void>;
  readonly doHere: (id: Id) => Promise<void>;
  readonly isUnderWay: (id: Id) => boolean;
  /** Null: this process does none of them as long as the queue takes wake-ups. */
  readonly before: ReadonlyMap<Id, number> | null;
};

/** Wakes all but those that were woken in vain; these are done here, a few at a time. Returns how often each was woken. */
async function wakeEach<Id>(parts: SweeperParts, ids: readonly Id[], ways: Ways<Id>): Promise<ReadonlyMap<Id, number>> {
  const timesOf = (id: Id): number => ways.before?.get(id) ?? 0;
  const asleep = ids.filter((id) => !ways.isUnderWay(id));
  const inVain = asleep.filter((id) => timesOf(id) >= PATIENCE).slice(0, AT_ONCE);
  if (inVain.length > 0) {
    parts.log.warn('work was woken and not begun for several sweeps; the sweeper does some of it', {
      waiting: asleep.length,
    });
    // Not waited for: whoever runs them waits for them at a stop.
    void doEach(parts, inVain, ways.doHere);
  }
  const others = asleep.filter((id) => !inVain.includes(id));
  await wakeOrDo(parts, others, ways);
  return new Map(ids.map((id) => [id, timesOf(id) + 1]));
}

/** The queue is a hint: after its first refusal the rest of this pass goes without it. */
async function wakeOrDo<Id>(parts: SweeperParts, ids: readonly Id[], { wake, doHere }: Ways<Id>): Promise<void> {
  const left = [...ids];
  let isDown = false;
  while (left.length > 0 && !isDown) {
    const [id] = left as [Id];
    await wake(id).then(
      () => left.shift(),
      (error: unknown) => {
        isDown = true;
        parts.log.warn('the queue takes no wake-ups; the sweeper does the work', { code: errorCode(error) });
      },
    );
  }
  await doEach(parts, left, doHere);
}

async function doEach<Id>(
  { log, isStopping }: SweeperParts,
  ids: readonly Id[],
  doHere: (id: Id) => Promise<void>,
): Promise<void> {
  const left = [...ids];
  const work = async (): Promise<void> => {
    for (let id = left.shift(); id !== undefined && !isStopping?.(); id = left.shift()) {
      await doHere(id).catch((error: unknown) => log.warn('left for the next sweep', { code: errorCode(error) }));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

export type Sweeper = {
  /** Sweeps now, beside the usual times; nothing when a pass is under way. */
  readonly sweepNow: () => void;
  readonly stop: () => Promise<void>;
  /** Passes in a row that found lanes, or threads, woken in vain, while no run of that kind ended here. */
  readonly idlePasses: () => number;
};

/** How many runs of each kind ended in this process so far. */
export type Ended = { readonly lanes: number; readonly threads: number };

/** Sweeps now and then every `everyMs`, never two passes at once. */
export function startSweeper(parts: SweeperParts, everyMs: number, ended: () => Ended): Sweeper {
  let pass: Promise<void> = Promise.resolve();
  let isBusy = false;
  let woken = NOBODY;
  let passes = 0;
  let isStopping = false;
  const idle = { lanes: { passes: 0, ended: 0 }, threads: { passes: 0, ended: 0 } };
  const work = async (): Promise<void> => {
    passes += 1;
    if (passes % TIDY_EVERY === 0) await parts.memory.paces.tidy();
    const swept = await sweep({ ...parts, isStopping: () => isStopping }, woken);
    for (const kind of ['lanes', 'threads'] as const) {
      const { [kind]: now } = ended();
      const isIdle = now === idle[kind].ended && [...swept.woken[kind].values()].some((times) => times > 1);
      idle[kind] = { passes: isIdle ? idle[kind].passes + 1 : 0, ended: now };
    }
    woken = swept.woken;
  };
  const tick = (): void => {
    if (isBusy) return;
    isBusy = true;
    pass = work()
      .catch((error: unknown) => parts.log.warn('sweep failed; the next one tries again', { code: errorCode(error) }))
      .finally(() => {
        isBusy = false;
      });
  };
  tick();
  const timer = setInterval(tick, everyMs);
  return {
    sweepNow: tick,
    stop: async () => {
      isStopping = true;
      clearInterval(timer);
      await pass;
    },
    idlePasses: () => Math.max(idle.lanes.passes, idle.threads.passes),
  };
}
