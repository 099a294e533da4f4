/**
 * Loaded before the application (`node --import`): answers SQL on CHAOS_SQL_PORT, for only this process may open the
 * embedded database it holds. It takes a seat of its own beside the application's, which knows nothing of it.
 */
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { isMainThread } from 'node:worker_threads';
import type pg from 'pg';

const SEATS = 2;
type Asked = { readonly text: string; readonly values: unknown[] };

function openDoor(pool: pg.Pool): void {
  pool.on('error', () => undefined);
  const answer = async (request: IncomingMessage): Promise<readonly [status: number, body: object]> => {
    try {
      const asked = JSON.parse(await text(request)) as Asked;
      return [200, { rows: (await pool.query(asked.text, asked.values)).rows }];
    } catch (error) {
      const { code, message } = error as { readonly code?: string; readonly message: string };
      // The engine closes, and did not run the statement: it may be asked again.
      return [code === 'store_down' ? 503 : 400, { message }];
    }
  };
  const server = createServer((request, response) => {
    // A connection that is kept would outlive a kill on the other side, and look like an answer that broke off.
    response.setHeader('connection', 'close');
    void answer(request).then(([status, body]) => response.writeHead(status).end(JSON.stringify(body)));
  });
  server.listen(Number(process.env['CHAOS_SQL_PORT']), '127.0.0.1').unref();
}

/** The first pool with clients of its own kind is the embedded engine's. */
async function watchForEngine(): Promise<void> {
  const { default: library } = await import('pg');
  const Pool = library.Pool;
  let isOpen = false;
  class WatchedPool extends Pool {
    constructor(config?: pg.PoolConfig) {
      super(config);
      if (isOpen || config?.Client === undefined) return;
      isOpen = true;
      openDoor(new Pool({ max: SEATS, idleTimeoutMillis: 0, Client: config.Client }));
    }
  }
  // Its types call it read-only.
  Object.assign(library, { Pool: WatchedPool });
}

if (isMainThread && process.env['CHAOS_SQL_PORT'] !== undefined) await watchForEngine();
