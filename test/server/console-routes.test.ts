/** The console's API: who may call it, what it shows, and the operator who takes a thread and gives it back. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ticket } from '../../core/catalogue.ts';
import type { Alert, ThreadSummary } from '../../memory/operators.ts';
import {
  ADMIN_TOKEN,
  like,
  openStream,
  START_TIMEOUT_MS,
  startTestApp,
  type TestApp,
  until,
  type Visitor,
  visit,
  wordsOf,
} from './support.ts';

let test: TestApp;
let visitor: Visitor;

beforeAll(async () => {
  test = await startTestApp();
  visitor = await visit(test);
  await visitor.ask('I want a human');
}, START_TIMEOUT_MS);

afterAll(async () => {
  visitor.leave();
  await test.stop();
});

const uuid = '01996d2e-8a4b-7c3d-9e5f-0123456789ab';
const ours = { 'x-throughline': 'console' };
const admin = { authorization: `Bearer ${ADMIN_TOKEN}` };

type Route = { readonly method: string; readonly path: string; readonly body?: object };

/** Every route, with an id of nothing in it. */
const routes: readonly Route[] = [
  { method: 'GET', path: '/api/overview' },
  { method: 'GET', path: '/api/threads' },
  { method: 'GET', path: `/api/threads/${uuid}` },
  { method: 'POST', path: `/api/threads/${uuid}/take` },
  { method: 'POST', path: `/api/threads/${uuid}/return` },
  { method: 'POST', path: `/api/threads/${uuid}/messages`, body: { id: uuid, text: 'Hello' } },
  { method: 'GET', path: '/api/turns' },
  { method: 'GET', path: `/api/turns?thread=${uuid}` },
  { method: 'GET', path: `/api/turns/${uuid}` },
  { method: 'GET', path: '/api/alerts' },
  { method: 'POST', path: `/api/alerts/${uuid}/acknowledge` },
  { method: 'GET', path: '/api/parked' },
  { method: 'POST', path: `/api/tickets/${uuid}/close` },
  { method: 'GET', path: '/api/exemplar-candidates' },
  { method: 'POST', path: '/api/exemplar-candidates', body: { turn: uuid, intent: 'price' } },
  { method: 'GET', path: '/api/live' },
];
const withIds = routes.filter(({ path }) => path.includes(uuid));
const changes = routes.filter(({ method }) => method === 'POST');

function call({ method, path, body }: Route, headers: Readonly<Record<string, string>>): Promise<Response> {
  return fetch(`${test.address}${path}`, {
    method,
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
}

const read = async <T>(path: string): Promise<T> => (await (await test.console('GET', path)).json()) as T;

describe('who may call', () => {
  it.each(routes)('$method $path: nobody without the token', async (route) => {
    for (const headers of [
      ours,
      { ...ours, authorization: 'Bearer guess' },
      { ...ours, cookie: 'throughline_console=guess' },
    ]) {
      const response = await call(route, headers);
      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject({ error: { code: 'bad_signature' } });
    }
  });

  it('a visitor’s token opens nothing here', async () => {
    expect((await call({ method: 'GET', path: '/api/threads' }, visitor.headers)).status).toBe(401);
  });

  it.each(changes)('$method $path: no page of another site, even signed in', async (route) => {
    expect((await call(route, admin)).status).toBe(403);
    expect((await call(route, { ...admin, 'x-throughline': 'other' })).status).toBe(403);
  });

  it('the cookie of a sign-in opens it, the token is not in it, and a sign-out forgets it', async () => {
    const wrong = await call({ method: 'POST', path: '/api/sign-in', body: { token: 'guess' } }, ours);
    expect(wrong.status).toBe(401);
    expect(wrong.headers.get('set-cookie')).toBeNull();
    const right = await call({ method: 'POST', path: '/api/sign-in', body: { token: ADMIN_TOKEN } }, ours);
    expect(right.status).toBe(204);
    const cookie = right.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/httponly/i);
    expect(cookie).toMatch(/samesite=strict/i);
    expect(cookie).not.toContain(ADMIN_TOKEN);
    const signedIn = { cookie: cookie.split(';')[0] ?? '' };
    expect((await call({ method: 'GET', path: '/api/overview' }, signedIn)).status).toBe(200);
    expect((await call({ method: 'POST', path: `/api/threads/${uuid}/take` }, signedIn)).status).toBe(403);
    expect((await call({ method: 'POST', path: `/api/threads/${uuid}/take` }, { ...signedIn, ...ours })).status).toBe(
      404,
    );
    const out = await fetch(`${test.address}/api/sign-in`, { method: 'DELETE', headers: { ...signedIn, ...ours } });
    expect(out.status).toBe(204);
    expect(out.headers.get('set-cookie')).toMatch(/throughline_console=;|expires=thu, 01 jan 1970/i);
  });

  it('nothing of it may be kept by a browser', async () => {
    expect((await test.console('GET', '/api/threads')).headers.get('cache-control')).toBe('no-store');
    expect(
      (await call({ method: 'GET', path: '/api/threads' }, {})).headers.get('access-control-allow-origin'),
    ).toBeNull();
  });
});

describe('an id of nothing', () => {
  it.each(withIds)('$method $path: 404', async (route) => {
    const response = await call(route, { ...admin, ...ours });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: 'not_found' } });
  });

  it.each(withIds)('$method $path: 404 for what is no id at all', async (route) => {
    for (const wrong of ['1', 'null', "1'--", '%00', 'x'.repeat(500)]) {
      const path = route.path.replace(uuid, wrong);
      expect((await call({ ...route, path }, { ...admin, ...ours })).status).toBe(404);
    }
  });
});

describe('what it shows', () => {
  it('an overview without a secret in it', async () => {
    const overview = await read<object>('/api/overview');
    expect(overview).toMatchObject({
      organisation: 'Tidewell School',
      model: null,
      store: 'embedded',
      queue: 'postgres',
      connections: [{ channel: 'web', name: 'main' }],
      counts: { persons: 1, threads: 1, turns: 1, parked: 0 },
    });
    expect(JSON.stringify(overview)).not.toMatch(/secret|token/i);
  });

  it('threads, their entries, their turns', async () => {
    const id = await visitor.thread();
    const { threads } = await read<{ readonly threads: readonly ThreadSummary[] }>('/api/threads');
    expect(threads.find((thread) => thread.id === id)).toMatchObject({
      ownership: 'waiting',
      turns: 1,
      openAlerts: 1,
      channel: 'web',
    });
    const detail = await read<object>(`/api/threads/${id}`);
    expect(detail).toMatchObject({
      thread: { id, ownership: 'waiting' },
      entries: [
        { kind: 'event', text: 'I want a human', state: 'done' },
        { kind: 'delivery', delivery: { state: 'sent', messageClass: 'hand_over' } },
      ],
      turns: [{ thread: id, status: 'hand_over' }],
    });
    const turn = await visitor.turn();
    expect(await read<object>(`/api/turns/${turn.id}`)).toEqual(turn);
    expect(await read<object>(`/api/turns?thread=${id}`)).toMatchObject({ turns: [{ id: turn.id }] });
    expect(await read<object>('/api/parked')).toEqual({ parked: [] });
  });

  it('alerts, acknowledged once and for all', async () => {
    const open = async () => {
      const { alerts } = await read<{ readonly alerts: readonly Alert[] }>('/api/alerts');
      return alerts.filter((alert) => alert.acknowledgedAt === null);
    };
    const [alert] = await open();
    expect(alert).toMatchObject({ kind: 'hand_over', summary: like(/I want a human/) });
    expect((await test.console('POST', `/api/alerts/${alert?.id}/acknowledge`)).status).toBe(204);
    expect(await open()).toEqual([]);
    // Two operators pressed at once: the second has not done anything wrong.
    expect((await test.console('POST', `/api/alerts/${alert?.id}/acknowledge`)).status).toBe(204);
  });

  it('what happens now, in ids and without anybody’s words', async () => {
    const live = await openStream(test.address, admin, '/api/live');
    const other = await visit(test);
    await other.ask('my payment was charged twice, says Zelda');
    await until('end of the delivery', () => live.events.find(({ event }) => event === 'delivery'));
    const kinds = live.events.map(({ event }) => event);
    expect(kinds.slice(0, 2)).toEqual(['event-in', 'turn-start']);
    expect(kinds).toEqual(expect.arrayContaining(['span', 'turn-end', 'delivery']));
    expect(JSON.stringify(live.events)).not.toMatch(/Zelda|charged twice|T-\d/);
    live.close();
    other.leave();
  });
});

describe('an operator', () => {
  it('takes a thread, answers, and gives it back', async () => {
    const person = await visit(test);
    await person.ask('hi');
    const id = await person.thread();
    const taken = await test.console('POST', `/api/threads/${id}/take`);
    expect(taken.status).toBe(204);

    // Software is silent now, whatever is asked.
    await person.send({ text: 'how long is the breathwork course?' });
    const silent = await person.turn(2);
    expect(silent).toMatchObject({ status: 'silent', deliveries: [], route: { kind: 'silence' } });

    const words = await test.console('POST', `/api/threads/${id}/messages`, {
      id: randomUUID(),
      text: '  This is Tom.  ',
    });
    expect(words.status).toBe(200);
    const heard = await person.stream.message(2);
    expect(heard.from).toBe('operator');
    expect(wordsOf(heard)).toBe('This is Tom.');

    // Crisis words are answered whoever holds the thread.
    await person.send({ text: 'I want to die' });
    expect(wordsOf(await person.stream.message(3))).toMatch(/0800 1110111/);

    await test.console('POST', `/api/threads/${id}/return`);
    expect(wordsOf(await person.ask('how long is the breathwork course?'))).toMatch(/8 weeks|eight weeks/i);
    person.leave();
  });

  it('closes the ticket that stands beside the thread', async () => {
    const person = await visit(test);
    await person.ask('my payment was charged twice');
    const id = await person.thread();
    const beside = async () => (await read<{ readonly tickets: readonly Ticket[] }>(`/api/threads/${id}`)).tickets;
    const [ticket] = await beside();
    expect(ticket).toMatchObject({ status: 'open' });
    const close = () => test.console('POST', `/api/tickets/${ticket?.number ?? ''}/close`);
    expect([(await close()).status, (await close()).status]).toEqual([204, 204]);
    expect((await beside()).find(({ number }) => number === ticket?.number)).toMatchObject({ status: 'closed' });
    person.leave();
  });

  it('who writes on a thread holds it from then on', async () => {
    const person = await visit(test);
    await person.ask('hi');
    const id = await person.thread();
    await test.console('POST', `/api/threads/${id}/messages`, { id: randomUUID(), text: 'This is Tom.' });
    expect(await read<object>(`/api/threads/${id}`)).toMatchObject({ thread: { ownership: 'operator' } });
    person.leave();
  });

  it('who sends the same message twice is heard once', async () => {
    const person = await visit(test);
    await person.ask('hi');
    const path = `/api/threads/${await person.thread()}/messages`;
    const message = { id: randomUUID(), text: 'This is Tom.' };
    const [first, second] = await Promise.all([
      test.console('POST', path, message),
      test.console('POST', path, message),
    ]);
    expect([first.status, second.status]).toEqual([200, 200]);
    await test.console('POST', path, { id: randomUUID(), text: 'The second thing.' });
    await person.stream.message(3);
    expect(person.stream.messages().slice(1).map(wordsOf)).toEqual(['This is Tom.', 'The second thing.']);
    person.leave();
  });

  it.each([
    ['no id', { text: 'a' }, 'id'],
    ['no words', { id: uuid, text: '   ' }, 'text'],
    ['too many words', { id: uuid, text: 'x'.repeat(4_001) }, 'text'],
  ])('is told what is wrong with a message: %s', async (_what, body, path) => {
    const response = await test.console('POST', `/api/threads/${await visitor.thread()}/messages`, body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 'malformed', path } });
  });
});
