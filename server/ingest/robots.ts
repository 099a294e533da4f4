/** What a robots.txt asks of one crawler, as RFC 9309 says it: groups, the longest rule, `*` and `$`. Pure. */

export type RobotsRule = {
  readonly allows: boolean;
  /** As written in the file, for people. */
  readonly pattern: string;
  /** Compared with a path; percent-encoding brought to one form. */
  readonly path: string;
};

/** The rules of the groups that are ours; empty: everything may be read. */
export type Robots = readonly RobotsRule[];

/** Rules beyond this are not read: a path is held against each of them. */
const MOST_RULES = 5_000;
const LONGEST_PATTERN = 2_000;

type Line = { readonly key: string; readonly value: string };

/** The rules for `agent` (a product token such as `throughline-ingest`): its own groups together, else those of `*`. */
export function parseRobots(text: string, agent: string): Robots {
  const own: RobotsRule[] = [];
  const everybodys: RobotsRule[] = [];
  let isNamed = false;
  let groups: RobotsRule[][] = [];
  let isOpening = false;
  for (const { key, value } of linesOf(text)) {
    if (key === 'user-agent') {
      // Lines in a row name one group; a name after a rule opens the next one.
      if (!isOpening) groups = [];
      isOpening = true;
      const isOwn = tokenOf(value) === agent.toLowerCase();
      isNamed ||= isOwn;
      if (isOwn) groups.push(own);
      else if (value === '*') groups.push(everybodys);
    } else if (key === 'allow' || key === 'disallow') {
      isOpening = false;
      const isRule = value !== '' && value.length <= LONGEST_PATTERN;
      const rule = { allows: key === 'allow', pattern: value, path: samePath(value) };
      if (isRule) for (const group of new Set(groups)) if (group.length < MOST_RULES) group.push(rule);
    }
  }
  return isNamed ? own : everybodys;
}

/** The rule that refuses a URL, or null. The longest rule decides; `allow` wins over a `disallow` of the same length. */
export function refusalOf(url: URL, robots: Robots): RobotsRule | null {
  if (url.pathname === '/robots.txt') return null;
  const path = samePath(`${url.pathname}${url.search}`);
  let best: RobotsRule | null = null;
  for (const rule of robots) {
    const isBetter =
      best === null ||
      rule.path.length > best.path.length ||
      (rule.path.length === best.path.length && rule.allows && !best.allows);
    if (isBetter && matches(path, rule.path)) best = rule;
  }
  return best === null || best.allows ? null : best;
}

function linesOf(text: string): readonly Line[] {
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .map((line) => line.split('#', 1)[0] ?? '')
    .flatMap((line) => {
      const colon = line.indexOf(':');
      return colon < 0 ? [] : [{ key: line.slice(0, colon).trim().toLowerCase(), value: line.slice(colon + 1).trim() }];
    });
}

/** Version and comment behind a name are not compared. */
function tokenOf(value: string): string {
  return /^[a-z_-]*/i.exec(value)?.[0].toLowerCase() ?? '';
}

/** Letters outside ASCII as %XX, and letters that need none of it plain, so that both ways of writing meet. */
function samePath(path: string): string {
  return path
    .replaceAll(/%([0-9a-f]{2})/gi, (whole, hex: string) => {
      const letter = String.fromCharCode(Number.parseInt(hex, 16));
      return /[A-Za-z0-9._~-]/.test(letter) ? letter : whole.toUpperCase();
    })
    .replaceAll(/[^\u0021-\u007E]+/g, (letters) => encodeURIComponent(letters.toWellFormed()));
}

/** Pieces between the stars are looked for from left to right, each once, so that no pattern takes long. */
function matches(path: string, rule: string): boolean {
  const isAnchored = rule.endsWith('$');
  const [first = '', ...pieces] = (isAnchored ? rule.slice(0, -1) : rule).split('*');
  if (!path.startsWith(first)) return false;
  let at = first.length;
  const last = isAnchored ? pieces.pop() : undefined;
  for (const piece of pieces) {
    const found = path.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  if (!isAnchored) return true;
  return last === undefined ? at === path.length : path.length - last.length >= at && path.endsWith(last);
}
