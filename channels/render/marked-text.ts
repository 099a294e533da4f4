/** MarkedText: plain words and, beside them, ranges that say how they look. What every format is written from. */

/** How a range looks. Marks come from a tree: two of them are nested or apart, never half over each other. */
export type MarkStyle =
  | { readonly kind: 'paragraph' | 'heading' | 'quote' | 'table' | 'image' | 'bold' | 'italic' | 'strike' | 'code' }
  | { readonly kind: 'pre'; readonly language?: string }
  | { readonly kind: 'link'; readonly url: string }
  | { readonly kind: 'list'; readonly ordered: boolean }
  /** `bullet`: how many code units at the start are the bullet or number, for formats with lists of their own. */
  | { readonly kind: 'item'; readonly bullet: number };

/** Offsets are UTF-16 code units; `end` is exclusive. */
export type Mark = MarkStyle & { readonly start: number; readonly end: number };

/** Outer marks stand before inner ones of the same range. */
export type MarkedText = { readonly text: string; readonly marks: readonly Mark[] };

export const nothing: MarkedText = { text: '', marks: [] };

/** Words without marks. */
export function unmarked(text: string): MarkedText {
  return { text: sendable(text), marks: [] };
}

/** Plain words whose blank lines part paragraphs. */
export function paragraphs(text: string): MarkedText {
  const clean = sendable(text);
  const marks = [...clean.matchAll(/[^\n]+(?:\n[^\n]+)*/g)].map(
    (match): Mark => ({ kind: 'paragraph', start: match.index, end: match.index + match[0].length }),
  );
  return { text: clean, marks };
}

/** The same words with one more mark around all of them. */
export function mark(inner: MarkedText, style: MarkStyle): MarkedText {
  if (inner.text === '') return inner;
  return { text: inner.text, marks: [{ ...style, start: 0, end: inner.text.length }, ...inner.marks] };
}

/** All pieces with words, one after the other. */
export function join(pieces: readonly MarkedText[], separator = ''): MarkedText {
  let text = '';
  const marks: Mark[] = [];
  for (const piece of pieces) {
    if (piece.text === '') continue;
    if (text !== '') text += separator;
    const shift = text.length;
    marks.push(...piece.marks.map((one) => ({ ...one, start: one.start + shift, end: one.end + shift })));
    text += piece.text;
  }
  return { text, marks };
}

/** The words from `start` to `end`; marks that reach beyond are clipped, so that a split code block is one on both sides. */
export function slice(marked: MarkedText, start: number, end = marked.text.length): MarkedText {
  const marks = marked.marks
    .filter((one) => one.start < end && one.end > start)
    .map((one) => clip(one, { start, end }));
  return { text: marked.text.slice(start, end), marks };
}

/** Without white space at both ends. */
export function trim(marked: MarkedText): MarkedText {
  const end = marked.text.trimEnd().length;
  return slice(marked, Math.min(end, marked.text.length - marked.text.trimStart().length), end);
}

/** Links that `applies` selects, spelt out as "label (url)" and no longer links. */
export function spellOutLinks(marked: MarkedText, applies: (url: string) => boolean): MarkedText {
  let { text, marks } = marked;
  // From the last to the first, so that the places of the earlier ones stay true.
  for (const link of marked.marks.toReversed()) {
    if (link.kind !== 'link' || !applies(link.url) || isItsOwnLabel(text.slice(link.start, link.end), link.url))
      continue;
    const spelt = ` (${link.url})`;
    text = text.slice(0, link.end) + spelt + text.slice(link.end);
    marks = marks.map((one) => stretch(one, { at: link.end, by: spelt.length }));
  }
  return { text, marks: marks.filter((one) => one.kind !== 'link' || !applies(one.url)) };
}

function isItsOwnLabel(label: string, url: string): boolean {
  return [url, url.replace(/^(mailto:|tel:|https?:\/\/)/, ''), `${url}/`].includes(label);
}

function stretch(one: Mark, { at, by }: { readonly at: number; readonly by: number }): Mark {
  return { ...one, start: one.start >= at ? one.start + by : one.start, end: one.end >= at ? one.end + by : one.end };
}

function clip(one: Mark, { start, end }: { readonly start: number; readonly end: number }): Mark {
  const clipped = { ...one, start: Math.max(one.start, start) - start, end: Math.min(one.end, end) - start };
  if (clipped.kind !== 'item') return clipped;
  return { ...clipped, bullet: Math.max(0, clipped.bullet - Math.max(0, start - one.start)) };
}

/**
 * What no platform shows and some count differently after removing it, which would move every offset: carriage
 * returns, control characters, bidirectional overrides, lone surrogates.
 */
function sendable(text: string): string {
  return text
    .toWellFormed()
    .replace(/\r\n?|[\u2028\u2029]/g, '\n')
    .replace(/[\u202a-\u202e]/g, '')
    .replace(/(?![\t\n])\p{Cc}/gu, ' ');
}
