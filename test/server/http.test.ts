/** The doors of the running application: webhooks and what they refuse, pages, health, and errors as status codes. */
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mintVisitorToken } from '../../channels/web/webhook.ts';
import { TransientError } from '../../core/errors.ts';
import { createConsoleAuth, hashToken } from '../../server/auth.ts';
import { readConfig } from '../../server/config.ts';
import { createHttp } from '../../server/http.ts';
import { createOutside } from '../../server/outside.ts';
import type { Platform } from '../../server/platform.ts';
import {
  facebookRequest,
  type Platforms,
  pageComment,
  type Signed,
  siteMessage,
  siteRequest,
  startPlatforms,
  telegramMessage,
  telegramRequest,
} from './platforms.ts';
import { START_TIMEOUT_MS, startTestApp, type TestApp, until } from './support.ts';

let platforms: Platforms;
let test: TestApp;

beforeAll(async () => {
  platforms = await startPlatforms();
  // With a public address nothing is polled; what the platforms deliver, the tests deliver.
  test = await startTestApp({ ...platforms.variables, PUBLIC_URL: 'https://school.example' });
}, START_TIMEOUT_MS);

afterAll(async () => {
  await test.stop();
  await platforms.stop();
});

const deliver = ({ path, body, headers }: Signed, more: Readonly<Record<string, string>> = {}): Promise<Response> =>
  test.post(path, body, { ...headers, ...more });

const errorOf = async (response: Response) =>
  (await response.json()) as { readonly error: Readonly<Record<string, string>> };

/** Everything that grows when something is stored. */
async function stored(): Promise<unknown> {
  const { memory } = test.app.platform;
  const [counts, depth] = await Promise.all([memory.operators.counts(), memory.inbox.depth()]);
  return { counts, events: depth.events };
}

const requests = (): readonly (readonly [string, Signed])[] => [
  ['telegram', telegramRequest(telegramMessage(41, 'hello'))],
  ['facebook', facebookRequest(pageComment('700_41', 'hello'))],
  ['buddyboss', siteRequest(siteMessage(41, '<p>hello</p>'))],
];

describe('a request without a valid proof', () => {
  const proofs = ['x-telegram-bot-api-secret-token', 'x-hub-signature-256', 'webhook-signature'];

  it.each(['telegram', 'facebook', 'buddyboss'])('is refused, logged and not stored: %s', async (channel) => {
    const before = await stored();
    const signed = requests().find(([name]) => name === channel)?.[1] as Signed;
    const proof = proofs.find((name) => name in signed.headers) ?? '';
    const { [proof]: value = '', ...without } = signed.headers;
    const attempts = [without, { ...without, [proof]: '' }, { ...without, [proof]: `${value.slice(0, -2)}AA` }];
    const lines = test.log.length;
    for (const headers of attempts) {
      const response = await deliver({ ...signed, headers });
      expect(response.status).toBe(401);
      expect((await errorOf(response)).error['code']).toBe('bad_signature');
    }
    expect(test.log.slice(lines)).toEqual(
      attempts.map(() => ({
        level: 'warn',
        message: 'refused a request without a valid proof',
        data: { method: 'POST', path: `/in/${channel}/main` },
      })),
    );
    expect(await stored()).toEqual(before);
  });

  it('is refused when the body was changed after it was signed', async () => {
    const { body, ...signed } = facebookRequest(pageComment('700_42', 'hello'));
    expect((await deliver({ ...signed, body: body.replace('hello', 'hullo') })).status).toBe(401);
  });
});

describe('a body that is not as it should be', () => {
  it.each([
    ['telegram, no JSON', telegramRequest('{"update_id": 1,'), ''],
    ['telegram, no update', telegramRequest({ hello: 1 }), 'update_id'],
    [
      'telegram, half a message',
      telegramRequest({ update_id: 7, message: { message_id: 1, date: 1, chat: {} } }),
      'message.chat.id',
    ],
    ['facebook, no JSON', facebookRequest('nothing'), ''],
    ['facebook, no entry', facebookRequest({ object: 'page', entry: [] }), 'entry'],
    ['buddyboss, no words', siteRequest({ ...siteMessage(1, ''), message_html: 5 }), 'message_html'],
  ])('is answered with 400 and the path: %s', async (_what, signed, path) => {
    const before = await stored();
    const response = await deliver(signed);
    expect(response.status).toBe(400);
    expect((await errorOf(response)).error).toMatchObject({ code: 'malformed', path });
    expect(await stored()).toEqual(before);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', ''])(
    'is answered with 415 when it is %j',
    async (type) => {
      const response = await deliver(telegramRequest(telegramMessage(41, 'hello')), { 'content-type': type });
      expect(response.status).toBe(415);
    },
  );

  /** Sends a head and these bytes, and does not end: the answer must not wait for the rest. */
  const statusOfUnfinished = (headers: Readonly<Record<string, string>>, bytes: number): Promise<number> =>
    new Promise((resolve, reject) => {
      const signed = telegramRequest({});
      const request = httpRequest(`${test.address}${signed.path}`, {
        method: 'POST',
        headers: { ...signed.headers, 'content-type': 'application/json', ...headers },
      });
      request.on('error', reject).on('response', (response) => {
        resolve(response.statusCode ?? 0);
        request.on('error', () => undefined).destroy();
      });
      request.flushHeaders();
      if (bytes > 0) request.write('x'.repeat(bytes));
    });

  it('is answered with 413 when it says that it is larger than a megabyte', async () => {
    expect(await statusOfUnfinished({ 'content-length': '1048577' }, 0)).toBe(413);
  });

  it('is answered with 413 when it turns out to be', async () => {
    expect(await statusOfUnfinished({ 'transfer-encoding': 'chunked' }, 1_048_577)).toBe(413);
  });

  it('may be a megabyte', async () => {
    const update = telegramMessage(44, '');
    const padding = 'x'.repeat(1_048_576 - JSON.stringify({ ...update, padding: '' }).length);
    expect((await deliver(telegramRequest({ ...update, padding }))).status).toBe(200);
  });
});

describe('an address where nothing is', () => {
  it.each(['/in/telegram/other', '/in/bluesky/main', '/in/web/main', '/in/telegram/main/more'])(
    'is 404: POST %s',
    async (path) => {
      expect((await test.post(path, telegramRequest({}).body, telegramRequest({}).headers)).status).toBe(404);
    },
  );

  it.each(['/in/telegram/main', '/in/buddyboss/main', '/nowhere', '/assets/../../package.json', '/assets/nothing.js'])(
    'is 404: GET %s',
    async (path) => {
      expect((await test.get(path)).status).toBe(404);
    },
  );
});

describe('Facebook’s handshake', () => {
  const ask = (change: Readonly<Record<string, string>> = {}) =>
    test.get(
      `/in/facebook/main?${new URLSearchParams({
        'hub.mode': 'subscribe',
        'hub.verify_token': 'verify-token-of-the-tests',
        'hub.challenge': '1158201444',
        ...change,
      })}`,
    );

  it('is answered with the challenge, as plain text', async () => {
    const response = await ask();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(await response.text()).toBe('1158201444');
  });

  it('is refused with another token, and nothing is echoed', async () => {
    const response = await ask({ 'hub.verify_token': 'guess', 'hub.challenge': '<script>1</script>' });
    expect(response.status).toBe(401);
    expect(await response.text()).not.toContain('script');
  });
});

describe('what a platform delivers', () => {
  it('is answered once, however often and however closely it is delivered', async () => {
    platforms.telegram.addChat({ id: 501, type: 'private', first_name: 'Mirela' });
    const signed = telegramRequest(telegramMessage(501, 'hi'));
    const responses = await Promise.all(Array.from({ length: 5 }, () => deliver(signed)));
    expect(responses.map((response) => response.status)).toEqual([200, 200, 200, 200, 200]);
    const sent = () => platforms.telegram.messages.filter((message) => message.chat.id === 501);
    await until('answer', () => sent()[0]);
    // Answers of one thread leave in order: when this one is there, a second answer to the first would be, too.
    await deliver(signed);
    await deliver(telegramRequest(telegramMessage(501, 'goodbye')));
    await until('answer to the goodbye', () => sent().find((message) => /Goodbye/.test(message.text)));
    expect(sent().map((message) => message.text.split(' ')[0])).toEqual(['Hello,', 'Goodbye,']);
  });

  it('is kept with its reason when we do not handle its kind, and answered by nobody', async () => {
    const update = {
      inline_query: { id: '1', from: { id: 502, is_bot: false, first_name: 'M' }, query: 'x', offset: '' },
    };
    const { memory } = test.app.platform;
    expect((await deliver(telegramRequest({ update_id: 71, ...update }))).status).toBe(200);
    expect((await deliver(siteRequest({ type: 'membership_level_changed' }))).status).toBe(200);
    const threads = await memory.operators.threads(100);
    const entries = (await Promise.all(threads.map(({ id }) => memory.operators.entries(id, 50)))).flat();
    const kept = entries.filter((entry) => entry.kind === 'event' && entry.eventKind === 'unsupported');
    expect(kept).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ text: 'update kind inline_query', state: 'ignored', turn: null }),
        expect.objectContaining({ text: 'event type membership_level_changed', state: 'ignored', turn: null }),
      ]),
    );
  });
});

describe('errors of our own', () => {
  let broken: Server;
  const visitorSecret = 'x'.repeat(32);
  let address: string;
  /** The same application, but for what is replaced in its platform. */
  let platform: Platform;
  const lines: { readonly message: string; readonly data: object }[] = [];

  beforeAll(async () => {
    const outside = {
      ...createOutside('silent'),
      log: { info: () => undefined, warn: (message: string, data: object) => void lines.push({ message, data }) },
    };
    const auth = createConsoleAuth(hashToken('x'));
    const parts = { auth, outside, config: readConfig({}), visitorSecret };
    broken = createServer((request, response) => createHttp({ ...parts, platform })(request, response));
    await new Promise<void>((resolve) => broken.listen(0, resolve));
    address = `http://localhost:${(broken.address() as AddressInfo).port}`;
  });

  afterAll(() => new Promise((resolve) => broken.close(resolve)));

  const post = ({ path, body, headers }: Signed) =>
    fetch(`${address}${path}`, { method: 'POST', body, headers: { ...headers, 'content-type': 'application/json' } });

  it('store down: 503 with a time to come back, nothing stored, and the platform redelivers', async () => {
    const whole = test.app.platform;
    const down = (): Promise<never> => Promise.reject(new TransientError('store_down', 'The database did not answer.'));
    platform = { ...whole, bridge: { ...whole.bridge, accept: down }, memory: { ...whole.memory, ping: down } };
    const before = await stored();
    const signed = telegramRequest(telegramMessage(503, 'hi'));
    const refused = await post(signed);
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await errorOf(refused)).error['code']).toBe('store_down');
    expect(await stored()).toEqual(before);
    expect((await fetch(`${address}/readyz`)).status).toBe(503);
    expect((await fetch(`${address}/healthz`)).status).toBe(200);
    // The store is back, the platform comes again with the very same update.
    platforms.telegram.addChat({ id: 503, type: 'private' });
    platform = whole;
    expect((await post(signed)).status).toBe(200);
    await until('answer', () => platforms.telegram.messages.find((message) => message.chat.id === 503));
  });

  it('store down while somebody follows their stream: it says so and ends, so that they come back', async () => {
    const whole = test.app.platform;
    const find = (): Promise<never> => Promise.reject(new TransientError('store_down', 'The database did not answer.'));
    platform = { ...whole, memory: { ...whole.memory, threads: { ...whole.memory.threads, find } } };
    const token = mintVisitorToken({ visitor: 'v', expires: Date.now() + 60_000 }, { secret: visitorSecret });
    const response = await fetch(`${address}/chat/stream`, { headers: { authorization: `Bearer ${token}` } });
    expect(response.status).toBe(200);
    expect(await response.text()).toMatch(/event: error\ndata: \{"retry":true\}\n\n$/);
  });

  it('anything unforeseen: 500, a word to the log, none to strangers', async () => {
    const whole = test.app.platform;
    const accept = (): Promise<never> => Promise.reject(new RangeError('the password is 1234'));
    platform = { ...whole, bridge: { ...whole.bridge, accept } };
    const response = await post(telegramRequest(telegramMessage(504, 'hi')));
    expect(response.status).toBe(500);
    expect(await response.text()).not.toMatch(/1234|RangeError|at /);
    expect(JSON.stringify(lines.at(-1))).toContain('1234');
  });
});

describe('pages', () => {
  it.each([
    ['/', 'text/html'],
    ['/console/', 'text/html'],
    ['/widget.js', 'javascript'],
    ['/healthz', 'application/json'],
    ['/readyz', 'application/json'],
  ])('%s is there', async (path, type) => {
    const response = await test.get(path);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain(type);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
  });

  it('may load nothing from elsewhere and be framed by nobody', async () => {
    for (const path of ['/', '/console/']) {
      const policy = (await test.get(path)).headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/script-src[^;]*(unsafe|\*|https?:)/);
    }
  });

  it('of the widget may be loaded by any site', async () => {
    expect((await test.get('/widget.js')).headers.get('access-control-allow-origin')).toBe('*');
    expect((await test.get('/console/')).headers.get('access-control-allow-origin')).toBeNull();
  });

  it('lead to the console with its slash', async () => {
    expect((await test.get('/console')).headers.get('location')).toBe('/console/');
  });
});
