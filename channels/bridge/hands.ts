/**
 * Hands: a process that takes work itself follows its own wake-ups at once; the queue is for what it has no hand free for, and
 * for other processes. A wake-up is a hint either way: what dies with its process is found by the sweeper.
 */
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * In a crowd the acknowledgements come first: without this wait, of 40 people who write at once the last one's took 600 ms
 * instead of 95. A message that waits for its burst window does not notice.
 */
const FIRST_MS = 30;

export type HandParts<Id> = {
  readonly run: (id: Id) => Promise<void>;
  /** Asks whoever has a hand free. */
  readonly ask: (id: Id) => Promise<void>;
  /** A run that failed; the sweeper takes it. */
  readonly onError: (error: unknown) => void;
};

export type Hands<Id> = {
  /** Follows the wake-up here and resolves at once, or asks others. What is under way is done once more afterwards. */
  readonly wake: (id: Id) => Promise<void>;
  /** Does what the queue handed out; resolves when it is done, also when it was under way already. */
  readonly take: (id: Id) => Promise<void>;
  readonly isUnderWay: (id: Id) => boolean;
  /** So many wake-ups are followed here side by side. */
  readonly open: (most: number) => void;
  /** Follows none any more; resolves when those under way have ended. */
  readonly close: () => Promise<void>;
};

type Run = { again: boolean; readonly done: Promise<void> };

export function createHands<Id>({ run, ask, onError }: HandParts<Id>): Hands<Id> {
  const runs = new Map<Id, Run>();
  let most = 0;
  const follow = async (id: Id, afterMs: number): Promise<void> => {
    // Also without a wait the entry is there before this goes on.
    await sleep(afterMs);
    const entry = runs.get(id);
    try {
      do {
        if (entry) entry.again = false;
        await run(id);
      } while (entry?.again && most > 0);
    } finally {
      runs.delete(id);
    }
    if (entry?.again) await ask(id);
  };
  const start = (id: Id, afterMs: number): Promise<void> => {
    const done = follow(id, afterMs);
    runs.set(id, { again: false, done });
    return done;
  };
  const joined = (id: Id): Run | null => {
    const entry = runs.get(id) ?? null;
    if (entry) entry.again = true;
    return entry;
  };
  return {
    wake: async (id) => {
      if (joined(id)) return;
      if (runs.size >= most) return ask(id);
      start(id, FIRST_MS).catch(onError);
    },
    take: (id) => joined(id)?.done ?? start(id, 0),
    isUnderWay: (id) => runs.has(id),
    open: (count) => {
      most = count;
    },
    close: async () => {
      most = 0;
      await Promise.allSettled([...runs.values()].map(({ done }) => done));
    },
  };
}
