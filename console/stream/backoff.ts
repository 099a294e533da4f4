/** How long to wait before trying again. */

const FIRST_MS = 1_000;
const CAP_MS = 30_000;

/** Milliseconds: 1 s, 2 s, 4 s … at most 30 s, less up to a half, so that many pages do not come back at once. `attempt` counts from 0. */
export function backoffMs(attempt: number, random: () => number): number {
  return Math.min(CAP_MS, FIRST_MS * 2 ** Math.min(attempt, 10)) * (1 - random() / 2);
}
