/** The watchdog ends a process that spins, and leaves one alone that works or was stopped for a while. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';

const WATCHDOG = new URL('../../server/watchdog.ts', import.meta.url).href;

/** A process under a watchdog with 500 ms of patience, which then does this. */
function watched(work: string) {
  const code = `const { startWatchdog } = await import(${JSON.stringify(WATCHDOG)}); const end = startWatchdog(500);
    console.log('up'); ${work}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'ignore'] });
  const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, exited, up: once(child.stdout, 'data') };
}

describe('a process', () => {
  it('that spins for ever is ended', async () => {
    const { exited } = watched('setTimeout(() => { for (;;); }, 50);');
    expect(await exited).toEqual([null, 'SIGKILL']);
  });

  it('that works on is left alone, and may end', async () => {
    const { exited } = watched('setTimeout(() => end().then(() => process.exit(7)), 1500);');
    expect(await exited).toEqual([7, null]);
  });

  it('that was stopped longer than the patience and goes on is left alone', async () => {
    const { child, exited, up } = watched('setTimeout(() => process.exit(7), 2500);');
    await up;
    child.kill('SIGSTOP');
    await sleep(1_500);
    child.kill('SIGCONT');
    expect(await exited).toEqual([7, null]);
  });
});
