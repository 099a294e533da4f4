/** However the rig ends, no process and no folder of it stays behind. */
import { rmSync } from 'node:fs';

const leavings = new Set<() => void>();

/** `clear` runs, at once and without waiting, when the rig ends before the function given back was called. */
function atExit(clear: () => void): () => void {
  leavings.add(clear);
  return () => void leavings.delete(clear);
}

export function killAtExit(pid: () => number | undefined, signal: NodeJS.Signals = 'SIGKILL'): () => void {
  return atExit(() => {
    const target = pid();
    if (target !== undefined && target > 0) process.kill(target, signal);
  });
}

export function removeAtExit(folder: string): () => void {
  return atExit(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
}

process.once('exit', () => {
  for (const clear of leavings) {
    try {
      clear();
    } catch {
      // It has ended by itself.
    }
  }
});
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => process.exit(code));
}
