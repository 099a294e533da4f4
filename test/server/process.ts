/** The server as a process of its own, for what only a process can show: exit codes, signals, a sudden death. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { START_TIMEOUT_MS, until, WORKSPACE } from './support.ts';

const MAIN = join(import.meta.dirname, '../../server/main.ts');

export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

export type ServerProcess = {
  readonly pid: number;
  readonly output: { readonly stdout: string; readonly stderr: string };
  /** Waits until it says where it is; throws what it said instead when it ends. */
  readonly address: () => Promise<string>;
  readonly exit: Promise<Exit>;
  readonly kill: (signal: NodeJS.Signals) => Promise<Exit>;
};

/** Every process that was started and has not ended, so that none outlives its test file. */
const running = new Set<ChildProcess>();

/** Starts `node server/main.ts` with these variables and none of the caller's. */
export function startServer(variables: Readonly<Record<string, string>>): ServerProcess {
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env['PATH'] ?? '', PORT: '0', WORKSPACE, LOG_LEVEL: 'silent', ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (bytes: Buffer) => {
    output.stdout += bytes.toString();
  });
  child.stderr.on('data', (bytes: Buffer) => {
    output.stderr += bytes.toString();
  });
  const exit = once(child, 'close').then(([code, signal]): Exit => {
    running.delete(child);
    return { code: code as number | null, signal: signal as NodeJS.Signals | null };
  });
  return {
    pid: child.pid ?? 0,
    output,
    exit,
    address: () =>
      Promise.race([
        until('address of the server', () => /ready: (http:\S+)/.exec(output.stdout)?.[1], START_TIMEOUT_MS),
        exit.then(() => {
          throw new Error(`the server ended: ${output.stderr}`);
        }),
      ]),
    kill: (signal) => {
      child.kill(signal);
      return exit;
    },
  };
}

/** Ends every process of this file that still runs. */
export async function endServers(): Promise<void> {
  await Promise.all(
    [...running].map(async (child) => {
      child.kill('SIGKILL');
      await once(child, 'close');
    }),
  );
}
