/** The first word with a Redis server, and what to say when it does not answer. */
import { Redis } from 'ioredis';
import { TransientError } from '../../core/errors.ts';

/** For the connection, and once more for the answer. */
const PATIENCE_MS = 4_000;
const REDIS_PORT = '6379';

/** Asks once. Throws TransientError('store_down'), which names the server and never the password. */
export async function reachRedis(url: string): Promise<void> {
  const limits = { connectTimeout: PATIENCE_MS, commandTimeout: PATIENCE_MS, maxRetriesPerRequest: 0 };
  const redis = new Redis(url, { ...limits, lazyConnect: true, retryStrategy: () => null });
  let reason: unknown;
  // What went wrong is told here; the call itself only says that the connection is closed.
  redis.on('error', (error: unknown) => {
    reason ??= error;
  });
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    throw failureOf(reason ?? error, url);
  } finally {
    redis.disconnect();
  }
}

function failureOf(error: unknown, url: string): TransientError {
  const { code, message = 'no reason given' } = error as { readonly code?: string; readonly message?: string };
  // Redis puts a code in capitals in front of what it says, e.g. WRONGPASS.
  const why = code ?? /^[A-Z]{4,}(?= )/.exec(message)?.[0] ?? message;
  const { hostname, port } = new URL(url);
  const server = `${hostname || 'localhost'}:${port || REDIS_PORT}`;
  return new TransientError(
    'store_down',
    `Redis at ${server} did not answer (${why}). Start it, or correct REDIS_URL; without REDIS_URL the queue is kept in the database.`,
    { cause: error },
  );
}
