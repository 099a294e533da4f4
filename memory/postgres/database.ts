/** One way to speak SQL, over the embedded engine or a server: parameters always, transactions by function. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type pg from 'pg';
import { PermanentError, TransientError } from '../../core/errors.ts';
import type { Engine } from './engine.ts';

export type Sql = {
  /** Rows as the database returns them; `Row` is asserted here and nowhere else. */
  rows<Row>(text: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  /** The first row, or undefined. */
  row<Row>(text: string, values?: readonly unknown[]): Promise<Row | undefined>;
  /** How many rows a write touched. */
  count(text: string, values?: readonly unknown[]): Promise<number>;
};

export type Database = Sql & {
  /** Commits when `work` resolves, rolls back when it throws. Nested use is refused: it would wait for itself. */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
};

/** Over the engine's common pool, or its urgent one. */
export function createDatabase(
  engine: Pick<Engine, 'pool' | 'namesStatements'>,
  pool: pg.Pool = engine.pool,
): Database {
  const inside = new AsyncLocalStorage<true>();
  const name = engine.namesStatements ? createNames() : () => undefined;
  const outer = sqlOver((text, values) => {
    refuseInside(inside.getStore(), text);
    return pool.query(statementOf(text, { values, name }));
  });
  return {
    ...outer,
    transaction: async (work) => {
      refuseInside(inside.getStore(), 'begin');
      const client = await pool.connect().catch((error: unknown) => Promise.reject(storeError(error)));
      const sql = sqlOver((text, values) => client.query(statementOf(text, { values, name })));
      return inside.run(true, () => runTransaction(client, sql, work));
    },
  };
}

/** Texts are constants of this folder, so there are as many names as statements; a text without values is not worth one. */
function createNames(): NameOf {
  const names = new Map<string, string>();
  return (text) => {
    const known = names.get(text) ?? `throughline_${names.size}`;
    names.set(text, known);
    return known;
  };
}

type NameOf = (text: string) => string | undefined;
type Naming = { readonly values: unknown[]; readonly name: NameOf };

function statementOf(text: string, { values, name }: Naming): pg.QueryConfig {
  const known = values.length === 0 ? undefined : name(text);
  return known === undefined ? { text, values } : { name: known, text, values };
}

async function runTransaction<T>(client: pg.PoolClient, sql: Sql, work: (sql: Sql) => Promise<T>): Promise<T> {
  let isBroken = true;
  try {
    await sql.rows('begin');
    const result = await work(sql);
    await sql.rows('commit');
    isBroken = false;
    return result;
  } catch (error) {
    await client.query('rollback').then(
      () => {
        isBroken = false;
      },
      // The connection is gone; the server rolls back by itself and the client is thrown away below.
      () => undefined,
    );
    throw error;
  } finally {
    client.release(isBroken);
  }
}

function refuseInside(isInside: true | undefined, text: string): void {
  if (!isInside) return;
  throw new PermanentError(
    'broken_invariant',
    `A query outside the open transaction would wait for itself: "${text.slice(0, 60)}". Use the sql parameter the transaction was given.`,
  );
}

type RawQuery = (text: string, values: unknown[]) => Promise<pg.QueryResult>;

function sqlOver(query: RawQuery): Sql {
  const run = async (text: string, values: readonly unknown[] = []): Promise<pg.QueryResult> => {
    try {
      return await query(text, values.map(withoutNul));
    } catch (error) {
      throw storeError(error);
    }
  };
  return {
    rows: async <Row>(text: string, values?: readonly unknown[]) => (await run(text, values)).rows as Row[],
    row: async <Row>(text: string, values?: readonly unknown[]) => (await run(text, values)).rows[0] as Row | undefined,
    count: async (text, values) => (await run(text, values)).rowCount ?? 0,
  };
}

/** PostgreSQL stores neither NUL nor half a surrogate pair: what holds one would be refused for ever. */
const REPLACEMENT = '\ufffd';

function withoutNul(value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll('\0', REPLACEMENT) : value;
}

/** JSON for a `json` or `jsonb` parameter; escapes the database refuses become U+FFFD. */
export function toJson(value: unknown): string {
  // A pair of backslashes is matched first, so that what only looks like an escape stays.
  const refused = /\\\\|\\u0000|\\ud[89a-f][0-9a-f]{2}/g;
  return JSON.stringify(value ?? null).replaceAll(refused, (found) => (found === '\\\\' ? found : REPLACEMENT));
}

/** SQLSTATE classes that mean "the store is not there now", not "the statement is wrong"; 57014 is the time limit. */
const DOWN = /^(08|53|57P|57014|58|40001|40P01|55P03|25006)/;
const SQLSTATE = /^[0-9A-Z]{5}$/;
const DOWN_SOCKET = new Set(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN']);

function storeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  // A statement the database refused says so by its SQLSTATE; its words may speak of anything.
  const isDown =
    DOWN_SOCKET.has(code) ||
    DOWN.test(code) ||
    (!SQLSTATE.test(code) && /timeout exceeded|terminated|not queryable|closed|end on the pool/i.test(error.message));
  if (!isDown) return error;
  return new TransientError('store_down', `The database did not answer (${code || error.message}).`, { cause: error });
}
