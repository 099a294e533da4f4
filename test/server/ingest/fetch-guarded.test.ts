/** Fetching what strangers name: each protection has a test that goes red without it. */
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createGuardedFetch,
  type Fetched,
  type FetchGuard,
  type Resolved,
} from '../../../server/ingest/fetch-guarded.ts';
import { guardFor, HTML_TYPES, LOOPBACK, type Site, startSite } from './support.ts';

const PAGE = '<p>Hello</p>';
let site: Site;

beforeAll(async () => {
  site = await startSite((request, response) => {
    const path = request.url ?? '/';
    const to = /^\/to\?(.*)$/.exec(path)?.[1];
    if (to !== undefined) {
      response.writeHead(302, { location: decodeURIComponent(to) }).end();
      return;
    }
    const type = { 'content-type': 'text/html; charset=utf-8' };
    if (path === '/huge') response.writeHead(200, type).end('x'.repeat(100_001));
    else if (path === '/endless') {
      response.writeHead(200, type);
      const pour = (): void => {
        while (response.write('x'.repeat(10_000)));
        response.once('drain', pour);
      };
      pour();
    } else if (path === '/bomb') response.writeHead(200, { ...type, 'content-encoding': 'gzip' }).end(BOMB);
    else if (path === '/gzip') response.writeHead(200, { ...type, 'content-encoding': 'gzip' }).end(gzipSync(PAGE));
    else if (path === '/broken') response.writeHead(200, { ...type, 'content-encoding': 'gzip' }).end('no gzip');
    else if (path === '/zstd') response.writeHead(200, { ...type, 'content-encoding': 'zstd' }).end('x');
    else if (path === '/slow') {
      response.writeHead(200, type).write('<p>');
    } else if (path === '/silent') return;
    else if (path === '/image') response.writeHead(200, { 'content-type': 'image/png' }).end('x');
    else if (path === '/untyped') response.writeHead(200).end('x');
    else if (/^\/\d{3}$/.test(path)) response.writeHead(Number(path.slice(1)), type).end('x');
    else response.writeHead(200, type).end(PAGE);
  });
});
afterAll(() => site.close());

/** 50 MB of spaces in 50 kB. */
const BOMB = gzipSync(Buffer.alloc(50_000_000, ' '));

function fetchWith(url: string, more: Partial<FetchGuard> = {}): Promise<Fetched> {
  return createGuardedFetch(guardFor(site, more))(url, { types: HTML_TYPES });
}

const refused = expect.objectContaining({ name: 'PermanentError', code: 'not_permitted' }) as unknown;

describe('a guarded fetch', () => {
  it('reads a page of an allowed host, plain and packed', async () => {
    for (const path of ['/', '/gzip']) {
      const { url, type, charset, bytes } = await fetchWith(site.at('school.example', path));
      expect({ url, type, charset }).toEqual({
        url: site.at('school.example', path),
        type: 'text/html',
        charset: 'utf-8',
      });
      expect(new TextDecoder().decode(bytes)).toBe(PAGE);
    }
  });

  it('refuses a name that stands for a private address', async () => {
    const asked = site.asked.length;
    await expect(fetchWith(site.at('other.example'))).rejects.toEqual(refused);
    await expect(fetchWith(site.at('127.0.0.1'))).rejects.toEqual(refused);
    await expect(fetchWith(site.at('2130706433'))).rejects.toEqual(refused);
    await expect(fetchWith(site.at('0'))).rejects.toEqual(refused);
    await expect(fetchWith(site.at('[::ffff:127.0.0.1]'))).rejects.toEqual(refused);
    expect(site.asked).toHaveLength(asked);
  });

  it('refuses a name when only one of its addresses is private', async () => {
    const lookup = (): Promise<readonly Resolved[]> =>
      Promise.resolve([{ address: '93.184.215.14', family: 4 }, LOOPBACK]);
    await expect(fetchWith(site.at('two.example'), { lookup })).rejects.toEqual(refused);
  });

  it('goes to the address it judged, whatever the name stands for a moment later', async () => {
    let asked = 0;
    const lookup = (): Promise<readonly Resolved[]> => {
      asked += 1;
      // A second answer would lead into nowhere, and the name itself does not exist outside this test.
      return Promise.resolve(asked === 1 ? [LOOPBACK] : [{ address: '127.0.0.99', family: 4 }]);
    };
    await expect(fetchWith(site.at('school.example'), { lookup })).resolves.toMatchObject({ type: 'text/html' });
    expect(asked).toBe(1);
  });

  it('judges every redirect again', async () => {
    const through = (to: string): Promise<Fetched> =>
      fetchWith(site.at('school.example', `/to?${encodeURIComponent(to)}`));
    await expect(through('/')).resolves.toMatchObject({ url: site.at('school.example') });
    const asked = site.asked.filter((path) => path === '/secret').length;
    for (const to of [
      site.at('127.0.0.1', '/secret'),
      site.at('other.example', '/secret'),
      'http://169.254.169.254/latest/meta-data/',
      'file:///etc/passwd',
      'ftp://school.example/',
      'http://school.example:22/',
      site.at('name:word@school.example', '/secret'),
    ]) {
      await expect(through(to), to).rejects.toEqual(refused);
    }
    expect(site.asked.filter((path) => path === '/secret')).toHaveLength(asked);
  });

  it('ends a circle of redirects', async () => {
    const circle = site.at('school.example', `/to?${encodeURIComponent('/to?%2Fto%3F%2F')}`);
    await expect(
      fetchWith(circle, { limits: { bytes: 1_000, milliseconds: 5_000, redirects: 1 } }),
    ).rejects.toMatchObject({
      name: 'InvalidPayloadError',
      message: 'redirects more than 1 times; give its last address',
    });
  });

  it('keeps to the site when it is told to', async () => {
    const fetch = createGuardedFetch(guardFor(site, { privateHosts: new Set(['school.example', 'shop.example']) }));
    const to = site.at('school.example', `/to?${encodeURIComponent(site.at('shop.example'))}`);
    await expect(fetch(to, { types: HTML_TYPES })).resolves.toMatchObject({ url: site.at('shop.example') });
    const isAllowed = (url: URL): boolean => url.hostname === 'school.example';
    await expect(fetch(to, { types: HTML_TYPES, isAllowed })).rejects.toEqual(refused);
  });

  it.each(['file:///etc/passwd', 'gopher://school.example/', 'data:text/html,x', 'javascript:alert(1)'])(
    'does not open %s',
    async (url) => {
      await expect(fetchWith(url)).rejects.toEqual(refused);
    },
  );

  it('refuses other ports and addresses with a password', async () => {
    await expect(fetchWith('http://school.example:6379/')).rejects.toEqual(refused);
    await expect(fetchWith(site.at('name:word@school.example'))).rejects.toEqual(refused);
    await expect(fetchWith('not an address')).rejects.toMatchObject({ code: 'malformed' });
  });

  it.each(['/huge', '/endless', '/bomb'])('stops reading %s at the limit', async (path) => {
    await expect(fetchWith(site.at('school.example', path))).rejects.toMatchObject({
      name: 'InvalidPayloadError',
      code: 'too_large',
    });
  });

  it.each(['/slow', '/silent'])('does not wait for %s', async (path) => {
    const limits = { bytes: 1_000, milliseconds: 200, redirects: 5 };
    await expect(fetchWith(site.at('school.example', path), { limits })).rejects.toMatchObject({
      name: 'TransientError',
      code: 'source_unavailable',
      message: expect.stringContaining('did not answer in full within 0.2 s') as unknown,
    });
  });

  it('does not wait for a name server', async () => {
    const lookup = (): Promise<never> => new Promise(() => undefined);
    const limits = { bytes: 1_000, milliseconds: 200, redirects: 5 };
    await expect(fetchWith(site.at('school.example'), { lookup, limits })).rejects.toMatchObject({
      code: 'source_unavailable',
    });
  });

  it.each([
    ['/image', 'wrong_type', 'is "image/png"'],
    ['/untyped', 'wrong_type', 'is "of no type"'],
    ['/zstd', 'wrong_type', 'is packed as "zstd"'],
    ['/broken', 'malformed', 'cannot be unpacked'],
    ['/404', 'not_found', 'answered 404'],
    ['/410', 'not_found', 'answered 410'],
    ['/403', 'malformed', 'answered 403'],
    ['/500', 'source_unavailable', 'answered 500'],
    ['/429', 'source_unavailable', 'answered 429'],
  ])('says what is wrong with %s', async (path, code, says) => {
    const failure: unknown = await fetchWith(site.at('school.example', path)).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code, message: expect.stringContaining(says) as unknown });
  });

  it('says that nobody is there', async () => {
    const closed = await startSite(() => undefined);
    await closed.close();
    await expect(fetchWith(closed.at('school.example'), { ports: new Set([closed.port]) })).rejects.toMatchObject({
      code: 'source_unavailable',
      message: expect.stringContaining('cannot be reached (ECONNREFUSED)') as unknown,
    });
    const lookup = (): Promise<never> => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' }));
    await expect(fetchWith(site.at('school.example'), { lookup })).rejects.toMatchObject({
      message: 'school.example was not found; check its spelling and the network.',
    });
  });
});
