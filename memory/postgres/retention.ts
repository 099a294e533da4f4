/** Retention as statements: some rows at a time, so that nobody waits for them. */
import type { RetentionClass, RetentionRun } from '../../core/retention.ts';
import type { RetentionPort } from '../retention.ts';
import type { Database } from './database.ts';

/** Rows of one statement. */
const AT_ONCE = 500;
/** Statements of one kind in one run; what is left over is found by the next. */
const MOST_STATEMENTS = 400;

export function createRetention(database: Database): RetentionPort {
  return {
    enforce: async (what, days) => {
      let rows = 0;
      for (const text of STATEMENTS[what]) rows += await drain(database, text, days);
      await database.rows(NOTE, [what, days, rows]);
      return rows;
    },
    runs: () => database.rows<RetentionRun>(RUNS),
  };
}

async function drain(database: Database, text: string, days: number): Promise<number> {
  let rows = 0;
  for (let n = 0; n < MOST_STATEMENTS; n += 1) {
    const gone = await database.count(text, [days, AT_ONCE]);
    rows += gone;
    if (gone < AT_ONCE) break;
  }
  return rows;
}

const NOTE = `
  insert into retention_runs (class, days, ran_at, last_rows, total_rows) values ($1, $2, now(), $3, $3)
  on conflict (class) do update set days = excluded.days, ran_at = excluded.ran_at, last_rows = excluded.last_rows,
    total_rows = retention_runs.total_rows + excluded.last_rows`;

const RUNS = `
  select class, days, to_char(ran_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "ranAt",
    last_rows::float8 as "lastRows", total_rows::float8 as "totalRows"
  from retention_runs order by class`;

/** $1 days, $2 rows at most. */
const before = (column: string): string => `${column} < now() - $1 * interval '1 day'`;
const some = (table: string, { id = 'id', where }: { readonly id?: string; readonly where: string }): string =>
  `(select ${id} from ${table} where ${where} limit $2)`;

const ENDED = `state in ('sent', 'unknown', 'failed', 'suppressed')`;
const CALLS_GONE = `(used_at is not null or expires_at < now())`;

const STATEMENTS: Readonly<Record<RetentionClass, readonly string[]>> = {
  raw: [
    `update inbox set raw = '' where id in ${some('inbox', { where: `${before('received_at')} and raw <> '' and state <> 'pending'` })}`,
  ],
  // What refers to others goes before them. A turn that teaches the intents stays as long as it does.
  messages: [
    `delete from calls where id in ${some('calls', { where: `${before('shown_at')} and ${CALLS_GONE}` })}`,
    `delete from deliveries where id in ${some('deliveries d', {
      where: `${before('created_at')} and ${ENDED} and not exists (select 1 from calls c where c.delivery_id = d.id)`,
    })}`,
    `delete from inbox where id in ${some('inbox', { where: `${before('received_at')} and state <> 'pending'` })}`,
    `delete from turns where id in ${some('turns u', {
      where: `${before('started_at')} and not exists (select 1 from deliveries d where d.turn_id = u.id)
        and not exists (select 1 from calls c where c.turn_id = u.id)
        and not exists (select 1 from exemplar_candidates e where e.turn_id = u.id and e.state = 'accepted')`,
    })}`,
    `delete from thread_summaries where (thread_id, handle_id) in ${some('thread_summaries', { id: 'thread_id, handle_id', where: before('through') })}`,
    `delete from continuations where (thread_id, handle_id) in ${some('continuations', { id: 'thread_id, handle_id', where: before('continued_at') })}`,
    `delete from tickets where number in ${some('tickets', { id: 'number', where: `${before('opened_at')} and status = 'closed'` })}`,
    `delete from alerts where id in ${some('alerts', { where: `${before('raised_at')} and acknowledged_at is not null` })}`,
    `delete from effects where (turn_id, tool, arguments_hash) in ${some('effects', { id: 'turn_id, tool, arguments_hash', where: before('created_at') })}`,
  ],
  traces: [
    `update turns set record = record || '{"spans": [], "modelCalls": []}' where id in ${some('turns', {
      where: `${before('started_at')} and record->'spans' <> '[]'`,
    })}`,
  ],
  facts: [
    `delete from facts where id in ${some('facts f', {
      where: `${before('learned_at')} and not exists (select 1 from facts r where r.superseded_by = f.id and not ${before('r.learned_at')})`,
    })}`,
  ],
  candidates: [
    `delete from exemplar_candidates where id in ${some('exemplar_candidates', { where: `${before('created_at')} and state <> 'accepted'` })}`,
  ],
  calls: [
    `delete from calls where id in ${some('calls', { where: `${before('shown_at')} and ${CALLS_GONE}` })}`,
    `delete from call_events where id in ${some('call_events', { where: `${before('happened_at')} and call_id is null` })}`,
  ],
};
