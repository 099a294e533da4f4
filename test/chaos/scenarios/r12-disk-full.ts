/** R12: the database's disk is full: nothing that could not be written is acknowledged, and all goes on once there is space. */
import { putOnSmallDisk, whyNoSmallDisk } from '../disk.ts';
import { holdsWithin } from '../hold-until.ts';
import { type Scenario, verdictOf, type World } from '../scenario.ts';
import { findPostgres } from '../stores.ts';

const PLANS = {
  short: { people: 30, before: 20, during: 120, fullMs: 6_000, rounds: 1 },
  long: { people: 200, before: 100, during: 1_500, fullMs: 60_000, rounds: 10 },
} as const;
const BACK_MS = 60_000;
/** Room for the write-ahead log of what comes before. */
const SPARE_MEGABYTES = 48;

export const diskFull: Scenario = {
  id: 'R12',
  title: 'the disk of the database is full, then has space again',
  target: '0 lost; 503 while it is full; back ≤ 60 s after space',
  needs: { postgres: 'own', redis: 'shared' },
  missing: () => (findPostgres() === null ? 'needs PostgreSQL binaries' : whyNoSmallDisk()),
  run,
  mutants: [
    {
      name: 'ack on failed write',
      expects: /is not in the inbox/,
      patches: [
        {
          file: 'server/webhook-routes.ts',
          find: 'await acceptRequest(platform, connection, { request: requestOf(context, rawBody), now: outside.clock() });',
          replace:
            'await acceptRequest(platform, connection, { request: requestOf(context, rawBody), now: outside.clock() }).catch(() => undefined);',
        },
      ],
    },
  ],
};

async function run(world: World) {
  const { channel, fleet, postgres, size, sql } = world;
  const plan = PLANS[size];
  const server = postgres.hurt;
  if (server === null) throw new RangeError('R12 needs a PostgreSQL server of its own.');
  const [place] = await sql<{ data_directory: string }>('show data_directory');
  const disk = await putOnSmallDisk(server, { data: place?.data_directory ?? '', spareMegabytes: SPARE_MEGABYTES });
  try {
    await fleet.start(world.shape({ ingress: 1, worker: 1, delivery: 1 }));
    const chats = world.chats(plan.people);
    const problems: string[] = [];
    const backs: number[] = [];
    for (let round = 0; round < plan.rounds; round += 1) {
      await write(world, { chats, count: plan.before, withinMs: 2_000 });
      await disk.fill();
      channel.history.hurt('the disk is full');
      await write(world, { chats, count: plan.during, withinMs: plan.fullMs });
      disk.free();
      channel.history.hurt('the disk has space');
      const freed = Date.now();
      // What keeps servers running starts it again when it gave up for want of space; a running one is left alone.
      await holdsWithin(BACK_MS, () =>
        sql('create table if not exists chaos.alive ()').then(
          () => true,
          () =>
            server.start().then(
              () => false,
              () => false,
            ),
        ),
      );
      const canary = channel.write({ chat: chats[0] ?? 0, text: world.question() });
      if (!(await holdsWithin(BACK_MS, () => canary.ackedAt !== null)))
        problems.push('nothing was taken 60 s after space');
      backs.push((canary.ackedAt ?? Date.now()) - freed);
      if (!(await world.quiet({ withinMs: 90_000 }))) problems.push('work was left');
    }
    const judged = await world.judge();
    const refused = channel.history.lines.filter((line) => line.kind === 'tried' && line.status === 503).length;
    const broken = channel.history.lines.filter((line) => line.kind === 'tried' && line.status === 500).length;
    if (refused === 0) problems.push('nothing was refused: the disk was never full for us');
    if (broken > 0) problems.push(`${broken} requests were answered 500 instead of 503`);
    const back = Math.max(...backs);
    if (back > BACK_MS) problems.push(`it took ${back} ms to come back`);
    return verdictOf(judged, {
      trials: judged.messages,
      problems,
      more: { 'answers 503': refused, 'answers 500': broken, 'taking again after': `${(back / 1_000).toFixed(1)} s` },
    });
  } finally {
    await fleet.stopAll();
    await disk.remove();
  }
}

type Traffic = { readonly chats: readonly number[]; readonly count: number; readonly withinMs: number };

async function write({ channel, question, random, sleep }: World, { chats, count, withinMs }: Traffic): Promise<void> {
  for (let sent = 0; sent < count; sent += 1) {
    channel.write({ chat: random.pick(chats), text: question() });
    await sleep(withinMs / count);
  }
}
