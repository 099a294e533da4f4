/** The fleet: the application as real processes, which may be killed, paused and asked to end, and come back by themselves. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { killAtExit } from './at-exit.ts';
import { freePort } from './free-port.ts';
import type { History } from './history.ts';

export type RoleName = 'all' | 'ingress' | 'worker' | 'delivery' | 'console';
/** How many processes of each role. */
export type Shape = Readonly<Partial<Record<RoleName, number>>>;

export type Member = {
  /** E.g. `worker-2`: stays when the process is started anew. */
  readonly name: string;
  readonly role: RoleName;
  readonly address: string;
  /** Of the process that runs now, or ran last. */
  readonly pid: () => number;
  readonly isUp: () => boolean;
  /** kill -9; it is started anew unless the fleet was told not to. */
  readonly kill: (why: string) => Promise<void>;
  /** SIGTERM; resolves with the exit code and how long it took. */
  readonly end: () => Promise<{ readonly code: number | null; readonly milliseconds: number }>;
  readonly pause: () => void;
  readonly resume: () => void;
  /** Resolves when the process answers. */
  readonly ready: () => Promise<void>;
  /** Starts it again after `end`. */
  readonly startAgain: () => Promise<void>;
  /** How often it was started. */
  readonly starts: () => number;
};

export type StartOptions = {
  /** Beside, or instead of, what every process gets. */
  readonly variables?: Readonly<Record<string, string>>;
  /** False: a process that ends stays down. */
  readonly comesBack?: boolean;
};

export type Fleet = {
  /** Starts so many of each role and waits until they answer. */
  readonly start: (shape: Shape, options?: StartOptions) => Promise<readonly Member[]>;
  readonly members: (...roles: readonly RoleName[]) => readonly Member[];
  /** Processes that take webhooks. */
  readonly ingresses: () => readonly Member[];
  readonly stopAll: () => Promise<void>;
  /** A process of it runs, or is about to run again. */
  readonly isHeld: () => boolean;
  /** What members wrote to stderr that is not a log line: a process that could not start says why. */
  readonly complaints: () => readonly string[];
};

export type FleetParts = {
  /** The tree to run. */
  readonly folder: string;
  /** Logs go there, a file per member. */
  readonly logFolder: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly history: History;
  /** Awaited before a process that nobody killed is started. */
  readonly beforeStart?: () => Promise<void>;
};

const START_LIMIT_MS = 120_000;
const RESTART_PAUSE_MS = 100;

type Life = {
  readonly name: string;
  readonly role: RoleName;
  readonly port: number;
  readonly variables: Readonly<Record<string, string>>;
  child: ChildProcess | null;
  starts: number;
  comesBack: boolean;
  isReady: boolean;
};

export function createFleet(parts: FleetParts): Fleet {
  const members: Member[] = [];
  const lives: Life[] = [];
  const complaints: string[] = [];
  const counts = new Map<RoleName, number>();
  return {
    start: async (shape, { variables = {}, comesBack = true } = {}) => {
      const added: Member[] = [];
      for (const [role, count] of Object.entries(shape) as [RoleName, number][]) {
        for (let index = 0; index < count; index += 1) {
          const number = (counts.get(role) ?? 0) + 1;
          counts.set(role, number);
          const life: Life = {
            name: `${role}-${number}`,
            role,
            port: await freePort(),
            variables,
            child: null,
            starts: 0,
            comesBack,
            isReady: false,
          };
          lives.push(life);
          const member = memberOf(life, { parts, complaints });
          members.push(member);
          added.push(member);
        }
      }
      // Starting is work for a whole core: all at once would only make each one slow.
      const waiting = [...added];
      const startNext = async (): Promise<void> => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await next.startAgain();
      };
      await Promise.all([startNext(), startNext()]);
      return added;
    },
    members: (...roles) => members.filter(({ role }) => roles.length === 0 || roles.includes(role)),
    ingresses: () => members.filter(({ role }) => role === 'all' || role === 'ingress'),
    stopAll: async () => {
      await Promise.all(lives.map(endLife));
    },
    isHeld: () => lives.some((life) => life.child !== null && (life.comesBack || !isOver(life))),
    complaints: () => complaints,
  };
}

type Around = { readonly parts: FleetParts; readonly complaints: string[] };

function memberOf(life: Life, around: Around): Member {
  const { history } = around.parts;
  const ready = async (): Promise<void> => {
    const deadline = Date.now() + START_LIMIT_MS;
    while (!life.isReady) {
      if (Date.now() > deadline || (!life.comesBack && isOver(life)))
        throw new RangeError(`${life.name} did not start: ${around.complaints.at(-1) ?? 'silent'}`);
      await sleep(25);
    }
  };
  const signal = (name: NodeJS.Signals): void => void life.child?.kill(name);
  return {
    name: life.name,
    role: life.role,
    address: `http://127.0.0.1:${life.port}`,
    pid: () => life.child?.pid ?? 0,
    isUp: () => life.isReady,
    ready,
    starts: () => life.starts,
    pause: () => {
      history.hurt(`pause ${life.name}`);
      signal('SIGSTOP');
    },
    resume: () => {
      history.hurt(`resume ${life.name}`);
      signal('SIGCONT');
    },
    kill: async (why) => {
      if (life.child === null) return;
      history.hurt(`kill -9 ${life.name} (${why})`, { isKill: true });
      const ended = exitOf(life.child);
      life.isReady = false;
      signal('SIGKILL');
      await ended;
    },
    end: async () => {
      const { child } = life;
      if (child === null) return { code: 0, milliseconds: 0 };
      history.hurt(`SIGTERM ${life.name}`);
      life.comesBack = false;
      const begun = Date.now();
      const ended = exitOf(child);
      signal('SIGTERM');
      return { code: await ended, milliseconds: Date.now() - begun };
    },
    startAgain: async () => {
      await around.parts.beforeStart?.();
      life.comesBack = true;
      startLife(life, around);
      await ready();
    },
  };
}

function isOver({ child }: Life): boolean {
  return child !== null && (child.exitCode !== null || child.signalCode !== null);
}

function exitOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return once(child, 'exit').then(([code]) => code as number | null);
}

function startLife(life: Life, around: Around): void {
  const { parts, complaints } = around;
  life.starts += 1;
  life.isReady = false;
  const child = spawn(process.execPath, ['server/main.ts'], {
    cwd: parts.folder,
    env: {
      PATH: process.env['PATH'] ?? '',
      LOG_LEVEL: 'warn',
      ...parts.variables,
      ...(life.role === 'all' ? {} : { ROLE: life.role }),
      PORT: String(life.port),
      // The oracle tells writers apart by it.
      PGAPPNAME: life.name,
      ...life.variables,
      NODE_OPTIONS: [parts.variables, life.variables].map((one) => one['NODE_OPTIONS'] ?? '').join(' '),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  life.child = child;
  const isOverNow = killAtExit(() => child.pid);
  const log = createWriteStream(`${parts.logFolder}/${life.name}.log`, { flags: 'a' });
  const hear = (bytes: Buffer): void => {
    const text = bytes.toString();
    if (text.includes('Throughline is ready')) life.isReady = true;
    if (text.includes('did not start')) complaints.push(`${life.name}: ${text.trim().slice(0, 400)}`);
    log.write(bytes);
  };
  child.stdout?.on('data', hear);
  child.stderr?.on('data', hear);
  child.once('exit', (code, name) => {
    isOverNow();
    log.end(`-- ended: ${code ?? name ?? ''}\n`);
    if (life.child !== child) return;
    life.isReady = false;
    if (life.comesBack) setTimeout(() => life.comesBack && startLife(life, around), RESTART_PAUSE_MS);
  });
}

async function endLife(life: Life): Promise<void> {
  life.comesBack = false;
  const { child } = life;
  if (child === null || child.exitCode !== null || child.signalCode !== null) return;
  const ended = exitOf(child);
  child.kill('SIGKILL');
  await ended;
}
