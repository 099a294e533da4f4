/** PostgreSQL and Redis as servers that may be hurt: started from the machine's own binaries, on ports and folders of their own. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { killAtExit, removeAtExit } from './at-exit.ts';
import { freePort } from './free-port.ts';

const run = promisify(execFile);

export type PostgresServer = {
  /** The address of one of its databases. */
  readonly url: (database: string) => string;
  /** Null for a server that was given: it is not ours to hurt. */
  readonly hurt: PostgresHurt | null;
  readonly stop: () => Promise<void>;
};

export type PostgresHurt = {
  /** `pg_ctl stop -m immediate`: as if it crashed. */
  readonly crash: () => Promise<void>;
  readonly start: () => Promise<void>;
};

export type RedisServer = {
  readonly url: string;
  readonly hurt: RedisHurt | null;
  readonly stop: () => Promise<void>;
};

export type RedisHurt = {
  /** kill -9. */
  readonly crash: () => Promise<void>;
  readonly start: () => Promise<void>;
  /** One command, e.g. `['FLUSHALL']`. */
  readonly command: (words: readonly string[]) => Promise<void>;
};

/** The folder with `initdb` and `pg_ctl`, or null when this machine has none. */
export function findPostgres(): string | null {
  const versions = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : [];
  const newest = versions.map(Number).toSorted((a, b) => b - a)[0];
  const folders = [
    newest === undefined ? '' : `/usr/lib/postgresql/${newest}/bin`,
    ...(process.env['PATH'] ?? '').split(':'),
  ];
  return folders.find((folder) => folder !== '' && existsSync(join(folder, 'initdb'))) ?? null;
}

export function findRedis(): string | null {
  const folder = (process.env['PATH'] ?? '')
    .split(':')
    .find((one) => one !== '' && existsSync(join(one, 'redis-server')));
  return folder === undefined ? null : join(folder, 'redis-server');
}

/** A new cluster. It may lose data when the machine itself dies (`fsync off`); a crash of its processes loses nothing. */
export async function startPostgres(binaries: string): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-chaos-postgres-'));
  const account = accountFor(folder);
  const port = await freePort();
  const data = join(folder, 'data');
  const tool = (name: string, words: readonly string[]) =>
    run(join(binaries, name), [...words], {
      ...account,
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C.UTF-8' },
    });
  await tool('initdb', ['-D', data, '-U', 'app', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8']);
  const settings = `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1 -c max_connections=300 -c fsync=off -c full_page_writes=off`;
  const start = async (): Promise<void> => {
    await tool('pg_ctl', ['-D', data, '-w', '-t', '60', '-l', join(folder, 'log'), '-o', settings, 'start']);
  };
  const stop = async (mode: 'immediate' | 'fast'): Promise<void> => {
    await tool('pg_ctl', ['-D', data, '-w', '-m', mode, 'stop']).catch(() => undefined);
  };
  // SIGQUIT is its "immediate"; the first line of this file is the pid.
  const pid = (): number => Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]);
  const forget = [killAtExit(pid, 'SIGQUIT'), removeAtExit(folder)];
  await start();
  return {
    url: (database) => `postgres://app@127.0.0.1:${port}/${database}`,
    hurt: { crash: () => stop('immediate'), start },
    stop: async () => {
      await stop('immediate');
      for (const one of forget) one();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL refuses to run as root; then the account `postgres` of its package does. */
function accountFor(folder: string): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((one) => one.startsWith('postgres:'));
  const [uid, gid] = line?.split(':').slice(2, 4).map(Number) ?? [];
  if (uid === undefined || gid === undefined) return {};
  chownSync(folder, uid, gid);
  chmodSync(folder, 0o755);
  return { uid, gid };
}

/** A server somebody else runs: used, never hurt. */
export function givenPostgres(url: string): PostgresServer {
  return {
    url: (database) => {
      const address = new URL(url);
      address.pathname = `/${database}`;
      return address.href;
    },
    hurt: null,
    stop: () => Promise.resolve(),
  };
}

/** Runs statements on one database, one after the other, on a connection of its own. */
export async function runSql(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** A copy of a database nobody is connected to, within its server or into another one. */
export async function copyDatabase(
  from: { readonly server: PostgresServer; readonly name: string },
  to: { readonly server: PostgresServer; readonly name: string; readonly binaries: string | null },
): Promise<void> {
  if (from.server === to.server) {
    await runSql(to.server.url('postgres'), [`create database ${to.name} template ${from.name}`]);
    return;
  }
  await runSql(to.server.url('postgres'), [`create database ${to.name}`]);
  const dump = join(to.binaries ?? '', 'pg_dump');
  const psql = join(to.binaries ?? '', 'psql');
  const line = `"${dump}" "$FROM" | "${psql}" -q -v ON_ERROR_STOP=1 "$TO"`;
  const env = { PATH: process.env['PATH'] ?? '', FROM: from.server.url(from.name), TO: to.server.url(to.name) };
  await run('bash', ['-o', 'pipefail', '-c', `${line} >/dev/null`], { env, maxBuffer: 1 << 26 });
}

/** A new Redis with the append-only file as production has it (every second). */
export async function startRedis(binary: string): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-chaos-redis-'));
  const port = await freePort();
  let child: ChildProcess | null = null;
  const start = async (): Promise<void> => {
    const words = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--appendonly', 'yes', '--save', ''];
    child = spawn(binary, [...words, '--maxmemory-policy', 'noeviction'], { stdio: 'ignore' });
    await untilAnswers(port);
  };
  const kill = async (): Promise<void> => {
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  const forget = [killAtExit(() => child?.pid), removeAtExit(folder)];
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    hurt: { crash: kill, start, command: (words) => redisCommand(port, words) },
    stop: async () => {
      await kill();
      for (const one of forget) one();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function givenRedis(url: string): RedisServer {
  return { url, hurt: null, stop: () => Promise.resolve() };
}

async function untilAnswers(port: number): Promise<void> {
  for (let left = 100; left > 0; left -= 1) {
    if (
      await redisCommand(port, ['PING']).then(
        () => true,
        () => false,
      )
    )
      return;
    await sleep(50);
  }
  throw new RangeError(`Redis on port ${port} did not answer within 5 s.`);
}

/** One command in Redis' own protocol; throws what it answers with an error. */
async function redisCommand(port: number, words: readonly string[]): Promise<void> {
  const { connect } = await import('node:net');
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    socket.write(`*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    if (answer.toString().startsWith('-'))
      throw new RangeError(`Redis refused ${words[0] ?? ''}: ${answer.toString().trim()}`);
  } finally {
    socket.destroy();
  }
}
