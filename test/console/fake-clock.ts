/** A clock that stands still until a test moves it. */
import type { Clock } from '../../console/stream/clock.ts';

export type FakeClock = Clock & {
  /** Moves on by so many milliseconds, running what falls due on the way, and lets promises settle. */
  readonly move: (milliseconds: number) => Promise<void>;
  /** How far away, in milliseconds, everything is that waits; nearest first. */
  readonly waiting: () => readonly number[];
};

export function createFakeClock(start = 1_000_000): FakeClock {
  let now = start;
  let timers: readonly { readonly at: number; readonly run: () => void }[] = [];
  return {
    now: () => now,
    after: (milliseconds, run) => {
      const timer = { at: now + milliseconds, run };
      timers = [...timers, timer];
      return () => {
        timers = timers.filter((one) => one !== timer);
      };
    },
    move: async (milliseconds) => {
      const end = now + milliseconds;
      for (;;) {
        await settle();
        const due = timers.filter((one) => one.at <= end).toSorted((a, b) => a.at - b.at)[0];
        if (due === undefined) break;
        timers = timers.filter((one) => one !== due);
        now = due.at;
        due.run();
      }
      now = end;
      await settle();
    },
    waiting: () => timers.map((one) => one.at - now).toSorted((a, b) => a - b),
  };
}

/** Lets every promise that can go on go on. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
