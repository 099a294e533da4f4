/** The widget's requests: the token is renewed on the way, and no failure of the network throws. */
import { describe, expect, it } from 'vitest';
import { createChatApi } from '../../console/widget/chat-api.ts';
import { createKeep } from '../../console/widget/keep.ts';

const base = 'https://chat.example/';
const message = { id: '0198c5a0-0000-7000-8000-000000000001', text: 'hi', at: '2026-11-20T10:00:00.000Z' };

type Seen = { readonly path: string; readonly token: string | null; readonly body: unknown };

/** `answers` by path, each path's in turn and its last one for ever. */
function openApi(answers: Readonly<Record<string, readonly Response[]>>) {
  const seen: Seen[] = [];
  const keep = createKeep(null, base);
  let forgotten = 0;
  const api = createChatApi({
    base,
    locale: 'de',
    keep,
    fetch: (input, init) => {
      const path = String(input).slice(base.length);
      const headers = new Headers(init?.headers);
      const body: unknown = typeof init?.body === 'string' ? JSON.parse(init.body) : null;
      const list = answers[path] ?? [];
      const turn = seen.filter((one) => one.path === path).length;
      seen.push({ path, token: headers.get('authorization'), body });
      const answer = list[Math.min(turn, list.length - 1)];
      return answer ? Promise.resolve(answer.clone()) : Promise.reject(new TypeError('no network'));
    },
    onForgotten: () => {
      forgotten += 1;
    },
  });
  return { api, keep, seen, forgotten: () => forgotten };
}

function welcome(token: string, visitor = 'v1'): Response {
  return Response.json({ token, visitor, school: 'Tidewell School', greeting: 'Hello', suggestions: [] });
}

const ok = Response.json({ accepted: true });
const unauthorised = Response.json({ error: { code: 'bad_signature' } }, { status: 401 });

describe('createChatApi', () => {
  it('starts first, then posts with the token, the same id and the locale', async () => {
    const { api, seen } = openApi({ 'chat/start': [welcome('t1')], 'chat/messages': [ok] });
    expect(await api.post(message)).toEqual({ kind: 'accepted' });
    expect(seen.map(({ path, token }) => [path, token])).toEqual([
      ['chat/start', null],
      ['chat/messages', 'Bearer t1'],
    ]);
    expect(seen[1]?.body).toEqual({ id: message.id, text: 'hi', locale: 'de' });
  });

  it('sends a pressed option as its token and label', async () => {
    const { api, seen } = openApi({ 'chat/start': [welcome('t1')], 'chat/messages': [ok] });
    await api.post({ ...message, choose: 'o.1' });
    expect(seen[1]?.body).toEqual({ id: message.id, choose: 'o.1', label: 'hi', locale: 'de' });
  });

  it('renews an expired token with the old one and sends the same again', async () => {
    const { api, keep, seen } = openApi({ 'chat/start': [welcome('t2')], 'chat/messages': [unauthorised, ok] });
    keep.set('token', 't1');
    expect(await api.post(message)).toEqual({ kind: 'accepted' });
    expect(seen.map(({ path, token }) => [path, token])).toEqual([
      ['chat/messages', 'Bearer t1'],
      ['chat/start', null],
      ['chat/messages', 'Bearer t2'],
    ]);
    expect(seen[1]?.body).toEqual({ locale: 'de', token: 't1' });
    expect(keep.get('token')).toBe('t2');
  });

  it('renews once for many who need it', async () => {
    const { api, seen } = openApi({ 'chat/start': [welcome('t1')], 'chat/messages': [ok], 'chat/history': [ok] });
    await Promise.all([api.post(message), api.history(), api.start()]);
    expect(seen.filter(({ path }) => path === 'chat/start')).toHaveLength(1);
  });

  it('tells when the server has forgotten the visitor', async () => {
    const { api, keep, forgotten } = openApi({ 'chat/start': [welcome('t2', 'v2')] });
    keep.set('visitor', 'v1');
    await api.start();
    expect(forgotten()).toBe(1);
    await api.start();
    expect(forgotten()).toBe(1);
  });

  it.each([
    [503, '4', { kind: 'later', afterMs: 4_000 }],
    [503, null, { kind: 'later', afterMs: null }],
    [429, '99999', { kind: 'later', afterMs: 300_000 }],
    [500, 'soon', { kind: 'later', afterMs: null }],
    [401, null, { kind: 'later', afterMs: null }],
    [400, null, { kind: 'refused' }],
    [413, null, { kind: 'refused' }],
  ])('reads %i with retry-after %j', async (status, after, outcome) => {
    const response = new Response('{}', { status, headers: after === null ? {} : { 'retry-after': after } });
    const { api } = openApi({ 'chat/start': [welcome('t1')], 'chat/messages': [response] });
    expect(await api.post(message)).toEqual(outcome);
  });

  it('calls a missing network "later"', async () => {
    const { api } = openApi({});
    expect(await api.post(message)).toEqual({ kind: 'later', afterMs: null });
    expect(await api.start()).toBeNull();
    expect(await api.history()).toBeNull();
  });

  it('reads the history as lines of the conversation', async () => {
    const entries = [
      { from: 'person', id: 'p1', text: 'hi', at: message.at },
      { from: 'agent', id: 'a.0', sequence: 1, blocks: [{ kind: 'text', text: 'hello' }], at: message.at },
    ];
    const { api } = openApi({
      'chat/start': [welcome('t1')],
      'chat/history': [Response.json({ entries, lastSequence: 1 })],
    });
    expect(await api.history()).toEqual({ lines: [{ ...entries[0], state: 'sent' }, entries[1]], lastSequence: 1 });
  });
});
