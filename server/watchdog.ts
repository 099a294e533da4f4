/**
 * Watchdog: a thread that sees the main thread's heart beat. One that spins for ever answers no health check and renews no
 * lease, but would hold its port and its memory; so the process is ended, and whoever runs it starts another.
 */
import { Worker } from 'node:worker_threads';

const BEAT_MS = 1_000;
/** Longer than any honest pause of the main thread; a stopped process (SIGSTOP) stops the watchdog, too. */
const SILENT_MS = 30_000;

export type WatchdogSettings = {
  readonly beats: SharedArrayBuffer;
  readonly checkMs: number;
  readonly silentChecks: number;
};

/** Starts watching; returns the end of it. `silentMs` is how long the main thread may be silent. */
export function startWatchdog(silentMs = SILENT_MS): () => Promise<void> {
  const beats = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const counter = new Int32Array(beats);
  const checkMs = Math.min(BEAT_MS, silentMs / 4);
  const workerData: WatchdogSettings = { beats, checkMs, silentChecks: Math.ceil(silentMs / checkMs) };
  // Flags of the main thread are not its own: some would keep it from starting.
  const thread = new Worker(new URL('./watchdog-thread.ts', import.meta.url), { workerData, execArgv: [] });
  thread.unref();
  // Without it the platform runs on, unwatched.
  thread.on('error', (error: Error) => process.stderr.write(`No watchdog: ${error.message}\n`));
  const timer = setInterval(() => Atomics.add(counter, 0, 1), checkMs);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await thread.terminate();
  };
}
