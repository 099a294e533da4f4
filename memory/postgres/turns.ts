/** The turn's commit: everything a pass leaves behind, in one transaction, under the lane's fence. */
import { InvalidPayloadError, TransientError } from '../../core/errors.ts';
import { deliveryIdOf, type MintId } from '../../core/ids.ts';
import { Turn } from '../../core/turn.ts';
import type { Lease } from '../inbox.ts';
import type { TurnCommit, TurnPort, TurnSummary } from '../turns.ts';
import { type Database, toJson } from './database.ts';

export function createTurns(database: Database, mint: MintId): TurnPort {
  return {
    commit: async (lease, commit, { letsGo = false } = {}) => {
      const row = await database
        .row<CommitRow>(COMMIT, [...valuesOf(lease, { commit, mint }), letsGo])
        .catch((error: unknown) => ({ refused: reasonOf(error), isLetGo: false }));
      if (row?.refused) throw refusal(row.refused, { lease, turn: commit.turn });
      return { isLetGo: row?.isLetGo ?? false };
    },
    get: async (turn) => {
      const row = await database.row<{ record: unknown }>('select record from turns where id = $1', [turn]);
      if (row) return Turn.parse(row.record);
      throw new InvalidPayloadError('not_found', `There is no turn "${turn}".`, { path: 'turn' });
    },
    list: ({ thread, limit }) => database.rows<TurnSummary>(LIST, [thread ?? null, limit]),
  };
}

type CommitRow = { readonly refused: string | null; readonly isLetGo: boolean };

const LIST = `
  select id, thread_id as thread, channel, status, intent, agent, preview,
    to_char(started_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "startedAt", milliseconds
  from turns where $1::uuid is null or thread_id = $1 order by started_at desc limit $2`;

/**
 * One statement, so that all of it is written or nothing: what is seen too late ends it by an error. The row lock keeps a later holder of the lane out until it is
 * through. Terminal states are final: an event that is not pending any more means that this turn was committed before. A
 * takeover that came while the turn ran wins: its words are kept, but do not leave; crisis words always do. An operator's hold
 * is only ended by an operator. An event that comes in while it runs is not seen; its own wake-up finds the lane free.
 */
const COMMIT = `
  with held as materialized (
    select 1 from lanes where lane = $1 and holder = $2 and fence = $3 for update
  ), newer as materialized (
    select 1 from inbox i join handles h on h.id = i.handle_id
    where $7::boolean and i.thread_id = $8 and h.person_id = $9 and i.state = 'pending' and i.id <> all($4::uuid[]) limit 1
  ), finished as (
    update inbox set state = $5, reason = $6, finished_at = now()
    where id = any($4::uuid[]) and state = 'pending' and exists (select from held) and not exists (select from newer)
    returning 1
  ), whole as materialized (
    select t.* from threads t where t.id = $8 and (select count(*) from finished) = cardinality($4::uuid[])
  ), saved as (
    insert into turns (id, thread_id, person_id, handle_id, channel, status, intent, agent, preview, started_at,
      milliseconds, record, to_learn)
    select $10, t.id, $9, $11, t.channel, $12, $13, $14, $15, $16, $17, $18, $19 from whole t
  ), sent as (
    insert into deliveries (id, turn_id, thread_id, handle_id, message_class, reply, reply_to, due_at, purpose, state)
    select d.id, $10, t.id, $11, d.class, d.reply, d."replyTo", coalesce(d."dueAt", now()),
      case when d."dueAt" is not null then 'reminder' end,
      case when t.ownership = 'operator' and d.class <> 'crisis' then 'suppressed' else 'queued' end
    from whole t, rows from (jsonb_to_recordset($20::jsonb)
        as (id text, class text, reply jsonb, "replyTo" text, "dueAt" timestamptz)) with ordinality as d
    order by d.ordinality
  ), called as (
    insert into calls (id, delivery_id, turn_id, thread_id, handle_id, purpose, name, label, url, stage, expires_at)
    select c.id, $10 || '.' || c.position, $10, t.id, $11, c.purpose, c.name, c.label, c.url, c.stage,
      now() + c."lifeHours" * interval '1 hour'
    from whole t, jsonb_to_recordset($28::jsonb) as c(id uuid, position int, purpose text, name text, label text, url text,
      stage text, "lifeHours" float8)
  ), moved as (
    insert into journeys (person_id, stage, definition, since, version, tags, regions, handle_id)
    select $9, j.stage, j.definition, j.since, j.version + 1, j.tags, j.regions, $11
    from whole, jsonb_to_record($21::jsonb) as j(stage text, definition int, since timestamptz, version int, tags jsonb, regions jsonb)
    where $21::jsonb is not null
    on conflict (person_id) do update set stage = excluded.stage, definition = excluded.definition,
      since = excluded.since, version = excluded.version, tags = excluded.tags, regions = excluded.regions,
      handle_id = excluded.handle_id
    where journeys.version = excluded.version - 1 returning 1
  ), noted as (
    insert into journey_moves (person_id, handle_id, turn_id, transition, from_stage, to_stage, cause, region, quote, confidence)
    select $9, $11, $10, m.transition, m."from", m."to", m.cause, m.region, m.quote, m.confidence
    from moved, rows from (jsonb_to_recordset($22::jsonb)
        as (transition text, "from" text, "to" text, cause text, region text, quote text, confidence real)) with ordinality as m
    order by m.ordinality
  ), alerted as (
    insert into alerts (id, kind, thread_id, turn_id, summary)
    select a.id, a.kind, t.id, $10, a.summary
    from whole t, jsonb_to_recordset($23::jsonb) as a(id uuid, kind text, summary text)
    on conflict (turn_id, kind) do nothing
  ), said as (
    insert into told (handle_id, told)
    select $11, jsonb_strip_nulls(jsonb_build_object('locale', $24::text, 'consents', $25::jsonb)) from whole
    where $24::text is not null or $25::jsonb is not null
  ), told as (
    update persons set locale = coalesce($24::text, locale), consents = consents || coalesce($25::jsonb, '{}')
    where id = $9 and ($24::text is not null or $25::jsonb is not null) and exists (select from whole)
  ), led as (
    update threads set agent = coalesce($14::text, agent),
      ownership = case when ownership = 'operator' then ownership else coalesce($26::text, ownership) end,
      episode_at = case when $27::boolean then now() else episode_at end
    where id = $8 and exists (select from whole)
  ), let_go as (
    update lanes set leased_until = '-infinity', holder = null
    where $29::boolean and lane = $1 and holder = $2 and fence = $3 and exists (select from whole) and not exists (
      select from inbox i join handles h on h.id = i.handle_id
      where h.person_id = $1 and i.state = 'pending' and i.id <> all($4::uuid[]))
    returning 1
  )
  select exists (select from let_go) as "isLetGo", case
    when not exists (select from held) then 'passed'
    when exists (select from newer) then 'newer'
    when not exists (select from whole) then refuse('finished')
    when $21::jsonb is not null and not exists (select from moved) then refuse('moved')
  end as refused`;

type Saving = { readonly commit: TurnCommit; readonly mint: MintId };

function valuesOf({ lane, holder, fence }: Lease, { commit, mint }: Saving): readonly unknown[] {
  const { turn, journey, alerts, toLearn, ownership, endsEpisode, consents, locale, yieldToNewer } = commit;
  const ids = turn.events.map((event) => event.id);
  const state = turn.status === 'error' ? 'parked' : 'done';
  const reason = turn.status === 'ok' ? null : turn.status;
  const named = alerts.map(({ kind, summary }) => ({ id: mint(), kind, summary }));
  return [
    ...[lane, holder, fence, ids, state, reason, yieldToNewer, turn.thread, turn.person, turn.id, turn.handle],
    ...[turn.status, turn.intent?.name ?? null, turn.draft?.agent ?? null, previewOf(turn), turn.startedAt],
    ...[turn.milliseconds, toJson(turn), toLearn, toJson(deliveriesOf(commit))],
    ...[journey && toJson(journey), toJson(turn.moves), toJson(named)],
    ...[locale ?? null, consents === undefined ? null : toJson(consents), ownership ?? null, endsEpisode ?? false],
    toJson(commit.calls ?? []),
  ];
}

/** What had to be taken back says why by the statement's own error. */
function reasonOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'TL001') return error.message;
  throw error;
}

/** What the statement's refusal means to the worker. */
function refusal(reason: string, { lease, turn }: { readonly lease: Lease; readonly turn: Turn }): TransientError {
  const { lane, fence } = lease;
  switch (reason) {
    case 'passed':
      return new TransientError('lane_lost', `Lane ${lane} passed fence ${fence}; this turn writes nothing.`);
    case 'finished':
      return new TransientError('lane_lost', `Turn ${turn.id} was already committed; it is not written twice.`);
    case 'moved':
      return new TransientError(
        'lane_lost',
        `The journey of person ${turn.person} moved meanwhile; the turn runs again.`,
      );
    default:
      return new TransientError('superseded', `A newer message waits on thread ${turn.thread}; the turn joins it.`);
  }
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
