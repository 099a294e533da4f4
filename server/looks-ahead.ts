/** Tells people from what only looks at a link: previews, crawlers, prefetching browsers, scanners of mail. */
import type { Context } from 'koa';

/** Names that fetch links on their own; people's browsers carry none of them. */
const KNOWN =
  /bot\b|bot[/;_-]|crawl|spider|slurp|preview|facebookexternalhit|facebookcatalog|meta-external|whatsapp|telegram|skypeuri|slack|discord|embedly|pinterest|vkshare|redditbot|iframely|scan|monitor|validator|headless|phantom|lighthouse|python|curl|wget|libwww|httpclient|http-client|okhttp|go-http|java\/|axios|node-fetch|undici|^node$|guzzle|ruby|perl|postman/i;
const PREFETCH = /prefetch|preview|prerender/i;

/** HEAD, a name that is known, no name at all, or a browser that says it only prepares. */
export function looksAhead(context: Pick<Context, 'method' | 'get'>): boolean {
  if (context.method === 'HEAD') return true;
  // A maker of telephones.
  const agent = context.get('user-agent').replaceAll(/\bcubot\b/gi, '');
  if (agent === '' || KNOWN.test(agent)) return true;
  return ['purpose', 'sec-purpose', 'x-purpose', 'x-moz'].some((name) => PREFETCH.test(context.get(name)));
}
