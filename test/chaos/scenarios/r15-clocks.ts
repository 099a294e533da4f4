/** R15: leases and schedules use the database's time; a process whose own clock is wrong doubles and delays nothing. */
import { join } from 'node:path';
import type { Sent } from '../history.ts';
import { type Scenario, verdictOf, type World } from '../scenario.ts';

const PLANS = { short: { people: 14, rounds: 1 }, long: { people: 60, rounds: 12 } } as const;
const TEN_MINUTES_MS = 600_000;
const PRELOAD = `--import ${join(import.meta.dirname, '../preload-clock.ts')}`;
const LEASE = `interval '29 seconds'`;
/** A reminder leaves with the first sweep after its time. */
const REMINDER_SLACK_MS = 13_000;

export const clocks: Scenario = {
  id: 'R15',
  title: 'process clocks ten minutes ahead, behind, and jumping between the two',
  target: 'no lease doubled, no reminder early, lost or doubled',
  needs: { postgres: 'shared', redis: 'shared' },
  run,
  mutants: [
    {
      name: 'Date.now() leases',
      expects: /lane .* was taken by/,
      patches: [
        {
          file: 'memory/postgres/lanes.ts',
          find: `values ($1, $2, 1, now() + $3 * interval '1 ms')`,
          replace: `values ($1, $2, 1, to_timestamp($4::float8) + $3 * interval '1 ms')`,
        },
        {
          file: 'memory/postgres/lanes.ts',
          find: 'where lanes.leased_until < now()',
          replace: 'where lanes.leased_until < to_timestamp($4::float8)',
        },
        {
          file: 'memory/postgres/lanes.ts',
          find: '[lane, holder, leaseMs]',
          replace: '[lane, holder, leaseMs, Date.now() / 1000]',
        },
      ],
    },
    {
      name: 'Date.now() schedules',
      expects: /did not come|came \d+ ms (too soon|late)/,
      patches: [
        {
          file: 'memory/postgres/outbox-lists.ts',
          find: `q.state = 'queued' and q.due_at <= now() and`,
          replace: `q.state = 'queued' and q.due_at <= now()
            + \${(Date.now() - performance.timeOrigin - performance.now()) / 1000} * interval '1 second' and`,
        },
      ],
    },
  ],
};

/** Nobody dies here: a lane that changes hands without being given back, within a lease of its last renewal, has two holders. */
const WATCH_LEASES: readonly string[] = [
  'create table chaos.renewals (lane uuid primary key, at timestamptz)',
  'create table chaos.doubled (lane uuid, was text, now text, left_ms float8)',
  `create function chaos.watch_lease() returns trigger language plpgsql as $$
   begin
     if tg_op = 'UPDATE' then insert into chaos.doubled select new.lane, old.holder, new.holder,
         extract(epoch from r.at + ${LEASE} - clock_timestamp()) * 1000
       from chaos.renewals r where r.lane = new.lane and old.holder is not null and new.holder is not null
         and new.fence <> old.fence and clock_timestamp() < r.at + ${LEASE};
     end if;
     insert into chaos.renewals values (new.lane, clock_timestamp())
       on conflict (lane) do update set at = clock_timestamp();
     return new;
   end $$`,
  'create trigger chaos_lease after insert or update on lanes for each row execute function chaos.watch_lease()',
];

async function run(world: World) {
  const { channel, fleet, model, random, size } = world;
  const plan = PLANS[size];
  for (const statement of WATCH_LEASES) await world.sql(statement);
  model.setFirstByteMs(1_500);
  await Promise.all([
    startAll(world, { CHAOS_CLOCK_MS: String(TEN_MINUTES_MS), TZ: 'Pacific/Auckland' }),
    startAll(world, { CHAOS_CLOCK_MS: String(-TEN_MINUTES_MS), TZ: 'America/New_York' }),
  ]);
  await fleet.start(world.shape({ worker: 1 }), {
    variables: wrong({ CHAOS_CLOCK_MS: String(TEN_MINUTES_MS), CHAOS_CLOCK_JUMP_MS: '3000' }),
  });
  const choices = random.fork('traffic');
  const problems: string[] = [];
  for (let round = 0; round < plan.rounds; round += 1) {
    const chats = world.chats(plan.people);
    // While a turn runs in one process, more of the same person wakes the others.
    for (let again = 0; again < 4; again += 1) {
      for (const chat of chats)
        channel.write({ chat, text: again === 1 ? 'hi' : world.question('/ask how long is it?') });
      if (again === 0) await world.sleep(500);
      else await world.sleep(choices.whole(500, 1_200));
    }
    problems.push(...(await remind(world, round)));
    if (!(await world.quiet({ withinMs: 90_000 }))) problems.push(`round ${round}: work was left`);
  }
  const doubled = await world.sql<{ lane: string; was: string; now: string; left_ms: number }>(
    'select * from chaos.doubled',
  );
  problems.push(
    ...doubled.map(
      ({ lane, was, now, left_ms }) => `lane ${lane} of ${was} was taken by ${now} ${Math.round(left_ms)} ms too soon`,
    ),
  );
  const [leases] = await world.sql<{ count: string }>('select sum(fence) as count from lanes');
  return verdictOf(await world.judge(), {
    trials: Number(leases?.count ?? 0),
    problems,
    more: { 'leases taken': leases?.count ?? 0, 'leases doubled': doubled.length },
  });
}

async function startAll(world: World, clock: Readonly<Record<string, string>>): Promise<void> {
  await world.fleet.start(world.shape({ ingress: 1, worker: 1, delivery: 1 }), { variables: wrong(clock) });
}

function wrong(clock: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return { ...clock, NODE_OPTIONS: PRELOAD };
}

/** Reminders of their own text, due in a few seconds, for people who have had an answer. */
async function remind(world: World, round: number): Promise<readonly string[]> {
  await until(world, `select 1 from deliveries where state = 'sent' having count(distinct thread_id) >= 8`);
  const words = `Reminder number ${round}`;
  const rows = await world.sql<{ id: string; key: string; due: string }>(
    `insert into deliveries (id, thread_id, handle_id, message_class, reply, due_at)
     select gen_random_uuid() || '.0', d.thread_id, d.handle_id, 'courtesy',
       jsonb_set(d.reply, '{blocks}', '[{"kind": "text", "text": "${words}"}]'),
       now() + (2 + random() * 4) * interval '1 second'
     from (select distinct on (thread_id) * from deliveries where state = 'sent' and turn_id is not null) d limit 20
     returning id, (select key from threads where id = thread_id), extract(epoch from due_at) * 1000 as due`,
  );
  const open = `from deliveries where reply->'blocks'->0->>'text' = '${words}' and state in ('queued', 'claimed')`;
  await until(world, `select 1 where not exists (select 1 ${open})`);
  const left = await world.sql<object>(
    `select id, state, failure, attempts, waits, due_at, now(), claimed_until ${open}`,
  );
  const sends = world.channel.history.lines.filter((line): line is Sent => line.kind === 'sent' && line.isAccepted);
  const wrong = rows.flatMap(({ id, key, due }) => {
    const [first, second] = sends.filter(({ chat, text }) => String(chat) === key && text.includes(words));
    if (first === undefined) return [`${id} did not come`];
    const lateMs = Math.round(first.at - Number(due));
    if (lateMs < 0) return [`${id} came ${-lateMs} ms too soon`];
    if (lateMs > REMINDER_SLACK_MS) return [`${id} came ${lateMs} ms late`];
    return second ? [`${id} came twice`] : [];
  });
  return [...wrong, ...left.map((row) => `still open: ${JSON.stringify(row)}`)];
}

/** Until there is a row, at most half a minute. */
async function until({ sql, sleep }: World, question: string): Promise<void> {
  for (let left = 120; left > 0; left -= 1) {
    if ((await sql(question)).length > 0) return;
    await sleep(250);
  }
}
