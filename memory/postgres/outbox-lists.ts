/** Reading deliveries back: rows as core sees them, what is due, what was lost, what a thread holds. */
import { type Delivery, DeliveryRecord } from '../../core/delivery.ts';
import type { ThreadId } from '../../core/ids.ts';
import type { Reply } from '../../core/reply.ts';
import type { Claim, OutboxPort } from '../outbox.ts';
import type { Database, Sql } from './database.ts';

const ISO = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;

/** A delivery as core sees it. `d` is the row. */
export const DELIVERY = `json_build_object(
  'id', d.id, 'turn', d.turn_id, 'thread', d.thread_id, 'handle', d.handle_id,
  'channel', t.channel, 'connection', t.connection, 'threadKey', t.key, 'address', h.external_id,
  'replyTo', d.reply_to, 'messageClass', d.message_class, 'reply', d.reply, 'state', d.state,
  'attempts', d.attempts, 'sequence', d.sequence,
  'sentSequence', d.sent_sequence, 'platformId', d.platform_ids->>0, 'failure', d.failure,
  'losses', d.losses, 'purpose', d.purpose, 'createdAt', to_char(d.created_at at time zone 'utc', ${ISO}),
  'sentAt', to_char(d.sent_at at time zone 'utc', ${ISO}))`;
const JOINED = 'join threads t on t.id = d.thread_id join handles h on h.id = d.handle_id';

export type ClaimRow = {
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
export const MAY_LEAVE = `q.state = 'queued' and q.due_at <= now() and (q.message_class = 'crisis' or not exists (
  select 1 from deliveries e where e.thread_id = q.thread_id and e.sequence < q.sequence
    and e.state = 'queued' and e.attempts > 0 and e.due_at > now()))
  and not exists (select 1 from threads c join send_paces p on p.key = c.channel || '/' || c.connection
    where c.id = q.thread_id and p.closed_until > now())`;

/** A connection with many threads that wait comes in turn with the others. */
const DUE_THREADS = `
  select q.thread_id from deliveries q join threads t on t.id = q.thread_id
  where ${MAY_LEAVE}
    and not exists (select 1 from deliveries c where c.thread_id = q.thread_id and c.state = 'claimed')
  group by q.thread_id, t.channel, t.connection having min(q.due_at) <= now() - $2 * interval '1 ms'
  order by row_number() over (partition by t.channel, t.connection order by min(q.sequence)), min(q.sequence) limit $1`;

/** What the sweeper looks for. */
export function createSweeperLists(database: Database): Pick<OutboxPort, 'listDueThreads' | 'listLostClaims'> {
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

/** What the console and the widget's stream read. */
export function createOutboxReader(database: Database): Pick<OutboxPort, 'list' | 'listSent' | 'get' | 'isLeaving'> {
  return {
    isLeaving: async (thread) =>
      (await database.row(`select 1 from deliveries where thread_id = $1 and state = 'claimed' and leaving limit 1`, [
        thread,
      ])) !== undefined,
    list: async (thread, { after, limit }) => {
      const rows = await database.rows<{ delivery: unknown }>(
        `select ${DELIVERY} as delivery from deliveries d ${JOINED}
         where d.thread_id = $1 and d.sequence > $2 and d.due_at <= now() order by d.sequence limit $3`,
        [thread, after, limit],
      );
      return rows.map((row) => DeliveryRecord.parse(row.delivery));
    },
    listSent: async (thread, { after, limit }) => {
      const rows = await database.rows<{ delivery: unknown }>(
        `select ${DELIVERY} as delivery from deliveries d ${JOINED}
         where d.thread_id = $1 and d.sent_sequence > $2 order by d.sent_sequence limit $3`,
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

/**
 * Reads a stored reply back and restores its brand: the outbox may, because only a checked reply was ever written. Null for
 * a row this release cannot read.
 */
export function claimOf(row: ClaimRow, holder: string): Claim | null {
  const parsed = DeliveryRecord.safeParse(row.delivery);
  if (!parsed.success) return null;
  const delivery: Delivery = { ...parsed.data, reply: parsed.data.reply as Reply };
  return { delivery, partsSent: row.parts_sent, holder, tries: row.tries, isLeaving: row.leaving };
}
/** Nobody will ever be able to read it: it ends where operators see it, and the thread goes on. */
export async function endUnreadable(sql: Sql, delivery: string): Promise<null> {
  await sql.count(`update deliveries set state = 'failed', failure = 'invalid_content' where id = $1`, [delivery]);
  return null;
}
