/**
 * The gate in front of PGlite's single backend. Each `pg` client gets a seat; a seat that speaks holds the engine from
 * its first message until the server says it is ready and no transaction is open.
 */
import type { PGlite } from '@electric-sql/pglite';
import { TransientError } from '../../core/errors.ts';
import { createStatements, type Statements } from './statements.ts';

/** Waiting this long means that a flow waits for itself: a second client inside an open transaction. */
const STUCK_MS = 60_000;
/** PGlite answers in microtasks only; without a real pause a busy database starves timers and sockets. */
const BREATH_MS = 4;
/** Frontend message types after which the server answers and is ready: simple query, sync, flush, terminate. */
const ENDS_EXCHANGE = new Set([...'QSHX'].map((letter) => letter.charCodeAt(0)));

type BackendMessage = Awaited<ReturnType<PGlite['execProtocolStream']>>[number];
type Notification = { readonly channel: string };

/** What the `pg` shim of PGlite asks of an engine, plus the way out of a transaction a dying client left open. */
export type Seat = Pick<PGlite, 'execProtocolStream' | 'waitReady'> & { abandon(): Promise<void> };

export type Gate = {
  /** An urgent seat goes before all that are not. */
  takeSeat(hear: (message: BackendMessage) => void, isUrgent?: boolean): Seat;
  /** Lets what runs finish, refuses what comes after, and closes the engine. */
  close(): Promise<void>;
};

export function createGate(engine: PGlite): Gate {
  const turnstile = createTurnstile();
  const breathe = createBreath();
  const statements = createStatements();
  let isClosing = false;
  const enter = (isUrgent: boolean): Promise<() => void> =>
    isClosing ? Promise.reject(closed()) : turnstile.enter(isUrgent);
  const audience = new Set<{ readonly channels: Set<string>; readonly hear: (message: BackendMessage) => void }>();
  const announce = (message: BackendMessage): void => {
    const { channel } = message as unknown as Notification;
    for (const listener of audience) if (listener.channels.has(channel)) listener.hear(message);
  };
  return {
    takeSeat: (hear, isUrgent = false) => {
      const listener = { channels: new Set<string>(), hear };
      audience.add(listener);
      const { channels } = listener;
      const seat = createSeat({ engine, enter: () => enter(isUrgent), breathe, announce, statements, channels });
      return { ...seat, abandon: () => seat.abandon().finally(() => audience.delete(listener)) };
    },
    close: async () => {
      isClosing = true;
      await turnstile.enter(false);
      await engine.close();
    },
  };
}

function closed(): TransientError {
  return new TransientError('store_down', 'The embedded database is closing. Start the server again.');
}

type SeatParts = {
  readonly engine: PGlite;
  readonly enter: () => Promise<() => void>;
  readonly breathe: () => Promise<void>;
  readonly announce: (message: BackendMessage) => void;
  readonly statements: Statements;
  readonly channels: Set<string>;
};

function createSeat({ engine, enter, breathe, announce, statements, channels }: SeatParts): Seat {
  let pending: Uint8Array[] = [];
  let leave: (() => void) | null = null;
  let last: Promise<unknown> = Promise.resolve();

  const exchange = async (said: readonly Uint8Array[]): Promise<BackendMessage[]> => {
    leave ??= await enter();
    await breathe();
    const { bytes, settle } = statements.rewrite(said);
    const messages = await engine.execProtocolStream(bytes, { throwOnError: false });
    settle(messages);
    const status = messages.findLast((message) => message.name === 'readyForQuery');
    if (status && (status as unknown as { status: string }).status === 'I') {
      leave?.();
      leave = null;
    }
    for (const message of messages) if (message.name === 'notification') announce(message);
    return messages.filter((message) => message.name !== 'notification');
  };

  /** One at a time: a client that ends while its query runs must not speak in between. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work);
    last = next.catch(() => undefined);
    return next;
  };

  return {
    waitReady: engine.waitReady,
    execProtocolStream: async (bytes) => {
      pending.push(bytes);
      if (!ENDS_EXCHANGE.has(bytes[0] ?? 0)) return [];
      const said = pending.map((part) => noteListen(part, channels));
      pending = [];
      return inTurn(() => exchange(said));
    },
    abandon: () =>
      inTurn(async () => {
        if (leave) await exchange([frame('Q', 'ROLLBACK\0')]);
      }),
  };
}

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
  return message[0] === QUERY ? frame('Q', `${UNLISTEN_NOTHING}\0`) : frame('P', `\0${UNLISTEN_NOTHING}\0\0\0`);
}

/** A message of the frontend protocol: type, length, body. */
function frame(type: string, content: string): Uint8Array {
  const body = Buffer.from(content);
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
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
function createTurnstile(): Turnstile {
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
              `The embedded database was not free for ${STUCK_MS / 1000} s. A query outside an open transaction of the same flow waits for itself: run it on the transaction's own client.`,
            ),
          );
        }, STUCK_MS);
        queue.push(enter);
      });
    },
  };
}
