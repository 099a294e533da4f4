/** Splitting marked text by a limit: at a block, line, sentence, space, word or grapheme, and never inside a link. */
import type { ChannelProfile } from '../../core/profile.ts';
import { join, type MarkedText, slice, trim, unmarked } from './marked-text.ts';
import { fittingLength, measure, type TextLimit } from './measure.ts';

type Range = { readonly start: number; readonly end: number };

const ellipsis = '…';
/** How far past the limit the segmenters look to know whether the limit itself is a boundary, in code units. */
const lookahead = 64;
const sentences = new Intl.Segmenter(undefined, { granularity: 'sentence' });
const words = new Intl.Segmenter(undefined, { granularity: 'word' });

/** Where a text may be cut, best first. */
const boundaryFinders: readonly ((text: string) => Iterable<number>)[] = [
  (text) => startsOf(text, /\n{2,}/g),
  (text) => startsOf(text, /\n/g),
  (text) => sentenceStarts(text),
  (text) => startsOf(text, /\s+/g),
  (text) => wordStarts(text),
];

/** The pieces, each within the limit and without white space at its ends. Joined they hold every other character. */
export function split(marked: MarkedText, limit: TextLimit): readonly MarkedText[] {
  const pieces: MarkedText[] = [];
  let rest = trim(marked);
  while (rest.text !== '') {
    const end = pieceLength(rest, limit);
    pieces.push(trim(slice(rest, 0, end)));
    rest = trim(slice(rest, end));
  }
  return pieces;
}

/** The pieces as `split` makes them, but no more than `maxParts`; then the last ends with "…". */
export function splitWithin(
  marked: MarkedText,
  limit: ChannelProfile['text'],
): { readonly pieces: readonly MarkedText[]; readonly isCut: boolean } {
  const pieces = split(marked, limit);
  const last = pieces[limit.maxParts - 1];
  if (last === undefined || pieces.length <= limit.maxParts) return { pieces, isCut: false };
  return { pieces: [...pieces.slice(0, limit.maxParts - 1), endEarly(last, limit)], isCut: true };
}

/** The text with "…" at its end, shorter by what that takes. */
export function endEarly(marked: MarkedText, limit: TextLimit): MarkedText {
  const max = Math.max(1, limit.max - measure(ellipsis, limit.unit));
  const [shorter = marked] = split(marked, { ...limit, max });
  return join([shorter, unmarked(ellipsis)]);
}

function pieceLength(rest: MarkedText, limit: TextLimit): number {
  const cutoff = fittingLength(rest.text, limit);
  if (cutoff >= rest.text.length) return cutoff;
  const links = linkRanges(rest);
  const cutLink = links.find((link) => link.start < cutoff && cutoff < link.end);
  // A link that begins this piece and does not fit into it has to be cut like any other text.
  if (cutLink?.start === 0) return bestBoundary(rest.text, { cutoff, links: [] }) ?? cutoff;
  return bestBoundary(rest.text, { cutoff, links }) ?? cutLink?.start ?? cutoff;
}

/** The last boundary of the best kind that still fills a quarter of the piece. */
function bestBoundary(
  text: string,
  { cutoff, links }: { readonly cutoff: number; readonly links: readonly Range[] },
): number | undefined {
  const visible = text.slice(0, cutoff + lookahead);
  for (const find of boundaryFinders) {
    let last = 0;
    for (const at of find(visible)) {
      if (at > cutoff) break;
      if (!links.some((link) => link.start < at && at < link.end)) last = at;
    }
    if (last > cutoff / 4) return last;
  }
  return undefined;
}

function linkRanges({ text, marks }: MarkedText): readonly Range[] {
  const bare = [...text.matchAll(/https?:\/\/\S+/g)].map(({ index, 0: url }) => ({
    start: index,
    end: index + url.length,
  }));
  return [...marks.filter((one) => one.kind === 'link'), ...bare];
}

function startsOf(text: string, pattern: RegExp): Iterable<number> {
  return text.matchAll(pattern).map((match) => match.index);
}

function* sentenceStarts(text: string): Iterable<number> {
  for (const { index } of sentences.segment(text)) yield index;
}

/** Only before a word, so that no piece begins with a full stop. */
function* wordStarts(text: string): Iterable<number> {
  for (const { index, isWordLike } of words.segment(text)) if (isWordLike) yield index;
}
