/**
 * Sweeper: works from Postgres, never from the queue; whatever is unfinished and unclaimed is woken again, and done here
 * when the queue takes no wake-ups.
 */
import { errorCode } from '../../core/errors.ts';
import type { PersonId } from '../../core/ids.ts';
import type { Memory } from '../../memory/memory.ts';
import type { Sender } from './outbox.ts';
import type { WakeQueue } from './queue.ts';

const LIMIT = 500;
/** How much is done here side by side while the queue is down. */
const AT_ONCE = 8;

export type SweeperParts = {
  readonly memory: Pick<Memory, 'inbox' | 'outbox'>;
  readonly queue: Pick<WakeQueue, 'wakeLane' | 'wakeThread'>;
  readonly sender: Sender;
  readonly runLane: (lane: PersonId) => Promise<void>;
  readonly log: { readonly warn: (message: string, data: object) => void };
};

/** One pass; returns how much it woke. */
export async function sweep(parts: SweeperParts): Promise<number> {
  const lost = await parts.sender.settleLostClaims();
  const lanes = await parts.memory.inbox.listWaitingLanes(LIMIT);
  await wakeEach(parts, lanes, { wake: (lane) => parts.queue.wakeLane(lane), doHere: parts.runLane });
  const threads = await parts.memory.outbox.listDueThreads(LIMIT);
  await wakeEach(parts, threads, {
    wake: (thread) => parts.queue.wakeThread(thread),
    doHere: parts.sender.sendThread,
  });
  return lost + lanes.length + threads.length;
}

type Ways<Id> = { readonly wake: (id: Id) => Promise<void>; readonly doHere: (id: Id) => Promise<void> };

/** The queue is a hint: after its first refusal the rest of this pass goes without it. */
async function wakeEach<Id>(parts: SweeperParts, ids: readonly Id[], { wake, doHere }: Ways<Id>): Promise<void> {
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
  const work = async (): Promise<void> => {
    for (let id = left.shift(); id !== undefined; id = left.shift()) {
      await doHere(id).catch((error: unknown) => parts.log.warn('left for the next sweep', { code: errorCode(error) }));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

/** Sweeps now and then every `everyMs`, never two passes at once. Returns the stop. */
export function startSweeper(parts: SweeperParts, everyMs: number): () => Promise<void> {
  let pass: Promise<void> = Promise.resolve();
  let isBusy = false;
  const tick = (): void => {
    if (isBusy) return;
    isBusy = true;
    pass = sweep(parts)
      .then(() => undefined)
      .catch((error: unknown) => parts.log.warn('sweep failed; the next one tries again', { code: errorCode(error) }))
      .finally(() => {
        isBusy = false;
      });
  };
  tick();
  const timer = setInterval(tick, everyMs);
  return async () => {
    clearInterval(timer);
    await pass;
  };
}
