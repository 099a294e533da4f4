/** The console's own state: addresses, running turns, loaded values, problems in words. */
import { describe, expect, it } from 'vitest';
import { type Answer, createApi, problemOf } from '../../console/app/api.ts';
import { createLoaded } from '../../console/app/loaded.ts';
import { personLink, readRoute, threadLink } from '../../console/app/route.ts';
import { type LiveNote, type Running, readNote, withNote } from '../../console/app/running.ts';
import { ago, duration } from '../../console/app/time.ts';
import { createFakeClock, settle } from './fake-clock.ts';

describe('readRoute', () => {
  it.each([
    ['', { name: 'threads', thread: null, turn: null }],
    ['#/', { name: 'threads', thread: null, turn: null }],
    ['#/threads', { name: 'threads', thread: null, turn: null }],
    ['#/threads/a', { name: 'threads', thread: 'a', turn: null }],
    ['#/threads/a/turns/b', { name: 'threads', thread: 'a', turn: 'b' }],
    ['#/threads/a/other/b', { name: 'threads', thread: 'a', turn: null }],
    ['#/alerts', { name: 'alerts' }],
    ['#/parked', { name: 'parked' }],
    ['#/gaps', { name: 'gaps' }],
    ['#/exemplars', { name: 'exemplars' }],
    ['#/journey', { name: 'journey' }],
    ['#/people', { name: 'people', person: null }],
    ['#/people/telegram%3A4711', { name: 'people', person: 'telegram:4711' }],
    ['#/nowhere', { name: 'threads', thread: null, turn: null }],
    ['#/threads/%zz', { name: 'threads', thread: null, turn: null }],
  ])('reads %j', (hash, page) => {
    expect(readRoute(hash)).toEqual(page);
  });

  it('reads back the links it makes', () => {
    expect(readRoute(personLink('web:a/b'))).toEqual({ name: 'people', person: 'web:a/b' });
    expect(readRoute(threadLink('a/b', 'c d'))).toEqual({ name: 'threads', thread: 'a/b', turn: 'c d' });
  });
});

describe('withNote', () => {
  const start: LiveNote = { kind: 'turn-start', thread: 'th', turn: 't1' };
  const spanNote = (endMs: number | null) =>
    readNote(
      'span',
      JSON.stringify({ id: 's', turn: 't1', parent: null, name: 'act', startMs: 1, endMs, outcome: 'ok' }),
    );

  function told(...notes: readonly (LiveNote | null)[]): Running {
    return notes.reduce<Running>((running, note) => (note ? withNote(running, note, 1_000) : running), new Map());
  }

  it('shows a turn from its start to its end', () => {
    expect(told(start).get('t1')).toMatchObject({ thread: 'th', startedAt: 1_000, spans: [] });
    expect(told(start, { kind: 'turn-end', thread: 'th', turn: 't1' }).size).toBe(0);
  });

  it('lets the end of a span replace its beginning', () => {
    expect(told(start, spanNote(null)).get('t1')?.spans).toMatchObject([{ endMs: null }]);
    expect(told(start, spanNote(null), spanNote(9)).get('t1')?.spans).toMatchObject([{ endMs: 9 }]);
  });

  it('passes over spans of turns it does not know', () => {
    expect(told(spanNote(null)).size).toBe(0);
  });

  it('forgets a turn that never told its end', () => {
    const running = withNote(new Map(), start, 0);
    expect(withNote(running, { kind: 'event-in', thread: 'x' }, 60_000).size).toBe(1);
    expect(withNote(running, { kind: 'event-in', thread: 'x' }, 120_000).size).toBe(0);
  });

  it('passes over what it does not understand', () => {
    expect(readNote('delta', '{}')).toBeNull();
    expect(readNote('turn-start', 'not json')).toBeNull();
  });
});

describe('createLoaded', () => {
  const ok = (value: string): Answer<string> => ({ ok: true, value });

  it('shows the value of what is asked for, and none while it loads', async () => {
    const loaded = createLoaded((key) => Promise.resolve(ok(`value of ${key}`)), createFakeClock());
    loaded.show('a');
    expect(loaded.value.value).toBeNull();
    await settle();
    expect(loaded.value.value).toBe('value of a');
    loaded.show(null);
    expect(loaded.value.value).toBeNull();
  });

  it('does not let a slow answer overtake a later question', async () => {
    const slow = Promise.withResolvers<Answer<string>>();
    const loaded = createLoaded((key) => (key === 'slow' ? slow.promise : Promise.resolve(ok(key))), createFakeClock());
    loaded.show('slow');
    loaded.show('fast');
    await settle();
    slow.resolve(ok('slow'));
    await settle();
    expect(loaded.value.value).toBe('fast');
  });

  it('makes one load out of many refreshes', async () => {
    const clock = createFakeClock();
    let loads = 0;
    const loaded = createLoaded(() => {
      loads += 1;
      return Promise.resolve(ok('x'));
    }, clock);
    loaded.show('all');
    for (let again = 0; again < 10; again += 1) loaded.refresh();
    await clock.move(1_000);
    expect(loads).toBe(2);
  });

  it('keeps the old value beside the problem of a failed refresh', async () => {
    const clock = createFakeClock();
    const answers: Answer<string>[] = [ok('old'), { ok: false, problem: problemOf(503, '') }, ok('new')];
    const loaded = createLoaded(() => Promise.resolve(answers.shift() ?? ok('?')), clock);
    loaded.show('all');
    await settle();
    loaded.refresh();
    await clock.move(1_000);
    expect(loaded.value.value).toBe('old');
    expect(loaded.problem.value?.status).toBe(503);
    loaded.refresh();
    await clock.move(1_000);
    expect([loaded.value.value, loaded.problem.value]).toEqual(['new', null]);
  });
});

describe('createApi', () => {
  it('sends the header that other sites cannot send', async () => {
    const seen: RequestInit[] = [];
    const api = createApi(
      (_input, init) => {
        seen.push(init ?? {});
        return Promise.resolve(new Response(null, { status: 204 }));
      },
      () => {},
    );
    expect(await api.send('/api/threads/a/take')).toEqual({ ok: true, value: null });
    expect(seen[0]).toMatchObject({ method: 'POST', headers: { 'x-throughline': 'console' } });
  });

  it('tells of a lost sign-in, but not of a wrong token', async () => {
    let signedOut = 0;
    const refuse = () => Promise.resolve(Response.json({ error: { code: 'x', message: 'No.' } }, { status: 401 }));
    const api = createApi(refuse, () => {
      signedOut += 1;
    });
    expect(await api.send('/api/sign-in', { body: { token: 'x' } })).toMatchObject({
      ok: false,
      problem: { message: 'No.' },
    });
    expect(signedOut).toBe(0);
    await api.get('/api/overview');
    expect(signedOut).toBe(1);
  });

  it('answers with a problem where there is no network', async () => {
    const api = createApi(
      () => Promise.reject(new TypeError('refused')),
      () => {},
    );
    expect(await api.get('/api/overview')).toMatchObject({ ok: false, problem: { status: 0 } });
  });
});

describe('times', () => {
  it('reads short', () => {
    const minute = 60_000;
    expect([0, 5 * minute, 200 * minute, 3_000 * minute].map((gone) => ago(0, gone))).toEqual([
      'now',
      '5 min',
      '3 h',
      '2 d',
    ]);
    expect([0.44, 9.96, 41.2, 1_610, 12_345].map(duration)).toEqual(['0.4 ms', '10 ms', '41 ms', '1.61 s', '12.3 s']);
  });
});
