/** The inbox: events become durable here, and leave it as bursts. */
import { TransientError } from '../../core/errors.ts';
import type { InboundEvent } from '../../core/event.ts';
import {
  type EventId,
  type HandleId,
  type MintId,
  mintEventId,
  mintHandleId,
  mintPersonId,
  mintThreadId,
  mintTurnId,
  type PersonId,
  type ThreadId,
  type TurnId,
} from '../../core/ids.ts';
import {
  type Accepted,
  type Arrival,
  type Burst,
  type InboxPort,
  type Lease,
  MOST_EVENTS,
  type NextBurst,
} from '../inbox.ts';
import { type Database, type Sql, toJson } from './database.ts';

/** How long a failed burst waits before its next attempt, per attempt made, in milliseconds. */
const BACKOFF_MS = 2_000;
const NEVER = Number.MAX_SAFE_INTEGER;

/** What is to be done about somebody who was just taken in, in the transaction it is given. */
export type Meet = (sql: Sql, event: InboundEvent) => Promise<void>;

export function createInbox(database: Database, mint: MintId, meet: Meet = () => Promise.resolve()): InboxPort {
  return {
    append: async (arrivals, raw) => {
      const [only] = arrivals;
      // A newcomer is stored before their first event: one statement more than for others, and no transaction to wait for.
      if (only && arrivals.length === 1) {
        const alone = (event: InboundEvent): Promise<void> =>
          event.sender.isMember ? database.transaction((sql) => meet(sql, event)) : Promise.resolve();
        return [await appendOne(database, { arrival: only, raw, mint, meet: alone })];
      }
      return database.transaction(async (sql) => {
        const accepted: Accepted[] = [];
        const inside = (event: InboundEvent): Promise<void> => meet(sql, event);
        for (const arrival of arrivals) accepted.push(await appendOne(sql, { arrival, raw, mint, meet: inside }));
        return accepted;
      });
    },
    nextBurst: (lease, { spare = NEVER, letsGo = false } = {}) => takeBurst(database, { lease, spare, letsGo, mint }),
    putBack: async (lease, { burst, why }) => {
      await database.count(PUT_BACK, [
        burst.events.map(({ id }) => id),
        why,
        BACKOFF_MS * burst.attempt,
        lease.lane,
        lease.holder,
        lease.fence,
      ]);
    },
    listWaitingLanes: async (limit, overdueMs = 0) => {
      const rows = await database.rows<{ lane: PersonId }>(WAITING_LANES, [limit, overdueMs]);
      return rows.map((row) => row.lane);
    },
    depth: async () => {
      const row = await database.row<{ events: number; oldest_ms: number }>(DEPTH);
      return { events: row?.events ?? 0, oldestMs: row?.oldest_ms ?? 0 };
    },
  };
}

/**
 * A superseded burst waits with the newer message for its quiet window, a released one is ready as it was; neither try
 * counts as an attempt. A failed one backs off by moving both ends of its window.
 */
const PUT_BACK = `
  update inbox set
    joins = joins + case when $2 = 'joined' then 1 else 0 end,
    attempts = attempts - case when $2 = 'failed' then 0 else 1 end,
    immediate = immediate and $2 <> 'failed',
    quiet_until = case when $2 = 'failed' then now() + $3 * interval '1 ms' else quiet_until end,
    cap_until = case when $2 = 'released' then cap_until else greatest(cap_until, now() + $3 * interval '1 ms') end
  where id = any($1) and state = 'pending'
    and exists (select 1 from lanes where lane = $4 and holder = $5 and fence = $6)`;

const WAITING_LANES = `
  select h.person_id as lane from inbox i
  join handles h on h.id = i.handle_id
  left join lanes l on l.lane = h.person_id
  where i.state = 'pending' and (l.lane is null or l.leased_until < now())
  group by h.person_id
  having case when bool_or(i.immediate) then min(i.received_at) else least(max(i.quiet_until), min(i.cap_until)) end
    <= now() - $2 * interval '1 ms'
  order by min(i.arrival) limit $1`;

const DEPTH = `
  select count(*)::int as events,
    coalesce(extract(epoch from now() - min(received_at)) * 1000, 0)::float8 as oldest_ms
  from inbox where state = 'pending'`;

type Append = {
  readonly arrival: Arrival;
  readonly raw: string;
  readonly mint: MintId;
  readonly meet: (event: InboundEvent) => Promise<void>;
};

/**
 * Everything in one statement, for a handle that is known; no row for any other. A thread may become more public than it was,
 * never less: what was written there stays readable.
 */
const APPEND = `
  with h as (
    update handles set display_name = coalesce($4, display_name), is_member = is_member or $5
    where channel = $1 and connection = $2 and external_id = $3 returning id, person_id
  ), t as (
    insert into threads (id, channel, connection, key, clearance, subject) select $6, $1, $2, $7, $8, $9 from h
    on conflict (channel, connection, key) do update set clearance = case
      when 'public' in (threads.clearance, excluded.clearance) then 'public'
      when 'members' in (threads.clearance, excluded.clearance) then 'members' else 'private' end
    returning id
  ), i as (
    insert into inbox (id, channel, connection, external_id, kind, event, raw, handle_id, thread_id, state, reason,
      immediate, quiet_until, cap_until, finished_at)
    select $10, $1, $2, $11, $12, $13, $14, h.id, t.id, case when $15::text is null then 'pending' else 'ignored' end, $15,
      $16, now() + $17 * interval '1 ms', now() + $18 * interval '1 ms', case when $15 is not null then now() end
    from h, t on conflict (channel, connection, external_id) do nothing returning id
  )
  select h.id as handle, h.person_id as lane, t.id as thread, exists (select from i) as "isNew",
    coalesce((select id from i),
      (select id from inbox where channel = $1 and connection = $2 and external_id = $11)) as id
  from h, t`;

/** Stored by another while this statement waited for it: its snapshot is older than that event. */
const STORED = 'select id from inbox where channel = $1 and connection = $2 and external_id = $3';

async function appendKnown(sql: Sql, { arrival, raw, mint }: Append): Promise<Accepted | null> {
  const { event, burst, ignored } = arrival;
  const { channel, connection, sender, thread } = event;
  const row = await sql.row<Omit<Accepted, 'id'> & { readonly id: EventId | null }>(APPEND, [
    ...[channel, connection, sender.externalId, sender.displayName ?? null, sender.isMember],
    ...[mintThreadId(mint), thread.key, thread.clearance, thread.subject ? toJson(thread.subject) : null],
    ...[mintEventId(mint), event.externalId, event.kind, toJson(event), raw],
    ...[ignored ?? null, burst.immediate, burst.quietMs, burst.capMs],
  ]);
  if (!row) return null;
  const id = row.id ?? (await sql.row<{ id: EventId }>(STORED, [channel, connection, event.externalId]))?.id;
  if (!id) throw new TransientError('store_down', 'An event that was stored by another request is gone.');
  return { ...row, id };
}

async function appendOne(sql: Sql, append: Append): Promise<Accepted> {
  const known = await appendKnown(sql, append);
  if (known) return known;
  await saveNewcomer(sql, append);
  await append.meet(append.arrival.event);
  const accepted = await appendKnown(sql, append);
  if (accepted) return accepted;
  throw new TransientError('store_down', 'A handle that was just stored is gone; nothing of the event was stored.');
}

const NEWCOMER = `
  with h as (
    insert into handles (id, channel, connection, external_id, display_name, is_member, own_person_id, person_id)
    values ($1, $2, $3, $4, $5, $6, $7, $7) on conflict (channel, connection, external_id) do nothing returning person_id
  ), t as (
    insert into told (handle_id, told) select $1, jsonb_build_object('platformLocale', $8::text) from h where $8 is not null
  )
  insert into persons (id, locale) select person_id, $8 from h`;

/** Every handle starts as a person of its own: strangers stay strangers. Nothing when others brought them meanwhile. */
async function saveNewcomer(sql: Sql, { arrival: { event }, mint }: Append): Promise<void> {
  const { channel, connection, sender } = event;
  await sql.rows(NEWCOMER, [
    ...[mintHandleId(mint), channel, connection, sender.externalId, sender.displayName ?? null, sender.isMember],
    ...[mintPersonId(mint), sender.locale ?? null],
  ]);
}

type Taking = { readonly lease: Lease; readonly spare: number; readonly letsGo: boolean; readonly mint: MintId };

type TakenRow = {
  readonly thread: ThreadId;
  readonly turn: TurnId;
  readonly id: EventId;
  readonly event: InboundEvent;
  readonly handle: HandleId;
  readonly attempts: number;
  readonly joins: number;
};

/**
 * $1 lane, $2 holder, $3 fence, $4 attempts to spare, $5 a turn id for a burst that has none yet, $6 true: a lane in which
 * nothing waits is given back. An event that comes in meanwhile is not seen; its own wake-up finds it. What failed is tried
 * again without what was written since: an innocent message is not parked with it. Of many messages the first ones are taken,
 * but none is left behind that skips the window (crisis words have no time to wait for a turn of their own) or that a turn had.
 */
const TAKE = `
  with waits as materialized (
    select i.thread_id, max(i.attempts) as attempts, max(i.joins) as joins, bool_or(i.immediate) as is_immediate, min(i.arrival) as first,
      (array_agg(i.turn_id order by i.arrival) filter (where i.turn_id is not null))[1] as turn_id,
      bool_or(i.immediate) or max(i.quiet_until) <= now() or min(i.cap_until) <= now() as is_ready,
      extract(epoch from least(max(i.quiet_until), min(i.cap_until)) - now())::float8 * 1000 as wait_ms,
      greatest(coalesce((array_agg(i.arrival order by i.arrival))[${MOST_EVENTS}], max(i.arrival)),
        max(i.arrival) filter (where i.immediate or i.turn_id is not null)) as last
    from inbox i join handles h on h.id = i.handle_id
    where h.person_id = $1 and i.state = 'pending'
      and exists (select 1 from lanes where lane = $1 and holder = $2 and fence = $3)
    group by i.thread_id
  ), chosen as materialized (
    select thread_id, last, coalesce(turn_id, $5::uuid) as turn_id,
      attempts > 0 and joins = 0 and turn_id is not null and not is_immediate as is_retry
    from waits
    where is_ready and (attempts < $4::bigint or is_immediate) order by is_immediate desc, first limit 1
  ), taken as (
    update inbox i set attempts = i.attempts + 1, turn_id = c.turn_id from chosen c, handles h
    where h.id = i.handle_id and h.person_id = $1 and i.thread_id = c.thread_id and i.state = 'pending'
      and (not c.is_retry or i.turn_id = c.turn_id)
      and i.arrival <= c.last
    returning i.*
  ), let_go as (
    update lanes set leased_until = '-infinity', holder = null
    where $6::boolean and lane = $1 and holder = $2 and fence = $3 and not exists (select from waits)
  )
  select (select json_agg(json_build_object('thread', thread_id, 'turn', turn_id, 'id', id, 'event', event,
      'handle', handle_id, 'attempts', attempts, 'joins', joins) order by arrival) from taken) as taken,
    coalesce(bool_or(is_ready), false) as is_ready, min(wait_ms) as wait_ms
  from waits`;

async function takeBurst(sql: Sql, { lease, spare, letsGo, mint }: Taking): Promise<NextBurst> {
  const { lane, holder, fence } = lease;
  const found = await sql.row<{ taken: readonly TakenRow[] | null; is_ready: boolean; wait_ms: number | null }>(TAKE, [
    ...[lane, holder, fence, spare, mintTurnId(mint), letsGo],
  ]);
  const last = found?.taken?.at(-1);
  if (found?.taken && last) return { kind: 'ready', burst: burstOf(lane, found.taken, last) };
  if (found?.is_ready) return { kind: 'suspect' };
  if (found?.wait_ms === null || found?.wait_ms === undefined) return { kind: 'empty' };
  return { kind: 'wait', milliseconds: Math.max(1, Math.ceil(found.wait_ms)) };
}

function burstOf(lane: PersonId, taken: readonly TakenRow[], last: TakenRow): Burst {
  return {
    turn: last.turn,
    lane,
    thread: last.thread,
    // The answer goes to the address the newest event came from.
    handle: last.handle,
    events: taken.map(({ id, event }) => ({ id, event })),
    attempt: Math.max(...taken.map((row) => row.attempts)),
    joins: Math.max(...taken.map((row) => row.joins)),
  };
}
