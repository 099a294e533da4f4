/** The outbox as rows: claimed in the thread's order, ended by guarded updates. */
import { type Delivery, DeliveryRecord } from '../../core/delivery.ts';
import type { ThreadId } from '../../core/ids.ts';
import type { Reply } from '../../core/reply.ts';
import type { Ownership } from '../../core/thread.ts';
import type { Claim, OutboxPort } from '../outbox.ts';
import { type Database, type Sql, toJson } from './database.ts';
import { type OutreachNow, settleUnasked } from './outreach.ts';

const ISO = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;

/** A delivery as core sees it. `d` is the row. */
export const DELIVERY = `json_build_object(
  'id', d.id, 'turn', d.turn_id, 'thread', d.thread_id, 'handle', d.handle_id,
  'channel', t.channel, 'connection', t.connection, 'threadKey', t.key, 'address', h.external_id,
  'replyTo', d.reply_to, 'messageClass', d.message_class, 'reply', d.reply, 'state', d.state,
  'attempts', d.attempts, 'sequence', d.sequence, 'platformId', d.platform_ids->>0, 'failure', d.failure,
  'losses', d.losses, 'purpose', d.purpose, 'createdAt', to_char(d.created_at at time zone 'utc', ${ISO}),
  'sentAt', to_char(d.sent_at at time zone 'utc', ${ISO}))`;
const JOINED = 'join threads t on t.id = d.thread_id join handles h on h.id = d.handle_id';

type ClaimRow = {
  readonly id: string;
  readonly delivery: unknown;
  readonly parts_sent: number;
  readonly tries: number;
  readonly leaving: boolean;
};

/**
 * What a thread may send now. Nothing overtakes a delivery that waits for its next try, except crisis words; a
 * reminder that waits for its time holds nobody up. Nothing at all leaves on a connection that was told to wait.
 */
const MAY_LEAVE = `q.state = 'queued' and q.due_at <= now() and (q.message_class = 'crisis' or not exists (
  select 1 from deliveries e where e.thread_id = q.thread_id and e.sequence < q.sequence
    and e.state = 'queued' and e.attempts > 0 and e.due_at > now()))
  and not exists (select 1 from threads c join send_paces p on p.key = c.channel || '/' || c.connection
    where c.id = q.thread_id and p.closed_until > now())`;

/** Takeover wins over words that were written before it and have not left. */
const SUPPRESS = `
  update deliveries set state = 'suppressed', failure = 'takeover'
  where thread_id = $1 and state = 'queued' and (turn_id is not null or purpose is not null) and message_class <> 'crisis'
    and (due_at <= now() or attempts > 0)`;

/**
 * One thread, one sender: the thread's row is locked by a statement before this one, which therefore sees what others
 * claimed meanwhile; an open claim keeps everybody waiting.
 */
const CLAIM = `
  update deliveries d set state = 'claimed', holder = $2, attempts = d.attempts + 1, leaving = false,
    claimed_until = now() + $3 * interval '1 ms'
  from threads t, handles h
  where t.id = d.thread_id and h.id = d.handle_id and d.id = (
    select q.id from deliveries q where q.thread_id = $1 and ${MAY_LEAVE}
      and not exists (select 1 from deliveries c where c.thread_id = $1 and c.state = 'claimed')
    order by q.sequence limit 1)
  returning d.id, ${DELIVERY} as delivery, d.parts_sent, d.attempts - d.waits as tries, d.leaving`;

/** The attempt is the claim's fence: an earlier claim of the same sender has a lower one. */
const HELD = `where id = $1 and state = 'claimed' and holder = $2 and attempts = $3`;

/**
 * $1 delivery, $2 holder, $3 attempt, $4 milliseconds. Asked right before a part leaves: a takeover that came after the claim
 * still wins over words of which nothing has left.
 */
const LEAVE = `
  update deliveries d set leaving = t.may_leave, claimed_until = now() + $4 * interval '1 ms',
    state = case when t.may_leave then d.state else 'suppressed' end,
    failure = case when t.may_leave then d.failure else 'takeover' end
  from (
    select q.id, h.ownership <> 'operator' or q.message_class = 'crisis' or q.parts_sent > 0
      or (q.turn_id is null and q.purpose is null) as may_leave
    from deliveries q join threads h on h.id = q.thread_id where q.id = $1) t
  where t.id = d.id and d.state = 'claimed' and d.holder = $2 and d.attempts = $3
  returning t.may_leave`;

/** The last part's record and the end in one. Whatever is committed after this look brings a wake-up of its own. */
const MARK_SENT = `
  update deliveries set state = 'sent', sent_at = now(), failure = null, losses = $4, parts_sent = $5,
    platform_ids = platform_ids || $6::jsonb ${HELD}
  returning exists (
    select 1 from deliveries q where q.thread_id = deliveries.thread_id and q.state = 'queued' and q.due_at <= now()) as has_more`;

export function createOutbox(database: Database, outreach: OutreachNow): OutboxPort {
  const update = async (claim: Claim, change: string, values: readonly unknown[] = []): Promise<boolean> =>
    (await database.count(`update deliveries set ${change} ${HELD}`, [
      claim.delivery.id,
      claim.holder,
      claim.delivery.attempts,
      ...values,
    ])) === 1;
  return {
    claim: (thread, options) => database.transaction((sql) => claimNext(sql, thread, { ...options, outreach })),
    recordPart: (claim, { position, platformId, claimMs }) =>
      update(
        claim,
        `parts_sent = $4, leaving = false, platform_ids = platform_ids || $5::jsonb, claimed_until = now() + $6 * interval '1 ms'`,
        [position + 1, toJson([platformId]), claimMs],
      ),
    markUnknown: (claim, resend) =>
      resend
        ? update(claim, `state = 'queued', failure = 'unknown_outcome'`)
        : update(claim, `state = 'unknown', failure = 'unknown_outcome'`),
    putBack: (claim, { afterMs, code, isWait }) =>
      update(claim, `state = 'queued', failure = $4, due_at = now() + $5 * interval '1 ms', waits = waits + $6`, [
        code,
        afterMs,
        isWait ? 1 : 0,
      ]),
    markFailed: (claim, code) => update(claim, `state = 'failed', failure = $4`, [code]),
    ...createSending(database),
    ...createSweeperLists(database),
    ...createOutboxReader(database),
  };
}

const LOCK_THREAD = `
  select ownership, exists (select 1 from deliveries where thread_id = $1 and state = 'queued' and purpose is not null
    and due_at <= now()) as has_unasked
  from threads where id = $1 for update`;

type ClaimOptions = Parameters<OutboxPort['claim']>[1] & { readonly outreach: OutreachNow };

async function claimNext(
  sql: Sql,
  thread: ThreadId,
  { holder, claimMs, outreach }: ClaimOptions,
): Promise<Claim | null> {
  const locked = await sql.row<{ ownership: Ownership; has_unasked: boolean }>(LOCK_THREAD, [thread]);
  if (locked?.has_unasked) await settleUnasked(sql, thread, outreach);
  if (locked?.ownership === 'operator') await sql.count(SUPPRESS, [thread]);
  for (;;) {
    const row = await sql.row<ClaimRow>(CLAIM, [thread, holder, claimMs]);
    if (!row) return null;
    const claim = claimOf(row, holder);
    if (claim) return claim;
    await endUnreadable(sql, row.id);
  }
}

/** Nobody will ever be able to read it: it ends where operators see it, and the thread goes on. */
async function endUnreadable(sql: Sql, delivery: string): Promise<null> {
  await sql.count(`update deliveries set state = 'failed', failure = 'invalid_content' where id = $1`, [delivery]);
  return null;
}

function createSending(database: Database): Pick<OutboxPort, 'leave' | 'markSent'> {
  return {
    leave: async (claim, claimMs) => {
      const { delivery, holder } = claim;
      const row = await database.row<{ may_leave: boolean }>(LEAVE, [delivery.id, holder, delivery.attempts, claimMs]);
      if (!row) return 'lost';
      return row.may_leave ? 'go' : 'suppressed';
    },
    markSent: async (claim, { losses, last }) => {
      const { delivery, holder, partsSent } = claim;
      const row = await database.row<{ has_more: boolean }>(MARK_SENT, [
        delivery.id,
        holder,
        delivery.attempts,
        toJson(losses),
        last ? last.position + 1 : partsSent,
        toJson(last ? [last.platformId] : []),
      ]);
      return row ? { hasMore: row.has_more } : null;
    },
  };
}

function createSweeperLists(database: Database): Pick<OutboxPort, 'listDueThreads' | 'listLostClaims'> {
  return {
    listDueThreads: async (limit, overdueMs = 0) => {
      const rows = await database.rows<{ thread_id: ThreadId }>(DUE_THREADS, [limit, overdueMs]);
      return rows.map((row) => row.thread_id);
    },
    listLostClaims: async (limit) => {
      const rows = await database.rows<ClaimRow & { holder: string }>(
        `select d.id, ${DELIVERY} as delivery, d.parts_sent, d.attempts - d.waits as tries, d.leaving, d.holder
         from deliveries d ${JOINED}
         where d.state = 'claimed' and d.claimed_until < now() limit $1`,
        [limit],
      );
      const claims = await Promise.all(
        rows.map(async (row) => claimOf(row, row.holder) ?? (await endUnreadable(database, row.id))),
      );
      return claims.filter((claim) => claim !== null);
    },
  };
}

function createOutboxReader(database: Database): Pick<OutboxPort, 'list' | 'get'> {
  return {
    list: async (thread, { after, limit }) => {
      const rows = await database.rows<{ delivery: unknown }>(
        `select ${DELIVERY} as delivery from deliveries d ${JOINED}
         where d.thread_id = $1 and d.sequence > $2 and d.due_at <= now() order by d.sequence limit $3`,
        [thread, after, limit],
      );
      return rows.map((row) => DeliveryRecord.parse(row.delivery));
    },
    get: async (delivery) => {
      const row = await database.row<{ delivery: unknown }>(
        `select ${DELIVERY} as delivery from deliveries d ${JOINED} where d.id = $1`,
        [delivery],
      );
      return row ? DeliveryRecord.parse(row.delivery) : null;
    },
  };
}

/** A connection with many threads that wait comes in turn with the others. */
const DUE_THREADS = `
  select q.thread_id from deliveries q join threads t on t.id = q.thread_id
  where ${MAY_LEAVE}
    and not exists (select 1 from deliveries c where c.thread_id = q.thread_id and c.state = 'claimed')
  group by q.thread_id, t.channel, t.connection having min(q.due_at) <= now() - $2 * interval '1 ms'
  order by row_number() over (partition by t.channel, t.connection order by min(q.sequence)), min(q.sequence) limit $1`;

/**
 * Reads a stored reply back and restores its brand: the outbox may, because only a checked reply was ever written. Null for
 * a row this release cannot read.
 */
function claimOf(row: ClaimRow, holder: string): Claim | null {
  const parsed = DeliveryRecord.safeParse(row.delivery);
  if (!parsed.success) return null;
  const delivery: Delivery = { ...parsed.data, reply: parsed.data.reply as Reply };
  return { delivery, partsSent: row.parts_sent, holder, tries: row.tries, isLeaving: row.leaving };
}
