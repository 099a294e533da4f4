/** What all scenarios of a run stand on: servers with a seeded template and binaries to start more, or a seeded data folder. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openDataFolder } from './data-folder.ts';
import { createFleet } from './fleet.ts';
import { openHistory } from './history.ts';
import { OBSERVE_SQL } from './oracle.ts';
import { findPostgres, findRedis, givenPostgres, givenRedis, runSql, startPostgres, startRedis } from './stores.ts';
import { type Ground, NO_POSTGRES } from './world-stores.ts';

export type OpenGround = Ground;

export type GroundOptions = {
  readonly databaseUrl: string | null;
  readonly redisUrl: string | null;
  /** False: the queue is kept in PostgreSQL, whatever else is here. */
  readonly hasRedis?: boolean;
  /** No server at all. */
  readonly isEmbedded?: boolean;
  readonly roles: 'all' | 'split';
  readonly folder: string;
  readonly tree: string;
  readonly say: (line: string) => void;
};

/** Throws when there is neither a server nor binaries to start one, unless none is wanted. */
export async function openGround(options: GroundOptions): Promise<OpenGround> {
  return options.isEmbedded ? await openFolderGround(options) : await openServerGround(options);
}

async function openFolderGround({ folder, tree, say }: GroundOptions): Promise<OpenGround> {
  say('no servers: the embedded engine, one process');
  const template = join(folder, 'template', 'data');
  await seedTemplate(folder, { tree, variables: { DATA_DIR: template } });
  const opened = await openDataFolder(template, () => false);
  for (const statement of OBSERVE_SQL) await opened.sql(statement);
  await opened.release();
  say('the template is seeded');
  const binaries = { postgres: null, redis: null };
  return { engine: 'embedded', postgres: NO_POSTGRES, template, redis: null, binaries, roles: 'all', folder };
}

async function openServerGround(options: GroundOptions): Promise<OpenGround> {
  const { databaseUrl, redisUrl, hasRedis = true, roles, folder, tree, say } = options;
  const binaries = { postgres: findPostgres(), redis: hasRedis ? findRedis() : null };
  if (databaseUrl === null && binaries.postgres === null) {
    throw new RangeError('There is no PostgreSQL here. Set DATABASE_URL, or install the server (with pgvector).');
  }
  const postgres = databaseUrl === null ? await startPostgres(binaries.postgres ?? '') : givenPostgres(databaseUrl);
  const redis = !hasRedis
    ? null
    : redisUrl === null
      ? binaries.redis
        ? await startRedis(binaries.redis)
        : null
      : givenRedis(redisUrl);
  say(
    `PostgreSQL ${databaseUrl === null ? 'of our own' : 'as given'}, ${redis === null ? 'no Redis' : 'Redis'}, roles ${roles}`,
  );
  const template = `chaos_${process.pid}_template`;
  const ground = { engine: 'server', postgres, template, redis, binaries, roles, folder } as const;
  try {
    await runSql(postgres.url('postgres'), [`create database ${template}`]);
    const data = join(folder, 'template', 'data');
    await seedTemplate(folder, { tree, variables: { DATABASE_URL: postgres.url(template), DATA_DIR: data } });
    say('the template is seeded');
    return ground;
  } catch (error) {
    await closeGround(ground);
    throw error;
  }
}

/** A first start migrates and seeds; later databases are copies. */
async function seedTemplate(
  folder: string,
  { tree, variables }: { readonly tree: string; readonly variables: Readonly<Record<string, string>> },
): Promise<void> {
  const logFolder = join(folder, 'template');
  mkdirSync(logFolder, { recursive: true });
  const history = openHistory(join(logFolder, 'history.jsonl'));
  const fleet = createFleet({ folder: tree, logFolder, history, variables });
  try {
    const [member] = await fleet.start({ all: 1 }, { comesBack: false });
    await member?.end();
  } finally {
    await fleet.stopAll();
    await history.close();
  }
}

export async function closeGround({ engine, postgres, template, redis }: OpenGround): Promise<void> {
  if (engine === 'embedded') return;
  await runSql(postgres.url('postgres'), [`drop database if exists ${template} with (force)`]).catch(() => undefined);
  await redis?.stop();
  await postgres.stop();
}
