/** The turn's commit: everything a pass leaves behind, in one transaction, under the lane's fence. */
import { InvalidPayloadError, TransientError } from '../../core/errors.ts';
import { deliveryIdOf, type MintId } from '../../core/ids.ts';
import { Turn } from '../../core/turn.ts';
import type { Lease } from '../inbox.ts';
import type { TurnCommit, TurnPort, TurnSummary } from '../turns.ts';
import { type Database, type Sql, toJson } from './database.ts';

export function createTurns(database: Database, mint: MintId): TurnPort {
  return {
    commit: (lease, commit) =>
      database.transaction(async (sql) => {
        await finishEvents(sql, lease, commit);
        await saveTurn(sql, commit);
        await saveJourney(sql, commit);
        await saveAlerts(sql, { commit, mint });
        await savePerson(sql, commit);
      }),
    get: async (turn) => {
      const row = await database.row<{ record: unknown }>('select record from turns where id = $1', [turn]);
      if (row) return Turn.parse(row.record);
      throw new InvalidPayloadError('not_found', `There is no turn "${turn}".`, { path: 'turn' });
    },
    list: ({ thread, limit }) => database.rows<TurnSummary>(LIST, [thread ?? null, limit]),
  };
}

const LIST = `
  select id, thread_id as thread, channel, status, intent, agent, preview,
    to_char(started_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "startedAt", milliseconds
  from turns where $1::uuid is null or thread_id = $1 order by started_at desc limit $2`;

/** The row lock keeps a later holder of the lane out until this commit is through. */
const FINISH = `
  with held as materialized (
    select 1 from lanes where lane = $1 and holder = $2 and fence = $3 for update
  ), finished as (
    update inbox set state = $5, reason = $6, finished_at = now()
    where id = any($4::uuid[]) and state = 'pending' and exists (select from held) returning 1
  )
  select exists (select from held) as is_held, (select count(*)::int from finished) as finished,
    $7::boolean and exists (
      select 1 from inbox i join handles h on h.id = i.handle_id
      where i.thread_id = $8 and h.person_id = $9 and i.state = 'pending' and i.id <> all($4::uuid[])) as has_newer`;

type Finished = { readonly is_held: boolean; readonly finished: number; readonly has_newer: boolean };

/** Terminal states are final: an event that is not pending any more means that this turn was committed before. */
async function finishEvents(
  sql: Sql,
  { lane, holder, fence }: Lease,
  { turn, yieldToNewer }: TurnCommit,
): Promise<void> {
  const ids = turn.events.map((event) => event.id);
  const state = turn.status === 'error' ? 'parked' : 'done';
  const reason = turn.status === 'ok' ? null : turn.status;
  const row = await sql.row<Finished>(FINISH, [
    ...[lane, holder, fence, ids, state, reason, yieldToNewer, turn.thread, turn.person],
  ]);
  if (!row?.is_held) {
    throw new TransientError('lane_lost', `Lane ${lane} passed fence ${fence}; this turn writes nothing.`);
  }
  if (row.finished !== ids.length) {
    throw new TransientError('lane_lost', `Turn ${turn.id} was already committed; it is not written twice.`);
  }
  if (row.has_newer)
    throw new TransientError('superseded', `A newer message waits on thread ${turn.thread}; the turn joins it.`);
}

/**
 * The turn, its deliveries in their order, and what it leaves on the thread. A takeover that came while the turn ran wins: its
 * words are kept, but do not leave; crisis words always do. An operator's hold is only ended by an operator.
 */
const SAVE = `
  with saved as (
    insert into turns (id, thread_id, person_id, handle_id, channel, status, intent, agent, preview, started_at,
      milliseconds, record, to_learn)
    select $1, t.id, $3, $4, t.channel, $5, $6, $7, $8, $9, $10, $11, $12 from threads t where t.id = $2
  ), sent as (
    insert into deliveries (id, turn_id, thread_id, handle_id, message_class, reply, reply_to, due_at, purpose, state)
    select d.id, $1, t.id, $4, d.class, d.reply, d."replyTo", coalesce(d."dueAt", now()),
      case when d."dueAt" is not null then 'reminder' end,
      case when t.ownership = 'operator' and d.class <> 'crisis' then 'suppressed' else 'queued' end
    from threads t, rows from (jsonb_to_recordset($13::jsonb)
        as (id text, class text, reply jsonb, "replyTo" text, "dueAt" timestamptz)) with ordinality as d
    where t.id = $2 order by d.ordinality
  )
  update threads set agent = coalesce($7, agent),
    ownership = case when ownership = 'operator' then ownership else coalesce($14, ownership) end,
    episode_at = case when $15 then now() else episode_at end
  where id = $2`;

async function saveTurn(sql: Sql, commit: TurnCommit): Promise<void> {
  const { turn, toLearn, ownership, endsEpisode } = commit;
  await sql.rows(SAVE, [
    ...[turn.id, turn.thread, turn.person, turn.handle, turn.status, turn.intent?.name ?? null],
    ...[turn.draft?.agent ?? null, previewOf(turn), turn.startedAt, turn.milliseconds, toJson(turn), toLearn],
    ...[toJson(deliveriesOf(commit)), ownership ?? null, endsEpisode ?? false],
  ]);
}

function deliveriesOf({ turn, deliveries }: TurnCommit): readonly object[] {
  return deliveries.map(({ reply, replyTo, dueAt = null }, position) => {
    return { id: deliveryIdOf(turn.id, position), class: reply.messageClass, reply, replyTo, dueAt };
  });
}

function previewOf(turn: Turn): string {
  const words = turn.reply?.blocks.map((block) => ('text' in block ? block.text : '')).find(Boolean) ?? '';
  return words.slice(0, 200);
}

async function saveJourney(sql: Sql, { turn, journey }: TurnCommit): Promise<void> {
  if (!journey) return;
  const saved = await sql.count(
    `insert into journeys (person_id, stage, definition, since, version, tags) values ($1, $2, $3, $4, $5 + 1, $6)
     on conflict (person_id) do update set stage = excluded.stage, definition = excluded.definition,
       since = excluded.since, version = excluded.version, tags = excluded.tags
     where journeys.version = $5`,
    [turn.person, journey.stage, journey.definition, journey.since, journey.version, toJson(journey.tags)],
  );
  if (saved === 0) {
    throw new TransientError('lane_lost', `The journey of person ${turn.person} moved meanwhile; the turn runs again.`);
  }
  for (const move of turn.moves) {
    await sql.rows(
      `insert into journey_moves (person_id, handle_id, turn_id, transition, from_stage, to_stage, cause)
       values ($1, $2, $3, $4, $5, $6, $7)`,
      [turn.person, turn.handle, turn.id, move.transition, move.from, move.to, move.cause],
    );
  }
}

type Saving = { readonly commit: TurnCommit; readonly mint: MintId };

async function saveAlerts(sql: Sql, { commit: { turn, alerts }, mint }: Saving): Promise<void> {
  for (const alert of alerts) {
    await sql.rows(
      `insert into alerts (id, kind, thread_id, turn_id, summary) values ($1, $2, $3, $4, $5)
       on conflict (turn_id, kind) do nothing`,
      [mint(), alert.kind, turn.thread, turn.id, alert.summary],
    );
  }
}

async function savePerson(sql: Sql, { turn, locale, consents }: TurnCommit): Promise<void> {
  if (consents !== undefined)
    await sql.rows('update persons set consents = consents || $2 where id = $1', [turn.person, toJson(consents)]);
  if (locale !== undefined) await sql.rows('update persons set locale = $2 where id = $1', [turn.person, locale]);
}
