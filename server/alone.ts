/** Work that one process of an installation does and the others stand by for. */
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode } from '../core/errors.ts';
import type { LeasePort } from '../memory/leases.ts';
import type { Log } from './outside.ts';

const LEASE_MS = 15_000;
const BEAT_MS = 5_000;

export type AloneParts = {
  readonly leases: LeasePort;
  readonly holder: string;
  readonly log: Log;
  readonly beatMs?: number;
};

/**
 * Runs `work` whenever this process holds the lease `name`, until `stop` fires. The signal given to `work` fires when the
 * lease is lost or `stop` does; another process takes over within 15 s after this one died.
 */
export async function runAlone(
  { leases, holder, log, beatMs = BEAT_MS }: AloneParts,
  job: { readonly name: string; readonly work: (signal: AbortSignal) => Promise<void>; readonly stop: AbortSignal },
): Promise<void> {
  const { name, work, stop } = job;
  const holds = (): Promise<boolean> =>
    leases.hold(name, { holder, leaseMs: LEASE_MS }).catch((error: unknown) => {
      log.warn('a lease cannot be held now', { name, code: errorCode(error) });
      return false;
    });
  while (!stop.aborted) {
    // Held or not: what was told to stop while it asked begins nothing.
    if ((await holds()) && !stop.aborted) await whileHeld({ work, holds, stop, beatMs });
    await sleep(beatMs, undefined, { signal: stop }).catch(() => undefined);
  }
  await leases.release(name, holder).catch(() => undefined);
}

type Held = {
  readonly work: (signal: AbortSignal) => Promise<void>;
  readonly holds: () => Promise<boolean>;
  readonly stop: AbortSignal;
  readonly beatMs: number;
};

async function whileHeld({ work, holds, stop, beatMs }: Held): Promise<void> {
  const lost = new AbortController();
  const beat = setInterval(() => {
    void holds().then((isHeld) => {
      if (!isHeld) lost.abort();
    });
  }, beatMs);
  try {
    await work(AbortSignal.any([lost.signal, stop]));
  } finally {
    clearInterval(beat);
  }
}
