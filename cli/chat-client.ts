/** A client of the chat routes for terminals: sends with one id, follows the stream, remembers what it has shown. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { Block } from '../core/block.ts';
import { TransientError } from '../core/errors.ts';

const Started = z.object({ token: z.string(), greeting: z.string() });
const History = z.object({ lastSequence: z.number() });
const Line = z.object({ id: z.string(), from: z.enum(['agent', 'operator']), blocks: z.array(Block) });
export type ChatLine = z.infer<typeof Line>;

export type ChatClient = {
  readonly greeting: string;
  readonly send: (text: string) => Promise<void>;
  readonly choose: (option: { readonly label: string; readonly token: string }) => Promise<void>;
  /** Calls `hear` for every reply until `close`. */
  readonly listen: (hear: (line: ChatLine) => void) => Promise<void>;
  /** Resolves when everything sent has had an answer, or after a while. */
  readonly settle: () => Promise<void>;
  readonly close: () => void;
};

type ChatStart = { readonly token?: string; readonly locale?: string };

const SETTLE_MS = 50_000;
/** Before a stream that broke off is opened again. */
const PAUSE_MS = 1_000;

/** Opens a conversation. Throws TransientError('channel_unavailable') when nobody answers at `address`. */
export async function openChat(address: string, start: ChatStart): Promise<ChatClient> {
  const url = address.replace(/\/+$/, '');
  const opened = Started.parse(await post(`${url}/chat/start`, start, {}));
  const headers = { authorization: `Bearer ${opened.token}` };
  // A member's thread may be old; only what comes from now on is shown.
  const { lastSequence } = History.parse(await get(`${url}/chat/history`, headers));
  const end = new AbortController();
  let isWaiting = false;
  const say = async (body: object): Promise<void> => {
    isWaiting = true;
    await post(`${url}/chat/messages`, { id: randomUUID(), ...body, locale: start.locale }, headers);
  };
  return {
    greeting: opened.greeting,
    send: (text) => say({ text }),
    choose: ({ token, label }) => say({ choose: token, label }),
    listen: async (hear) => {
      const note = (line: ChatLine): void => {
        // Messages sent in a row may get one answer together.
        isWaiting = false;
        hear(line);
      };
      for (let after = lastSequence; !end.signal.aborted; ) {
        after = await follow(`${url}/chat/stream`, { headers, signal: end.signal, after }, note);
        await sleep(PAUSE_MS, undefined, { signal: end.signal }).catch(() => undefined);
      }
    },
    settle: async () => {
      for (let waited = 0; isWaiting && waited < SETTLE_MS; waited += 100) {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    close: () => end.abort(),
  };
}

function get(address: string, headers: Record<string, string>): Promise<unknown> {
  return request(address, { headers });
}

function post(address: string, body: object, headers: Record<string, string>): Promise<unknown> {
  const json = { 'content-type': 'application/json', ...headers };
  return request(address, { method: 'POST', headers: json, body: JSON.stringify(body) });
}

async function request(address: string, init: RequestInit): Promise<unknown> {
  const response = await fetch(address, init).catch((error: unknown) => {
    throw new TransientError('channel_unavailable', `Nobody answers at ${address}. Start the server, or check --url.`, {
      cause: error,
    });
  });
  if (response.ok) return response.json();
  throw new TransientError('channel_unavailable', `${address} answered ${response.status}: ${await response.text()}`);
}

type Following = {
  readonly headers: Record<string, string>;
  readonly signal: AbortSignal;
  /** The number of the last line that is known. */
  readonly after: number;
};

/** Follows the stream until it ends, however it ends. Returns the number of the last line it brought. */
async function follow(address: string, following: Following, hear: (line: ChatLine) => void): Promise<number> {
  const { signal } = following;
  let { after } = following;
  try {
    const response = await fetch(address, {
      headers: { ...following.headers, 'last-event-id': String(after) },
      signal,
    });
    // A letter may come in two pieces.
    const decoder = new TextDecoder();
    let rest = '';
    for await (const bytes of response.body ?? []) {
      const events = (rest + decoder.decode(bytes, { stream: true })).split('\n\n');
      rest = events.pop() ?? '';
      for (const event of events) after = hearEvent(event, { after, hear });
    }
  } catch {
    // Broken off, refused for now, or closed by us: the caller opens it again, or has ended.
  }
  return after;
}

type Hearing = { readonly after: number; readonly hear: (line: ChatLine) => void };

function hearEvent(event: string, { after, hear }: Hearing): number {
  const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(event)?.[1] ?? '';
  if (field('event') !== 'message') return after;
  hear(Line.parse(JSON.parse(field('data'))));
  return Number(field('id')) || after;
}
