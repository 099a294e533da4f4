/** The widget's door: tokens, messages once, history, the stream that can be resumed, and nothing of anybody else. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { mintVisitorToken } from '../../channels/web/webhook.ts';
import { like, openStream, START_TIMEOUT_MS, startTestApp, type TestApp, until, visit, wordsOf } from './support.ts';

let test: TestApp;
const time = { ahead: 0 };

beforeAll(async () => {
  test = await startTestApp({}, { clock: () => Date.now() + time.ahead });
}, START_TIMEOUT_MS);

afterAll(() => test.stop());

const Started = z.object({
  token: z.string(),
  visitor: z.string(),
  expiresAt: z.iso.datetime(),
  school: z.string(),
  suggestions: z.array(z.string()),
  greeting: z.string(),
});
const start = async (body: object = {}) => Started.parse(await (await test.post('/chat/start', body)).json());
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const DAY = 24 * 3_600_000;

describe('POST /chat/start', () => {
  it('greets a new visitor in their language and tells how long the token holds', async () => {
    const started = await start({ locale: 'de-AT' });
    expect(started).toMatchObject({
      school: 'Tidewell School',
      greeting: like(/willkommen bei Tidewell/),
    });
    expect(started.suggestions).toHaveLength(5);
    expect(started.suggestions[1]).toBe('Was kostet das Grundlagenprogramm?');
    expect((await start({ locale: 'fr' })).suggestions[1]).toBe('How much is the foundation programme?');
    expect(Date.parse(started.expiresAt) - Date.now()).toBeGreaterThan(29 * DAY);
    expect((await start()).greeting).toContain('welcome');
  });

  it('knows a visitor again by the old token, and takes a forged one for a stranger', async () => {
    const first = await start();
    expect((await start({ token: first.token })).visitor).toBe(first.visitor);
    const claims = { visitor: first.visitor, expires: Date.now() + DAY };
    const forged = mintVisitorToken(claims, { secret: 'not the secret of this installation' });
    expect((await start({ token: forged })).visitor).not.toBe(first.visitor);
    expect((await start({ token: 'rubbish' })).visitor).not.toBe(first.visitor);
  });

  it('makes nobody a member who says so', async () => {
    const started = await start({ member: '1001', visitor: 'member:1001' });
    const claims = JSON.parse(Buffer.from(started.token.split('.')[0] ?? '', 'base64url').toString()) as object;
    expect(Object.keys(claims).toSorted()).toEqual(['expires', 'visitor']);
    expect(started.visitor).not.toContain('1001');
  });

  it('makes no member’s token last longer than it was made for', async () => {
    const { token, expiresAt } = await start({ token: test.app.memberToken('1001') });
    expect(Date.parse(expiresAt) - Date.now()).toBeLessThanOrEqual(3_600_000);
    const again = await start({ token });
    expect(again.expiresAt).toBe(expiresAt);
  });

  it.each([
    ['no JSON', 'token=1', 'body'],
    ['a token that is none', { token: 5 }, 'token'],
    ['a token that is too long', { token: 'x'.repeat(2_001) }, 'token'],
  ])('refuses %s, and says where', async (_what, body, path) => {
    const response = await test.post('/chat/start', body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 'malformed', path } });
  });

  it('may be called from any site, without cookies', async () => {
    const response = await test.post('/chat/start', {}, { origin: 'https://school.example' });
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('access-control-allow-credentials')).toBeNull();
    expect(response.headers.get('set-cookie')).toBeNull();
    for (const path of ['/chat/start', '/chat/messages', '/chat/history', '/chat/stream']) {
      const asked = await fetch(`${test.address}${path}`, { method: 'OPTIONS' });
      expect(asked.status).toBe(204);
      expect(asked.headers.get('access-control-allow-headers')).toMatch(/authorization.*content-type.*last-event-id/);
      expect(asked.headers.get('access-control-allow-methods')).toMatch(/GET, POST/);
    }
  });
});

describe('a token', () => {
  const call = (token: string) =>
    Promise.all([
      test.post('/chat/messages', { id: randomUUID(), text: 'hi' }, bearer(token)),
      test.get('/chat/history', bearer(token)),
      test.get('/chat/stream', bearer(token)),
    ]);
  const statuses = async (token: string) => (await call(token)).map((response) => response.status);

  it('is needed everywhere', async () => {
    const without = await Promise.all([
      test.post('/chat/messages', { id: randomUUID(), text: 'hi' }),
      test.get('/chat/history'),
      test.get('/chat/stream'),
    ]);
    expect(without.map((response) => response.status)).toEqual([401, 401, 401]);
    // Pages of other sites must be able to read that they have to start again.
    expect(without.map((response) => response.headers.get('access-control-allow-origin'))).toEqual(['*', '*', '*']);
  });

  it('must be ours, whole and unchanged', async () => {
    const { token } = await start();
    const [payload = '', signature = ''] = token.split('.');
    const other = Buffer.from(JSON.stringify({ visitor: 'member', expires: Date.now() + DAY })).toString('base64url');
    for (const wrong of [`${other}.${signature}`, `${payload}.`, payload, `${token}x`, `${token}.x`, '.', 'x']) {
      expect(await statuses(wrong)).toEqual([401, 401, 401]);
    }
  });

  it('expires', async () => {
    const { token } = await start();
    time.ahead = 31 * DAY;
    expect(await statuses(token)).toEqual([401, 401, 401]);
    expect((await start({ token })).visitor).not.toBe((await start()).visitor);
    time.ahead = 0;
    expect((await test.get('/chat/history', bearer(token))).status).toBe(200);
  });
});

describe('POST /chat/messages', () => {
  it.each([
    ['no JSON', '{"id":', ''],
    ['no id', { text: 'hi' }, 'id'],
    ['an id that is none', { id: '1', text: 'hi' }, 'id'],
    ['no words', { id: randomUUID() }, 'text'],
    ['empty words', { id: randomUUID(), text: '' }, 'text'],
    ['too many words', { id: randomUUID(), text: 'x'.repeat(20_001) }, 'text'],
    ['a choice nobody can have been offered', { id: randomUUID(), choose: 'a b', label: 'A' }, 'choose'],
  ])('refuses %s, and says where', async (_what, body, path) => {
    const { token } = await start();
    const response = await test.post('/chat/messages', body, bearer(token));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 'malformed', path } });
  });

  it('takes each message once, however often it is sent', async () => {
    const visitor = await visit(test);
    const id = randomUUID();
    const responses = await Promise.all(Array.from({ length: 5 }, () => visitor.send({ id, text: 'hi' })));
    expect(responses.map((response) => response.status)).toEqual([200, 200, 200, 200, 200]);
    expect(await responses[0]?.json()).toEqual({ accepted: true });
    await visitor.stream.message(1);
    await visitor.send({ id, text: 'hi' });
    expect(wordsOf(await visitor.ask('goodbye'))).toContain('Goodbye');
    expect(visitor.stream.messages()).toHaveLength(2);
    visitor.leave();
  });

  it('answers a pressed button', async () => {
    const visitor = await visit(test);
    const message = await visitor.ask('asdf');
    const choices = message.blocks.find((block) => block.kind === 'choices');
    const human = choices?.options.find((option) => option.token === 'human');
    await visitor.send({ choose: human?.token, label: human?.label });
    expect(wordsOf(await visitor.stream.message(2))).toMatch(/A person of the team/);
    visitor.leave();
  });

  it('answers messages that come close together as one', async () => {
    const visitor = await visit(test);
    for (const text of ['how long', 'is the', 'breathwork course?']) await visitor.send({ text });
    await visitor.stream.message(1);
    expect((await visitor.turn()).events).toHaveLength(3);
    visitor.leave();
  });
});

describe('GET /chat/history', () => {
  it('is empty for somebody who has not written', async () => {
    const { token } = await start();
    expect(await (await test.get('/chat/history', bearer(token))).json()).toEqual({ entries: [], lastSequence: 0 });
  });

  it('is the conversation in order, with the number the stream goes on from', async () => {
    const visitor = await visit(test);
    await visitor.ask('hi');
    const last = await visitor.ask('goodbye');
    const { entries, lastSequence } = (await (await test.get('/chat/history', visitor.headers)).json()) as {
      readonly entries: readonly Readonly<Record<string, unknown>>[];
      readonly lastSequence: number;
    };
    expect(entries.map(({ from, text, sequence }) => text ?? `${from} ${sequence}`)).toEqual([
      'hi',
      like(/^agent \d+$/),
      'goodbye',
      `agent ${last.sequence}`,
    ]);
    expect(lastSequence).toBe(last.sequence);
    expect(JSON.stringify(entries)).not.toMatch(/toolCalls|draft|handle|"thread"/);
    visitor.leave();
  });
});

describe('GET /chat/history, of one’s own words', () => {
  it('names them as the page did, so that it shows none of them twice', async () => {
    const visitor = await visit(test);
    const [said, pressed] = [randomUUID(), randomUUID()];
    await visitor.send({ id: said, text: 'asdf' });
    await visitor.stream.message(1);
    await visitor.send({ id: pressed, choose: 'human', label: 'A person' });
    await visitor.stream.message(2);
    const { entries } = (await (await test.get('/chat/history', visitor.headers)).json()) as {
      readonly entries: readonly { readonly from: string; readonly id: string }[];
    };
    expect(entries.flatMap(({ from, id }) => (from === 'person' ? [id] : []))).toEqual([said, pressed]);
    visitor.leave();
  });
});

describe('GET /chat/stream', () => {
  it('says that an answer is being written, then gives it, with its number', async () => {
    const visitor = await visit(test);
    const message = await visitor.ask('hi');
    expect(visitor.stream.events.map(({ event }) => event)).toEqual(['typing', 'turn-end', 'message']);
    expect(visitor.stream.events.at(-1)?.id).toBe(String(message.sequence));
    visitor.leave();
  });

  it('replays everything to somebody who comes back, and only what is new after the last id', async () => {
    const visitor = await visit(test);
    const [first, second] = [await visitor.ask('hi'), await visitor.ask('goodbye')];
    visitor.leave();
    const again = await openStream(test.address, visitor.headers);
    await again.message(2);
    expect(again.messages()).toEqual([first, second]);
    const rest = await openStream(test.address, { ...visitor.headers, 'last-event-id': String(first.sequence) });
    await rest.message(1);
    expect(rest.messages()).toEqual([second]);
    again.close();
    rest.close();
  });

  it('replays more than one page', { timeout: 120_000 }, async () => {
    const visitor = await visit(test);
    await visitor.ask('hi');
    visitor.leave();
    const thread = await visitor.thread();
    const { memory, bridge } = test.app.platform;
    for (let index = 0; index < 105; index += 1) {
      await memory.operators.write(thread, { id: randomUUID(), text: `word ${index}` });
    }
    await bridge.wakeThread(thread);
    await until('all of them sent', async () => {
      const list = await memory.outbox.list(thread, { after: 0, limit: 200 });
      return list.length === 106 && list.every((delivery) => delivery.state === 'sent') ? true : undefined;
    });
    const again = await openStream(test.address, visitor.headers);
    await again.message(106);
    expect(again.messages().slice(1).map(wordsOf)).toEqual(Array.from({ length: 105 }, (_, index) => `word ${index}`));
    again.close();
  });

  it('shows what was written before the last answer and sent after it, also to somebody who comes back', async () => {
    const visitor = await visit(test);
    await visitor.ask('hi');
    const thread = await visitor.thread();
    const { memory, bridge } = test.app.platform;
    await memory.operators.write(thread, { id: randomUUID(), text: 'a reminder' });
    // It waits for its next try; only crisis words overtake it.
    const claim = await memory.outbox.claim(thread, { holder: 'test', claimMs: 60_000 });
    if (claim) await memory.outbox.putBack(claim, { afterMs: 4_000, code: 'channel_busy', isWait: true });
    const waiting = (await (await test.get('/chat/history', visitor.headers)).json()) as {
      readonly lastSequence: number;
    };
    const second = await visitor.ask('I want to kill myself');
    await until('its next try', async () => {
      await bridge.wakeThread(thread);
      return (await memory.outbox.listSent(thread, { after: second.sequence, limit: 1 }))[0];
    });
    expect(wordsOf(await visitor.stream.message(3))).toBe('a reminder');
    visitor.leave();
    const again = await openStream(test.address, { ...visitor.headers, 'last-event-id': String(second.sequence) });
    expect(wordsOf(await again.message(1))).toBe('a reminder');
    const loaded = await openStream(test.address, {
      ...visitor.headers,
      'last-event-id': String(waiting.lastSequence),
    });
    await loaded.message(2);
    expect(loaded.messages().map(wordsOf).at(-1)).toBe('a reminder');
    again.close();
    loaded.close();
  });

  it('shows an answer whose notice was lost, while it stays open', { timeout: 30_000 }, async () => {
    const visitor = await visit(test);
    await visitor.ask('hi');
    const { live } = test.app.platform;
    const publish = live.publish;
    const lost = vi.spyOn(live, 'publish').mockImplementation((note) => {
      if (note.kind !== 'delivery') publish(note);
    });
    await visitor.send({ text: 'goodbye' });
    await visitor.stream.message(2);
    lost.mockRestore();
    visitor.leave();
  });

  it('shows an answer to every window of the same visitor', async () => {
    const visitor = await visit(test);
    const other = await openStream(test.address, visitor.headers);
    const message = await visitor.ask('hi');
    expect(await other.message(1)).toEqual(message);
    other.close();
    visitor.leave();
  });

  it('shows nothing of anybody else', async () => {
    const [mine, theirs] = [await visit(test), await visit(test)];
    await mine.ask('my payment was charged twice, says Zelda');
    await theirs.ask('hi');
    await mine.ask('goodbye');
    expect(theirs.stream.events.map(({ event }) => event)).toEqual(['typing', 'turn-end', 'message']);
    expect(JSON.stringify(theirs.stream.events)).not.toMatch(/T-\d|Goodbye/);
    const history = await (await test.get('/chat/history', theirs.headers)).text();
    expect(history).not.toMatch(/Zelda|T-\d/);
    mine.leave();
    theirs.leave();
  });

  it('of somebody who wrote nothing costs the store nothing while others talk', async () => {
    const silent = await visit(test);
    const other = await visit(test);
    // Whatever a stream looks for when it opens has been looked for.
    await other.ask('hi');
    const looks = vi.spyOn(test.app.platform.memory.threads, 'find');
    await other.ask('how much is the membership?');
    expect(looks).not.toHaveBeenCalled();
    looks.mockRestore();
    // And still its own first words reach it.
    await silent.ask('hi');
    for (const one of [silent, other]) one.leave();
  });

  it('of a member is theirs in every browser, and in no stranger’s', async () => {
    const [laptop, phone, stranger] = [
      await visit(test, { member: '1002' }),
      await visit(test, { member: '1002' }),
      await visit(test),
    ];
    const message = await laptop.ask('hi');
    expect(await phone.stream.message(1)).toEqual(message);
    await stranger.ask('hi');
    expect(stranger.stream.messages().map(({ id }) => id)).not.toContain(message.id);
    for (const one of [laptop, phone, stranger]) one.leave();
  });
});
