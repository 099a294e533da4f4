/** The embedded engine: PGlite behind ordinary `pg` clients, so that one code path serves both kinds of database. */
import type { PGlite } from '@electric-sql/pglite';
import { createPgConfig } from '@electric-sql/pglite/node-postgres';
import pg from 'pg';
import { type Backend, type OnLost, openBackend } from './backend.ts';

/** PGlite is one backend; these clients take turns on it, a transaction keeping its turn until it ends. */
const CLIENTS = 12;
/** A statement that waited this long for its turn waits for its own flow: a second client inside an open transaction. */
const STUCK_MS = 60_000;
/** Of a server's connections, and beside the embedded engine's, those that only take in what people write. */
const URGENT = 3;
/** A statement that hangs is given up: what a platform waits for soon, so that it comes again; work that nobody waits for later. */
const STATEMENT_MS = { urgent: 5_000, work: 30_000 };
/** Of one process to a server. */
const CONNECTIONS = 20;
/**
 * How a vector index is walked: on until enough rows pass the filters, for a filter that lets one row in fifty through
 * leaves a plain walk with next to nothing (stack.md section 3: recall 0.10 against 0.97). Compiling a plan costs more than
 * any of our statements takes, and planning the search anew for its values took 2 of its 6 ms: every plan is kept.
 */
const SETTINGS = {
  // The queue's tables live in a schema of their own and are named without it.
  search_path: 'public,bullmq',
  'hnsw.iterative_scan': 'relaxed_order',
  'hnsw.ef_search': '48',
  jit: 'off',
  plan_cache_mode: 'force_generic_plan',
};

export type Engine = {
  readonly pool: pg.Pool;
  /** For what nobody may wait for: an acknowledgement stands behind no turn. */
  readonly urgent: pg.Pool;
  /** True: statements are given a name, so that each connection parses and plans them once. The gate does so by itself. */
  readonly namesStatements: boolean;
  close(): Promise<void>;
};

/** Opens the database in `folder`, or in memory when it is null. The caller holds the folder's lock. */
export async function openEmbedded(
  folder: string | null,
  { stuckMs = STUCK_MS, onLost }: { readonly stuckMs?: number; readonly onLost?: OnLost | undefined } = {},
): Promise<Engine> {
  const backend = await openBackend({ folder, settings: SETTINGS, stuckMs }, onLost);
  const pool = new pg.Pool({ max: CLIENTS, idleTimeoutMillis: 0, Client: embeddedClient(backend, false) });
  const urgent = new pg.Pool({ max: URGENT, idleTimeoutMillis: 0, Client: embeddedClient(backend, true) });
  for (const one of [pool, urgent]) listenToErrors(one);
  return {
    pool,
    urgent,
    namesStatements: false,
    close: async () => {
      await Promise.all([pool.end(), urgent.end()]);
      await backend.close();
    },
  };
}

/** Connects to a PostgreSQL server. Nothing is sent before the first query. */
export function openServer(url: string): Engine {
  const options = Object.entries(SETTINGS)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');
  const open = (max: number, statementMs: number): pg.Pool => {
    const pool = new pg.Pool({
      connectionString: url,
      max,
      keepAlive: true,
      statement_timeout: statementMs,
      connectionTimeoutMillis: 5_000,
      options,
    });
    return listenToErrors(pool);
  };
  const [pool, urgent] = [open(CONNECTIONS - URGENT, STATEMENT_MS.work), open(URGENT, STATEMENT_MS.urgent)];
  const close = async (): Promise<void> => void (await Promise.all([pool.end(), urgent.end()]));
  return { pool, urgent, namesStatements: true, close };
}

/** What nobody listens to ends the process. */
function listenToErrors(pool: pg.Pool): pg.Pool {
  // An idle client that drops is replaced at the next query.
  pool.on('error', () => undefined);
  // One that drops between two statements of a transaction: the next statement says so.
  pool.on('connect', (client) => void client.on('error', () => undefined));
  return pool;
}

function embeddedClient(backend: Backend, isUrgent: boolean): typeof pg.Client {
  return class EmbeddedClient extends pg.Client {
    readonly #abandon: () => Promise<void>;
    constructor() {
      const seat = backend.takeSeat((message) => connection.emit('notification', message), isUrgent);
      // The shim needs only the members of a seat; the rest of PGlite stays out of reach.
      const connection = createPgConfig(seat as unknown as PGlite).connection;
      // `connection` is how pg takes another transport; its types do not name it.
      super({ connection } as unknown as pg.ClientConfig);
      this.#abandon = seat.abandon;
    }
    override async end(): Promise<void> {
      await this.#abandon();
      await super.end();
    }
  };
}
