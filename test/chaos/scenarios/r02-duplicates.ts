/** R2: the same update, any number of times, at the same moment and a day later, is one row, one turn, one reply. */
import { type Scenario, verdictOf, type World } from '../scenario.ts';

const PLANS = { short: { people: 60, messages: 240 }, long: { people: 400, messages: 2_600 } } as const;

export const duplicates: Scenario = {
  id: 'R2',
  title: 'every update one to six times, two ingresses, and all of them again after 25 hours',
  target: '0 in 10 000 deliveries',
  needs: { postgres: 'shared', redis: 'shared' },
  embedded: 'every update one to six times, and all of them again after 25 hours',
  run,
  mutants: [
    {
      name: 'drop UNIQUE',
      expects: /update \d+ has \d+ rows/,
      sql: ['alter table inbox drop constraint inbox_channel_connection_external_id_key'],
      patches: [
        {
          file: 'memory/postgres/inbox.ts',
          find: 'on conflict (channel, connection, external_id) do nothing returning id',
          replace: 'returning id',
        },
      ],
    },
  ],
};

async function run(world: World) {
  const { channel, fleet, size } = world;
  const plan = PLANS[size];
  await fleet.start(world.shape({ ingress: 2, worker: 1, delivery: 1 }));
  const choices = world.random.fork('traffic');
  const chats = world.chats(plan.people);
  for (let sent = 0; sent < plan.messages; sent += 1) {
    channel.write({ chat: choices.pick(chats), text: world.question(), copies: choices.whole(0, 5) });
    await world.sleep(choices.whole(0, 90));
  }
  const problems: string[] = [];
  if (!(await world.quiet({ withinMs: 120_000 }))) problems.push('work was left after the first round');
  const before = await count(world);
  await world.sql(
    `update inbox set received_at = received_at - interval '25 hours', finished_at = finished_at - interval '25 hours'`,
  );
  world.say('a day later: everything is delivered once more');
  await inSmallGroups(
    channel.written.map(({ update }) => update),
    channel.again,
  );
  if (!(await world.quiet({ withinMs: 60_000 }))) problems.push('work was left after the second round');
  const after = await count(world);
  if (after !== before) problems.push(`rows, turns and replies were ${before}, and are ${after} a day later`);
  const deliveries = channel.history.lines.filter(({ kind }) => kind === 'tried').length;
  return verdictOf(await world.judge(), { trials: deliveries, problems, more: { 'deliveries to us': deliveries } });
}

async function count({ sql, channel }: World): Promise<string> {
  const [row] = await sql<Record<string, string>>(
    'select (select count(*) from inbox) as rows, (select count(*) from turns) as turns, (select count(*) from deliveries) as replies',
  );
  const arrived = channel.history.lines.filter((line) => line.kind === 'sent').length;
  return `${row?.['rows']}/${row?.['turns']}/${row?.['replies']}, ${arrived} sends`;
}

/** Twenty at a time, as a platform does that lost our acknowledgements. */
async function inSmallGroups(updates: readonly number[], deliver: (update: number) => Promise<void>): Promise<void> {
  for (let start = 0; start < updates.length; start += 20) {
    await Promise.all(updates.slice(start, start + 20).map(deliver));
  }
}
