/** Pressure: does so much wait that taking more would only make it wait longer? Known without a query per message. */
import { errorCode, TransientError } from '../../core/errors.ts';
import type { Memory } from '../../memory/memory.ts';

const REFRESH_MS = 1_000;
/** What one process works off in a few minutes; a platform that is refused comes again by itself. */
export const MOST_PENDING = 20_000;
const COME_AGAIN_MS = 10_000;
/** A count that is older says nothing: after a silence nobody is refused for what waited before it. */
const KNOWN_MS = 5_000;

export type PressureParts = {
  readonly memory: Pick<Memory, 'inbox'>;
  readonly mostPending: number;
  readonly log: { readonly warn: (message: string, data: object) => void };
};

export type Pressure = {
  /** Throws TransientError('overloaded') with how long to stay away. */
  readonly refuseIfFull: () => void;
  /** So many more wait now. */
  readonly add: (events: number) => void;
};

/** The depth is read at most once a second, while messages come; what came in here since then is added to it. */
export function createPressure({ memory, mostPending, log }: PressureParts): Pressure {
  let pending = 0;
  let isFresh = false;
  let forget: NodeJS.Timeout | null = null;
  const refresh = (): void => {
    isFresh = true;
    setTimeout(() => {
      isFresh = false;
    }, REFRESH_MS).unref();
    memory.inbox.depth().then(
      ({ events }) => {
        pending = events;
        if (forget) clearTimeout(forget);
        forget = setTimeout(() => {
          pending = 0;
        }, KNOWN_MS).unref();
      },
      (error: unknown) => log.warn('the depth of the inbox is not known', { code: errorCode(error) }),
    );
  };
  return {
    refuseIfFull: () => {
      if (!isFresh) refresh();
      if (pending < mostPending) return;
      const message = `${pending} events wait, the limit is ${mostPending}. Start more workers, or let the platform come again.`;
      throw new TransientError('overloaded', message, { afterMs: COME_AGAIN_MS });
    },
    add: (events) => {
      pending += events;
    },
  };
}
