/** The watchdog's thread: counts its own looks, not the clock, so that a process that was stopped and goes on is not ended. */
import { workerData } from 'node:worker_threads';
import type { WatchdogSettings } from './watchdog.ts';

const { beats, checkMs, silentChecks } = workerData as WatchdogSettings;
const counter = new Int32Array(beats);
let seen = 0;
let silent = 0;

setInterval(() => {
  const now = Atomics.load(counter, 0);
  silent = now === seen ? silent + 1 : 0;
  seen = now;
  if (silent < silentChecks) return;
  process.stderr.write('The main thread is silent; this process ends so that another can be started.\n');
  // process.exit() would end this thread only.
  process.kill(process.pid, 'SIGKILL');
}, checkMs);
