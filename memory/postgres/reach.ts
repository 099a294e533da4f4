/** The first word with a PostgreSQL server, and what to say when it does not answer. */
import { PermanentError, TransientError } from '../../core/errors.ts';
import type { Engine } from './engine.ts';

/**
 * Asks once. Throws TransientError('store_down') when nobody answers and PermanentError('config_invalid') when the server
 * refuses us; both name the server and the database, and never the password.
 */
export async function reachServer({ pool }: Pick<Engine, 'pool'>, url: string): Promise<void> {
  try {
    await pool.query('select 1');
  } catch (error) {
    throw failureOf(error, url);
  }
}

function failureOf(error: unknown, url: string): Error {
  const { code, message } = error as { readonly code?: string; readonly message?: string };
  const why = code ?? message ?? 'no reason given';
  const { database, server } = placeOf(url);
  const refusal = REFUSALS.find(({ says }) => says.test(code ?? ''));
  if (refusal) {
    const what = `PostgreSQL at ${server} refused us the database "${database}" (${why}, ${refusal.what}).`;
    return new PermanentError('config_invalid', `${what} ${refusal.remedy}`, { cause: error });
  }
  const what = `PostgreSQL at ${server}, with the database "${database}", did not answer (${why}).`;
  const remedy = 'Start it, or correct DATABASE_URL; without DATABASE_URL the embedded database is used.';
  return new TransientError('store_down', `${what} ${remedy}`, { cause: error });
}

/** By SQLSTATE. */
const REFUSALS = [
  { says: /^28/, what: 'wrong user or password', remedy: 'Correct the user and the password in DATABASE_URL.' },
  { says: /^3D000$/, what: 'no such database', remedy: 'Create it, or correct its name in DATABASE_URL.' },
] as const;

const POSTGRES_PORT = '5432';

function placeOf(url: string): { readonly server: string; readonly database: string } {
  const { hostname, port, pathname, username } = new URL(url);
  const name = decodeURIComponent(pathname.slice(1));
  // As PostgreSQL's own clients do: without a name the database is called like the user.
  return { server: `${hostname || 'localhost'}:${port || POSTGRES_PORT}`, database: name || username };
}
