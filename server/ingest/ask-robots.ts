/** Asks a site's robots.txt before a page of it is fetched: by the same guarded way, once per site, and kept for the run. */
import { InvalidPayloadError, PermanentError, TransientError } from '../../core/errors.ts';
import type { FetchLimits, GuardedFetch } from './fetch-guarded.ts';
import { parseRobots, type Robots, refusalOf } from './robots.ts';

/** RFC 9309 asks for 500 KiB at least. */
export const ROBOTS_LIMITS: FetchLimits = { bytes: 512_000, milliseconds: 10_000, redirects: 5 };

/** Passes when the page may be read. Throws PermanentError('robots_refused'), and TransientError when nobody can say. */
export type AskRobots = (page: URL) => Promise<void>;

/** `fetch` guards and caps the way to robots.txt itself; `agent` is the product token that groups name. */
export function createAskRobots(fetch: GuardedFetch, agent: string): AskRobots {
  const known = new Map<string, Promise<Robots>>();
  return async (page) => {
    const rules = known.get(page.origin) ?? readRobots(page.origin, { fetch, agent });
    known.set(page.origin, rules);
    const rule = refusalOf(page, await rules);
    if (rule === null) return;
    const says =
      `left out: robots.txt of ${page.host} says "Disallow: ${rule.pattern.slice(0, 100)}"; ` +
      `if the site is yours, allow it there to "User-agent: ${agent}"`;
    throw new PermanentError('robots_refused', says);
  };
}

type Asking = { readonly fetch: GuardedFetch; readonly agent: string };

/**
 * A file that is not there, or that cannot be made sense of, refuses nothing; one that cannot be reached refuses
 * everything for now, as RFC 9309 has it.
 */
async function readRobots(origin: string, { fetch, agent }: Asking): Promise<Robots> {
  try {
    const { bytes } = await fetch(`${origin}/robots.txt`, {});
    // A wrong letter in a comment must not cost the rules.
    return parseRobots(new TextDecoder().decode(bytes), agent);
  } catch (error) {
    if (error instanceof InvalidPayloadError && error.code !== 'too_large') return [];
    if (error instanceof PermanentError) throw error;
    const says = `robots.txt of ${origin} cannot be read, so none of its pages is: ${error instanceof Error ? error.message : String(error)}`;
    throw new TransientError('source_unavailable', says, { cause: error });
  }
}
