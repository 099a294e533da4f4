/** Doors: with a public address the platforms are told to call us; without one, those that can are asked, by one process. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '../channels/channel.ts';
import { errorCode } from '../core/errors.ts';
import { runAlone } from './alone.ts';
import type { Log } from './outside.ts';
import type { Platform } from './platform.ts';

/** Polling still open after this long at a stop is left behind; its platform keeps what was not confirmed. */
const CLOSE_MS = 2_000;

export type Doors = { readonly close: () => Promise<void> };

type Opening = { readonly publicUrl: string | null; readonly log: Log };

/** Opens them and returns at once: a platform that is away keeps nobody from starting. */
export function openDoors(platform: Platform, options: Opening): Doors {
  const stop = new AbortController();
  const running = platform.connections.map((connection) =>
    options.publicUrl
      ? register(connection, { ...options, publicUrl: options.publicUrl })
      : poll(connection, { platform, log: options.log, stop: stop.signal }),
  );
  return {
    close: async () => {
      stop.abort();
      await Promise.race([Promise.allSettled(running), sleep(CLOSE_MS, undefined, { ref: false })]);
    },
  };
}

async function register(
  connection: Connection,
  { publicUrl, log }: { readonly publicUrl: string; readonly log: Log },
): Promise<void> {
  await connection.register?.(publicUrl).catch((error: unknown) => {
    log.warn('a channel did not take our address; fix it and start again', describe(connection, error));
  });
}

type Polling = { readonly platform: Platform; readonly log: Log; readonly stop: AbortSignal };

async function poll(connection: Connection, { platform, log, stop }: Polling): Promise<void> {
  if (!connection.poll) return;
  const ask = connection.poll;
  const accept = async (events: Parameters<Platform['bridge']['accept']>[1], raw: string): Promise<void> => {
    const accepted = await platform.bridge.accept(connection, events, raw);
    for (const [index, { thread }] of accepted.entries()) {
      platform.live.publish({ kind: 'event-in', thread, key: events[index]?.thread.key ?? '' });
    }
  };
  const work = (signal: AbortSignal): Promise<void> =>
    ask(accept, signal).catch((error: unknown) => {
      if (!signal.aborted) log.warn('polling ended; it is tried again', describe(connection, error));
    });
  const name = `poll:${connection.channel}/${connection.name}`;
  await runAlone({ leases: platform.memory.leases, holder: platform.holder, log }, { name, work, stop });
}

function describe(connection: Connection, error: unknown): object {
  const message = error instanceof Error ? error.message : 'unknown';
  return { channel: connection.channel, code: errorCode(error), message };
}
