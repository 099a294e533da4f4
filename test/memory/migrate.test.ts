/** Migrations: each once, by whoever comes first, and never backwards. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDatabase, type Database } from '../../memory/postgres/database.ts';
import { type Engine, openEmbedded, openServer } from '../../memory/postgres/engine.ts';
import { migrate } from '../../memory/postgres/migrate.ts';
import { OPEN_TIMEOUT_MS, openServerTestStore, testEngines } from '../support/store.ts';
import { failsWith } from './support.ts';

const server = testEngines.find(({ name }) => name.includes('server'));

describe('migrate, on the embedded engine', () => {
  let engine: Engine;
  let database: Database;
  beforeAll(async () => {
    engine = await openEmbedded(null);
    database = createDatabase(engine);
  }, OPEN_TIMEOUT_MS);
  afterAll(() => engine.close());
  beforeEach(async () => {
    await database.rows('drop schema public cascade');
    await database.rows('create schema public');
  });

  const names = async (): Promise<readonly string[]> =>
    (await database.rows<{ name: string }>('select name from schema_migrations order by name')).map(({ name }) => name);

  it('applies every file once, in order, and says which; again it does nothing', async () => {
    const applied = await migrate(database);
    expect(applied[0]).toBe('0001-first.sql');
    expect(applied).toEqual(applied.toSorted());
    expect(await migrate(database)).toEqual([]);
    expect(await names()).toEqual(applied);
  });

  it('keeps what is stored', async () => {
    await migrate(database);
    await database.rows(`insert into installation (key, value) values ('a', 'kept')`);
    await migrate(database);
    expect(await database.row('select value from installation')).toEqual({ value: 'kept' });
  });

  it('refuses the database of a newer release, naming what it does not know, and touches nothing', async () => {
    await migrate(database);
    await database.rows(`insert into schema_migrations (name) values ('9999-from-the-future.sql')`);
    const refused = migrate(database);
    await expect(refused).rejects.toEqual(failsWith('PermanentError', 'config_invalid'));
    await expect(refused).rejects.toThrow(
      'The database was migrated by a newer release (it has "9999-from-the-future.sql"). Upgrade Throughline, or use another database.',
    );
  });

  it('leaves nothing of a file that fails half-way', async () => {
    await database.rows('create table turns (id int)');
    await expect(migrate(database)).rejects.toMatchObject({ code: '42P07' });
    expect(await names()).toEqual([]);
    expect(await database.row(`select to_regclass('persons') as persons`)).toEqual({ persons: null });
    await database.rows('drop table turns');
    expect(await migrate(database)).not.toEqual([]);
  });

  it('lets concurrent starters share the work', async () => {
    const done = await Promise.all([1, 2, 3].map(() => migrate(database)));
    const all = done.flat();
    expect(new Set(all).size).toBe(all.length);
    expect(await names()).toEqual(all.toSorted());
  });
});

const missing = server?.missing ?? null;
describe.skipIf(missing !== null)(
  `migrate, on a PostgreSQL server${missing === null ? '' : ` (not run: ${missing})`}`,
  () => {
    it('lets concurrent starters with connections of their own share the work', async () => {
      const url = process.env['DATABASE_URL'] ?? '';
      const store = await openServerTestStore(url);
      const [here] = (await store.pool.query<{ name: string }>('select current_database() as name')).rows;
      const address = new URL(url);
      address.pathname = `/${here?.name}`;
      for (let round = 0; round < 3; round += 1) {
        await store.pool.query('drop schema public cascade');
        await store.pool.query('create schema public');
        const engines = [1, 2, 3, 4].map(() => openServer(address.href));
        const done = await Promise.all(engines.map((one) => migrate(createDatabase(one))));
        await Promise.all(engines.map((one) => one.close()));
        expect(new Set(done.flat()).size).toBe(done.flat().length);
        expect(done.flat()).toContain('0001-first.sql');
      }
      await store.memory.close();
    });
  },
);
