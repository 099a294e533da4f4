/** Pairs the asterisks, underscores and tildes of a line into emphasis; what finds no partner stays as written. */
import type { Phrase } from './nodes.ts';

/** A run of equal marks that may still become emphasis. */
export type Mark = {
  readonly kind: 'mark';
  readonly character: string;
  readonly count: number;
  readonly canOpen: boolean;
  readonly canClose: boolean;
};
/** `[` or `![`, waiting for its other end. */
export type Bracket = { readonly kind: 'bracket'; readonly isImage: boolean; readonly isActive: boolean };
export type Piece = { readonly kind: 'phrase'; readonly phrase: Phrase } | Mark | Bracket;

/** Bounds the nesting, so that no text, however odd, can cost more than time in proportion to its length. */
const MAX_OPEN_MARKS = 24;

/** The phrases that these pieces spell, marks paired. */
export function pairEmphasis(pieces: readonly Piece[]): readonly Phrase[] {
  const out: Piece[] = [];
  const openers: number[] = [];
  for (const piece of pieces) {
    if (piece.kind !== 'mark') {
      out.push(piece);
      continue;
    }
    const rest = piece.canClose ? closeWith(piece, { out, openers }) : piece;
    if (rest.count === 0) continue;
    if (rest.canOpen && openers.length < MAX_OPEN_MARKS) openers.push(out.length);
    out.push(rest);
  }
  return joinTexts(out.map(asPhrase));
}

type Line = { readonly out: Piece[]; readonly openers: number[] };

/** Closes as many open marks as this one reaches; returns what is left of it. */
function closeWith(closer: Mark, line: Line): Mark {
  let left = closer;
  while (left.count > 0) {
    const width = closeOnce(left, line);
    if (width === 0) break;
    left = { ...left, count: left.count - width };
  }
  return left;
}

/** How many marks of the closer were used up: 2 for strong or deleted text, 1 for emphasis, 0 when none pairs. */
function closeOnce(closer: Mark, { out, openers }: Line): number {
  const depth = openers.findLastIndex((index) => pairs(out[index], closer));
  const at = openers[depth];
  const opener = at === undefined ? undefined : out[at];
  if (at === undefined || opener?.kind !== 'mark') return 0;
  const width = Math.min(2, opener.count, closer.count);
  const children = [...joinTexts(out.splice(at + 1).map(asPhrase))];
  const rest = opener.count - width;
  openers.length = rest > 0 ? depth + 1 : depth;
  if (rest > 0) out[at] = { ...opener, count: rest };
  else out.pop();
  out.push({ kind: 'phrase', phrase: wrap(children, closer.character, width) });
  return width;
}

function pairs(opener: Piece | undefined, closer: Mark): boolean {
  if (opener?.kind !== 'mark' || opener.character !== closer.character) return false;
  return closer.character !== '~' || (opener.count >= 2 && closer.count >= 2);
}

function wrap(children: Phrase[], character: string, width: number): Phrase {
  if (character === '~') return { type: 'delete', children };
  return width === 2 ? { type: 'strong', children } : { type: 'emphasis', children };
}

function asPhrase(piece: Piece): Phrase {
  if (piece.kind === 'phrase') return piece.phrase;
  if (piece.kind === 'bracket') return { type: 'text', value: piece.isImage ? '![' : '[' };
  return { type: 'text', value: piece.character.repeat(piece.count) };
}

function joinTexts(phrases: readonly Phrase[]): readonly Phrase[] {
  const joined: Phrase[] = [];
  for (const phrase of phrases) {
    const last = joined.at(-1);
    if (phrase.type === 'text' && last?.type === 'text') {
      joined[joined.length - 1] = { type: 'text', value: last.value + phrase.value };
    } else joined.push(phrase);
  }
  return joined;
}
