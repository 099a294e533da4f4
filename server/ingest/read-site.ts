/** Lists the pages of a site: the one page at an address, or those its sitemap names on the same site. */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { InvalidPayloadError } from '../../core/errors.ts';
import { decodeText } from './decode-text.ts';
import { documentId } from './document-id.ts';
import type { DocumentKind } from './draft.ts';
import type { Fetched, GuardedFetch } from './fetch-guarded.ts';
import { fromStranger, makeDocument } from './make-document.ts';
import type { Parser } from './parser.ts';
import { tooLarge } from './read-body.ts';
import { parseSitemap, type Sitemap } from './sitemap.ts';
import { type Defaults, failureOf, type Item, type Listing, stampOf } from './source.ts';

const PAGE_KINDS: ReadonlyMap<string, DocumentKind> = new Map([
  ['text/html', 'html'],
  ['application/xhtml+xml', 'html'],
  ['application/pdf', 'pdf'],
  ['text/markdown', 'markdown'],
  ['text/x-markdown', 'markdown'],
  ['text/plain', 'text'],
]);
const PAGE_TYPES: ReadonlySet<string> = new Set(PAGE_KINDS.keys());
const GZIP_TYPES: ReadonlySet<string> = new Set(['application/gzip', 'application/x-gzip']);
const SITEMAP_TYPES: ReadonlySet<string> = new Set(['application/xml', 'text/xml', ...GZIP_TYPES]);
const MOST_SITEMAPS = 50;

export type SiteOptions = {
  readonly source: string;
  readonly prefix: string;
  readonly defaults: Defaults;
  readonly parser: Parser;
  readonly fetch: GuardedFetch;
  /** Pages read of one sitemap. */
  readonly mostPages: number;
};

/** Never throws: a site that cannot be reached is a failure in the listing, and nothing of it is removed. */
export async function readSite(url: URL, options: SiteOptions): Promise<Listing> {
  try {
    const first = await options.fetch(url.href, { types: new Set([...PAGE_TYPES, ...SITEMAP_TYPES]) });
    if (PAGE_KINDS.has(first.type)) return single(pageItem(url.href, { ...options, first }), options);
    return await listPages(await sitemapOf(first), { ...options, url });
  } catch (error) {
    return unread({ ...failureOf(url.href, error), id: pageId(url.href, options) }, options);
  }
}

/** The pages of a sitemap that was read from a file. Never throws, as `readSite`. */
export async function readSitemapFile(
  text: string,
  options: SiteOptions & { readonly place: string },
): Promise<Listing> {
  try {
    const sitemap = parseSitemap(text);
    const url = URL.parse(sitemap?.locations[0] ?? '');
    if (!sitemap || !url)
      throw new InvalidPayloadError('malformed', 'is no sitemap with at least one <loc>; name another file');
    return await listPages(sitemap, { ...options, url });
  } catch (error) {
    return unread({ ...failureOf(options.place, error), id: options.prefix }, options);
  }
}

function emptyListing({ source }: SiteOptions): Listing {
  return { source, items: [], failed: [], leftOut: [], isWhole: false, version: null, notes: [] };
}

type Unread = Listing['failed'][number];

function unread(one: Unread, options: SiteOptions): Listing {
  return { ...emptyListing(options), ...sorted([one]) };
}

/** What went wrong, and what a robots.txt refused. */
function sorted(all: readonly Unread[]): Pick<Listing, 'failed' | 'leftOut'> {
  const isRefusal = ({ code }: Unread): boolean => code === 'robots_refused';
  return { failed: all.filter((one) => !isRefusal(one)), leftOut: all.filter(isRefusal) };
}

/** One page is all there is, and it was reached: nothing can vanish. */
function single(item: Item, options: SiteOptions): Listing {
  return { ...emptyListing(options), items: [item] };
}

async function sitemapOf({ bytes, type, charset }: Fetched): Promise<Sitemap> {
  const plain = GZIP_TYPES.has(type) ? await unpack(bytes) : bytes;
  const sitemap = parseSitemap(decodeText(plain, charset));
  if (sitemap) return sitemap;
  const says = 'is XML but no sitemap; give a page, or a sitemap with <urlset> or <sitemapindex>';
  throw new InvalidPayloadError('wrong_type', says);
}

const MOST_UNPACKED = 20_000_000;

async function unpack(bytes: Uint8Array): Promise<Uint8Array> {
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: MOST_UNPACKED });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(MOST_UNPACKED);
    throw new InvalidPayloadError('malformed', 'cannot be unpacked; check the server', { cause: error });
  }
}

type Listed = SiteOptions & { readonly url: URL };

async function listPages(sitemap: Sitemap, options: Listed): Promise<Listing> {
  const { url, mostPages } = options;
  const { maps, unread, left } = await readMaps(sitemap, options);
  const pages = maps.filter(({ kind }) => kind === 'pages').flatMap(({ locations }) => locations);
  const all = [...new Set(pages.map(withoutPlace))];
  const here = all.filter((page) => isOnSite(page, url));
  const counts = [
    [all.length - here.length, `pages on other sites than ${url.hostname}`],
    [here.length - mostPages, `pages beyond the first ${mostPages}`],
    [left, `sitemaps beyond the first ${MOST_SITEMAPS}`],
  ] as const;
  const notes = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what} were left out`);
  const items = here.slice(0, mostPages).map((page) => pageItem(page, { ...options, site: url }));
  const isWhole = unread.length === 0 && left <= 0 && items.length > 0 && items.length === here.length;
  return { ...emptyListing(options), items, ...sorted(unread), isWhole, notes };
}

type Maps = { readonly maps: readonly Sitemap[]; readonly unread: readonly Unread[]; readonly left: number };

/** The sitemaps of an index, one level deep; itself when it is none. */
async function readMaps(sitemap: Sitemap, { url, fetch, prefix }: Listed): Promise<Maps> {
  if (sitemap.kind === 'pages') return { maps: [sitemap], unread: [], left: 0 };
  const addresses = sitemap.locations.filter((map) => isOnSite(map, url));
  const maps: Sitemap[] = [];
  const unread: Unread[] = [];
  for (const address of addresses.slice(0, MOST_SITEMAPS)) {
    try {
      const wanted = { types: SITEMAP_TYPES, isAllowed: (next: URL) => isOnSite(next.href, url) };
      maps.push(await sitemapOf(await fetch(address, wanted)));
    } catch (error) {
      // Which pages it names is not known now, so every page of the source is spared.
      unread.push({ ...failureOf(address, error), id: prefix });
    }
  }
  return { maps, unread, left: addresses.length - MOST_SITEMAPS };
}

function withoutPlace(page: string): string {
  return page.split('#', 1)[0] ?? page;
}

/** Same host, `www.` or not. */
function isOnSite(page: string, site: URL): boolean {
  const plain = (host: string): string => host.replace(/^www\./, '');
  const url = URL.parse(page);
  return url !== null && plain(url.hostname) === plain(site.hostname);
}

function pageId(page: string, { prefix }: SiteOptions): string {
  const url = new URL(page);
  return documentId(prefix, decodePath(`${url.pathname}${url.search}`) || 'index');
}

function decodePath(path: string): string {
  const plain = path.replace(/^\/+|\/+$/g, '');
  try {
    return decodeURIComponent(plain);
  } catch {
    return plain;
  }
}

type PageOptions = SiteOptions & {
  /** Fetched already. */
  readonly first?: Fetched;
  /** Redirects may not leave it. */
  readonly site?: URL;
};

function pageItem(page: string, options: PageOptions): Item {
  const { first, site, fetch, parser, defaults } = options;
  const id = pageId(page, options);
  return {
    place: page,
    id,
    load: async () => {
      const isAllowed = site === undefined ? {} : { isAllowed: (next: URL) => isOnSite(next.href, site) };
      const { url, type, charset, bytes } = first ?? (await fetch(page, { types: PAGE_TYPES, ...isAllowed }));
      const kind = type === 'text/plain' && /\.md$/i.test(new URL(url).pathname) ? 'markdown' : PAGE_KINDS.get(type);
      const name = new URL(url).pathname.split('/').filter(Boolean).at(-1) ?? new URL(url).hostname;
      const [piece] = await parser.parse({ kind: kind ?? 'text', bytes, name, url, charset });
      const own = piece && fromStranger(piece, url);
      // Of what was understood, not of the bytes: pages carry tokens and dates that change with every visit.
      const stamp = stampOf(JSON.stringify(own ?? null), defaults.audience, defaults.language);
      return { stamp, read: () => Promise.resolve().then(() => makeDocument(own, { id, defaults })) };
    },
  };
}
