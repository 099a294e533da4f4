/** Notices over Redis publish and subscribe, beside the queue. */
import { Redis } from 'ioredis';
import type { NoticePort, NoticeTopic } from '../../memory/notices.ts';

const CHANNEL: Readonly<Record<NoticeTopic, string>> = { down: 'throughline:down', up: 'throughline:up' };
const PATIENCE_MS = 1_000;

/** Two connections: one that subscribes may do nothing else. Both come back by themselves. */
export function createRedisNotices(url: string): NoticePort {
  const speaker = quiet(new Redis(url, { commandTimeout: PATIENCE_MS, enableOfflineQueue: false }));
  const listener = quiet(new Redis(url, { maxRetriesPerRequest: null }));
  const hearers = new Map<string, (text: string) => void>();
  listener.on('message', (channel: string, text: string) => hearers.get(channel)?.(text));
  return {
    publish: async (topic, text) => {
      await speaker.publish(CHANNEL[topic], text).catch(() => undefined);
    },
    listen: async (topic, hear) => {
      hearers.set(CHANNEL[topic], hear);
      await listener.subscribe(CHANNEL[topic]);
    },
    close: () => {
      speaker.disconnect();
      listener.disconnect();
      return Promise.resolve();
    },
  };
}

/** A lost connection is the queue's to report; without a listener each one would be written to the console. */
function quiet(redis: Redis): Redis {
  return redis.on('error', () => undefined);
}
