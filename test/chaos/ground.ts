/** What all scenarios of a run stand on: a PostgreSQL server with a seeded template, Redis if there is one, binaries to start more. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createFleet } from './fleet.ts';
import { openHistory } from './history.ts';
import { findPostgres, findRedis, givenPostgres, givenRedis, runSql, startPostgres, startRedis } from './stores.ts';
import type { Ground } from './world.ts';

export type OpenGround = Ground;

export type GroundOptions = {
  readonly databaseUrl: string | null;
  readonly redisUrl: string | null;
  /** False: the queue is kept in PostgreSQL, whatever else is here. */
  readonly hasRedis?: boolean;
  readonly roles: 'all' | 'split';
  readonly folder: string;
  readonly tree: string;
  readonly say: (line: string) => void;
};

/** Throws when there is neither a server nor binaries to start one. */
export async function openGround(options: GroundOptions): Promise<OpenGround> {
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
  const ground = { postgres, template, redis, binaries, roles, folder };
  try {
    await runSql(postgres.url('postgres'), [`create database ${template}`]);
    await seedTemplate(ground, tree);
    say('the template is seeded');
    return ground;
  } catch (error) {
    await closeGround(ground);
    throw error;
  }
}

/** A first start migrates and seeds; later databases are copies. */
async function seedTemplate({ postgres, template, folder }: Ground, tree: string): Promise<void> {
  const logFolder = join(folder, 'template');
  mkdirSync(logFolder, { recursive: true });
  const history = openHistory(join(logFolder, 'history.jsonl'));
  const variables = { DATABASE_URL: postgres.url(template), DATA_DIR: join(logFolder, 'data') };
  const fleet = createFleet({ folder: tree, logFolder, history, variables });
  try {
    const [member] = await fleet.start({ all: 1 }, { comesBack: false });
    await member?.end();
  } finally {
    await fleet.stopAll();
    await history.close();
  }
}

export async function closeGround({ postgres, template, redis }: OpenGround): Promise<void> {
  await runSql(postgres.url('postgres'), [`drop database if exists ${template} with (force)`]).catch(() => undefined);
  await redis?.stop();
  await postgres.stop();
}
