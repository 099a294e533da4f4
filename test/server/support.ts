/** What the tests of the running application share: the application in a folder of its own, its log, a visitor with a stream. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { z } from 'zod';
import { Block, blocksToText } from '../../core/block.ts';
import type { ThreadId } from '../../core/ids.ts';
import type { Turn } from '../../core/turn.ts';
import { type App, startApp } from '../../server/app.ts';
import { readConfig } from '../../server/config.ts';
import { createOutside, type Outside } from '../../server/outside.ts';

/** Opening a database takes seconds, more on a busy machine. */
export const START_TIMEOUT_MS = 120_000;
/** How long a test waits for an answer before it fails; an answer itself takes less than a second. */
const PATIENCE_MS = 30_000;
export const ADMIN_TOKEN = 'the-admin-token-of-the-tests';
export const WORKSPACE = join(import.meta.dirname, '../../workspace');

export type LogLine = { readonly level: 'warn' | 'info'; readonly message: string; readonly data: object };

export type TestApp = {
  readonly app: App;
  readonly address: string;
  readonly log: readonly LogLine[];
  readonly folder: string;
  readonly post: (path: string, body: unknown, headers?: Readonly<Record<string, string>>) => Promise<Response>;
  readonly get: (path: string, headers?: Readonly<Record<string, string>>) => Promise<Response>;
  /** A call of the console's API, signed in. */
  readonly console: (method: string, path: string, body?: unknown) => Promise<Response>;
  readonly stop: () => Promise<void>;
};

/** Starts the application as `npm start` would with these variables, on a free port and an empty data folder. */
export async function startTestApp(
  variables: Readonly<Record<string, string>> = {},
  outside: Partial<Outside> = {},
): Promise<TestApp> {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-app-'));
  const config = readConfig({
    PORT: '0',
    DATA_DIR: folder,
    WORKSPACE,
    CONSOLE_ADMIN_TOKEN: ADMIN_TOKEN,
    LOG_LEVEL: 'silent',
    ...variables,
  });
  const log: LogLine[] = [];
  const note = (level: LogLine['level']) => (message: string, data: object) => void log.push({ level, message, data });
  const app = await startApp(config, {
    ...createOutside('silent'),
    log: { warn: note('warn'), info: note('info') },
    ...outside,
  });
  const call = (path: string, init: RequestInit): Promise<Response> => fetch(`${app.address}${path}`, init);
  const bearer = { authorization: `Bearer ${ADMIN_TOKEN}`, 'x-throughline': 'console' };
  const json = { 'content-type': 'application/json' };
  return {
    app,
    address: app.address,
    log,
    folder,
    post: (path, body, headers = {}) =>
      call(path, {
        method: 'POST',
        headers: { ...json, ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    get: (path, headers = {}) => call(path, { headers, redirect: 'manual' }),
    console: (method, path, body) =>
      call(path, {
        method,
        headers: body === undefined ? bearer : { ...bearer, ...json },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    stop: async () => {
      await app.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const Message = z.object({
  id: z.string(),
  sequence: z.number(),
  from: z.enum(['agent', 'operator']),
  blocks: z.array(Block),
  at: z.iso.datetime(),
});
export type Message = z.infer<typeof Message>;

export type StreamEvent = { readonly event: string; readonly id: string | null; readonly data: unknown };

export type Stream = {
  readonly status: number;
  readonly events: readonly StreamEvent[];
  readonly messages: () => readonly Message[];
  /** Waits until this many messages have come, and gives the last. */
  readonly message: (count: number) => Promise<Message>;
  readonly close: () => void;
};

/** Follows a stream of server-sent events until closed. */
export async function openStream(
  address: string,
  headers: Readonly<Record<string, string>>,
  path = '/chat/stream',
): Promise<Stream> {
  const end = new AbortController();
  const response = await fetch(`${address}${path}`, { headers, signal: end.signal });
  const events: StreamEvent[] = [];
  const read = async (): Promise<void> => {
    const decoder = new TextDecoder();
    let rest = '';
    for await (const bytes of response.body ?? []) {
      const parts = (rest + decoder.decode(bytes as Uint8Array, { stream: true })).split('\n\n');
      rest = parts.pop() ?? '';
      events.push(...parts.filter((part) => !part.startsWith(':')).map(readEvent));
    }
  };
  void read().catch(() => undefined);
  const messages = (): readonly Message[] =>
    events.filter(({ event }) => event === 'message').map(({ data }) => Message.parse(data));
  return {
    status: response.status,
    events,
    messages,
    message: (count) =>
      until(`message ${count}`, () => {
        const last = messages()[count - 1];
        return last;
      }),
    close: () => end.abort(),
  };
}

function readEvent(part: string): StreamEvent {
  const field = (name: string): string | null => new RegExp(`^${name}: (.*)$`, 'm').exec(part)?.[1] ?? null;
  return { event: field('event') ?? '', id: field('id'), data: JSON.parse(field('data') ?? 'null') as unknown };
}

export type Visitor = {
  readonly token: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly stream: Stream;
  /** Sends words and waits for the answer. */
  readonly ask: (text: string) => Promise<Message>;
  readonly send: (body: object) => Promise<Response>;
  readonly thread: () => Promise<ThreadId>;
  /** The last turn of this visitor's thread, once there are so many. */
  readonly turn: (count?: number) => Promise<Turn>;
  readonly leave: () => void;
};

/** Somebody who opens the chat window; `member` is a member's id at the site. */
export async function visit(test: TestApp, { member }: { readonly member?: string } = {}): Promise<Visitor> {
  const old = member === undefined ? {} : { token: test.app.memberToken(member) };
  const started = await test.post('/chat/start', old);
  const { token, visitor } = z.object({ token: z.string(), visitor: z.string() }).parse(await started.json());
  const headers = { authorization: `Bearer ${token}` };
  const stream = await openStream(test.address, headers);
  const key = member === undefined ? visitor : `member:${member}`;
  const { memory } = test.app.platform;
  const thread = (): Promise<ThreadId> =>
    until('a thread', async () => (await memory.threads.find({ channel: 'web', connection: 'main', key }))?.id);
  const send = (body: object): Promise<Response> => test.post('/chat/messages', { id: randomUUID(), ...body }, headers);
  return {
    token,
    headers,
    stream,
    send,
    thread,
    ask: async (text) => {
      const before = stream.messages().length;
      const response = await send({ text });
      if (!response.ok) throw new Error(`the message was answered with ${response.status}`);
      return stream.message(before + 1);
    },
    turn: async (count = 1) => {
      const id = await thread();
      const summaries = await until(`turn ${count}`, async () => {
        const list = await memory.turns.list({ thread: id, limit: 100 });
        return list.length >= count ? list : undefined;
      });
      return memory.turns.get(summaries[0]?.id ?? ('' as never));
    },
    leave: stream.close,
  };
}

/** Looks again and again until there is something, and fails with what was waited for. */
export async function until<T>(
  what: string,
  look: () => T | undefined | Promise<T | undefined>,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  return vi.waitFor(
    async () => {
      const found = await look();
      if (found === undefined) throw new Error(`still no ${what}`);
      return found;
    },
    { timeout: patienceMs, interval: 20 },
  );
}

export function wordsOf(message: { readonly blocks: readonly Block[] }): string {
  return blocksToText(message.blocks);
}

/** For a field that is only known by its look. */
export function like(pattern: RegExp): unknown {
  return expect.stringMatching(pattern);
}
