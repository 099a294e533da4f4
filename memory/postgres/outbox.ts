/** The outbox as rows: claimed in the thread's order, ended by guarded updates. */
import type { ThreadId } from '../../core/ids.ts';
import type { Ownership } from '../../core/thread.ts';
import type { Claim, OutboxPort } from '../outbox.ts';
import { type Database, type Sql, toJson } from './database.ts';
import {
  type ClaimRow,
  claimOf,
  createOutboxReader,
  createSweeperLists,
  DELIVERY,
  endUnreadable,
  MAY_LEAVE,
} from './outbox-lists.ts';
import { type OutreachNow, settleUnasked } from './outreach.ts';

/** Takeover wins over words that were written before it and have not left. */
const SUPPRESS = `
  update deliveries set state = 'suppressed', failure = case when parts_sent > 0 then 'takeover_in_part' else 'takeover' end
  where thread_id = $1 and state = 'queued' and (turn_id is not null or purpose is not null) and message_class <> 'crisis'
    and (due_at <= now() or attempts > 0)`;

/**
 * $1 thread, $2 holder, $3 milliseconds, $4 true: what a thread in an operator's hand and words nobody asked for need before
 * was done in this transaction. One thread, one sender: an open claim keeps everybody waiting, and of two that are made at the
 * same moment the index `deliveries_one_claim` refuses one.
 */
const CLAIM = `
  with t as materialized (
    select t.*, t.ownership = 'operator' or exists (select 1 from deliveries where thread_id = $1 and state = 'queued'
      and purpose is not null and due_at <= now()) as needs_settling
    from threads t where t.id = $1
  ), claimed as (
    update deliveries d set state = 'claimed', holder = $2, attempts = d.attempts + 1, leaving = false,
      claimed_until = now() + $3 * interval '1 ms'
    from t, handles h
    where ($4::boolean or not t.needs_settling) and h.id = d.handle_id and d.state = 'queued' and d.id = (
      select q.id from deliveries q where q.thread_id = $1 and ${MAY_LEAVE}
        and not exists (select 1 from deliveries c where c.thread_id = $1 and c.state = 'claimed')
      order by q.sequence limit 1)
    returning d.id, ${DELIVERY} as delivery, d.parts_sent, d.attempts - d.waits as tries, d.leaving
  )
  select t.needs_settling, claimed.* from t left join claimed on true`;

/** The attempt is the claim's fence: an earlier claim of the same sender has a lower one. */
const HELD = `where id = $1 and state = 'claimed' and holder = $2 and attempts = $3`;

/**
 * $1 delivery, $2 holder, $3 attempt, $4 milliseconds. Asked right before each part leaves: a takeover that came after the
 * claim still wins, also over the rest of an answer that has begun, and so does a wait that the platform asked for. The lock
 * on the thread: who takes it sees all that was let go before.
 */
const LEAVE = `
  update deliveries d set leaving = t.may_leave and not t.is_closed, claimed_until = now() + $4 * interval '1 ms',
    state = case when t.may_leave then d.state else 'suppressed' end,
    failure = case when t.may_leave then d.failure when d.parts_sent > 0 then 'takeover_in_part' else 'takeover' end
  from (
    select q.id, h.ownership <> 'operator' or q.message_class = 'crisis'
      or (q.turn_id is null and q.purpose is null) as may_leave,
      exists (select 1 from send_paces p where p.key = h.channel || '/' || h.connection and p.closed_until > now()) as is_closed
    from deliveries q join threads h on h.id = q.thread_id where q.id = $1 for share of h) t
  where t.id = d.id and d.state = 'claimed' and d.holder = $2 and d.attempts = $3
  returning t.may_leave, t.is_closed`;

/** The last part's record and the end in one. Whatever is committed after this look brings a wake-up of its own. */
const MARK_SENT = `
  update deliveries set state = 'sent', sent_at = now(), sent_sequence = nextval('deliveries_sent'), failure = null, losses = $4, parts_sent = $5,
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
    claim: async (thread, options) => {
      const claim = await claimNext(database, thread, { ...options, isSettled: false }).catch(noneWhenTaken);
      if (claim !== 'unsettled') return claim;
      return database.transaction((sql) => settleAndClaim(sql, thread, { ...options, outreach })).catch(noneWhenTaken);
    },
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

/** Another took the thread at the same moment. */
function noneWhenTaken(error: unknown): null {
  if (error instanceof Error && 'constraint' in error && error.constraint === 'deliveries_one_claim') return null;
  throw error;
}

type ClaimOptions = Parameters<OutboxPort['claim']>[1];

/** `unsettled`: something has to be settled before this thread may send. */
async function claimNext(
  sql: Sql,
  thread: ThreadId,
  { holder, claimMs, isSettled }: ClaimOptions & { readonly isSettled: boolean },
): Promise<Claim | 'unsettled' | null> {
  for (;;) {
    const row = await sql.row<Settling & ClaimRow>(CLAIM, [thread, holder, claimMs, isSettled]);
    if (row?.needs_settling && !isSettled) return 'unsettled';
    if (!row?.id) return null;
    const claim = claimOf(row, holder);
    if (claim) return claim;
    await endUnreadable(sql, row.id);
  }
}

type Settling = { readonly needs_settling: boolean };

/** The thread's row is locked first, so that what is settled stays so until something is claimed. */
async function settleAndClaim(
  sql: Sql,
  thread: ThreadId,
  { outreach, ...options }: ClaimOptions & { readonly outreach: OutreachNow },
): Promise<Claim | null> {
  const locked = await sql.row<{ ownership: Ownership }>('select ownership from threads where id = $1 for update', [
    thread,
  ]);
  await settleUnasked(sql, thread, outreach);
  if (locked?.ownership === 'operator') await sql.count(SUPPRESS, [thread]);
  const claim = await claimNext(sql, thread, { ...options, isSettled: true });
  return claim === 'unsettled' ? null : claim;
}

function createSending(database: Database): Pick<OutboxPort, 'leave' | 'markSent'> {
  return {
    leave: async (claim, claimMs) => {
      const { delivery, holder } = claim;
      const row = await database.row<{ may_leave: boolean; is_closed: boolean }>(LEAVE, [
        ...[delivery.id, holder, delivery.attempts, claimMs],
      ]);
      if (!row) return 'lost';
      if (!row.may_leave) return 'suppressed';
      return row.is_closed ? 'closed' : 'go';
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
