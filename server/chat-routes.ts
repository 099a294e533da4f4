/** The widget's door: a visitor token, messages up, a resumable stream down. */
import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { mintVisitorToken, type VisitorClaims, verifyVisitorToken } from '../channels/web/webhook.ts';
import type { DeliveryRecord } from '../core/delivery.ts';
import { InvalidPayloadError, PermanentError } from '../core/errors.ts';
import type { Thread } from '../core/thread.ts';
import { phrase, suggestionsIn } from '../core/workspace.ts';
import type { ThreadEntry } from '../memory/operators.ts';
import { readBody, readJson } from './body.ts';
import { type EventStream, openEventStream } from './event-stream.ts';
import type { HttpParts } from './http-parts.ts';
import type { LiveNote } from './live.ts';
import { acceptRequest, requestOf } from './webhook-routes.ts';

/** A visitor who comes back within this time is still the same one. */
const TOKEN_LIFE_MS = 30 * 24 * 3_600_000;
const HISTORY = 200;
const PAGE = 100;

const Start = z.object({ token: z.string().max(2000).optional(), locale: z.string().max(35).optional() });

export function chatRoutes(router: Router, parts: HttpParts): void {
  router.use(['/chat/start', '/chat/messages', '/chat/history', '/chat/stream'], (context, next) => {
    // The widget stands on other sites; it carries a token, never a cookie, so any origin may call.
    context.set('access-control-allow-origin', '*');
    context.set('access-control-allow-headers', 'authorization, content-type, last-event-id');
    context.set('access-control-allow-methods', 'GET, POST, OPTIONS');
    context.set('access-control-max-age', '86400');
    return next();
  });
  router.options('/chat/:any', (context) => {
    context.status = 204;
  });
  router.post('/chat/start', (context) => start(context, parts));
  router.post('/chat/messages', (context) => receive(context, parts));
  router.get('/chat/history', (context) => history(context, parts));
  router.get('/chat/stream', (context) => stream(context, parts));
}

async function start(context: Context, { platform, outside, visitorSecret }: HttpParts): Promise<void> {
  const { token, locale = 'en' } = await readJson(context, Start);
  const known = token === undefined ? null : claimsOrNull(token, { secret: visitorSecret, now: outside.clock() });
  const expires = outside.clock() + TOKEN_LIFE_MS;
  // A member's token was minted for a while and is not made to last longer here.
  const claims: VisitorClaims =
    known?.member === undefined ? { ...(known ?? { visitor: outside.mint() }), expires } : known;
  const { organisation, tone } = platform.workspace;
  context.body = {
    token: mintVisitorToken(claims, { secret: visitorSecret }),
    visitor: claims.visitor,
    expiresAt: new Date(claims.expires).toISOString(),
    school: organisation.name,
    suggestions: suggestionsIn(organisation.suggestions, locale),
    greeting: phrase(tone.phrases.greeting, locale, { school: organisation.name }),
  };
}

function claimsOrNull(token: string, proof: { readonly secret: string; readonly now: number }): VisitorClaims | null {
  try {
    return verifyVisitorToken(token, proof);
  } catch {
    // An old or foreign token is no error here: its holder simply becomes a new visitor.
    return null;
  }
}

async function receive(context: Context, { platform, outside }: HttpParts): Promise<void> {
  const connection = platform.connections.find((one) => one.channel === 'web');
  if (!connection) throw new PermanentError('broken_invariant', 'The web chat is not connected.');
  const request = requestOf(context, await readBody(context));
  await acceptRequest(platform, connection, { request, now: outside.clock() });
  context.body = { accepted: true };
}

async function history(context: Context, parts: HttpParts): Promise<void> {
  const thread = await findThread(parts, threadKeyOf(context, parts));
  const entries = thread ? await parts.platform.memory.operators.entries(thread.id, HISTORY) : [];
  const shown = entries.flatMap(toHistory);
  const sequences = entries.flatMap((entry) => (entry.kind === 'delivery' ? [entry.delivery.sequence] : []));
  context.body = { entries: shown, lastSequence: Math.max(0, ...sequences) };
}

function toHistory(entry: ThreadEntry): readonly object[] {
  if (entry.kind === 'delivery') return isShown(entry.delivery) ? [toMessage(entry.delivery)] : [];
  if (entry.text === '' || entry.state === 'ignored') return [];
  // The id the page gave it, so that the page knows its own words again.
  return [{ from: 'person', id: entry.externalId, text: entry.text, at: entry.at }];
}

function isShown(delivery: DeliveryRecord): boolean {
  return delivery.state === 'sent';
}

function toMessage(delivery: DeliveryRecord) {
  return {
    id: delivery.id,
    sequence: delivery.sequence,
    from: delivery.turn === null ? 'operator' : 'agent',
    blocks: delivery.reply.blocks,
    at: delivery.createdAt,
  };
}

/** Whose stream this is. Throws InvalidPayloadError('bad_signature'). */
function threadKeyOf(context: Context, { visitorSecret, outside }: HttpParts): string {
  const token = /^Bearer (\S{1,2000})$/.exec(context.get('authorization'))?.[1];
  if (token === undefined) {
    throw new InvalidPayloadError('bad_signature', 'Send the header "authorization: Bearer <visitor token>".');
  }
  const { visitor, member } = verifyVisitorToken(token, { secret: visitorSecret, now: outside.clock() });
  return member === undefined ? visitor : `member:${member}`;
}

function findThread({ platform }: HttpParts, key: string): Promise<Thread | null> {
  return platform.memory.threads.find({ channel: 'web', connection: 'main', key });
}

/** Listens first, then replays: a reply that is sent in between is found by one of the two, and shown once. */
async function stream(context: Context, parts: HttpParts): Promise<void> {
  const key = threadKeyOf(context, parts);
  const notes: LiveNote[] = [];
  let wake: () => void = () => undefined;
  const stop = parts.platform.live.listen((note) => {
    notes.push(note);
    wake();
  });
  const out = openEventStream(context, () => {
    stop();
    wake();
  });
  const after = Number.parseInt(context.get('last-event-id'), 10);
  const state: Following = { out, key, thread: null, after: Number.isInteger(after) ? after : 0 };
  const next = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
      if (notes.length > 0 || !out.isOpen()) resolve();
    });
  void follow(state, { parts, notes, next });
}

type Following = { readonly out: EventStream; readonly key: string; thread: Thread | null; after: number };
type Source = { readonly parts: HttpParts; readonly notes: LiveNote[]; readonly next: () => Promise<void> };

async function follow(state: Following, { parts, notes, next }: Source): Promise<void> {
  try {
    await replay(state, parts);
    while (state.out.isOpen()) {
      const note = notes.shift();
      if (note) await pass(state, note, parts);
      else await next();
    }
  } catch {
    // The store is away; the client resumes from its last id.
    state.out.send('error', { retry: true });
    state.out.close();
  }
}

async function pass(state: Following, note: LiveNote, parts: HttpParts): Promise<void> {
  if (!state.thread && (note.kind === 'event-in' || note.kind === 'turn-start')) {
    state.thread = await findThread(parts, state.key);
  }
  if (note.thread !== state.thread?.id) return;
  if (note.kind === 'turn-start') state.out.send('typing', { turn: note.turn });
  if (note.kind === 'delta') state.out.send('delta', { turn: note.turn, text: note.text });
  if (note.kind === 'turn-end') state.out.send('turn-end', { turn: note.turn });
  if (note.kind === 'reset') state.out.send('reset', { turn: note.turn });
  if (note.kind === 'delivery') await replay(state, parts);
}

/** Everything that was sent after the last id, from the outbox: it is the log the stream resumes from. */
async function replay(state: Following, parts: HttpParts): Promise<void> {
  state.thread ??= await findThread(parts, state.key);
  if (!state.thread) return;
  const { outbox } = parts.platform.memory;
  for (let isMore = true; isMore && state.out.isOpen(); ) {
    const page = await outbox.list(state.thread.id, { after: state.after, limit: PAGE });
    for (const delivery of page) {
      // Sent in order, so the first one still on its way ends what may be shown.
      if (delivery.state === 'queued' || delivery.state === 'claimed') return;
      state.after = delivery.sequence;
      if (isShown(delivery)) state.out.send('message', toMessage(delivery), delivery.sequence);
    }
    isMore = page.length === PAGE;
  }
}
