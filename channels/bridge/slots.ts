/** Slots: how many sends of one connection run side by side, so that a slow channel cannot take those of the others. */
import type { ThreadId } from '../../core/ids.ts';

/** More threads are not remembered; the sweeper finds those that wait. */
const MOST_KNOWN = 10_000;

export type Slots = {
  /** True when the thread's connection is known to be busy: the thread is remembered and `resume`d when a slot is free. */
  readonly isDeferred: (thread: ThreadId) => boolean;
  /** Takes a slot, or says that there is none. */
  readonly enter: (connection: string, thread: ThreadId) => boolean;
  /** Remembers a thread that got none. */
  readonly wait: (connection: string, thread: ThreadId) => void;
  readonly leave: (connection: string) => void;
};

type Lane = { busy: number; readonly waiting: Set<ThreadId> };

export function createSlots(perConnection: number, resume: (thread: ThreadId) => void): Slots {
  const lanes = new Map<string, Lane>();
  const connectionOf = new Map<ThreadId, string>();
  const laneOf = (connection: string): Lane => {
    const known = lanes.get(connection) ?? { busy: 0, waiting: new Set() };
    lanes.set(connection, known);
    return known;
  };
  const isFull = (lane: Lane): boolean => lane.busy >= perConnection;
  const wait = (connection: string, thread: ThreadId): void => {
    const lane = laneOf(connection);
    // A slot may have become free since the thread was refused one.
    if (!isFull(lane)) resume(thread);
    else if (lane.waiting.size < MOST_KNOWN) lane.waiting.add(thread);
  };
  return {
    wait,
    isDeferred: (thread) => {
      const connection = connectionOf.get(thread);
      if (connection === undefined || !isFull(laneOf(connection))) return false;
      wait(connection, thread);
      return true;
    },
    enter: (connection, thread) => {
      if (connectionOf.size >= MOST_KNOWN) connectionOf.clear();
      connectionOf.set(thread, connection);
      const lane = laneOf(connection);
      if (isFull(lane)) return false;
      lane.busy += 1;
      return true;
    },
    leave: (connection) => {
      const lane = laneOf(connection);
      lane.busy -= 1;
      const [next] = lane.waiting;
      if (next === undefined) return;
      lane.waiting.delete(next);
      resume(next);
    },
  };
}
