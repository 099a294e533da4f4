/**
 * The gate in front of PGlite's single backend. Each `pg` client has a seat; a seat that speaks holds the engine from
 * its first message until the server says it is ready and no transaction is open. Runs in the engine's thread.
 */
import { TransientError } from '../../core/errors.ts';
import { createStatements, type Statements } from './statements.ts';
import { HEAD, isOfType, messageOf, messagesIn } from './wire.ts';

/** PGlite answers in microtasks only; without a real pause what arrives meanwhile is not seen, urgent or not. */
const BREATH_MS = 4;

/** Takes whole messages and gives the backend's answer. */
export type Exchange = (bytes: Uint8Array) => Promise<Uint8Array>;

export type Seat = {
  readonly exchange: Exchange;
  /** The way out of a transaction that a dying client left open. */
  readonly abandon: () => Promise<void>;
};

export type GateParts = {
  readonly exchange: Exchange;
  /** Waiting this long means that a flow waits for itself: a second client inside an open transaction. */
  readonly stuckMs: number;
};

export type Gate = {
  /** `hear` is given the notifications of the channels that the seat listens to. An urgent seat goes before all that are not. */
  takeSeat(hear: (notification: Uint8Array) => void, isUrgent: boolean): Seat;
  /** Lets what runs finish, and refuses what comes after. */
  close(): Promise<void>;
};

type Listener = { readonly channels: Set<string>; readonly hear: (notification: Uint8Array) => void };

export function createGate({ exchange, stuckMs }: GateParts): Gate {
  const turnstile = createTurnstile(stuckMs);
  const breathe = createBreath();
  const statements = createStatements();
  let isClosing = false;
  const enter = (isUrgent: boolean): Promise<() => void> =>
    isClosing ? Promise.reject(closed()) : turnstile.enter(isUrgent);
  const audience = new Set<Listener>();
  const announce = (notification: Uint8Array): void => {
    const channel = channelOf(notification);
    for (const { channels, hear } of audience) if (channels.has(channel)) hear(notification);
  };
  return {
    takeSeat: (hear, isUrgent) => {
      const listener = { channels: new Set<string>(), hear };
      audience.add(listener);
      const { channels } = listener;
      const seat = createSeat({ exchange, enter: () => enter(isUrgent), breathe, announce, statements, channels });
      return { ...seat, abandon: () => seat.abandon().finally(() => audience.delete(listener)) };
    },
    close: async () => {
      isClosing = true;
      await turnstile.enter(false);
    },
  };
}

function closed(): TransientError {
  return new TransientError('store_down', 'The embedded database is closing. Start the server again.');
}

/** Behind the id of the process that notified. */
function channelOf(notification: Uint8Array): string {
  const from = HEAD + 4;
  return Buffer.from(notification.subarray(from, notification.indexOf(0, from))).toString('utf8');
}

type SeatParts = {
  readonly exchange: Exchange;
  readonly enter: () => Promise<() => void>;
  readonly breathe: () => Promise<void>;
  readonly announce: (notification: Uint8Array) => void;
  readonly statements: Statements;
  readonly channels: Set<string>;
};

function createSeat({ exchange, enter, breathe, announce, statements, channels }: SeatParts): Seat {
  let leave: (() => void) | null = null;
  let last: Promise<unknown> = Promise.resolve();

  const speak = async (said: readonly Uint8Array[]): Promise<Uint8Array> => {
    leave ??= await enter();
    await breathe();
    const { bytes, settle } = statements.rewrite(said);
    const answer = await exchange(bytes);
    const messages = messagesIn(answer);
    settle(messages);
    const ready = messages.findLast((message) => isOfType(message, READY));
    if (ready && ready[HEAD] === IDLE) {
      leave?.();
      leave = null;
    }
    const heard = messages.filter((message) => isOfType(message, NOTIFICATION));
    if (heard.length === 0) return answer;
    for (const notification of heard) announce(notification);
    return Buffer.concat(messages.filter((message) => !heard.includes(message)));
  };

  /** One at a time: a client that ends while its query runs must not speak in between. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work);
    last = next.catch(() => undefined);
    return next;
  };

  return {
    exchange: (bytes) => {
      const said = messagesIn(bytes).map((message) => noteListen(message, channels));
      return inTurn(() => speak(said));
    },
    abandon: () =>
      inTurn(async () => {
        if (leave) await speak([messageOf('Q', 'ROLLBACK\0')]);
      }),
  };
}

const [READY, NOTIFICATION] = ['Z', 'A'] as const;
/** How a backend that is ready stands: in no transaction. */
const IDLE = 'I'.charCodeAt(0);

/** `LISTEN x` or `UNLISTEN x`, also behind the comments that a query file begins with. */
const LISTEN_STATEMENT = /^\0*(?:\s*--[^\n]*\n)*\s*(UNLISTEN|LISTEN)\s+(?:"([^"]+)"|([^"\s;\0]+))/i;
const LISTEN_WITHIN = 2_000;
const [QUERY, PARSE] = [0x51, 0x50];
/** What UNLISTEN becomes: another seat may still need the channel, and one backend listens for all. */
const UNLISTEN_NOTHING = 'UNLISTEN throughline_nothing';

/** Remembers who listens to what, and returns the message as the backend should see it. */
function noteListen(message: Uint8Array, channels: Set<string>): Uint8Array {
  if (message[0] !== QUERY && message[0] !== PARSE) return message;
  const bytes = Buffer.from(message.buffer, message.byteOffset, Math.min(message.length, LISTEN_WITHIN));
  const [, verb, quoted, plain] = LISTEN_STATEMENT.exec(bytes.toString('utf8', 5)) ?? [];
  if (verb === undefined) return message;
  // PostgreSQL folds a name without quotes.
  const channel = quoted ?? plain?.toLowerCase() ?? '';
  if (verb.toUpperCase() === 'LISTEN') {
    channels.add(channel);
    return message;
  }
  if (channel === '*') channels.clear();
  else channels.delete(channel);
  // A Parse message names the statement before it and counts its parameters after it: none of either.
  return message[0] === QUERY ? messageOf('Q', `${UNLISTEN_NOTHING}\0`) : messageOf('P', `\0${UNLISTEN_NOTHING}\0\0\0`);
}

/** Gives the event loop a turn when the last one was a while ago. */
function createBreath(): () => Promise<void> {
  let lastBreath = performance.now();
  return async () => {
    if (performance.now() - lastBreath < BREATH_MS) return;
    await new Promise((resolve) => setImmediate(resolve));
    lastBreath = performance.now();
  };
}

type Turnstile = { enter(isUrgent: boolean): Promise<() => void> };

/** First come, first served, and the urgent before the others. */
function createTurnstile(stuckMs: number): Turnstile {
  const urgent: (() => void)[] = [];
  const others: (() => void)[] = [];
  let isTaken = false;
  const next = (): void => {
    const first = urgent.shift() ?? others.shift();
    if (first) first();
    else isTaken = false;
  };
  const leaveOnce = (): (() => void) => {
    let hasLeft = false;
    return () => {
      if (hasLeft) return;
      hasLeft = true;
      next();
    };
  };
  return {
    enter: (isUrgent) => {
      if (!isTaken) {
        isTaken = true;
        return Promise.resolve(leaveOnce());
      }
      const queue = isUrgent ? urgent : others;
      return new Promise((resolve, reject) => {
        const enter = (): void => {
          clearTimeout(timer);
          resolve(leaveOnce());
        };
        const timer = setTimeout(() => {
          const place = queue.indexOf(enter);
          // Not in the queue any more: its turn has just come.
          if (place < 0) return;
          queue.splice(place, 1);
          reject(
            new TransientError(
              'store_down',
              `The embedded database was not free for ${stuckMs / 1000} s. A query outside an open transaction of the same flow waits for itself: run it on the transaction's own client.`,
            ),
          );
        }, stuckMs);
        queue.push(enter);
      });
    },
  };
}
