/** The console's API. Every route but sign-in asks for the admin token; everything that changes asks for our header too. */
import { setTimeout as sleep } from 'node:timers/promises';
import type Router from '@koa/router';
import type { Context, Next } from 'koa';
import { z } from 'zod';
import { InvalidPayloadError } from '../core/errors.ts';
import { ThreadId, TurnId } from '../core/ids.ts';
import { pictureOf } from '../journey/draw.ts';
import { CONSOLE_COOKIE, type ConsoleAuth } from './auth.ts';
import { readJson } from './body.ts';
import { broadcastRoutes } from './broadcast-routes.ts';
import { openEventStream } from './event-stream.ts';
import { exemplarRoutes } from './exemplar-routes.ts';
import { clusterGaps, MOST_GAPS } from './gaps.ts';
import type { HttpParts } from './http-parts.ts';
import { personRoutes } from './person-routes.ts';

const LIST = 100;
const GAP_DAYS = 30;
const SignIn = z.object({ token: z.string().max(500) });
const Message = z.object({ id: z.uuid(), text: z.string().trim().min(1).max(4000) });

export function consoleRoutes(router: Router, parts: HttpParts): void {
  const { auth, platform } = parts;
  const { memory } = platform;
  router.use('/api', (context, next) => guard(context, next, auth));
  router.post('/api/sign-in', (context) => signIn(context, parts));
  router.delete('/api/sign-in', (context) => {
    context.cookies.set(CONSOLE_COOKIE, null, { httpOnly: true, sameSite: 'strict' });
    context.status = 204;
  });
  router.get('/api/overview', async (context) => {
    context.body = await overview(parts);
  });
  router.get('/api/alerts', async (context) => {
    context.body = { alerts: await memory.operators.alerts({ open: false, limit: LIST }) };
  });
  router.post('/api/alerts/:id/acknowledge', async (context) => {
    await acknowledge(idOf(context, z.uuid()), parts);
    context.status = 204;
  });
  router.get('/api/parked', async (context) => {
    context.body = { parked: await memory.operators.parked(LIST) };
  });
  router.get('/api/turns', async (context) => {
    const asked = context.query['thread'];
    const filter = asked === undefined ? {} : { thread: await knownThread(parts, parseId(ThreadId, asked, 'thread')) };
    context.body = { turns: await memory.turns.list({ ...filter, limit: LIST }) };
  });
  router.get('/api/turns/:id', async (context) => {
    context.body = await memory.turns.get(idOf(context, TurnId));
  });
  router.get('/api/gaps', async (context) => {
    const gaps = await memory.gaps.list({ days: GAP_DAYS, limit: MOST_GAPS });
    context.body = { days: GAP_DAYS, gaps: clusterGaps(gaps).slice(0, LIST) };
  });
  router.get('/api/journey', async (context) => {
    context.body = pictureOf(platform.workspace.journey, await memory.journeys.counts());
  });
  router.get('/api/live', (context) => live(context, parts));
  router.post('/api/tickets/:number/close', async (context) => {
    await closeTicket(context.params['number'] ?? '', parts);
    context.status = 204;
  });
  threadRoutes(router, parts);
  exemplarRoutes(router, parts);
  broadcastRoutes(router, parts);
  personRoutes(router, parts);
}

function threadRoutes(router: Router, parts: HttpParts): void {
  const { memory, bridge } = parts.platform;
  router.get('/api/threads', async (context) => {
    context.body = { threads: await memory.operators.threads(LIST) };
  });
  router.get('/api/threads/:id', async (context) => {
    const id = idOf(context, ThreadId);
    const [thread, entries, turns, tickets] = await Promise.all([
      memory.threads.get(id),
      memory.operators.entries(id, 2 * LIST),
      memory.turns.list({ thread: id, limit: LIST }),
      memory.operators.tickets(id),
    ]);
    context.body = { thread, entries, turns, tickets };
  });
  router.post('/api/threads/:id/take', async (context) => {
    const id = await knownThread(parts, idOf(context, ThreadId));
    await memory.threads.setOwnership(id, 'operator');
    await untilNothingLeaves(parts, id);
    context.status = 204;
  });
  router.post('/api/threads/:id/return', async (context) => {
    await memory.threads.setOwnership(await knownThread(parts, idOf(context, ThreadId)), 'agents');
    context.status = 204;
  });
  router.post('/api/threads/:id/messages', async (context) => {
    const id = await knownThread(parts, idOf(context, ThreadId));
    const message = await readJson(context, Message);
    // Taking comes first: no reply of software may leave after the operator's words.
    await memory.threads.setOwnership(id, 'operator');
    context.body = await memory.operators.write(id, message);
    await bridge.wakeThread(id);
  });
}

/** A platform that does not answer holds no operator up for longer. */
const LEAVING_MS = 2_000;

/** "Taken" means that nothing of an agent's leaves any more, also not what was on its way already. */
async function untilNothingLeaves({ platform }: HttpParts, thread: ThreadId): Promise<void> {
  const deadline = performance.now() + LEAVING_MS;
  while ((await platform.memory.outbox.isLeaving(thread)) && performance.now() < deadline) await sleep(20);
}

/** Throws InvalidPayloadError('not_found'): a change to a thread that does not exist must not look done. */
async function knownThread({ platform }: HttpParts, id: ThreadId): Promise<ThreadId> {
  return (await platform.memory.threads.get(id)).id;
}

/** Twice is once; an alert nobody raised is not found. */
async function acknowledge(id: string, { platform }: HttpParts): Promise<void> {
  const { operators } = platform.memory;
  if (await operators.acknowledge(id)) return;
  const alerts = await operators.alerts({ open: false, limit: 10 * LIST });
  if (alerts.some((alert) => alert.id === id)) return;
  throw new InvalidPayloadError('not_found', `There is no alert "${id}".`, { path: 'id' });
}

async function closeTicket(number: string, { platform }: HttpParts): Promise<void> {
  if (await platform.memory.operators.closeTicket(number)) return;
  throw new InvalidPayloadError('not_found', `There is no ticket "${number.slice(0, 40)}".`, { path: 'number' });
}

/** 401 without the token, 403 for a change that a foreign page could have sent. */
export async function guard(context: Context, next: Next, auth: ConsoleAuth): Promise<void> {
  context.set('cache-control', 'no-store');
  if (context.method !== 'GET' && context.get('x-throughline') !== 'console') {
    context.status = 403;
    context.body = { error: { code: 'forbidden', message: 'Send the header "x-throughline: console".' } };
    return;
  }
  const bearer = /^Bearer (\S+)$/.exec(context.get('authorization'))?.[1];
  const isKnown =
    (bearer !== undefined && auth.isToken(bearer)) || auth.isCookie(context.cookies.get(CONSOLE_COOKIE) ?? undefined);
  if (!isKnown && context.path !== '/api/sign-in') {
    throw new InvalidPayloadError('bad_signature', 'Sign in with the admin token that was printed at the first start.');
  }
  await next();
}

async function signIn(context: Context, { auth }: HttpParts): Promise<void> {
  const { token } = await readJson(context, SignIn);
  if (!auth.isToken(token)) {
    throw new InvalidPayloadError('bad_signature', 'This is not the admin token. It was printed at the first start.');
  }
  context.cookies.set(CONSOLE_COOKIE, auth.cookieValue, {
    httpOnly: true,
    sameSite: 'strict',
    secure: context.secure,
    maxAge: 12 * 3_600_000,
  });
  context.status = 204;
}

async function overview({ platform, config }: HttpParts) {
  return {
    organisation: platform.workspace.organisation.name,
    version: platform.workspace.version,
    model: platform.modelName,
    store: config.databaseUrl ? 'postgres' : 'embedded',
    queue: config.redisUrl ? 'redis' : 'postgres',
    connections: platform.connections.map(({ channel, name }) => ({ channel, name })),
    counts: await platform.memory.operators.counts(),
  };
}

function live(context: Context, { platform }: HttpParts): void {
  const stop = platform.live.listen((note) => {
    // Words on their way are for the person; the console reads the turn once it is written.
    if (note.kind === 'delta' || note.kind === 'reset') return;
    out.send(note.kind, note.kind === 'span' ? note.span : note);
  });
  const out = openEventStream(context, stop);
}

function idOf<Schema extends z.ZodType>(
  context: Context & { readonly params?: Record<string, string> },
  schema: Schema,
): z.output<Schema> {
  return parseId(schema, context.params?.['id'], 'id');
}

function parseId<Schema extends z.ZodType>(schema: Schema, value: unknown, path: string): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new InvalidPayloadError('not_found', `"${String(value).slice(0, 60)}" is not an id.`, { path });
}
