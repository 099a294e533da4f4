/** The server as its own process, so that its CPU and memory are its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';

export type ServerSettings = {
  readonly folder: string;
  readonly telegramRoot: string;
  readonly telegramToken: string;
  readonly modelUrl: string;
  /** DATABASE_URL, REDIS_URL, ROLE and the like. */
  readonly variables?: Readonly<Record<string, string>>;
};

export type Running = {
  readonly address: string;
  /** From spawning to the line that says it is ready. */
  readonly startMs: number;
  /** CPU time used so far; null where the system does not tell. */
  readonly cpuMs: () => Promise<number | null>;
  readonly memoryMegabytes: () => Promise<number | null>;
  readonly stop: () => Promise<void>;
};

export const WEBHOOK_SECRET = 'bench_secret';
/** USER_HZ: fixed at 100 on Linux for what /proc reports. */
const TICK_MS = 10;

export async function startServer(settings: ServerSettings): Promise<Running> {
  const begun = performance.now();
  const child = spawn(process.execPath, ['server/main.ts'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'] ?? '',
      PORT: '0',
      DATA_DIR: settings.folder,
      TELEGRAM_BOT_TOKEN: settings.telegramToken,
      TELEGRAM_API_ROOT: settings.telegramRoot,
      TELEGRAM_WEBHOOK_SECRET: WEBHOOK_SECRET,
      // What is measured is this process, not the pace of an account.
      TELEGRAM_PER_SECOND: '1000',
      OPENAI_BASE_URL: settings.modelUrl,
      OPENAI_API_KEY: 'bench',
      MODEL: 'bench',
      // Not reachable from the fake, which only takes its word for it: the webhook is called by the load below.
      PUBLIC_URL: 'https://bench.example',
      ...settings.variables,
    },
  });
  const address = await readAddress(child);
  return {
    address,
    startMs: performance.now() - begun,
    cpuMs: () => readCpu(child.pid ?? 0),
    memoryMegabytes: () => readMemory(child.pid ?? 0),
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.kill('SIGTERM');
      }),
  };
}

function readAddress(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    child.stdout?.on('data', (piece: Buffer) => {
      output += piece.toString();
      const address = /ready: (\S+)/.exec(output)?.[1];
      if (address) resolve(address);
    });
    child.once('exit', (code) => reject(new RangeError(`The server ended with code ${code} before it was ready.`)));
  });
}

async function readCpu(pid: number): Promise<number | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  // The second field is the command in brackets and may hold spaces; times are fields 14 and 15.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields ? (Number(fields[11]) + Number(fields[12])) * TICK_MS : null;
}

async function readMemory(pid: number): Promise<number | null> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => null);
  const kilobytes = /^VmRSS:\s+(\d+)/m.exec(text ?? '')?.[1];
  return kilobytes === undefined ? null : Math.round(Number(kilobytes) / 1024);
}
