/** The widget's door: a visitor token, messages up, the history, and a resumable stream down (chat-stream.ts). */
import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { mintVisitorToken, type VisitorClaims, verifyVisitorToken } from '../channels/web/webhook.ts';
import { PermanentError } from '../core/errors.ts';
import { phrase, suggestionsIn } from '../core/workspace.ts';
import type { ThreadEntry } from '../memory/operators.ts';
import { readBody, readJson } from './body.ts';
import { openChatStream } from './chat-stream.ts';
import { findThread, isShown, threadKeyOf, toMessage } from './chat-thread.ts';
import type { HttpParts } from './http-parts.ts';
import { acceptRequest, requestOf } from './webhook-routes.ts';

/** A visitor who comes back within this time is still the same one. */
const TOKEN_LIFE_MS = 30 * 24 * 3_600_000;
const HISTORY = 200;

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
  router.get('/chat/stream', (context) => openChatStream(context, parts));
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
  const sequences = entries.flatMap((entry) => (entry.kind === 'delivery' ? [entry.delivery.sentSequence ?? 0] : []));
  context.body = { entries: shown, lastSequence: Math.max(0, ...sequences) };
}

function toHistory(entry: ThreadEntry): readonly object[] {
  if (entry.kind === 'delivery') return isShown(entry.delivery) ? [toMessage(entry.delivery)] : [];
  if (entry.text === '' || entry.state === 'ignored') return [];
  // The id the page gave it, so that the page knows its own words again.
  return [{ from: 'person', id: entry.externalId, text: entry.text, at: entry.at }];
}
