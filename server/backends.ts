/** What stands between the processes of an installation: its queue, and its live notices. */
import type { QueueBackend } from '../channels/bridge/queue.ts';
import { createRedisNotices } from '../channels/bridge/redis-notices.ts';
import type { NoticePort } from '../memory/notices.ts';
import { createPostgresNotices, type Store, type StoreLocation } from '../memory/postgres/index.ts';
import type { Log } from './outside.ts';

type Place = {
  readonly location: StoreLocation;
  readonly redisUrl: string | null;
  readonly store: Store;
  readonly log: Log;
};

/** The queue's own store. */
export function backendOf(redisUrl: string | null, { pool }: Pick<Store, 'pool'>): QueueBackend {
  return redisUrl ? { kind: 'redis', url: redisUrl } : { kind: 'postgres', pool };
}

/** An installation on a server may have other processes; the embedded one is alone. */
export function noticesOf({ location, redisUrl, store, log }: Place): NoticePort | null {
  if (redisUrl !== null) return createRedisNotices(redisUrl);
  return location.kind === 'server' ? createPostgresNotices(store.pool, { url: location.url, log }) : null;
}
