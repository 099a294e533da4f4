/** Where the reader is, as the part of the address after `#`. Pure. */

export type Page =
  | { readonly name: 'threads'; readonly thread: string | null; readonly turn: string | null }
  | { readonly name: 'alerts' }
  | { readonly name: 'parked' }
  | { readonly name: 'gaps' }
  | { readonly name: 'exemplars' }
  | { readonly name: 'journey' }
  | { readonly name: 'people'; readonly person: string | null };

/** Reads `#/threads/<id>/turns/<id>`, `#/alerts`, `#/parked`, `#/gaps`, `#/exemplars`, `#/journey`, `#/people/<who>`; anything else is the list of threads. */
export function readRoute(hash: string): Page {
  const [name, thread, turns, turn] = hash
    .replace(/^#?\/?/, '')
    .split('/')
    .map(decode);
  if (name === 'alerts' || name === 'parked' || name === 'gaps' || name === 'exemplars' || name === 'journey') {
    return { name };
  }
  if (name === 'people') return { name, person: thread || null };
  if (name !== 'threads') return { name: 'threads', thread: null, turn: null };
  return { name: 'threads', thread: thread || null, turn: turns === 'turns' ? turn || null : null };
}

/** The address of a thread, with one of its turns open beside it if one is given. */
export function threadLink(thread: string, turn?: string | null): string {
  const base = `#/threads/${encodeURIComponent(thread)}`;
  return turn ? `${base}/turns/${encodeURIComponent(turn)}` : base;
}

/** The page of a person: by an id, or `<channel>:<address>`. */
export function personLink(name: string): string {
  return `#/people/${encodeURIComponent(name)}`;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}
