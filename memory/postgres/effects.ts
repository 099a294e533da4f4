/** The effects ledger: a tool's write happens once per key, in the same transaction as its row. */
import { createHash } from 'node:crypto';
import type { EffectKey } from '../catalogue.ts';
import { type Database, type Sql, toJson } from './database.ts';

/** Runs a write once per key; a second run reads the first result. */
export async function once<T>(database: Database, key: EffectKey, write: (sql: Sql) => Promise<T>): Promise<T> {
  const hash = createHash('sha256')
    .update(toJson(sortKeys(key.arguments)))
    .digest('hex');
  return database.transaction(async (sql) => {
    const isFirst = await sql.count(
      'insert into effects (turn_id, tool, arguments_hash) values ($1, $2, $3) on conflict do nothing',
      [key.turn, key.tool, hash],
    );
    if (isFirst === 0) {
      const row = await sql.row<{ result: T }>(
        'select result from effects where turn_id = $1 and tool = $2 and arguments_hash = $3',
        [key.turn, key.tool, hash],
      );
      return (row as { result: T }).result;
    }
    const result = await write(sql);
    await sql.rows('update effects set result = $4 where turn_id = $1 and tool = $2 and arguments_hash = $3', [
      key.turn,
      key.tool,
      hash,
      toJson(result),
    ]);
    return result;
  });
}

/** The same arguments in another order are the same arguments. */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]) => [name, sortKeys(inner)] as const);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
