/** R10: a message that throws, eats all memory or spins is parked where operators see it, and the lane goes on. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { holdsWithin } from '../hold-until.ts';
import { type Scenario, verdictOf, type World } from '../scenario.ts';

/** Spinning takes the watchdog's half minute for each try. */
const PLANS = { short: ['THROW', 'ALLOCATE'], long: ['THROW', 'ALLOCATE', 'SPIN'] } as const;
const PARKED_MS = 120_000;
const ATTEMPTS = 3;

export const poison: Scenario = {
  id: 'R10',
  title: 'messages that throw, allocate without end, spin',
  target: 'parked ≤ 2 min, next answered, ≤ 1 restart each try',
  waits: true,
  needs: { postgres: 'shared', redis: 'shared' },
  run,
  mutants: [
    {
      name: 'endless retry',
      expects: /not parked|restarts for/,
      patches: [
        { file: 'channels/bridge/bursts.ts', find: 'const MAX_ATTEMPTS = 3;', replace: 'const MAX_ATTEMPTS = 3_000;' },
      ],
    },
  ],
};

/** As if a statement of the commit were wrong for these words. The honest end of the turn may be written. */
const THROW_SQL = [
  `create function chaos.refuse() returns trigger language plpgsql as $$
   begin
     if new.status <> 'error' and new.record->>'events' like '%THROW%' then raise exception 'poison'; end if;
     return new;
   end $$`,
  'create trigger chaos_refuse before insert on turns for each row execute function chaos.refuse()',
];

async function run(world: World) {
  const { channel, fleet, size } = world;
  for (const statement of THROW_SQL) await world.sql(statement);
  await fleet.start(world.shape({ ingress: 1, delivery: 1 }));
  const preload = pathToFileURL(join(import.meta.dirname, '../preload-poison.ts')).href;
  await fleet.start(world.shape({ worker: 2 }), {
    variables: { NODE_OPTIONS: `--import ${preload} --max-old-space-size=512` },
  });
  const problems: string[] = [];
  const more: Record<string, string> = {};
  for (const kind of PLANS[size]) {
    const [victim, bystander] = world.chats(2) as [number, number];
    const starts = startsOf(world);
    const begun = Date.now();
    channel.write({ chat: victim, text: world.question(`/ask ${kind} how long is it?`) });
    channel.write({ chat: bystander, text: world.question('/ask how long is the breathwork course?') });
    const isParked = await holdsWithin(PARKED_MS, async () => {
      await world.sleep(500);
      return (await stateOf(world, victim)) === 'parked';
    });
    more[`${kind} parked after`] = isParked ? `${((Date.now() - begun) / 1000).toFixed(0)} s` : 'never';
    if (!isParked) problems.push(`${kind}: is ${await stateOf(world, victim)} after ${PARKED_MS / 1000} s, not parked`);
    const restarts = startsOf(world) - starts;
    more[`${kind} restarts`] = String(restarts);
    if (restarts > ATTEMPTS) problems.push(`${kind}: ${restarts} restarts for ${ATTEMPTS} tries`);
    world.say(`${kind}: ${more[`${kind} parked after`]}, ${restarts} restarts`);
    if (!isParked) break;
    const next = channel.write({ chat: victim, text: world.question('/ask how long is the breathwork course?') });
    if (!(await world.quiet({ withinMs: 90_000 }))) problems.push(`${kind}: work was left behind the parked message`);
    const [row] = await world.sql<{ state: string }>('select state from inbox where external_id = $1', [
      String(next.update),
    ]);
    if (row?.state !== 'done') problems.push(`${kind}: the next message is ${row?.state ?? 'nowhere'}`);
  }
  return verdictOf(await world.judge(), { trials: PLANS[size].length, problems, more });
}

function startsOf({ fleet }: World): number {
  return fleet.members('worker', 'all').reduce((sum, member) => sum + member.starts(), 0);
}

async function stateOf({ sql }: World, chat: number): Promise<string> {
  const [row] = await sql<{ state: string }>(
    'select i.state from inbox i join threads t on t.id = i.thread_id where t.key = $1 order by i.arrival limit 1',
    [String(chat)],
  ).catch(() => []);
  return row?.state ?? 'nowhere';
}
