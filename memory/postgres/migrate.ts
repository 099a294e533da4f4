/** Forward-only migrations: every file once, in order of name, each in its own transaction. */
import { readdir, readFile } from 'node:fs/promises';
import { PermanentError } from '../../core/errors.ts';
import type { Database } from './database.ts';

const FOLDER = new URL('migrations/', import.meta.url);
/** Serialises concurrent starters; any number, as long as it is only ours. */
const LOCK = 7_461_203;

/** Applies what is missing and returns the names applied. Throws PermanentError('config_invalid') for a newer database. */
export async function migrate(database: Database): Promise<readonly string[]> {
  const files = (await readdir(FOLDER)).filter((name) => name.endsWith('.sql')).toSorted();
  await database.transaction(async (sql) => {
    // `if not exists` alone is no guard: two starters may both find that it does not, and one of them fails.
    await sql.rows('select pg_advisory_xact_lock($1)', [LOCK]);
    await sql.rows(
      'create table if not exists schema_migrations (name text primary key, applied_at timestamptz not null default now())',
    );
  });
  const applied = await appliedNames(database);
  const unknown = [...applied].filter((name) => !files.includes(name));
  if (unknown.length > 0) {
    throw new PermanentError(
      'config_invalid',
      `The database was migrated by a newer release (it has "${unknown.join('", "')}"). Upgrade Throughline, or use another database.`,
    );
  }
  const done: string[] = [];
  for (const name of files.filter((file) => !applied.has(file))) {
    if (await applyOne(database, name)) done.push(name);
  }
  return done;
}

async function appliedNames(database: Database): Promise<ReadonlySet<string>> {
  const rows = await database.rows<{ name: string }>('select name from schema_migrations');
  return new Set(rows.map((row) => row.name));
}

function applyOne(database: Database, name: string): Promise<boolean> {
  return database.transaction(async (sql) => {
    await sql.rows('select pg_advisory_xact_lock($1)', [LOCK]);
    const isNew = await sql.count('insert into schema_migrations (name) values ($1) on conflict do nothing', [name]);
    if (isNew === 0) return false;
    // Without values a text may hold many statements.
    await sql.rows(await readFile(new URL(name, FOLDER), 'utf8'));
    return true;
  });
}
