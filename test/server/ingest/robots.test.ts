/** What a robots.txt asks of us (RFC 9309), and that no page it refuses is ever asked for. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createParser } from '../../../server/ingest/parser.ts';
import { readSource, type SourceOptions } from '../../../server/ingest/read-source.ts';
import { parseRobots, refusalOf } from '../../../server/ingest/robots.ts';
import type { Listing } from '../../../server/ingest/source.ts';
import { LOOPBACK, type Site, startSite } from './support.ts';

const AGENT = 'Throughline-ingest';

function isRefused(rules: string, path: string): boolean {
  return refusalOf(new URL(`https://school.example${path}`), parseRobots(rules, AGENT)) !== null;
}
const forAll = (rules: string): string => `User-agent: *\n${rules}`;

describe('the rules of a robots.txt', () => {
  it.each([
    ['', '/a', false],
    ['Disallow:', '/a', false],
    ['Disallow: /', '/a', true],
    ['Disallow: /', '/robots.txt', false],
    ['Disallow: /fish', '/fish.html', true],
    ['Disallow: /fish', '/Fish', false],
    ['Disallow: /fish/', '/fish', false],
    ['Disallow: /*.pdf$', '/a/b.pdf', true],
    ['Disallow: /*.pdf$', '/a/b.pdf?x=1', false],
    ['Disallow: /*.pdf', '/a/b.pdf?x=1', true],
    ['Disallow: /fish$', '/fish', true],
    ['Disallow: /fish$', '/fish/', false],
    ['Disallow: /a*b*c$', '/axbxbc', true],
    ['Disallow: /a*bc$', '/abcbc', true],
    ['Disallow: /a*ab$', '/ab', false],
    ['Disallow: /*?id=', '/a?id=7', true],
    ['Disallow: *', '/a', true],
    // The longest decides, and `allow` when they are equally long.
    ['Allow: /p\nDisallow: /', '/page', false],
    ['Disallow: /\nAllow: /p', '/page', false],
    ['Allow: /folder\nDisallow: /folder', '/folder/page', false],
    ['Disallow: /folder\nAllow: /folder', '/folder/page', false],
    ['Allow: /page\nDisallow: /*.htm', '/page.htm', true],
    ['Allow: /$\nDisallow: /', '/', false],
    ['Allow: /$\nDisallow: /', '/page.htm', true],
    // One letter, written in two ways.
    ['Disallow: /über', '/%C3%BCber', true],
    ['Disallow: /%c3%bcber', '/über', true],
    ['Disallow: /%7Ejoe', '/~joe/', true],
    ['Disallow: /a%2Fb', '/a/b', false],
    ['Disallow: /a # not b', '/ab', true],
    ['disallow : /a', '/a', true],
    ['Noindex: /a', '/a', false],
  ])('%j refuse %s: %s', (rules, path, refused) => {
    expect(isRefused(forAll(rules), path)).toBe(refused);
  });

  it('are those of our own groups together, else those for everybody', () => {
    const both = 'User-agent: *\nDisallow: /all\n\nUser-agent: THROUGHLINE-INGEST/2.0\nDisallow: /ours\n';
    expect(isRefused(both, '/ours')).toBe(true);
    expect(isRefused(both, '/all')).toBe(false);
    const twice = `${both}User-agent: x\nUser-agent: throughline-ingest\nDisallow: /more`;
    expect([isRefused(twice, '/ours'), isRefused(twice, '/more')]).toEqual([true, true]);
    const others = 'User-agent: Throughline\nUser-agent: throughline-ingest-x\nDisallow: /';
    expect(isRefused(others, '/a')).toBe(false);
    const welcome = 'User-agent: *\nDisallow: /\nUser-agent: throughline-ingest\nAllow: /';
    expect(isRefused(welcome, '/a')).toBe(false);
    expect(isRefused('User-agent: throughline-ingest\nUser-agent: *\nDisallow: /', '/a')).toBe(true);
  });

  it('are read whatever surrounds them', () => {
    expect(isRefused('\uFEFFUser-agent: *\rDisallow: /a', '/a')).toBe(true);
    expect(isRefused('User-agent: *\r\nSitemap: https://x.example/s.xml\r\nUser-agent: y\r\nDisallow: /a', '/a')).toBe(
      true,
    );
    expect(isRefused('Disallow: /a\nUser-agent: *\nDisallow: /b', '/a')).toBe(false);
    expect(isRefused('<html><body>User-agent: * Disallow: /</body></html>', '/a')).toBe(false);
  });

  it('take no time however they are written', () => {
    const stars = parseRobots(forAll(`Disallow: /${'*a'.repeat(900)}$\n`.repeat(5_000)), AGENT);
    expect(refusalOf(new URL(`https://school.example/${'a'.repeat(500)}b`), stars)).toBeNull();
  });

  it('match as a regular expression would', () => {
    const letters = (from: string) => fc.string({ unit: fc.constantFrom(...from), maxLength: 8 });
    const asExpression = (pattern: string): RegExp => {
      const inner = pattern.replace(/\$$/, '').replaceAll('$', '\\$').replaceAll('*', '.*');
      return new RegExp(`^${inner}${pattern.endsWith('$') ? '$' : ''}`);
    };
    fc.assert(
      fc.property(letters('ab*$'), letters('ab'), (rest, path) => {
        const pattern = `/${rest}`;
        expect(isRefused(forAll(`Disallow: ${pattern}`), `/${path}`)).toBe(asExpression(pattern).test(`/${path}`));
      }),
      { numRuns: 2_000 },
    );
  });
});

const parser = createParser();
let site: Site;
type Page = { readonly status?: number; readonly type?: string; readonly body?: string; readonly to?: string };
let pages: Readonly<Record<string, Page>>;

beforeAll(async () => {
  site = await startSite((request, response) => {
    const {
      status = 200,
      type = 'text/html',
      body = '<h1>Dogs</h1><p>All about dogs.</p>',
      to,
    } = pages[request.url ?? ''] ?? { status: 404 };
    response.writeHead(to ? 302 : status, { 'content-type': type, ...(to ? { location: to } : {}) }).end(body);
  });
});
afterAll(async () => {
  await site.close();
  await parser.close();
});

const at = (path: string): string => site.at('school.example', path);
const text = (body: string): Page => ({ type: 'text/plain', body });
const sitemap = (...paths: readonly string[]): Page => ({
  type: 'text/xml',
  body: `<urlset>${paths.map((path) => `<loc>${at(path)}</loc>`).join('')}</urlset>`,
});

function list(path: string, more: Partial<SourceOptions> = {}): Promise<Listing> {
  site.asked.length = 0;
  const defaults = { audience: 'public', language: null } as const;
  const lookup = () => Promise.resolve([LOOPBACK]);
  return readSource(at(path), { name: null, defaults, allowPrivate: true, parser, lookup, ...more });
}

/** `read`, or the code of what refused it, by path. */
async function outcomes({ items }: Listing): Promise<Readonly<Record<string, unknown>>> {
  const code = (error: unknown): unknown => (error as { readonly code?: unknown }).code;
  const entries = items.map(async (item) => [new URL(item.place).pathname, await item.load().then(() => 'read', code)]);
  return Object.fromEntries(await Promise.all(entries)) as Readonly<Record<string, unknown>>;
}

describe('a site with a robots.txt', () => {
  it('is asked for it once, and never for what it refuses, directly or by a redirect', async () => {
    pages = {
      '/robots.txt': text('User-agent: *\nDisallow: /private'),
      '/sitemap.xml': sitemap('/a', '/private/b', '/c', '/d'),
      '/a': {},
      '/private/b': {},
      '/c': { to: at('/private/b') },
      '/d': {},
    };
    const found = await outcomes(await list('/sitemap.xml'));
    expect(found).toEqual({ '/a': 'read', '/private/b': 'robots_refused', '/c': 'robots_refused', '/d': 'read' });
    expect(site.asked.filter((path) => path === '/robots.txt')).toHaveLength(1);
    expect(site.asked).not.toContain('/private/b');
  });

  it('that refuses the page itself leaves a line, not a failure', async () => {
    pages = { '/robots.txt': text('User-agent: throughline-ingest\nDisallow: /a'), '/a': {} };
    const listing = await list('/a');
    expect(listing).toMatchObject({ items: [], failed: [], isWhole: false, leftOut: [{ code: 'robots_refused' }] });
    expect(listing.leftOut[0]?.message).toContain('/a: left out: robots.txt of school.example');
    expect(listing.leftOut[0]?.message).toContain('"Disallow: /a"');
    expect(site.asked).toEqual(['/robots.txt']);
  });

  it.each([[404], [403], [401]])('that answers %i refuses nothing', async (status) => {
    pages = { '/robots.txt': { status }, '/a': {} };
    expect((await list('/a')).items).toHaveLength(1);
  });

  it.each<[string, Page, string]>([
    ['a broken server', { status: 503 }, 'answered 503'],
    ['a server that is busy', { status: 429 }, 'answered 429'],
    ['a file without end', text('#'.repeat(600_000)), 'larger than'],
    ['a redirect to another host of this network', { to: 'http://127.0.0.1:1/robots.txt' }, 'port 1 of 127.0.0.1'],
  ])('that is %s is not read at all for now', async (_, robots, says) => {
    pages = { '/robots.txt': robots, '/a': {} };
    const listing = await list('/a');
    expect(listing).toMatchObject({ items: [], leftOut: [], isWhole: false });
    expect(listing.failed[0]?.message).toContain(says);
    expect(site.asked).not.toContain('/a');
  });

  it('goes through the same guard as a page', async () => {
    pages = { '/robots.txt': text(''), '/a': {} };
    expect(await list('/a', { allowPrivate: false })).toMatchObject({ failed: [{ code: 'not_permitted' }] });
    expect(site.asked).toEqual([]);
    pages = { '/robots.txt': { to: site.at('other.example', '/robots.txt') }, '/a': {} };
    expect(await list('/a')).toMatchObject({ failed: [{ code: 'not_permitted' }] });
    expect(site.asked).toEqual(['/robots.txt']);
  });
});
