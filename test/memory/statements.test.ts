/** Prepared statements of the embedded engine: parsed once, right for ever. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Engine, openEmbedded } from '../../memory/postgres/engine.ts';
import { OPEN_TIMEOUT_MS } from '../support/store.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await openEmbedded(null);
}, OPEN_TIMEOUT_MS);
afterAll(() => engine.close());
beforeEach(async () => {
  await engine.pool.query('drop table if exists notes');
  await engine.pool.query('create table notes (id int primary key, text text)');
});

const READ = 'select * from notes where id > $1 order by id';

async function prepared(text: string): Promise<number> {
  const { rows } = await engine.pool.query<{ n: number }>(
    `select count(*)::int as n from pg_prepared_statements where statement = $1`,
    [text],
  );
  return rows[0]?.n ?? 0;
}

describe('a statement', () => {
  it('is parsed once, whichever client sends it', async () => {
    const [one, other] = await Promise.all([engine.pool.connect(), engine.pool.connect()]);
    for (const client of [one, other, one]) await client.query(READ, [0]);
    one.release();
    other.release();
    expect(await prepared(READ)).toBe(1);
  });

  it('gives each caller the rows of its own values', async () => {
    await engine.pool.query(`insert into notes values (1, 'a'), (2, 'b'), (3, 'c')`);
    const asked = await Promise.all([0, 1, 2, 3, 0, 2].map((from) => engine.pool.query(READ, [from])));
    expect(asked.map(({ rowCount }) => rowCount)).toEqual([3, 2, 1, 0, 3, 1]);
  });

  it('gives new columns after the table has changed', async () => {
    await engine.pool.query(`insert into notes values (1, 'a')`);
    await engine.pool.query(READ, [0]);
    await engine.pool.query(`alter table notes add column colour text default 'red'`);
    expect((await engine.pool.query(READ, [0])).rows).toEqual([{ id: 1, text: 'a', colour: 'red' }]);
  });

  it('that was wrong works once it is right', async () => {
    const text = 'select text from later where id = $1';
    await expect(engine.pool.query(text, [1])).rejects.toThrow('later');
    await engine.pool.query('create table later (id int, text text)');
    expect((await engine.pool.query(text, [1])).rows).toEqual([]);
    await engine.pool.query('drop table later');
  });

  it('that fails for its values is kept, and works for others', async () => {
    const text = 'insert into notes values ($1, $2)';
    await engine.pool.query(text, [1, 'a']);
    await expect(engine.pool.query(text, [1, 'again'])).rejects.toThrow('duplicate');
    await engine.pool.query(text, [2, 'b']);
    expect(await prepared(text)).toBe(1);
  });

  it('goes on in a transaction that is rolled back, and after it', async () => {
    const client = await engine.pool.connect();
    const text = `insert into notes values ($1, 'rolled back')`;
    await client.query('begin');
    await client.query(text, [1]);
    await client.query('rollback');
    await client.query(text, [1]);
    client.release();
    expect((await engine.pool.query(READ, [0])).rowCount).toBe(1);
  });

  it('with a name of its own, or without values, goes as it is', async () => {
    const named = await engine.pool.query({ name: 'mine', text: 'select 7 as n where $1::int = 1', values: [1] });
    expect(named.rows).toEqual([{ n: 7 }]);
    expect((await engine.pool.query('select 8 as n')).rows).toEqual([{ n: 8 }]);
  });
});
