/** R16: a turn that dies anywhere and is run again ends as if it never had died. */
import { holdsWithin } from '../hold-until.ts';
import { type Scenario, verdictOf, type World } from '../scenario.ts';
import { answerOrOpenTicket, TICKET_QUESTION } from '../words.ts';

/** `crashes` for each path; a turn has fewer statements than 200. */
const PLANS = { short: { crashes: 2 }, long: { crashes: 120 } } as const;
/** Roads through the graph: a model with a tool, a fixed answer, a hand-over, a model alone, words about oneself. */
const PATHS = [
  TICKET_QUESTION,
  'hi',
  'I want to talk to a human please',
  'how long is the breathwork course?',
  'I live in Lisbon and my goal is to sleep better',
];

export const crashPoints: Scenario = {
  id: 'R16',
  title: 'the same turn again and again, dying at another database statement each time',
  target: 'equal modulo times and ids',
  needs: { postgres: 'shared', redis: 'shared' },
  run,
  mutants: [
    {
      name: 'commit in two parts',
      expects: /killed /,
      patches: [
        {
          file: 'memory/postgres/turns.ts',
          find: 'from whole t, rows from (jsonb_to_recordset($20::jsonb)',
          replace: `from whole t, rows from (jsonb_to_recordset(case when false then $20::jsonb else '[]' end)`,
        },
        {
          file: 'memory/postgres/turns.ts',
          find: `if (row?.refused) throw refusal(row.refused, { lease, turn: commit.turn });`,
          replace: `if (row?.refused) throw refusal(row.refused, { lease, turn: commit.turn });
      await database.rows(
        \`insert into deliveries (id, turn_id, thread_id, handle_id, message_class, reply)
         select d.id, $1, $2, $3, d.class, d.reply from jsonb_to_recordset($4::jsonb) as d(id text, class text, reply jsonb)\`,
        [commit.turn.id, commit.turn.thread, commit.turn.handle, toJson(deliveriesOf(commit))],
      );`,
        },
      ],
    },
  ],
};

/** Where the worker dies: at the n-th statement of the turn, or at the first one that says this. */
type Point = { readonly at: number | RegExp; readonly when: 'before' | 'after' };
/** Right behind the commit, which must be all of what the turn leaves. */
const COMMITTED: Point = { at: /with held as materialized/i, when: 'after' };

async function run(world: World) {
  const { fleet, model, size } = world;
  const plan = PLANS[size];
  model.play(answerOrOpenTicket);
  await fleet.start(world.shape({ ingress: 1, delivery: 1 }));
  const proxy = await world.proxy();
  const [worker] = await fleet.start(world.shape({ worker: 1 }), { variables: { DATABASE_URL: proxy.url } });
  const state: { point: Point | null; seen: number; died: string | null } = { point: null, seen: 0, died: null };
  proxy.watch(({ text }) => {
    if (isBackground(text)) return 'pass';
    state.seen += 1;
    const { point } = state;
    if (point === null || !(typeof point.at === 'number' ? point.at === state.seen : point.at.test(text)))
      return 'pass';
    state.point = null;
    state.died = `${point.when} "${text.trim().replaceAll(/\s+/g, ' ').slice(0, 60)}"`;
    const die = async (): Promise<void> => await worker?.kill(state.died ?? '');
    return point.when === 'after' ? { after: die } : { before: die };
  });
  const choices = world.random.fork('points');
  const problems: string[] = [];
  let crashes = 0;
  for (const [index, path] of PATHS.entries()) {
    // The same words each time: other letters may find other pages.
    const words = world.question(path);
    Object.assign(state, { point: null, seen: 0 });
    const reference = await oneTurn({ world, problems }, words);
    const statements = state.seen;
    world.say(`path ${index + 1} of ${PATHS.length}: ${statements} statements`);
    for (const point of pointsOf(statements, { crashes: plan.crashes, choices })) {
      await worker?.ready();
      Object.assign(state, { point, seen: 0, died: null });
      const outcome = await oneTurn({ world, problems }, words, () => passTime(world));
      state.point = null;
      if (state.died !== null) crashes += 1;
      else if (point === COMMITTED) problems.push(`"${words}": nobody died behind the commit, nothing was tried there`);
      const where = state.died === null ? 'without a crash' : `killed ${state.died}`;
      if (outcome !== reference) problems.push(`"${words}" ${where}: ${differenceOf(outcome, reference)}`);
    }
  }
  if (crashes === 0) problems.push('no crash point was reached');
  return verdictOf(await world.judge(), { trials: crashes, kills: crashes, problems, more: { paths: PATHS.length } });
}

/** Where two outcomes part, with some words around. */
function differenceOf(outcome: string, reference: string): string {
  let at = 0;
  while (outcome[at] === reference[at]) at += 1;
  const around = (text: string): string => text.slice(Math.max(0, at - 40), at + 80);
  return `…${around(outcome)}… instead of …${around(reference)}…`;
}

/** What runs beside a turn: the sweeper, leases, the queue's own tables. */
function isBackground(text: string): boolean {
  return /bullmq|pg_|listen |notify|claimed_until < now|group by (q|h)\.|leased_until >=|(where|set) to_learn|select 1$/i.test(
    text,
  );
}

/** Right behind the commit always; of the others all in the long run, some in the short one. */
function pointsOf(
  statements: number,
  { crashes, choices }: { readonly crashes: number; readonly choices: World['random'] },
): readonly Point[] {
  const all = Array.from({ length: statements }, (_, index) => index + 1).flatMap((at): Point[] => [
    { at, when: 'before' },
    { at, when: 'after' },
  ]);
  while (all.length > crashes - 1) all.splice(choices.whole(0, all.length - 1), 1);
  return [COMMITTED, ...all];
}

/** Leases and claims of the dead would hold everything up for half a minute or more; the database's clock is helped along. */
async function passTime({ sql }: World): Promise<void> {
  await sql(`update lanes set leased_until = now() - interval '1 second' where holder is not null`);
}

/** Writes in a chat of its own and gives what the turn left, without times and ids. `onCrash` runs when the worker died. */
async function oneTurn(
  { world, problems }: { readonly world: World; readonly problems: string[] },
  words: string,
  onCrash?: () => Promise<void>,
): Promise<string> {
  const { channel, fleet } = world;
  const [chat] = world.chats(1) as [number];
  const starts = (): number => fleet.members('worker', 'all').reduce((sum, member) => sum + member.starts(), 0);
  const before = starts();
  channel.write({ chat, text: words });
  let isHelped = onCrash === undefined;
  const isDone = await holdsWithin(60_000, async () => {
    if (!isHelped && starts() > before) {
      isHelped = true;
      await onCrash?.();
    }
    const [row] = await world.sql<{ done: boolean }>(
      `select count(*) > 0 and bool_and(i.state <> 'pending') and not exists (
         select 1 from deliveries d where d.thread_id = t.id and d.state in ('queued', 'claimed')) as done
       from threads t join inbox i on i.thread_id = t.id where t.key = $1 group by t.id`,
      [String(chat)],
    );
    return row?.done ?? false;
  });
  if (!isDone) problems.push(`chat ${chat} ("${words}") has no end after 60 s`);
  const [row] = await world.sql<{ left: object }>(LEFT, [String(chat)]);
  const left = JSON.stringify(row?.left ?? null);
  return left.replaceAll(/\bT-\d+/g, 'T-number').replaceAll(/\/go\/[\w-]+/g, '/go/token');
}

/** Everything a turn may leave behind, in one value. */
const LEFT = `
  select json_build_object(
    'events', (select json_agg(json_build_array(i.state, i.reason)) from inbox i where i.thread_id = t.id),
    'turns', (select json_agg(json_build_array(u.status, u.agent, u.intent)) from turns u where u.thread_id = t.id),
    'deliveries', (select json_agg(json_build_array(d.state, d.message_class, d.reply->'blocks') order by d.sequence)
      from deliveries d where d.thread_id = t.id),
    'ownership', t.ownership,
    'tickets', (select count(*) from tickets k where k.thread_id = t.id),
    'alerts', (select json_agg(a.kind order by a.kind) from alerts a where a.thread_id = t.id),
    'stage', (select json_agg(json_build_array(j.stage, j.version)) from journeys j where j.person_id = h.person_id),
    'moves', (select json_agg(json_build_array(m.transition, m.from_stage, m.to_stage)) from journey_moves m where m.person_id = h.person_id)
  ) as left
  from threads t join handles h on h.external_id = t.key and h.channel = t.channel where t.key = $1`;
