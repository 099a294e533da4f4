/**
 * Room: how many turns a process has under way. Many, as long as they wait for a model; few while its event loop is full, for
 * then each one more only makes all others and every acknowledgement late.
 */

import { performance } from 'node:perf_hooks';

/** Always let in, however full the loop is, unless told otherwise. */
const FEW = 8;
/** The share of time the loop was busy above which nobody is let in beside the few. */
const FULL = 0.8;
const LOOK_MS = 50;
/** Let in between two looks: what they cost is only seen at the next. */
const BETWEEN_LOOKS = 4;

export type Room = {
  /** Resolves when there is room; whoever came in must leave once. */
  readonly enter: () => Promise<void>;
  readonly leave: () => void;
  /** Lets everybody in: in a process that stops they begin nothing, they only have to find that out. */
  readonly open: () => void;
};

export type RoomParts = {
  /** Monotonic milliseconds. */
  readonly elapsed: () => number;
  /** The share of time, 0 to 1, that the event loop was busy since this was last called. */
  readonly utilization: () => number;
  /** So many are always let in. */
  readonly few?: number;
};

export function createRoom({ elapsed, utilization, few = FEW }: RoomParts): Room {
  const waiting: (() => void)[] = [];
  const last = { at: elapsed(), isFull: false, letIn: 0 };
  let inside = 0;
  let isOpen = false;
  let timer: NodeJS.Timeout | null = null;
  const hasRoom = (): boolean => {
    if (isOpen || inside < few) return true;
    if (elapsed() - last.at >= LOOK_MS) Object.assign(last, { at: elapsed(), isFull: utilization() > FULL, letIn: 0 });
    return !last.isFull && last.letIn < BETWEEN_LOOKS;
  };
  const count = (): void => {
    if (inside >= few) last.letIn += 1;
    inside += 1;
  };
  const admit = (): void => {
    while (waiting.length > 0 && hasRoom()) {
      count();
      waiting.shift()?.();
    }
    if (waiting.length > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  };
  return {
    enter: () => {
      if (waiting.length === 0 && hasRoom()) {
        count();
        return Promise.resolve();
      }
      timer ??= setInterval(admit, LOOK_MS);
      return new Promise((resolve) => {
        waiting.push(resolve);
      });
    },
    leave: () => {
      inside -= 1;
      admit();
    },
    open: () => {
      isOpen = true;
      admit();
    },
  };
}

/** How busy this process's event loop was since the last time this was called. */
export function loopUtilization(): () => number {
  let before = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    return utilization;
  };
}
