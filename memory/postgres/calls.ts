/** Calls to action as rows, and the one use of those that prove who comes. */
import type { Clearance } from '../../core/audience.ts';
import type { HandleId, MintId, ThreadId } from '../../core/ids.ts';
import type { MergeStates } from '../../core/link-fold.ts';
import type { Bringer, Call, CallCounts, CallPort, CallRefusal, Redeemed } from '../calls.ts';
import type { Database, Sql } from './database.ts';
import { linkWithin, ONE_AT_A_TIME, suggestWithin } from './people-links.ts';

type Parts = { readonly mint: MintId; readonly mergeStates: MergeStates };

export function createCalls(database: Database, parts: Parts): CallPort {
  return {
    get: async (call) => (await database.row<Call>(GET, [call])) ?? null,
    click: async (call) => {
      await database.rows(NOTE, [call, 'clicked', null]);
    },
    refuse: async (call, reason) => {
      await database.rows(NOTE, [call, 'refused', reason]);
    },
    redeem: (call, by) => database.transaction((sql) => redeem(sql, call, { ...parts, by })),
    counts: (since) => database.rows<CallCounts>(COUNTS, [since.toISOString()]),
    refusals: async (since) => {
      const rows = await database.rows<{ reason: string; n: number }>(REFUSALS, [since.toISOString()]);
      return Object.fromEntries(rows.map(({ reason, n }) => [reason, n]));
    },
  };
}

const GET = `
  select id, purpose, name, label, url, expires_at <= now() as "isExpired", used_at is not null as "isUsed"
  from calls where id = $1`;

const NOTE = `
  insert into call_events (call_id, kind, reason)
  select (select id from calls where id = $1::uuid), $2, $3 where $1::uuid is null or exists (select from calls where id = $1::uuid)`;

const COUNTS = `
  select c.name, c.stage, count(*)::int as shown, count(*) filter (where e.is_clicked)::int as clicked,
    count(c.used_at)::int as used
  from calls c left join lateral (
    select true as is_clicked from call_events e where e.call_id = c.id and e.kind = 'clicked' limit 1) e on true
  where c.shown_at >= $1 group by c.name, c.stage order by c.name, c.stage`;

const REFUSALS = `
  select coalesce(reason, 'unknown') as reason, count(*)::int as n from call_events
  where kind = 'refused' and happened_at >= $1 group by 1`;

type CallRow = {
  readonly purpose: string;
  readonly thread: ThreadId;
  readonly handle: HandleId;
  readonly isExpired: boolean;
  readonly isUsed: boolean;
  readonly usedTurn: string | null;
  readonly outcome: Redeemed['kind'] | null;
  /** Of the thread the token was shown on, and of the one it is brought to. */
  readonly shownTo: Clearance;
  readonly broughtTo: Clearance;
  /** The person it was shown to has said or proven something that not everybody can read. */
  readonly hasPrivate: boolean;
};

type Redeeming = Parts & { readonly by: Bringer };

async function redeem(sql: Sql, call: string, { by, ...parts }: Redeeming): Promise<Redeemed> {
  await sql.rows(ONE_AT_A_TIME);
  const row = await sql.row<CallRow>(LOCK, [call, by.thread]);
  if (row?.usedTurn === by.turn && row.outcome !== null && row.outcome !== 'refused') return { kind: row.outcome };
  const reason = refusalOf(row, by);
  if (row === undefined || reason !== null) {
    await sql.rows(NOTE, [row ? call : null, 'refused', reason]);
    return { kind: 'refused', reason: reason ?? 'gone' };
  }
  const kind = await settle(sql, row, { ...parts, by });
  await sql.rows(USE, [call, by.handle, by.turn, kind]);
  await sql.rows(NOTE, [call, 'used', kind]);
  if (kind === 'linked' || kind === 'known') {
    await sql.rows(CONTINUE, [by.thread, by.handle, row.thread, row.handle]);
  }
  return { kind };
}

function refusalOf(row: CallRow | undefined, by: Bringer): CallRefusal | null {
  if (row === undefined) return 'gone';
  if (row.purpose !== 'continue') return 'purpose';
  if (row.isUsed) return 'used';
  if (row.isExpired) return 'expired';
  if (row.handle === by.handle) return 'own';
  return row.broughtTo === 'private' ? null : 'not_private';
}

/**
 * On a thread that others read, whoever comes first brings the token. Then it links only people of whom nothing is known but
 * what everybody could read there: nobody comes to hear what was said in private by pressing a link in public.
 */
async function settle(
  sql: Sql,
  row: CallRow,
  { by, ...parts }: Redeeming,
): Promise<Exclude<Redeemed['kind'], 'refused'>> {
  const ends = { a: row.handle, b: by.handle };
  if (row.shownTo !== 'private' && row.hasPrivate) {
    await suggestWithin(sql, { ...parts, ...ends, reason: 'pressed a call to action that others could read' });
    return 'proposed';
  }
  const why = { proof: 'deep_link', reason: 'brought the token of a call to action' } as const;
  const { kind } = await linkWithin(sql, { ...parts, ...ends, why });
  return kind;
}

const LOCK = `
  select c.purpose, c.thread_id as thread, c.handle_id as handle, c.expires_at <= now() as "isExpired",
    c.used_at is not null as "isUsed", c.used_turn as "usedTurn", c.outcome, t.clearance as "shownTo",
    (select clearance from threads where id = $2) as "broughtTo",
    exists (select 1 from handles h join handles o on o.person_id = h.person_id where h.id = c.handle_id and (
      exists (select 1 from handle_claims k where k.handle_id = o.id)
      or exists (select 1 from inbox i join threads p on p.id = i.thread_id
        where i.handle_id = o.id and p.clearance = 'private'))) as "hasPrivate"
  from calls c join threads t on t.id = c.thread_id where c.id = $1 for update of c`;

const USE = 'update calls set used_at = clock_timestamp(), used_by = $2, used_turn = $3, outcome = $4 where id = $1';

const CONTINUE = `
  insert into continuations (thread_id, handle_id, from_thread_id, from_handle_id) 
  select $1::uuid, $2, $3::uuid, $4 where $1::uuid <> $3::uuid
  on conflict (thread_id, handle_id) do update set from_thread_id = excluded.from_thread_id,
    from_handle_id = excluded.from_handle_id, continued_at = excluded.continued_at`;
