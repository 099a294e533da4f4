/** The embedded engine as its process sees it: seats in front of a thread that runs it. */
import { EventEmitter } from 'node:events';
import { Worker } from 'node:worker_threads';
import { parse } from 'pg-protocol';
import { TransientError } from '../../core/errors.ts';

const THREAD = new URL('./engine-thread.ts', import.meta.url);
/** Frontend message types after which the server answers and is ready: simple query, sync, flush, terminate. */
const ENDS_EXCHANGE = new Set([...'QSHX'].map((letter) => letter.charCodeAt(0)));

/** `folder`: null keeps everything in memory. `settings`: as in `set <name> = <value>`. */
export type Opening = {
  readonly folder: string | null;
  readonly settings: Readonly<Record<string, string>>;
  readonly stuckMs: number;
};

/** Told when the engine ended without being asked to: what is not in its files is lost, and nothing works any more. */
export type OnLost = (error: Error) => void;

type Request = {
  readonly what: 'exchange' | 'abandon' | 'close';
  readonly seat?: number;
  readonly isUrgent?: boolean;
  readonly bytes?: Uint8Array;
};
/** The answer carries the same number. */
export type Asked = Request & { readonly number: number };
export type Told = {
  readonly number?: number;
  readonly bytes?: Uint8Array;
  readonly failure?: string;
  /** No answer, but a notification. */
  readonly heardBy?: number;
};

/** A message of the backend, as `pg` knows it by its name. */
export type BackendMessage = { readonly name: string };

/** What the `pg` shim of PGlite asks of an engine, plus the way out of a transaction a dying client left open. */
export type BackendSeat = {
  readonly waitReady: Promise<void>;
  readonly execProtocolStream: (bytes: Uint8Array) => Promise<readonly BackendMessage[]>;
  readonly abandon: () => Promise<void>;
};

export type Backend = {
  /** An urgent seat goes before all that are not. Asking throws TransientError('store_down') when the engine is gone. */
  takeSeat(hear: (message: BackendMessage) => void, isUrgent: boolean): BackendSeat;
  /** Lets what runs finish, refuses what comes after, and closes the engine. */
  close(): Promise<void>;
};

/** Resolves when the database is open; throws what kept it from opening. */
export async function openBackend(opening: Opening, onLost: OnLost = () => undefined): Promise<Backend> {
  const ears = new Map<number, (bytes: Uint8Array) => void>();
  let isClosing = false;
  const hear = (seat: number, bytes: Uint8Array): void => ears.get(seat)?.(bytes);
  const ask = await startThread(opening, { hear, onEnd: (error) => (isClosing ? undefined : onLost(error)) });
  let seats = 0;
  return {
    takeSeat: (hear, isUrgent) => {
      seats += 1;
      const seat = seats;
      const read = createReader();
      let pending: Uint8Array[] = [];
      ears.set(seat, (bytes) => read(bytes).forEach(hear));
      return {
        waitReady: Promise.resolve(),
        execProtocolStream: async (part) => {
          pending.push(part);
          if (!ENDS_EXCHANGE.has(part[0] ?? 0)) return [];
          const bytes = Buffer.concat(pending);
          pending = [];
          return read(await ask({ what: 'exchange', seat, isUrgent, bytes }));
        },
        abandon: async () => {
          ears.delete(seat);
          // An engine that is gone has nothing left open.
          await ask({ what: 'abandon', seat }).catch(() => undefined);
        },
      };
    },
    close: async () => {
      isClosing = true;
      await ask({ what: 'close' });
    },
  };
}

type Waiting = { readonly resolve: (bytes: Uint8Array) => void; readonly reject: (error: Error) => void };
type Ask = (request: Request) => Promise<Uint8Array>;
type ThreadEars = { readonly hear: (seat: number, bytes: Uint8Array) => void; readonly onEnd: OnLost };

/** The thread keeps the process alive while it is asked something, and only then. */
async function startThread(opening: Opening, { hear, onEnd }: ThreadEars): Promise<Ask> {
  const thread = new Worker(THREAD, { workerData: opening });
  const waiting = new Map<number, Waiting>();
  let gone: Error | null = null;
  let count = 0;
  const settle = (number: number, use: (one: Waiting) => void): void => {
    const one = waiting.get(number);
    waiting.delete(number);
    if (waiting.size === 0) thread.unref();
    if (one) use(one);
  };
  const end = (why: string, cause?: Error): void => {
    if (gone) return;
    const error = new TransientError('store_down', `The embedded database has ended${why}.`, { cause });
    gone = error;
    for (const number of [...waiting.keys()]) settle(number, ({ reject }) => reject(error));
    onEnd(error);
  };
  thread.on('message', ({ number = -1, bytes = new Uint8Array(), failure, heardBy }: Told) => {
    if (heardBy !== undefined) return hear(heardBy, bytes);
    settle(number, ({ resolve, reject }) => {
      if (failure === undefined) resolve(bytes);
      else reject(new TransientError('store_down', failure));
    });
  });
  thread.on('error', (error: Error) => end(`: ${error.message.slice(0, 200)}`, error));
  thread.on('exit', (code) => end(code === 0 ? '' : ` with code ${code}`));
  const answer = (number: number): Promise<Uint8Array> =>
    new Promise((resolve, reject) => {
      if (gone) return reject(gone);
      if (waiting.size === 0) thread.ref();
      waiting.set(number, { resolve, reject });
    });
  await answer(0);
  return (request) => {
    count += 1;
    const asked: Asked = { ...request, number: count };
    const answered = answer(asked.number);
    if (!gone) thread.postMessage(asked);
    return answered;
  };
}

/** `pg`'s own reader of the protocol. What it is given is whole messages, so it reads to the end at once. */
function createReader(): (bytes: Uint8Array) => readonly BackendMessage[] {
  const source = new EventEmitter();
  let messages: BackendMessage[] = [];
  // It wants no more of a stream than its events.
  void parse(source as unknown as NodeJS.ReadableStream, (message) => void messages.push(message));
  return (bytes) => {
    messages = [];
    source.emit('data', Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    return messages;
  };
}
