/** The inbox: events become durable here, and leave it as bursts. */
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
  TurnId,
} from '../../core/ids.ts';
import type { Accepted, Arrival, Burst, InboxPort, Lease, NextBurst } from '../inbox.ts';
import { type Database, type Sql, toJson } from './database.ts';

/** How long a failed burst waits before its next attempt, per attempt made, in milliseconds. */
const BACKOFF_MS = 2_000;
const NEVER = Number.MAX_SAFE_INTEGER;

export function createInbox(database: Database, mint: MintId): InboxPort {
  return {
    append: (arrivals, raw) =>
      database.transaction(async (sql) => {
        const accepted: Accepted[] = [];
        for (const arrival of arrivals) accepted.push(await appendOne(sql, { arrival, raw, mint }));
        return accepted;
      }),
    nextBurst: (lease, { spare } = { spare: NEVER }) =>
      database.transaction((sql) => takeBurst(sql, { lease, spare, mint })),
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

type Append = { readonly arrival: Arrival; readonly raw: string; readonly mint: MintId };

async function appendOne(sql: Sql, { arrival, raw, mint }: Append): Promise<Accepted> {
  const { event, burst, ignored } = arrival;
  const handle = await saveHandle(sql, event, mint);
  const thread = await saveThread(sql, event, mint);
  const id = mintEventId(mint);
  const inserted = await sql.row<{ id: EventId }>(
    `insert into inbox (id, channel, connection, external_id, kind, event, raw, handle_id, thread_id, state, reason,
       immediate, quiet_until, cap_until, finished_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,
       now() + $13 * interval '1 ms', now() + $14 * interval '1 ms', case when $10 = 'pending' then null else now() end)
     on conflict (channel, connection, external_id) do nothing returning id`,
    [
      id,
      event.channel,
      event.connection,
      event.externalId,
      event.kind,
      toJson(event),
      raw,
      handle.id,
      thread,
      ignored === undefined ? 'pending' : 'ignored',
      ignored ?? null,
      burst.immediate,
      burst.quietMs,
      burst.capMs,
    ],
  );
  const base = { lane: handle.person, thread, handle: handle.id };
  if (inserted) return { ...base, id, isNew: true };
  const earlier = await sql.row<{ id: EventId }>(
    'select id from inbox where channel = $1 and connection = $2 and external_id = $3',
    [event.channel, event.connection, event.externalId],
  );
  return { ...base, id: earlier?.id ?? id, isNew: false };
}

/** Every handle starts as a person of its own: strangers stay strangers. */
async function saveHandle(
  sql: Sql,
  event: InboundEvent,
  mint: MintId,
): Promise<{ readonly id: HandleId; readonly person: PersonId }> {
  const { sender } = event;
  const known = await sql.row<{ id: HandleId; person: PersonId }>(
    `update handles set display_name = coalesce($4, display_name), is_member = is_member or $5
     where channel = $1 and connection = $2 and external_id = $3 returning id, person_id as person`,
    [event.channel, event.connection, sender.externalId, sender.displayName ?? null, sender.isMember],
  );
  if (known) return known;
  const person = mintPersonId(mint);
  await sql.rows('insert into persons (id, locale) values ($1, $2)', [person, sender.locale ?? null]);
  const row = await sql.row<{ id: HandleId; person: PersonId }>(
    `insert into handles (id, channel, connection, external_id, display_name, is_member, own_person_id, person_id)
     values ($1, $2, $3, $4, $5, $6, $7, $7)
     on conflict (channel, connection, external_id) do update set is_member = handles.is_member or excluded.is_member
     returning id, person_id as person`,
    [
      mintHandleId(mint),
      event.channel,
      event.connection,
      sender.externalId,
      sender.displayName ?? null,
      sender.isMember,
      person,
    ],
  );
  // Somebody else brought the same newcomer at the same moment.
  if (row && row.person !== person) await sql.rows('delete from persons where id = $1', [person]);
  return row ?? { id: mintHandleId(mint), person };
}

async function saveThread(sql: Sql, event: InboundEvent, mint: MintId): Promise<ThreadId> {
  const id = mintThreadId(mint);
  // A thread may become more public than it was, never less: what was written there stays readable.
  const row = await sql.row<{ id: ThreadId }>(
    `insert into threads (id, channel, connection, key, clearance, subject) values ($1, $2, $3, $4, $5, $6)
     on conflict (channel, connection, key) do update set clearance = case
       when 'public' in (threads.clearance, excluded.clearance) then 'public'
       when 'members' in (threads.clearance, excluded.clearance) then 'members' else 'private' end
     returning id`,
    [
      id,
      event.channel,
      event.connection,
      event.thread.key,
      event.thread.clearance,
      event.thread.subject ? toJson(event.thread.subject) : null,
    ],
  );
  return row?.id ?? id;
}

type ThreadWait = {
  readonly thread_id: ThreadId;
  readonly is_ready: boolean;
  readonly is_immediate: boolean;
  readonly attempts: number;
  readonly wait_ms: number;
};

type Taking = { readonly lease: Lease; readonly spare: number; readonly mint: MintId };

async function takeBurst(sql: Sql, { lease, spare, mint }: Taking): Promise<NextBurst> {
  const threads = await sql.rows<ThreadWait>(
    `select i.thread_id, max(i.attempts) as attempts, bool_or(i.immediate) as is_immediate,
       bool_or(i.immediate) or max(i.quiet_until) <= now() or min(i.cap_until) <= now() as is_ready,
       extract(epoch from least(max(i.quiet_until), min(i.cap_until)) - now()) * 1000 as wait_ms
     from inbox i join handles h on h.id = i.handle_id
     where h.person_id = $1 and i.state = 'pending'
       and exists (select 1 from lanes where lane = $1 and holder = $2 and fence = $3)
     group by i.thread_id order by bool_or(i.immediate) desc, min(i.arrival)`,
    [lease.lane, lease.holder, lease.fence],
  );
  const ready = threads.find((thread) => thread.is_ready && (thread.attempts < spare || thread.is_immediate));
  if (ready) return { kind: 'ready', burst: await openBurst(sql, { lease, thread: ready.thread_id, mint }) };
  if (threads.some((thread) => thread.is_ready)) return { kind: 'suspect' };
  const waits = threads.map((thread) => Number(thread.wait_ms));
  return waits.length === 0
    ? { kind: 'empty' }
    : { kind: 'wait', milliseconds: Math.max(1, Math.ceil(Math.min(...waits))) };
}

type BurstRow = {
  readonly id: EventId;
  readonly event: InboundEvent;
  readonly handle_id: HandleId;
  readonly attempts: number;
  readonly joins: number;
};

async function openBurst(
  sql: Sql,
  { lease, thread, mint }: { readonly lease: Lease; readonly thread: ThreadId; readonly mint: MintId },
): Promise<Burst> {
  const earlier = await sql.row<{ turn_id: string | null }>(
    `select i.turn_id from inbox i join handles h on h.id = i.handle_id
     where h.person_id = $1 and i.thread_id = $2 and i.state = 'pending' and i.turn_id is not null
     order by i.arrival limit 1`,
    [lease.lane, thread],
  );
  const turn = earlier?.turn_id ? TurnId.parse(earlier.turn_id) : mintTurnId(mint);
  const rows = await sql.rows<BurstRow & { readonly arrival: string }>(
    `update inbox i set attempts = i.attempts + 1, turn_id = $3 from handles h
     where h.id = i.handle_id and h.person_id = $1 and i.thread_id = $2 and i.state = 'pending'
     returning i.id, i.event, i.handle_id, i.attempts, i.joins, i.arrival`,
    [lease.lane, thread, turn],
  );
  const ordered = rows.toSorted((a, b) => Number(a.arrival) - Number(b.arrival));
  const last = ordered.at(-1);
  return {
    turn,
    lane: lease.lane,
    thread,
    // The answer goes to the address the newest event came from.
    handle: last?.handle_id ?? (lease.lane as unknown as HandleId),
    events: ordered.map(({ id, event }) => ({ id, event })),
    attempt: Math.max(...ordered.map((row) => row.attempts)),
    joins: Math.max(...ordered.map((row) => row.joins)),
  };
}
