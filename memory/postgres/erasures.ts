/** A person collected from, or erased out of, every table; on the embedded engine out of its files as well. */
import { InvalidPayloadError } from '../../core/errors.ts';
import type { HandleId, MintId } from '../../core/ids.ts';
import type { Collected, ErasurePort, Receipt } from '../erasures.ts';
import { type Database, type Sql, toJson } from './database.ts';
import { TAKE_LANES } from './people-derive.ts';
import { ONE_AT_A_TIME } from './people-links.ts';
import { PERSON_STORES, type PersonScope, valuesFor } from './person-stores.ts';

export type ErasureParts = {
  readonly mint: MintId;
  /** True: the database's files are ours, and what was deleted still stands in them. */
  readonly ownsFiles: boolean;
};

export function createErasures(database: Database, { mint, ownsFiles }: ErasureParts): ErasurePort {
  return {
    collect: (handle) =>
      database.transaction(async (sql) => {
        const scope = await scopeOf(sql, handle);
        const collected: [string, Collected[string]][] = [];
        for (const { table, where, hidden = [], isInner } of PERSON_STORES) {
          if (!isInner) collected.push([table, await rowsOf(sql, scope, { table, where, hidden })]);
        }
        return Object.fromEntries(collected);
      }),
    erase: async (handle, by) => {
      const receipt = await database.transaction((sql) => erase(sql, handle, { by, mint }));
      if (ownsFiles) await overwrite(database, receipt);
      return receipt;
    },
    receipts: (limit) => database.rows<Receipt>(RECEIPTS, [limit]),
  };
}

type Reading = { readonly table: string; readonly where: string; readonly hidden: readonly string[] };

async function rowsOf(sql: Sql, scope: PersonScope, { table, where, hidden }: Reading): Promise<Collected[string]> {
  const asked = valuesFor(where, scope);
  const values = [...asked.values, hidden];
  const text = `select to_jsonb(t) - $${values.length}::text[] as row from ${table} t where ${asked.where} order by 1`;
  return (await sql.rows<{ row: Readonly<Record<string, unknown>> }>(text, values)).map(({ row }) => row);
}

type Erasing = { readonly by: string; readonly mint: MintId };

/**
 * Links stand still, turns lose their lanes, and the handles are held: an event that is coming in waits, finds nobody, and
 * brings a stranger. The lane's row stays, so that a turn that still runs can never hold the right fence again.
 */
async function erase(sql: Sql, handle: HandleId, { by, mint }: Erasing): Promise<Receipt> {
  await sql.rows(ONE_AT_A_TIME);
  await sql.rows(TAKE_LANES, [[handle]]);
  await sql.rows(HOLD, [handle]);
  const scope = await scopeOf(sql, handle);
  for (const text of LET_GO) await sql.rows(text, [scope.handles, scope.persons].slice(0, text.includes('$2') ? 2 : 1));
  await forgetExemplars(sql, scope);
  const counts: Record<string, number> = {};
  for (const { table, where } of PERSON_STORES) {
    const asked = valuesFor(where, scope);
    const gone = await sql.count(`delete from ${table} where ${asked.where}`, asked.values);
    if (gone > 0) counts[table] = gone;
  }
  // The passages' words are counted; one that nothing holds any more is nobody's to keep.
  if (counts['passages'] !== undefined) await sql.count('delete from lexemes where passages <= 0');
  const row = await sql.row<Receipt>(RECEIPT, [mint(), by, scope.handles.length, toJson(counts)]);
  return row ?? { id: '', erasedAt: '', erasedBy: by, handles: scope.handles.length, counts };
}

const HOLD = `
  select 1 from handles where person_id = (select person_id from handles where id = $1) order by id for update`;

/** What others have that points at this person; it stays theirs. */
const LET_GO: readonly string[] = [
  `update facts set superseded_by = null where handle_id <> all($1) and superseded_by in (
     select id from facts where handle_id = any($1))`,
  // `used_at` stays: the token was used, whoever it was.
  'update calls set used_by = null, used_turn = null where used_by = any($1) and handle_id <> all($1)',
  `update turns t set person_id = h.own_person_id from handles h
   where h.id = t.handle_id and t.handle_id <> all($1) and t.person_id = any($2)`,
  `update journey_moves m set person_id = h.own_person_id from handles h
   where h.id = m.handle_id and m.handle_id <> all($1) and m.person_id = any($2)`,
];

/** An accepted candidate has become an exemplar, and part of what was learned from all of them: that is learned anew. */
async function forgetExemplars(sql: Sql, { turns }: PersonScope): Promise<void> {
  const gone = await sql.count(
    `delete from exemplars where text in (select text from exemplar_candidates where turn_id = any($1) and state = 'accepted')`,
    [turns],
  );
  if (gone > 0) await sql.rows('delete from intent_models');
}

const RECEIPTED = `id, to_char(erased_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "erasedAt",
  erased_by as "erasedBy", handles, counts`;
const RECEIPT = `insert into erasures (id, erased_by, handles, counts) values ($1, $2, $3, $4) returning ${RECEIPTED}`;
const RECEIPTS = `select ${RECEIPTED} from erasures order by erased_at desc, id limit $1`;

async function scopeOf(sql: Sql, handle: HandleId): Promise<PersonScope> {
  const row = await sql.row<PersonScope>(SCOPE, [handle]);
  if (row && row.handles.length > 0) return row;
  throw new InvalidPayloadError('not_found', `There is no handle "${handle}". It may have been erased.`, {
    path: 'handle',
  });
}

/** A thread goes when nobody else has written there, was answered there, or is spoken of there. */
const SCOPE = `
  with h as materialized (
    select * from handles where person_id = (select person_id from handles where id = $1)
  ), t as materialized (
    select t.* from threads t
    where t.id in (select i.thread_id from inbox i join h on h.id = i.handle_id
        union select d.thread_id from deliveries d join h on h.id = d.handle_id
        union select u.thread_id from turns u join h on h.id = u.handle_id)
      and not exists (select 1 from inbox i where i.thread_id = t.id and i.handle_id not in (select id from h))
      and not exists (select 1 from deliveries d where d.thread_id = t.id and d.handle_id not in (select id from h))
      and not exists (select 1 from turns u where u.thread_id = t.id and u.handle_id not in (select id from h))
  )
  select (select coalesce(array_agg(id), '{}') from h) as handles,
    (select coalesce(array_agg(id), '{}') from (select own_person_id as id from h union select person_id from h) p) as persons,
    (select coalesce(array_agg(id), '{}') from t) as threads,
    (select coalesce(array_agg(id), '{}') from (
      select u.id from turns u join h on h.id = u.handle_id
      union select i.turn_id from inbox i join h on h.id = i.handle_id where i.turn_id is not null) u) as turns,
    (select coalesce(array_agg(distinct m.member_ref), '{}') from member_handles m join h on h.id = m.handle_id
      where not exists (select 1 from member_handles o where o.member_ref = m.member_ref and o.handle_id not in (select id from h))) as members,
    (select coalesce(array_agg(channel || '/' || connection || '/' || id), '{}') from t) as paces`;

/**
 * What was deleted stays in the files of the tables until something else needs the place, and in the log until it is used
 * again. The tables are written anew, and the log so far is thrown away.
 */
async function overwrite(database: Database, { counts }: Receipt): Promise<void> {
  const tables = [
    ...new Set([...Object.keys(counts), 'exemplars', 'intent_models', 'lanes', 'call_events', 'lexemes']),
  ];
  for (const table of tables) await database.rows(`vacuum full ${table}`);
  await database.rows('set wal_recycle = off');
  await database.rows('select pg_switch_wal()');
  await database.rows('checkpoint');
}
