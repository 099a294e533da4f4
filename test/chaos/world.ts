/** A scenario's world: its own database and queue, fake channel, fake model, and an empty fleet. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ChatRequest, startOpenAi } from '../peers/openai.ts';
import { HOOK_SECRET, startFakeChannel } from './fake-channel.ts';
import { createFleet, type Fleet, type Shape } from './fleet.ts';
import { openHistory } from './history.ts';
import { judge, ORACLE_SQL } from './oracle.ts';
import type { Random } from './random.ts';
import type { Mutant, Needs, Size, World } from './scenario.ts';
import { answerWithCodes, codeOf, QUESTION } from './words.ts';
import { type Ground, openWorldStores } from './world-stores.ts';

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

let people = 0;
let codes = 0;

/** Opens a world; `close` ends everything in it, whatever became of the scenario. */
export async function openWorld(
  opening: Opening,
): Promise<{ readonly world: World; readonly close: () => Promise<void> }> {
  const { ground, name, random, size, say } = opening;
  const folder = join(ground.folder, name);
  mkdirSync(folder, { recursive: true });
  let fleet: Fleet | null = null;
  const stores = await openWorldStores({ ...opening, folder, isHeld: () => fleet?.isHeld() ?? false });
  const history = openHistory(join(folder, 'history.jsonl'));
  const channel = await startFakeChannel({
    history,
    random: random.fork('channel'),
    ...(opening.firstUpdate === undefined ? {} : { firstUpdate: opening.firstUpdate }),
  });
  const model = await startOpenAi({ script: answerWithCodes });
  fleet = createFleet({
    folder: opening.tree,
    logFolder: folder,
    history,
    beforeStart: stores.release,
    variables: {
      ...stores.variables,
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
  const { sql } = stores;
  const forget = setInterval(() => (model.requests as ChatRequest[]).splice(0), 10_000);
  const world: World = {
    size,
    engine: ground.engine,
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
    shape: (roles) => shapeOf(ground, roles),
    proxy: stores.proxy,
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
    await Promise.all([model.abandon(), history.close()]);
    await stores.close();
  };
  return { world, close };
}

export const ADMIN_TOKEN = 'admin-token-of-the-chaos-rig';

function shapeOf({ engine, roles }: Ground, wanted: Parameters<World['shape']>[0]): Shape {
  // Only one process may hold a data folder.
  if (engine === 'embedded') return { all: 1 };
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
