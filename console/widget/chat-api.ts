/** The chat's requests to the server, with the visitor's token renewed on the way when it has expired. */
import type { Block } from '../../core/block.ts';
import type { Line } from './conversation.ts';
import type { Keep } from './keep.ts';
import type { Outgoing, PostOutcome } from './send-queue.ts';

export type Welcome = {
  readonly token: string;
  readonly visitor: string;
  readonly school: string;
  readonly greeting: string;
  readonly suggestions: readonly string[];
};

export type History = { readonly lines: readonly Line[]; readonly lastSequence: number };

export type ChatApi = {
  /** Begins, or goes on with the conversation of the token kept here. Null: not reachable now. */
  readonly start: () => Promise<Welcome | null>;
  readonly history: () => Promise<History | null>;
  readonly post: (outgoing: Outgoing) => Promise<PostOutcome>;
  readonly stream: (lastEventId: string | null, signal: AbortSignal) => Promise<Response>;
};

export type ChatApiOptions = {
  readonly base: string;
  readonly locale: string;
  readonly keep: Keep;
  readonly fetch: typeof fetch;
  /** The server gave a new visitor: what was said before is no longer ours. */
  readonly onForgotten: () => void;
};

type HistoryEntry =
  | { readonly from: 'person'; readonly id: string; readonly text: string; readonly at: string }
  | {
      readonly from: 'agent' | 'operator';
      readonly id: string;
      readonly sequence: number;
      readonly blocks: readonly Block[];
      readonly at: string;
    };

const TOKEN = 'token';
const VISITOR = 'visitor';
const REQUEST_MS = 15_000;

/** None of its functions throws for want of a network; each says so in its answer, but `stream`, which rejects. */
export function createChatApi(options: ChatApiOptions): ChatApi {
  const { base, locale, keep } = options;
  const start = shareRunning(() => startChat(options));

  /** Sends with the token; on 401 renews it and sends once more. Null: no token to be had now. */
  const request = async (path: string, init: RequestInit): Promise<Response | null> => {
    const first = keep.get(TOKEN) ?? (await start())?.token;
    if (first === undefined) return null;
    const response = await options.fetch(base + path, withToken(init, first));
    if (response.status !== 401) return response;
    const renewed = await start();
    return renewed === null ? null : options.fetch(base + path, withToken(init, renewed.token));
  };

  return {
    start,
    history: () =>
      settled(null, async () => {
        const response = await request('chat/history', { signal: AbortSignal.timeout(REQUEST_MS) });
        if (!response?.ok) return null;
        const body = (await response.json()) as { entries: readonly HistoryEntry[]; lastSequence: number };
        return { lines: body.entries.map(asLine), lastSequence: body.lastSequence };
      }),
    post: (outgoing) =>
      settled({ kind: 'later', afterMs: null }, async () => {
        const body = JSON.stringify(bodyOf(outgoing, locale));
        const headers = { 'content-type': 'application/json' };
        const signal = AbortSignal.timeout(REQUEST_MS);
        return outcomeOf(await request('chat/messages', { method: 'POST', headers, body, signal }));
      }),
    stream: async (lastEventId, signal) => {
      const headers = { accept: 'text/event-stream', ...(lastEventId && { 'last-event-id': lastEventId }) };
      return (
        (await request('chat/stream', { headers, signal, cache: 'no-store' })) ?? new Response(null, { status: 503 })
      );
    },
  };
}

async function startChat({ base, locale, keep, fetch, onForgotten }: ChatApiOptions): Promise<Welcome | null> {
  return await settled(null, async () => {
    const token = keep.get(TOKEN);
    const response = await fetch(`${base}chat/start`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ locale, ...(token !== null && { token }) }),
      signal: AbortSignal.timeout(REQUEST_MS),
    });
    // A token that cannot even be read is of no use: the next attempt begins anew.
    if (response.status === 400 || response.status === 401) keep.remove(TOKEN);
    if (!response.ok) return null;
    const welcome = (await response.json()) as Welcome;
    const before = keep.get(VISITOR);
    keep.set(TOKEN, welcome.token);
    keep.set(VISITOR, welcome.visitor);
    if (before !== null && before !== welcome.visitor) onForgotten();
    return welcome;
  });
}

/** 4xx is our fault and stays so; 401 was renewed already, so it is as passing as 408 and 429. */
function outcomeOf(response: Response | null): PostOutcome {
  if (response?.ok) return { kind: 'accepted' };
  const status = response?.status ?? 503;
  const isPassing = status >= 500 || status === 401 || status === 408 || status === 429;
  if (!isPassing) return { kind: 'refused' };
  const seconds = Number.parseInt(response?.headers.get('retry-after') ?? '', 10);
  return { kind: 'later', afterMs: Number.isFinite(seconds) ? Math.min(seconds, 300) * 1000 : null };
}

function bodyOf({ id, text, choose }: Outgoing, locale: string): Record<string, string> {
  return choose === undefined ? { id, text, locale } : { id, choose, label: text, locale };
}

function asLine(entry: HistoryEntry): Line {
  return entry.from === 'person' ? { ...entry, state: 'sent' } : entry;
}

function withToken(init: RequestInit, token: string): RequestInit {
  return { ...init, headers: { ...(init.headers as Record<string, string>), authorization: `Bearer ${token}` } };
}

/** While one is under way, whoever asks again gets the same answer. */
function shareRunning<Result>(run: () => Promise<Result>): () => Promise<Result> {
  let running: Promise<Result> | null = null;
  return () => {
    running ??= run().finally(() => {
      running = null;
    });
    return running;
  };
}

/** The result, or the given one when the network let us down. */
async function settled<Result>(otherwise: Result, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch {
    return otherwise;
  }
}
