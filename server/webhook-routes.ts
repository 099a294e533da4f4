/** Where platforms deliver: verify on raw bytes, parse, store, then 200. */
import type Router from '@koa/router';
import type { Context } from 'koa';
import type { Connection, WebhookRequest } from '../channels/channel.ts';
import { InvalidPayloadError } from '../core/errors.ts';
import { readBody } from './body.ts';
import type { HttpParts } from './http-parts.ts';
import type { Platform } from './platform.ts';

export function webhookRoutes(router: Router, { platform, outside }: HttpParts): void {
  router.get('/in/:channel/:connection', (context) => {
    const connection = connectionOf(platform, context);
    if (!connection.answerChallenge) throw notFound(context);
    context.type = 'text/plain';
    context.body = connection.answerChallenge(requestOf(context, ''));
  });
  router.post('/in/:channel/:connection', async (context) => {
    const connection = connectionOf(platform, context);
    const rawBody = await readBody(context);
    await acceptRequest(platform, connection, { request: requestOf(context, rawBody), now: outside.clock() });
    context.status = 200;
    context.body = '';
  });
}

type Arriving = { readonly request: WebhookRequest; readonly now: number };

/** Resolves when everything in the request is durable. */
export async function acceptRequest(
  platform: Pick<Platform, 'bridge' | 'live'>,
  connection: Connection,
  { request, now }: Arriving,
): Promise<void> {
  const verified = connection.verify(request);
  const events = connection.parse(verified, new Date(now).toISOString());
  if (events.length === 0) return;
  const accepted = await platform.bridge.accept(connection, events, request.rawBody);
  for (const [index, { thread, isNew }] of accepted.entries()) {
    const { key = '' } = events[index]?.thread ?? {};
    if (isNew) platform.live.publish({ kind: 'event-in', thread, key });
  }
  // A courtesy to the platform, e.g. ending a pressed button's spinner; nobody waits for it.
  connection.acknowledge?.(verified).catch(() => undefined);
}

export function requestOf(context: Context, rawBody: string): WebhookRequest {
  const single = (value: string | string[] | undefined): string | undefined =>
    Array.isArray(value) ? value[0] : value;
  return {
    method: context.method === 'GET' ? 'GET' : 'POST',
    headers: Object.fromEntries(Object.entries(context.headers).map(([name, value]) => [name, single(value)])),
    query: Object.fromEntries(Object.entries(context.query).map(([name, value]) => [name, single(value)])),
    rawBody,
  };
}

function connectionOf(platform: Platform, context: Context & { readonly params?: Record<string, string> }): Connection {
  const { channel, connection } = context.params ?? {};
  // The web chat has its own routes; its proof is made for browsers.
  const found = platform.connections.find((one) => one.channel === channel && one.name === connection);
  if (!found || found.channel === 'web') throw notFound(context);
  return found;
}

function notFound(context: Context): InvalidPayloadError {
  return new InvalidPayloadError('not_found', `Nothing is connected at ${context.path}.`, { path: context.path });
}
