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
        await guardLane(sql, lease);
        await finishEvents(sql, commit);
        await saveTurn(sql, commit);
        await saveDeliveries(sql, commit);
        await saveJourney(sql, commit);
        await saveAlerts(sql, { commit, mint });
        await saveThread(sql, commit);
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

/** The row lock keeps a later holder out until this commit is through. */
async function guardLane(sql: Sql, lease: Lease): Promise<void> {
  const held = await sql.row('select 1 from lanes where lane = $1 and holder = $2 and fence = $3 for update', [
    lease.lane,
    lease.holder,
    lease.fence,
  ]);
  if (!held) {
    throw new TransientError('lane_lost', `Lane ${lease.lane} passed fence ${lease.fence}; this turn writes nothing.`);
  }
}

/** Terminal states are final: an event that is not pending any more means that this turn was committed before. */
async function finishEvents(sql: Sql, { turn, yieldToNewer }: TurnCommit): Promise<void> {
  const ids = turn.events.map((event) => event.id);
  const state = turn.status === 'error' ? 'parked' : 'done';
  const finished = await sql.count(
    `update inbox set state = $2, reason = $3, finished_at = now() where id = any($1) and state = 'pending'`,
    [ids, state, turn.status === 'ok' ? null : turn.status],
  );
  if (finished !== ids.length) {
    throw new TransientError('lane_lost', `Turn ${turn.id} was already committed; it is not written twice.`);
  }
  if (!yieldToNewer) return;
  const newer = await sql.row(
    `select 1 from inbox i join handles h on h.id = i.handle_id
     where i.thread_id = $1 and h.person_id = $2 and i.state = 'pending' limit 1`,
    [turn.thread, turn.person],
  );
  if (newer)
    throw new TransientError('superseded', `A newer message waits on thread ${turn.thread}; the turn joins it.`);
}

async function saveTurn(sql: Sql, { turn, toLearn }: TurnCommit): Promise<void> {
  await sql.rows(
    `insert into turns (id, thread_id, person_id, handle_id, channel, status, intent, agent, preview, started_at,
       milliseconds, record, to_learn)
     values ($1, $2, $3, $4, (select channel from threads where id = $2), $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      turn.id,
      turn.thread,
      turn.person,
      turn.handle,
      turn.status,
      turn.intent?.name ?? null,
      turn.draft?.agent ?? null,
      previewOf(turn),
      turn.startedAt,
      turn.milliseconds,
      toJson(turn),
      toLearn,
    ],
  );
}

function previewOf(turn: Turn): string {
  const words = turn.reply?.blocks.map((block) => ('text' in block ? block.text : '')).find(Boolean) ?? '';
  return words.slice(0, 200);
}

/** A takeover that came while the turn ran wins: its words are kept, but do not leave. Crisis words always do. */
async function saveDeliveries(sql: Sql, { turn, deliveries }: TurnCommit): Promise<void> {
  for (const [position, delivery] of deliveries.entries()) {
    await sql.rows(
      `insert into deliveries (id, turn_id, thread_id, handle_id, message_class, reply, reply_to, due_at, purpose, state)
       select $1, $2, t.id, $4, $5, $6, $7, coalesce($8::timestamptz, now()), case when $8 is not null then 'reminder' end,
         case when t.ownership = 'operator' and $5 <> 'crisis' then 'suppressed' else 'queued' end
       from threads t where t.id = $3`,
      [
        deliveryIdOf(turn.id, position),
        turn.id,
        turn.thread,
        turn.handle,
        delivery.reply.messageClass,
        toJson(delivery.reply),
        delivery.replyTo,
        delivery.dueAt ?? null,
      ],
    );
  }
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

/** An operator's hold is only ended by an operator: a turn never takes a thread back. */
async function saveThread(sql: Sql, { turn, ownership, locale, endsEpisode, consents }: TurnCommit): Promise<void> {
  await sql.rows(
    `update threads set agent = coalesce($2, agent),
       ownership = case when ownership = 'operator' then ownership else coalesce($3, ownership) end,
       episode_at = case when $4 then now() else episode_at end
     where id = $1`,
    [turn.thread, turn.draft?.agent ?? null, ownership ?? null, endsEpisode ?? false],
  );
  if (consents !== undefined)
    await sql.rows('update persons set consents = consents || $2 where id = $1', [turn.person, toJson(consents)]);
  if (locale !== undefined) await sql.rows('update persons set locale = $2 where id = $1', [turn.person, locale]);
}
