/**
 * Loaded before the application (`node --import`): how long its event loop was blocked, as lines in CHAOS_LAG_FILE. A
 * stall counts only as far as this thread worked in it, so that a busy machine does not look like a slow program.
 */
import { appendFileSync } from 'node:fs';

const EVERY_MS = 10;
const TOLD_MS = 20;
const file = process.env['CHAOS_LAG_FILE'] ?? '/dev/null';

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

let wall = performance.now();
let cpu = cpuMs();
let ticks = 0;
let lags: number[] = [];

setInterval(() => {
  const [nowWall, nowCpu] = [performance.now(), cpuMs()];
  const lag = Math.min(nowWall - wall - EVERY_MS, nowCpu - cpu);
  [wall, cpu] = [nowWall, nowCpu];
  ticks += 1;
  if (lag > TOLD_MS) lags.push(Math.round(lag));
}, EVERY_MS).unref();

setInterval(() => {
  appendFileSync(file, `${JSON.stringify({ at: Date.now(), ticks, lags })}\n`);
  [ticks, lags] = [0, []];
}, 1_000).unref();
