/** R20: what earlier releases left behind (turns, deliveries, reminders, journeys, open messages) is read and carried on by this one. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Member } from '../fleet.ts';
import { holdsWithin } from '../hold-until.ts';
import { type Judgement, judge, OBSERVE_SQL, ORACLE_SQL } from '../oracle.ts';
import { type Scenario, verdictOf, type World } from '../scenario.ts';
import { ADMIN_TOKEN } from '../world.ts';

/** A folder per release, made by record.ts. */
const RECORDED = join(import.meta.dirname, '../recorded');
const RELEASES = readdirSync(RECORDED).toSorted();
const CARRIED_ON_MS = 60_000;

export const recorded: Scenario = {
  id: 'R20',
  title: `the databases of ${RELEASES.length} earlier releases, read and carried on`,
  target: '0 crashes, 0 silent restarts',
  needs: { postgres: 'shared', redis: 'shared' },
  embedded: `the databases of ${RELEASES.length} earlier releases, read and carried on by the embedded engine`,
  run,
  mutants: [
    {
      name: 'change the shape of a turn',
      patches: [
        {
          file: 'core/turn.ts',
          find: 'recalled: z.array(z.string()),',
          replace: 'recalled: z.array(z.object({ id: z.string() })),',
        },
      ],
    },
    {
      name: 'a field that came later is required',
      patches: [
        {
          file: 'core/reply.ts',
          find: 'locale: z.string().max(35).optional(),',
          replace: 'locale: z.string().max(35),',
        },
      ],
    },
    {
      name: 'journeys begin anew',
      patches: [
        {
          file: 'graph/steps/advance.ts',
          find: 'const journeyBefore = (await ports.memory.journeys.get(person.id)) ?? ports.machine.start(now.now);',
          replace: `const kept = await ports.memory.journeys.get(person.id);
  const journeyBefore = { ...ports.machine.start(now.now), version: kept?.version ?? 0 };`,
        },
      ],
    },
  ],
};

async function run(world: World) {
  const problems: string[] = [];
  const more: Record<string, string> = {};
  let trials = 0;
  let judged = await world.judge();
  for (const release of RELEASES) {
    const complain = (line: string): void => void problems.push(`${release}: ${line}`);
    await load(world, release);
    const before = await stateOf(world);
    const begun = performance.now();
    const members = await world.fleet.start(world.shape({ ingress: 1, worker: 1, delivery: 1, console: 1 }));
    const doors = members.filter(({ role }) => role === 'ingress' || role === 'all');
    world.channel.deliverTo(() => doors.map(({ address }) => address));
    for (const { key } of before.threads) world.channel.write({ chat: Number(key), text: world.question() });
    if (!(await holdsWithin(CARRIED_ON_MS, () => isCarriedOn(world)))) complain('work was left');
    more[`${release}: carried on in`] = `${((performance.now() - begun) / 1_000).toFixed(1)} s`;
    for (const line of [...(await misread(members, before)), ...(await restarted(world, before))]) complain(line);
    judged = await judgeNew(world, before);
    problems.push(...[...judged.lost, ...judged.duplicated, ...judged.outOfOrder].map((line) => `${release}: ${line}`));
    trials += before.threads.length + before.turns.length + before.journeys.length + before.open.length;
    await world.fleet.stopAll();
    if (problems.length > 0) break;
  }
  // Each release's lines are among the problems already.
  const messages = world.channel.written.length;
  return verdictOf({ ...judged, messages, lost: [], duplicated: [], outOfOrder: [] }, { trials, problems, more });
}

/** The database as that release left it; what it had planned for later falls due soon. */
async function load({ sql }: World, release: string): Promise<void> {
  const dump = gunzipSync(readFileSync(join(RECORDED, release, 'dump.sql.gz'))).toString();
  // Before migration 0011 stored columns were computed by functions that need the usual search path.
  const tables = dump.replace(/^SELECT pg_catalog\.set_config\('search_path'.*$/m, '');
  const statements = [
    'drop schema if exists chaos cascade; drop schema public cascade',
    tables,
    `update deliveries set due_at = least(due_at, now() + interval '3 seconds') where state = 'queued'`,
    ...OBSERVE_SQL,
  ];
  for (const statement of statements) await sql(statement);
}

type State = {
  readonly threads: readonly { readonly id: string; readonly key: string }[];
  readonly turns: readonly { readonly id: string }[];
  readonly journeys: readonly { readonly person: string; readonly stage: string }[];
  /** Messages nobody had answered. */
  readonly open: readonly { readonly id: string }[];
  /** Deliveries that had not left, and those that had. */
  readonly queued: readonly { readonly id: string }[];
  readonly sent: readonly { readonly id: string }[];
  readonly lastMove: number;
  /** How much was written and told before: other recordings may hold the same chats. */
  readonly written: number;
  readonly lines: number;
};

async function stateOf({ channel, sql }: World): Promise<State> {
  const [moves] = await sql<{ last: number }>('select coalesce(max(id), 0)::float8 as last from journey_moves');
  return {
    threads: await sql('select id, key from threads order by id'),
    turns: await sql('select id from turns'),
    journeys: await sql('select person_id as person, stage from journeys'),
    open: await sql(`select id from inbox where state = 'pending'`),
    queued: await sql(`select id from deliveries where state in ('queued', 'claimed')`),
    sent: await sql(`select id from deliveries where state = 'sent'`),
    lastMove: moves?.last ?? 0,
    written: channel.written.length,
    lines: channel.history.lines.length,
  };
}

/** Everything was taken and has ended, but for what waits for its time. */
async function isCarriedOn({ channel, sql }: World): Promise<boolean> {
  if (channel.open() > 0) return false;
  const rows = await sql(`select 1 from inbox where state = 'pending'
    union all select 1 from deliveries where state = 'claimed' or state = 'queued' and due_at <= now() + interval '3 seconds'`);
  return rows.length === 0;
}

/** What operators cannot open. */
async function misread(members: readonly Member[], before: State): Promise<readonly string[]> {
  const desk = members.find(({ role }) => role === 'console' || role === 'all')?.address ?? '';
  const paths = [
    ...before.turns.map(({ id }) => `/api/turns/${id}`),
    ...before.threads.map(({ id }) => `/api/threads/${id}`),
    ...['/api/overview', '/api/turns', '/api/threads', '/api/alerts', '/api/parked', '/api/gaps'],
  ];
  const problems: string[] = [];
  for (const path of paths) {
    const response = await fetch(`${desk}${path}`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
    await response.arrayBuffer();
    if (!response.ok) problems.push(`${path} was answered ${response.status}`);
  }
  return problems;
}

/** What was dropped or begun anew: a stage left without a recorded move, an open message without a turn, words that never left. */
async function restarted({ sql }: World, before: State): Promise<readonly string[]> {
  const lost = await sql<{ person: string; was: string; is: string | null }>(
    `select b.person, b.stage as was, j.stage as is
     from jsonb_to_recordset($1::jsonb) as b(person uuid, stage text) left join journeys j on j.person_id = b.person
     where j.stage is distinct from b.stage and not exists (
       select from journey_moves m where m.person_id = b.person and m.from_stage = b.stage and m.id > $2)`,
    [JSON.stringify(before.journeys), before.lastMove],
  );
  const dropped = await sql<{ id: string; state: string }>(
    `select i.id, i.state from inbox i where i.state = 'parked' or i.id = any($1::uuid[]) and not exists (
       select from turns t where t.record->'events' @> jsonb_build_array(jsonb_build_object('id', i.id)) and t.status <> 'error')`,
    [before.open.map(({ id }) => id)],
  );
  const unsent = await sql<{ id: string; state: string; failure: string | null }>(
    `select id, state, failure from deliveries where state = 'failed' or id = any($1) and state in ('queued', 'unknown')
       and purpose is distinct from 'reminder'`,
    [before.queued.map(({ id }) => id)],
  );
  return [
    ...lost.map(
      ({ person, was, is }) => `person ${person} stood at ${was} and is at ${is ?? 'nothing'}, without a move`,
    ),
    ...dropped.map(({ id, state }) => `message ${id} is ${state}, without an answer`),
    ...unsent.map(({ id, state, failure }) => `delivery ${id} is ${state} (${failure ?? 'no reason'})`),
  ];
}

/** What that release had sent never reached this run's channel; all else is judged. */
async function judgeNew({ channel, sql }: World, before: State): Promise<Judgement> {
  const sent = new Set(before.sent.map(({ id }) => id));
  const [row] = await sql<{ found: { deliveries: readonly { readonly id: string }[] } }>(ORACLE_SQL);
  const found = { ...row?.found, deliveries: row?.found.deliveries.filter(({ id }) => !sent.has(id)) };
  const lines = channel.history.lines.slice(before.lines);
  return judge(found, { written: channel.written.slice(before.written), history: { ...channel.history, lines } });
}
