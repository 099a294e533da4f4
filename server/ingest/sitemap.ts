/** Reads a sitemap or a sitemap index by one walk from left to right; entities beyond the five of XML are not expanded. Pure. */

export type Sitemap = {
  /** `index`: the locations are sitemaps themselves. */
  readonly kind: 'pages' | 'index';
  readonly locations: readonly string[];
};

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Null for XML that is no sitemap. */
export function parseSitemap(text: string): Sitemap | null {
  const root = /<(?:[a-z0-9]{1,20}:)?(urlset|sitemapindex)[\s>]/i.exec(text.slice(0, 4_000))?.[1]?.toLowerCase();
  if (root === undefined) return null;
  // A page may carry <image:loc>, which is no page.
  const parts = text.split(/<(\/?)loc\s*>/i);
  const locations: string[] = [];
  for (let index = 1; index < parts.length; index += 2) {
    const value = parts[index] === '' ? plain(parts[index + 1] ?? '') : '';
    if (value !== '') locations.push(value);
  }
  return { kind: root === 'urlset' ? 'pages' : 'index', locations: [...new Set(locations)] };
}

function plain(text: string): string {
  const inside = text
    .trim()
    .replace(/^<!\[CDATA\[/, '')
    .replace(/\]\]>$/, '')
    .trim();
  return inside.replaceAll(/&([a-z]{2,4});/g, (whole, name: string) => ENTITIES[name] ?? whole);
}
