/** Decides what a source is by its name (a web address, a sitemap, a folder, a file) and lists what it offers. */
import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { PermanentError } from '../../core/errors.ts';
import { createAskRobots, ROBOTS_LIMITS } from './ask-robots.ts';
import { checkUrl, USUAL_PORTS } from './check-address.ts';
import { prefixOf } from './document-id.ts';
import {
  createGuardedFetch,
  FETCH_LIMITS,
  type FetchGuard,
  type FetchLimits,
  type GuardedFetch,
  PRODUCT,
} from './fetch-guarded.ts';
import type { Parser } from './parser.ts';
import { readFolder } from './read-folder.ts';
import { readSite, readSitemapFile, type SiteOptions } from './read-site.ts';
import { parseSitemap } from './sitemap.ts';
import type { Defaults, Listing } from './source.ts';

const MOST_PAGES = 2_000;

export type SourceOptions = {
  /** Null: the location itself is the name of the source. */
  readonly name: string | null;
  readonly defaults: Defaults;
  /** Lets the host of the location, and no other, stand for a private address. */
  readonly allowPrivate: boolean;
  readonly parser: Parser;
  readonly lookup: FetchGuard['lookup'];
  readonly limits?: FetchLimits;
};

/**
 * Throws PermanentError for a location that cannot be listed: nothing there, no right to it, an address that may not
 * be fetched. A site that does not answer is a failure in the listing.
 */
export async function readSource(location: string, options: SourceOptions): Promise<Listing> {
  if (options.name !== null && prefixOf(options.name) !== options.name) {
    const says = `--source ${options.name}: a name has up to 40 small letters, digits and "-"; write e.g. ${prefixOf(options.name)}`;
    throw new PermanentError('config_invalid', says);
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(location)) {
    const typed = URL.parse(location);
    // Who types a port means it; a redirect has to do with the usual ones.
    const url = checkUrl(location, { ports: new Set([...USUAL_PORTS, Number(typed?.port || 80)]) });
    return readSite(url, siteOptions(url, { source: url.href, options }));
  }
  const path = resolve(location);
  if (/\.xml$/i.test(path)) return readLocalSitemap(path, options);
  const common = { defaults: options.defaults, parser: options.parser };
  const prefix = options.name ?? prefixOf(basename(path).replace(/\.[a-z]{1,8}$/i, ''));
  return readFolder(path, { ...common, source: options.name ?? path, prefix });
}

async function readLocalSitemap(path: string, options: SourceOptions): Promise<Listing> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    const says = `${path} cannot be read; name a file that this process may read`;
    throw new PermanentError('workspace_invalid', says, { cause: error });
  });
  const first = URL.parse(parseSitemap(text)?.locations[0] ?? '');
  const url = first ?? new URL('https://unknown.invalid');
  return readSitemapFile(text, { ...siteOptions(url, { source: path, options }), place: path });
}

function siteOptions(
  url: URL,
  { source, options }: { readonly source: string; readonly options: SourceOptions },
): SiteOptions {
  const { name, defaults, parser, allowPrivate, lookup, limits = FETCH_LIMITS } = options;
  const fetch = politeFetch({
    lookup,
    limits,
    ports: new Set([...USUAL_PORTS, ...(url.port === '' ? [] : [Number(url.port)])]),
    privateHosts: new Set(allowPrivate ? [url.hostname] : []),
  });
  const prefix = name ?? prefixOf(url.hostname);
  return { source: name ?? source, prefix, defaults, parser, fetch, mostPages: MOST_PAGES };
}

/** A guarded fetch that leaves alone what a site's robots.txt asks it to, after redirects too. */
function politeFetch(guard: FetchGuard): GuardedFetch {
  const fetch = createGuardedFetch(guard);
  const permit = createAskRobots(createGuardedFetch({ ...guard, limits: ROBOTS_LIMITS }), PRODUCT);
  return (url, wanted) => fetch(url, { ...wanted, permit });
}
