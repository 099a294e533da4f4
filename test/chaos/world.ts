/** A scenario's world: its own database and queue, fake channel, fake model, and an empty fleet. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type ChatRequest, startOpenAi } from '../peers/openai.ts';
import { HOOK_SECRET, startFakeChannel } from './fake-channel.ts';
import { createFleet, type Shape } from './fleet.ts';
import { openHistory } from './history.ts';
import { judge, OBSERVE_SQL, ORACLE_SQL } from './oracle.ts';
import { startPgProxy } from './pg-proxy.ts';
import type { Random } from './random.ts';
import type { Mutant, Needs, Size, World } from './scenario.ts';
import { copyDatabase, type PostgresServer, type RedisServer, runSql, startPostgres, startRedis } from './stores.ts';
import { answerWithCodes, codeOf, QUESTION } from './words.ts';

/** What all scenarios of a run share. */
export type Ground = {
  readonly postgres: PostgresServer;
  /** A migrated and seeded database that nobody is connected to. */
  readonly template: string;
  readonly redis: RedisServer | null;
  readonly binaries: { readonly postgres: string | null; readonly redis: string | null };
  /** One process plays all roles, or each role has processes of its own. */
  readonly roles: 'all' | 'split';
  readonly folder: string;
};

export type Opening = {
  readonly ground: Ground;
  readonly needs: Needs;
  readonly name: string;
  readonly tree: string;
  readonly size: Size;
  readonly random: Random;
  readonly mutant: Mutant | null;
  readonly say: (line: string) => void;
  /** The number of the channel's first update, where it must differ from that of another world. */
  readonly firstUpdate?: number;
};

let databases = 0;
let people = 0;
let codes = 0;

/** Opens a world; `close` ends everything in it, whatever became of the scenario. */
export async function openWorld(
  opening: Opening,
): Promise<{ readonly world: World; readonly close: () => Promise<void> }> {
  const { ground, name, random, size, say } = opening;
  const folder = join(ground.folder, name);
  mkdirSync(folder, { recursive: true });
  const stores = await openStores(opening);
  const history = openHistory(join(folder, 'history.jsonl'));
  const channel = await startFakeChannel({
    history,
    random: random.fork('channel'),
    ...(opening.firstUpdate === undefined ? {} : { firstUpdate: opening.firstUpdate }),
  });
  const model = await startOpenAi({ script: answerWithCodes });
  const url = stores.postgres.url(stores.database);
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  pool.on('error', () => undefined);
  const fleet = createFleet({
    folder: opening.tree,
    logFolder: folder,
    history,
    variables: {
      DATABASE_URL: url,
      ...(stores.redisUrl === null ? {} : { REDIS_URL: stores.redisUrl }),
      DATA_DIR: join(folder, 'data'),
      // Starting is most of what these processes do.
      NODE_COMPILE_CACHE: join(ground.folder, 'compiled'),
      TELEGRAM_BOT_TOKEN: channel.token,
      TELEGRAM_API_ROOT: channel.root,
      TELEGRAM_WEBHOOK_SECRET: HOOK_SECRET,
      // Only so that it is not polled; the fake channel knows the processes by their own addresses.
      PUBLIC_URL: 'https://school.example',
      OPENAI_BASE_URL: model.url,
      OPENAI_API_KEY: 'chaos',
      MODEL: 'fake',
      CONSOLE_ADMIN_TOKEN: ADMIN_TOKEN,
    },
  });
  channel.deliverTo(() => fleet.ingresses().map(({ address }) => address));
  const proxies: { stop: () => Promise<void> }[] = [];
  const sql = async <Row>(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> =>
    (await pool.query(text, [...values])).rows as Row[];
  const forget = setInterval(() => (model.requests as ChatRequest[]).splice(0), 10_000);
  const world: World = {
    size,
    random,
    channel,
    model,
    fleet,
    postgres: stores.postgres,
    redis: stores.redis,
    question: (words = QUESTION) => {
      codes += 1;
      return `${words} ${codeOf(codes)}`;
    },
    chats: (count) =>
      Array.from({ length: count }, () => {
        people += 1;
        return 1_000_000 + people;
      }),
    shape: (roles) => shapeOf(ground.roles, roles),
    proxy: async () => {
      const proxy = await startPgProxy(url);
      proxies.push(proxy);
      return proxy;
    },
    sql,
    quiet: (limit) => untilQuiet({ sql, isTaken: () => channel.open() === 0 }, limit.withinMs),
    judge: async () => {
      const [row] = await sql<{ found: unknown }>(ORACLE_SQL);
      return judge(row?.found, { written: channel.written, history });
    },
    say,
    sleep: (milliseconds) => sleep(milliseconds),
  };
  const close = async (): Promise<void> => {
    clearInterval(forget);
    await channel.stop();
    await fleet.stopAll();
    await Promise.all([...proxies.map((proxy) => proxy.stop()), model.abandon(), pool.end(), history.close()]);
    await stores.close();
  };
  return { world, close };
}

export const ADMIN_TOKEN = 'admin-token-of-the-chaos-rig';

async function openStores({ ground, needs, mutant }: Opening) {
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
  await runSql(postgres.url(database), [...OBSERVE_SQL, ...(mutant?.sql ?? [])]);
  const redis = needs.redis === 'none' ? null : (ownRedis ?? ground.redis);
  return {
    postgres,
    redis,
    database,
    // A database number of its own on a shared server.
    redisUrl: redis === null ? null : `${redis.url}/${ownRedis ? 0 : databases % 16}`,
    close: async () => {
      await ownRedis?.stop();
      if (ownPostgres) return await ownPostgres.stop();
      await runSql(postgres.url('postgres'), [`drop database if exists ${database} with (force)`]).catch(
        () => undefined,
      );
    },
  };
}

function shapeOf(roles: Ground['roles'], wanted: Parameters<World['shape']>[0]): Shape {
  if (roles === 'split') return wanted;
  return { all: Math.max(...Object.values(wanted)) };
}

const OPEN_WORK = `
  select (select count(*) from inbox where state = 'pending')
    + (select count(*) from deliveries where state in ('queued', 'claimed')) as open`;

type Asking = { readonly sql: World['sql']; readonly isTaken: () => boolean };

async function untilQuiet({ sql, isTaken }: Asking, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  while (Date.now() < deadline) {
    if (isTaken()) {
      const open = await sql<{ open: string }>(OPEN_WORK).then(
        ([row]) => Number(row?.open ?? 1),
        () => 1,
      );
      if (open === 0) return true;
    }
    await sleep(250);
  }
  return false;
}
