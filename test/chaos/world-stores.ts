/** The stores of one scenario's world: databases and queues of its own on servers, or a data folder of its own. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { type DataFolder, openDataFolder } from './data-folder.ts';
import { OBSERVE_SQL } from './oracle.ts';
import { type PgProxy, startPgProxy } from './pg-proxy.ts';
import type { Mutant, Needs } from './scenario.ts';
import { copyDatabase, type PostgresServer, type RedisServer, runSql, startPostgres, startRedis } from './stores.ts';

/** What all scenarios of a run share. */
export type Ground = {
  /** `embedded`: no server at all, and one process. */
  readonly engine: 'embedded' | 'server';
  readonly postgres: PostgresServer;
  /** A migrated and seeded database that nobody is connected to; the embedded engine's is a folder. */
  readonly template: string;
  readonly redis: RedisServer | null;
  readonly binaries: { readonly postgres: string | null; readonly redis: string | null };
  /** One process plays all roles, or each role has processes of its own. */
  readonly roles: 'all' | 'split';
  readonly folder: string;
};

export type WorldStores = DataFolder & {
  readonly postgres: PostgresServer;
  readonly redis: RedisServer | null;
  readonly proxy: () => Promise<PgProxy>;
  readonly close: () => Promise<void>;
};

export type StoresWanted = {
  readonly ground: Ground;
  readonly needs: Needs;
  readonly mutant: Mutant | null;
  /** Of the world. */
  readonly folder: string;
  /** Whether a process runs, or is about to run again. */
  readonly isHeld: () => boolean;
};

let databases = 0;

export function openWorldStores(wanted: StoresWanted): Promise<WorldStores> {
  return wanted.ground.engine === 'embedded' ? openFolder(wanted) : openOnServers(wanted);
}

/** Stands where a server would. */
export const NO_POSTGRES: PostgresServer = {
  url: () => {
    throw new RangeError('There is no PostgreSQL server in an embedded run.');
  },
  hurt: null,
  stop: () => Promise.resolve(),
};

async function openFolder({ ground, mutant, folder, isHeld }: StoresWanted): Promise<WorldStores> {
  const data = join(folder, 'data');
  cpSync(ground.template, data, { recursive: true });
  const opened = await openDataFolder(data, isHeld);
  for (const statement of mutant?.sql ?? []) await opened.sql(statement);
  return {
    ...opened,
    postgres: NO_POSTGRES,
    redis: null,
    proxy: () => Promise.reject(new RangeError('Nothing can be put in front of an embedded database.')),
    close: opened.release,
  };
}

async function openOnServers({ ground, needs, mutant, folder }: StoresWanted): Promise<WorldStores> {
  databases += 1;
  const database = `chaos_${process.pid}_${databases}`;
  const ownPostgres =
    needs.postgres === 'own' && ground.binaries.postgres ? await startPostgres(ground.binaries.postgres) : null;
  const ownRedis = needs.redis === 'own' && ground.binaries.redis ? await startRedis(ground.binaries.redis) : null;
  const postgres = ownPostgres ?? ground.postgres;
  const binaries = ground.binaries.postgres;
  await copyDatabase(
    { server: ground.postgres, name: ground.template },
    { server: postgres, name: database, binaries },
  );
  const url = postgres.url(database);
  await runSql(url, [...OBSERVE_SQL, ...(mutant?.sql ?? [])]);
  const redis = needs.redis === 'none' ? null : (ownRedis ?? ground.redis);
  // A database number of its own on a shared server.
  const redisUrl = redis === null ? null : `${redis.url}/${ownRedis ? 0 : databases % 16}`;
  const proxies: PgProxy[] = [];
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  pool.on('error', () => undefined);
  return {
    postgres,
    redis,
    variables: {
      DATABASE_URL: url,
      ...(redisUrl === null ? {} : { REDIS_URL: redisUrl }),
      DATA_DIR: join(folder, 'data'),
    },
    sql: async <Row>(text: string, values: readonly unknown[] = []) =>
      (await pool.query(text, [...values])).rows as Row[],
    release: () => Promise.resolve(),
    proxy: async () => {
      const proxy = await startPgProxy(url);
      proxies.push(proxy);
      return proxy;
    },
    close: async () => {
      await Promise.all([...proxies.map((proxy) => proxy.stop()), pool.end()]);
      await ownRedis?.stop();
      if (ownPostgres) return await ownPostgres.stop();
      const drop = `drop database if exists ${database} with (force)`;
      await runSql(postgres.url('postgres'), [drop]).catch(() => undefined);
    },
  };
}
