/** Asks again and again until something holds. */
import { setTimeout as sleep } from 'node:timers/promises';

/** False when it did not hold within so many milliseconds. */
export async function holdsWithin(withinMs: number, holds: () => boolean | Promise<boolean>): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  while (Date.now() < deadline) {
    if (await holds()) return true;
    await sleep(50);
  }
  return false;
}
