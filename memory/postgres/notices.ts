/** Notices over LISTEN and NOTIFY, for several processes on one PostgreSQL server without Redis. */
import pg from 'pg';
import type { NoticePort, NoticeTopic } from '../notices.ts';

const CHANNEL: Readonly<Record<NoticeTopic, string>> = { down: 'throughline_down', up: 'throughline_up' };
const AGAIN_MS = 1_000;

export type NoticeLog = { readonly warn: (message: string, data: object) => void };

/** `pool` sends; listening takes a connection of its own, because a pooled one may be anybody's the next moment. */
export function createPostgresNotices(
  pool: Pick<pg.Pool, 'query'>,
  { url, log }: { url: string; log: NoticeLog },
): NoticePort {
  const listeners = new Map<string, (text: string) => void>();
  let client: pg.Client | null = null;
  let again: NodeJS.Timeout | null = null;
  let isClosed = false;

  const connect = async (): Promise<void> => {
    const fresh = new pg.Client({ connectionString: url, keepAlive: true, connectionTimeoutMillis: 5_000 });
    client = fresh;
    fresh.on('notification', ({ channel, payload }) => listeners.get(channel)?.(payload ?? ''));
    fresh.on('error', (error: Error) => lose(fresh, error.message));
    fresh.on('end', () => lose(fresh, 'the connection ended'));
    await fresh.connect();
    for (const channel of listeners.keys()) await fresh.query(`listen ${channel}`);
  };
  const lose = (lost: pg.Client, why: string): void => {
    if (isClosed || client !== lost) return;
    client = null;
    log.warn('live notices are cut off; trying again', { error: why.slice(0, 200) });
    lost.end().catch(() => undefined);
    again = setTimeout(() => void retry(), AGAIN_MS).unref();
  };
  const retry = async (): Promise<void> => {
    if (isClosed) return;
    const attempt = connect();
    const mine = client;
    await attempt.catch((error: unknown) => {
      if (mine) lose(mine, error instanceof Error ? error.message : 'unknown');
    });
  };
  return {
    publish: async (topic, text) => {
      await pool.query('select pg_notify($1, $2)', [CHANNEL[topic], text]).catch(() => undefined);
    },
    listen: async (topic, hear) => {
      const channel = CHANNEL[topic];
      listeners.set(channel, hear);
      if (client === null) return connect();
      await client.query(`listen ${channel}`);
    },
    close: async () => {
      isClosed = true;
      if (again) clearTimeout(again);
      await client?.end().catch(() => undefined);
    },
  };
}
