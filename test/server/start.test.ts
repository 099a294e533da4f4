/** A start that cannot be: one clear message with the thing, the value and the remedy, exit code 1, nothing left behind. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endServers, startServer } from './process.ts';
import { START_TIMEOUT_MS } from './support.ts';

let folder: string;
let other: Server;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'throughline-start-'));
  other = createServer();
  await new Promise<void>((resolve) => other.listen(0, resolve));
});

afterAll(async () => {
  await endServers();
  other.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Starts, waits for the end, and gives what it said. */
async function refused(variables: Readonly<Record<string, string>>) {
  const server = startServer({ DATA_DIR: join(folder, 'data'), ...variables });
  const { code } = await server.exit;
  expect(server.output.stdout).toBe('');
  expect(code).toBe(1);
  const [first, ...rest] = server.output.stderr.trim().split('\n');
  expect(server.output.stderr).not.toMatch(/^\s+at /m);
  expect(server.output.stderr).not.toContain('my-password');
  return { first, rest };
}

describe('a start', { timeout: START_TIMEOUT_MS }, () => {
  it('on a port that is taken', async () => {
    const { port } = other.address() as AddressInfo;
    const { first, rest } = await refused({ PORT: String(port) });
    expect(first).toBe('Throughline did not start (port_in_use):');
    expect(rest).toEqual([
      `Port ${port} is taken by another program. Stop the program that uses it, or set PORT to another one.`,
    ]);
    // It found out before it touched anything.
    expect(readdirSync(folder)).toEqual([]);
  });

  it('with a data folder that another process uses', async () => {
    const used = mkdtempSync(join(folder, 'used-'));
    writeFileSync(join(used, 'lock'), String(process.pid));
    const { first, rest } = await refused({ DATA_DIR: used });
    expect(first).toBe('Throughline did not start (data_folder_in_use):');
    expect(rest).toEqual([
      `The data folder "${used}" is used by process ${process.pid}. Stop that process, or set DATA_DIR to another folder.`,
    ]);
    expect(readFileSync(join(used, 'lock'), 'utf8')).toBe(String(process.pid));
  });

  it('with a data folder that cannot be written', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, 'not a folder');
    const { first, rest } = await refused({ DATA_DIR: join(file, 'data') });
    expect(first).toBe('Throughline did not start (data_folder_unwritable):');
    expect(rest).toHaveLength(1);
    expect(rest[0]).toMatch(
      /^The data folder ".+" cannot be written \(ENOTDIR\)\. Give this user write access, or set DATA_DIR/,
    );
  });

  it('with wrong variables names all of them, and repeats no secret', async () => {
    const { first, rest } = await refused({
      PORT: 'http',
      TELEGRAM_BOT_TOKEN: 'my secret token',
      LANGSMITH_TRACING: 'true',
    });
    expect(first).toBe('Throughline did not start (config_invalid):');
    expect(rest.map((line) => line.split(' ')[0])).toEqual(['PORT', 'TELEGRAM_BOT_TOKEN', 'LANGSMITH_TRACING']);
    expect(rest.join()).not.toContain('my secret');
  });

  it('without a workspace', async () => {
    const { first, rest } = await refused({ WORKSPACE: join(folder, 'nowhere') });
    expect(first).toBe('Throughline did not start (workspace_invalid):');
    expect(rest.join('\n')).toMatch(/nowhere.+ENOENT.+set WORKSPACE/);
  });

  it('with a database that does not answer', async () => {
    const { first, rest } = await refused({ DATABASE_URL: 'postgres://me:my-password@127.0.0.1:1/school' });
    expect(first).toBe('Throughline did not start (store_down):');
    expect(rest).toEqual([
      'PostgreSQL at 127.0.0.1:1, with the database "school", did not answer (ECONNREFUSED). Start it, or correct DATABASE_URL; without DATABASE_URL the embedded database is used.',
    ]);
  });

  it.each([
    ['28P01', 'wrong user or password', 'Correct the user and the password in DATABASE_URL.'],
    ['3D000', 'no such database', 'Create it, or correct its name in DATABASE_URL.'],
  ])('with a database that refuses us: %s', async (state, what, remedy) => {
    const [server, port] = await refusingPostgres(state);
    const { first, rest } = await refused({ DATABASE_URL: `postgres://me:my-password@127.0.0.1:${port}/school` });
    server.close();
    expect(first).toBe('Throughline did not start (config_invalid):');
    expect(rest).toEqual([
      `PostgreSQL at 127.0.0.1:${port} refused us the database "school" (${state}, ${what}). ${remedy}`,
    ]);
  });

  it.each([
    ['is not there', () => Promise.resolve([null, 1] as const), 'ECONNREFUSED'],
    ['is silent', () => listening(() => undefined), 'Command timed out'],
    ['knows another password', () => listening((socket) => socket.write('-WRONGPASS invalid\r\n')), 'WRONGPASS'],
  ])('with a Redis that %s', async (_what, start, why) => {
    const [server, port] = await start();
    const { first, rest } = await refused({
      DATABASE_URL: 'postgres://me:my-password@127.0.0.1:1/school',
      REDIS_URL: `redis://:my-password@127.0.0.1:${port}`,
    });
    server?.close();
    expect(first).toBe('Throughline did not start (store_down):');
    expect(rest).toEqual([
      `Redis at 127.0.0.1:${port} did not answer (${why}). Start it, or correct REDIS_URL; without REDIS_URL the queue is kept in the database.`,
    ]);
  });
});

/** A server of our own on loopback, that says what it is told to when it is spoken to. */
async function listening(answer: (socket: Socket) => void): Promise<readonly [Server, number]> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () => answer(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return [server, (server.address() as AddressInfo).port];
}

/** Answers the first message of a PostgreSQL client with this SQLSTATE. */
function refusingPostgres(state: string): Promise<readonly [Server, number]> {
  const body = Buffer.from(`SFATAL\0C${state}\0Mno, my-password is wrong\0\0`);
  const head = Buffer.from([0x45, 0, 0, 0, body.length + 4]);
  return listening((socket) => socket.end(Buffer.concat([head, body])));
}
