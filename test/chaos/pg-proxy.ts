/**
 * Between one process and its database: sees every statement by its text, and can stop there. `before`: the statement has
 * not reached the database; `after`: it was carried out and the process does not know yet. Written from the protocol's
 * documentation (version 3), for clients that do not ask for TLS.
 */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export type Statement = {
  readonly text: string;
  /** As texts; null for SQL null. */
  readonly values: readonly (string | null)[];
  readonly connection: number;
};

export type Stop =
  | 'pass'
  /** Held until the promise resolves, then sent on. */
  | { readonly before: () => Promise<unknown> }
  /** Carried out; the answer is held until the promise resolves. */
  | { readonly after: () => Promise<unknown> };

export type PgProxy = {
  /** What the process gets as DATABASE_URL. */
  readonly url: string;
  readonly watch: (watcher: (statement: Statement) => Stop) => void;
  readonly stop: () => Promise<void>;
};

type State = { watcher: (statement: Statement) => Stop; connections: number; readonly sockets: Set<Socket> };

export async function startPgProxy(url: string): Promise<PgProxy> {
  const target = new URL(url);
  const state: State = { watcher: () => 'pass', connections: 0, sockets: new Set() };
  const server = createServer((client) => relay(state, { client, target }));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = new URL(url);
  address.hostname = '127.0.0.1';
  address.port = String((server.address() as AddressInfo).port);
  return {
    url: address.href,
    watch: (watcher) => {
      state.watcher = watcher;
    },
    stop: async () => {
      for (const socket of state.sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** One connection: its statements by name, and the answer that is waited for before `after` may run. */
type Link = {
  readonly number: number;
  readonly client: Socket;
  readonly upstream: Socket;
  readonly names: Map<string, string>;
  /** What belongs to the statement that is being sent: it goes on as one, or a part of it would start the server's timers. */
  batch: Buffer[];
  after: (() => Promise<unknown>) | null;
};

function relay(state: State, { client, target }: { readonly client: Socket; readonly target: URL }): void {
  state.connections += 1;
  const upstream = connect(Number(target.port || 5432), target.hostname);
  const link: Link = { number: state.connections, client, upstream, names: new Map(), batch: [], after: null };
  for (const socket of [client, upstream]) {
    state.sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      state.sockets.delete(socket);
      client.destroy();
      upstream.destroy();
    });
  }
  inTurn(client, frames({ hasStartup: true }), (frame) => forward(state, link, frame));
  inTurn(upstream, frames({ hasStartup: false }), (frame) => answer(link, frame));
}

/** Handles frames one after the other, waiting for each. */
function inTurn(
  socket: Socket,
  cut: (bytes: Buffer) => readonly Buffer[],
  handle: (frame: Buffer) => Promise<void>,
): void {
  let tail = Promise.resolve();
  socket.on('data', (bytes: Buffer) => {
    const cutNow = cut(bytes);
    tail = tail.then(async () => {
      for (const frame of cutNow) await handle(frame);
    });
  });
}

/** Cuts a stream into messages: a type byte and a length that counts itself; the first one of a client has no type. */
function frames({ hasStartup }: { readonly hasStartup: boolean }): (bytes: Buffer) => readonly Buffer[] {
  let rest: Buffer = Buffer.alloc(0);
  let isStartup = hasStartup;
  return (bytes) => {
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    const found: Buffer[] = [];
    for (;;) {
      const head = isStartup ? 0 : 1;
      if (rest.length < head + 4) return found;
      const length = head + rest.readInt32BE(head);
      if (rest.length < length) return found;
      found.push(rest.subarray(0, length));
      rest = rest.subarray(length);
      isStartup = false;
    }
  };
}

/** Parse, bind, describe, execute, close: more follows. */
const UNFINISHED = new Set(['P', 'B', 'D', 'E', 'C']);

async function forward(state: State, link: Link, frame: Buffer): Promise<void> {
  link.batch.push(frame);
  if (UNFINISHED.has(frame.subarray(0, 1).toString('latin1'))) return;
  const statements = link.batch.map((one) => statementOf(link, one));
  const bytes = Buffer.concat(link.batch);
  link.batch = [];
  for (const statement of statements) {
    const stop = statement === null ? 'pass' : state.watcher(statement);
    if (stop !== 'pass' && 'after' in stop) link.after = stop.after;
    if (stop !== 'pass' && 'before' in stop) await stop.before();
  }
  if (!link.upstream.destroyed) link.upstream.write(bytes);
}

const READY_FOR_QUERY = 'Z';

async function answer(link: Link, frame: Buffer): Promise<void> {
  const { after } = link;
  if (after !== null && frame.subarray(0, 1).toString() === READY_FOR_QUERY) {
    link.after = null;
    // What came before is in the socket already; the client learns nothing from it before this last message.
    await after();
  }
  if (!link.client.destroyed) link.client.write(frame);
}

/** The statement a frame starts, or null: `Q` a text, `B` a prepared one with values. `P` gives a text its name. */
function statementOf(link: Link, frame: Buffer): Statement | null {
  const type = frame.subarray(0, 1).toString('latin1');
  if (type === 'Q') return { text: textAt(frame, 5).text, values: [], connection: link.number };
  if (type === 'P') {
    const name = textAt(frame, 5);
    link.names.set(name.text, textAt(frame, name.end).text);
    return null;
  }
  if (type !== 'B') return null;
  const portal = textAt(frame, 5);
  const name = textAt(frame, portal.end);
  const text = link.names.get(name.text);
  return text === undefined ? null : { text, values: valuesAt(frame, name.end), connection: link.number };
}

function textAt(frame: Buffer, start: number): { readonly text: string; readonly end: number } {
  const end = frame.indexOf(0, start);
  return { text: frame.toString('utf8', start, end), end: end + 1 };
}

function valuesAt(frame: Buffer, start: number): readonly (string | null)[] {
  let at = start + 2 + 2 * frame.readInt16BE(start);
  const count = frame.readInt16BE(at);
  at += 2;
  const values: (string | null)[] = [];
  for (let index = 0; index < count; index += 1) {
    const length = frame.readInt32BE(at);
    at += 4;
    values.push(length < 0 ? null : frame.toString('utf8', at, at + length));
    at += Math.max(0, length);
  }
  return values;
}
