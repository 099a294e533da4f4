/** One way to speak SQL: whole transactions, no nested ones, and a store that is away is told from a wrong statement. */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDatabase, type Database, type Sql, toJson } from '../../memory/postgres/database.ts';
import { type Engine, openEmbedded, openServer } from '../../memory/postgres/engine.ts';
import { OPEN_TIMEOUT_MS, testEngines } from '../support/store.ts';
import { failsWith } from './support.ts';

let engine: Engine;
let database: Database;

beforeAll(async () => {
  engine = await openEmbedded(null);
  database = createDatabase(engine);
}, OPEN_TIMEOUT_MS);
afterAll(() => engine.close());
beforeEach(async () => {
  await database.rows('drop table if exists notes');
  await database.rows('create table notes (text text primary key)');
});

const insert = (sql: Sql, text: string): Promise<number> => sql.count('insert into notes values ($1)', [text]);

async function notes(): Promise<readonly string[]> {
  return (await database.rows<{ text: string }>('select text from notes order by text')).map(({ text }) => text);
}

describe('a transaction', () => {
  it('commits what it wrote and returns what it made', async () => {
    const made = await database.transaction(async (sql) => {
      await insert(sql, 'a');
      return sql.row<{ text: string }>('select text from notes');
    });
    expect(made).toEqual({ text: 'a' });
    expect(await notes()).toEqual(['a']);
  });

  it('rolls back when it throws, its own error or the database’s, and the pool goes on', async () => {
    const failure = new Error('no');
    const thrown = database.transaction(async (sql) => {
      await insert(sql, 'a');
      throw failure;
    });
    await expect(thrown).rejects.toBe(failure);
    const refused = database.transaction(async (sql) => {
      await insert(sql, 'a');
      await insert(sql, 'a');
    });
    await expect(refused).rejects.toMatchObject({ code: '23505' });
    expect(await notes()).toEqual([]);
    expect(engine.pool.waitingCount).toBe(0);
  });

  it('refuses a query past it, naming the statement and the remedy, instead of waiting for itself', async () => {
    const nested = database.transaction(async (sql) => {
      await insert(sql, 'a');
      await database.rows('select text from notes where text = $1', ['a']);
    });
    await expect(nested).rejects.toEqual(failsWith('PermanentError', 'broken_invariant'));
    await expect(nested).rejects.toThrow(
      'A query outside the open transaction would wait for itself: "select text from notes where text = $1". Use the sql parameter the transaction was given.',
    );
    expect(await notes()).toEqual([]);
  });

  it('refuses a transaction inside it', async () => {
    const nested = database.transaction(() => database.transaction((sql) => insert(sql, 'a')));
    await expect(nested).rejects.toEqual(failsWith('PermanentError', 'broken_invariant'));
    await expect(nested).rejects.toThrow(/"begin"/);
    expect(await notes()).toEqual([]);
  });

  it('lets other flows wait for it', async () => {
    let proceed: () => void = () => undefined;
    const open = new Promise<void>((resolve) => {
      proceed = resolve;
    });
    const writing = database.transaction(async (sql) => {
      await insert(sql, 'a');
      await open;
      return insert(sql, 'b');
    });
    const others = [notes(), database.transaction((sql) => insert(sql, 'c'))] as const;
    proceed();
    await writing;
    expect(await others[0]).toEqual(['a', 'b']);
    await others[1];
    expect(await notes()).toEqual(['a', 'b', 'c']);
  });
});

describe('a store that is away', () => {
  /** A database whose every statement fails with this error. */
  function failing(error: Error, { rollback = Promise.reject(error) }: { rollback?: Promise<unknown> } = {}) {
    rollback.catch(() => undefined);
    const released: unknown[] = [];
    const query = (text: string): Promise<unknown> => (text === 'rollback' ? rollback : Promise.reject(error));
    const client = { query, release: (isBroken: unknown) => released.push(isBroken) };
    const pool = { query, connect: () => Promise.resolve(client) } as unknown as pg.Pool;
    return { released, database: createDatabase({ namesStatements: false, pool }) };
  }
  const codes = [
    '08006',
    '53300',
    '53100',
    '57P01',
    '57014',
    '58030',
    '40001',
    '40P01',
    '55P03',
    '25006',
    'ECONNREFUSED',
  ];
  const away = [
    ...codes.map((code) => Object.assign(new Error('it failed'), { code })),
    new Error('Connection terminated unexpectedly'),
    new Error('timeout exceeded when trying to connect'),
    new Error('Client has encountered a connection error and is not queryable'),
    new Error('Cannot use a pool after calling end on the pool'),
    new Error('PGlite is closed'),
  ];

  it.each(away)('is TransientError store_down: %s', async (error) => {
    const { database: broken } = failing(error);
    await expect(broken.rows('select 1')).rejects.toEqual(failsWith('TransientError', 'store_down'));
    await expect(broken.transaction(() => Promise.resolve())).rejects.toMatchObject({
      code: 'store_down',
      cause: error,
    });
  });

  it('is not a wrong statement', async () => {
    const wrong = Object.assign(new Error('duplicate key value violates "x"'), { code: '23505' });
    const { database: broken } = failing(wrong);
    await expect(broken.rows('select 1')).rejects.toBe(wrong);
    await expect(broken.transaction(() => Promise.resolve())).rejects.toBe(wrong);
  });

  it('costs the client only when it could not roll back', async () => {
    const error = new Error('no');
    const gone = failing(error);
    await expect(gone.database.transaction(() => Promise.resolve())).rejects.toBe(error);
    expect(gone.released).toEqual([true]);
    const alive = failing(error, { rollback: Promise.resolve() });
    await expect(alive.database.transaction(() => Promise.resolve())).rejects.toBe(error);
    expect(alive.released).toEqual([false]);
  });

  it('is store_down also when there is no server or the pool is closed', async () => {
    const nowhere = openServer('postgres://app:app@127.0.0.1:1/none');
    const unreachable = createDatabase(nowhere);
    const down = failsWith('TransientError', 'store_down');
    await expect(unreachable.rows('select 1')).rejects.toEqual(down);
    await nowhere.close();
    await expect(unreachable.rows('select 1')).rejects.toEqual(down);
    await expect(unreachable.transaction(() => Promise.resolve())).rejects.toEqual(down);
  });
});

const missing = testEngines.find(({ name }) => name.includes('server'))?.missing ?? null;
describe.skipIf(missing !== null)(
  `a PostgreSQL server that goes away${missing === null ? '' : ` (not run: ${missing})`}`,
  () => {
    it('between two statements of a transaction ends that transaction and nothing else', async () => {
      const server = openServer(process.env['DATABASE_URL'] ?? '');
      const own = createDatabase(server);
      const lost = own.transaction(async (sql) => {
        const row = await sql.row<{ pid: number }>('select pg_backend_pid() as pid');
        await server.pool.query('select pg_terminate_backend($1)', [row?.pid]);
        // Nothing is asked of the connection when it drops: that would end a process which listens to no error.
        await sleep(200);
        await sql.rows('select 1');
      });
      await expect(lost).rejects.toEqual(failsWith('TransientError', 'store_down'));
      expect(await own.row('select 1 as one')).toEqual({ one: 1 });
      await server.close();
    });

    it('hangs for as long as somebody waits for it, and no longer: a platform five seconds, other work thirty', async () => {
      const server = openServer(process.env['DATABASE_URL'] ?? '');
      const limitOf = (pool: pg.Pool) => createDatabase(server, pool).row('show statement_timeout');
      expect(await limitOf(server.urgent)).toEqual({ statement_timeout: '5s' });
      expect(await limitOf(server.pool)).toEqual({ statement_timeout: '30s' });
      await server.close();
    });
  },
);

describe('toJson', () => {
  it.each([
    ['a\0b', 'a\ufffdb'],
    ['\ud83d half', '\ufffd half'],
    ['half \udc4b', 'half \ufffd'],
    ['whole 👋', 'whole 👋'],
    ['a path C:\\u0000', 'a path C:\\u0000'],
    ['\\\0', '\\\ufffd'],
    ['\\\\ud800', '\\\\ud800'],
  ])('makes %j storable', async (text, stored) => {
    const value = { [text]: [text] };
    const row = await database.row<{ value: unknown }>('select $1::jsonb as value', [toJson(value)]);
    expect(row?.value).toEqual({ [stored]: [stored] });
  });

  it('keeps null, and makes nothing of undefined', () => {
    expect([toJson(null), toJson(undefined), toJson([1, 'a'])]).toEqual(['null', 'null', '[1,"a"]']);
  });

  it('is not needed for plain text', async () => {
    expect(await database.row('select $1::text as text', ['a\0b\ud83d'])).toEqual({ text: 'a\ufffdb\ufffd' });
  });
});
