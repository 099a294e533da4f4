/** The outside world as one value: network, time, ids, log. Made here, passed to everything. */
import { pino } from 'pino';
import { uuidv7 } from 'uuidv7';
import type { Clock } from '../core/clock.ts';
import type { MintId } from '../core/ids.ts';

export type Log = {
  readonly warn: (message: string, data: object) => void;
  readonly info: (message: string, data: object) => void;
};

export type Outside = {
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  /** Milliseconds that never jump; only differences mean something. */
  readonly monotonic: Clock;
  readonly mint: MintId;
  readonly pid: number;
  readonly log: Log;
  /** Ends this process at once: it can do nothing any more, and whoever runs it starts another. */
  readonly end: (why: string) => void;
};

/** `level` is pino's; log lines go to standard error so that commands may print data on standard output. */
export function createOutside(level: string): Outside {
  const log = pino({ level }, pino.destination({ fd: 2, sync: true }));
  return {
    fetch,
    clock: Date.now,
    monotonic: () => performance.now(),
    mint: uuidv7,
    pid: process.pid,
    log: {
      warn: (message, data) => log.warn(data, message),
      info: (message, data) => log.info(data, message),
    },
    end: (why) => {
      process.stderr.write(`Throughline has ended: ${why}\n`);
      process.exit(1);
    },
  };
}
