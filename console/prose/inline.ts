/** Reads one paragraph's Markdown: emphasis, code, links, line breaks. HTML is text like any other. */
import { type Mark, type Piece, pairEmphasis } from './emphasis.ts';
import type { Phrase } from './nodes.ts';
import { safeUrl } from './safe-url.ts';

const PLAIN = /[^\\`*_~[\]!<\nh]+|h(?!ttps?:\/\/)/y;
const ESCAPE = /\\([!-/:-@[-`{-~])/y;
const BREAK = /\\?\n */y;
const TICKS = /`+/y;
const ANGLE_LINK = /<(https?:\/\/[^\s<>]{1,2000})>/y;
const BARE_LINK = /https?:\/\/[^\s<>]{1,2000}/y;
const BRACKET_OPEN = /!?\[/y;
const MARKS = /\*+|_+|~+/y;
/** `(address "title")`; the address may hold one level of brackets. */
const TARGET =
  /\(\s{0,9}<?([^\s<>()]{0,2000}(?:\([^\s<>()]{0,200}\)[^\s<>()]{0,200}){0,4})>?(?:\s{1,9}"[^"\n]{0,300}")?\s{0,9}\)/y;
const PUNCTUATION = /[\p{P}\p{S}]/u;

/** The phrases of one paragraph, in time proportional to its length. */
export function parseInline(source: string): readonly Phrase[] {
  const pieces: Piece[] = [];
  const brackets: number[] = [];
  let at = 0;
  while (at < source.length) {
    const bracketEnd = source[at] === ']' ? closeBracket({ source, at, pieces, brackets }) : null;
    if (bracketEnd !== null) {
      at = bracketEnd;
      continue;
    }
    const { piece, end } = readPiece(source, at);
    if (piece.kind === 'bracket') brackets.push(pieces.length);
    pieces.push(piece);
    at = end;
  }
  return pairEmphasis(pieces);
}

type Reading = { readonly piece: Piece; readonly end: number };

function readPiece(source: string, at: number): Reading {
  return (
    readText(source, at) ??
    readCode(source, at) ??
    readLink(source, at) ??
    readBracket(source, at) ??
    readMark(source, at) ?? { piece: text(source[at] ?? ''), end: at + 1 }
  );
}

function readText(source: string, at: number): Reading | null {
  const plain = match(PLAIN, { source, at });
  if (plain) {
    // Blanks before a line break belong to the break.
    const value = source[at + plain[0].length] === '\n' ? plain[0].trimEnd() : plain[0];
    return { piece: text(value), end: at + plain[0].length };
  }
  const lineBreak = match(BREAK, { source, at });
  if (lineBreak) return { piece: asPiece({ type: 'break' }), end: at + lineBreak[0].length };
  const escaped = match(ESCAPE, { source, at })?.[1];
  return escaped === undefined ? null : { piece: text(escaped), end: at + 2 };
}

function readCode(source: string, at: number): Reading | null {
  const ticks = match(TICKS, { source, at })?.[0];
  if (ticks === undefined) return null;
  const start = at + ticks.length;
  const end = findTicks(source, { from: start, length: ticks.length });
  if (end === null) return { piece: text(ticks), end: start };
  const value = source
    .slice(start, end)
    .replaceAll('\n', ' ')
    .replace(/^ (.*[^ ].*) $/, '$1');
  return { piece: asPiece({ type: 'inlineCode', value }), end: end + ticks.length };
}

/** Where the next run of exactly `length` backticks begins. */
function findTicks(
  source: string,
  { from, length }: { readonly from: number; readonly length: number },
): number | null {
  const runs = /`+/g;
  runs.lastIndex = from;
  for (let run = runs.exec(source); run; run = runs.exec(source)) if (run[0].length === length) return run.index;
  return null;
}

function readLink(source: string, at: number): Reading | null {
  const angle = match(ANGLE_LINK, { source, at });
  if (angle?.[1]) return { piece: bareLink(angle[1]), end: at + angle[0].length };
  const bare = match(BARE_LINK, { source, at });
  if (!bare || /[\p{L}\p{N}]/u.test(source[at - 1] ?? '')) return null;
  const address = trimAddress(bare[0]);
  return { piece: bareLink(address), end: at + address.length };
}

/** A full stop after an address ends the sentence; a closing bracket without its partner ends the aside. */
function trimAddress(raw: string): string {
  const address = raw.replace(/[.,;:!?'"*_~\]]{1,40}$/, '');
  const isAside = address.endsWith(')') && !address.includes('(');
  return isAside ? address.slice(0, -1) : address;
}

function readBracket(source: string, at: number): Reading | null {
  const open = match(BRACKET_OPEN, { source, at })?.[0];
  if (open === undefined) return null;
  return { piece: { kind: 'bracket', isImage: open.length === 2, isActive: true }, end: at + open.length };
}

function readMark(source: string, at: number): Reading | null {
  const run = match(MARKS, { source, at })?.[0];
  if (run === undefined) return null;
  const [before, after] = [source[at - 1] ?? ' ', source[at + run.length] ?? ' '];
  const opens = !/\s/.test(after) && (!PUNCTUATION.test(after) || /[\s\p{P}\p{S}]/u.test(before));
  const closes = !/\s/.test(before) && (!PUNCTUATION.test(before) || /[\s\p{P}\p{S}]/u.test(after));
  const isUnderscore = run[0] === '_';
  const piece: Mark = {
    kind: 'mark',
    character: run[0] ?? '*',
    count: run.length,
    // `snake_case_name` is one word, not emphasis.
    canOpen: opens && (!isUnderscore || !closes || PUNCTUATION.test(before)),
    canClose: closes && (!isUnderscore || !opens || PUNCTUATION.test(after)),
  };
  return { piece, end: at + run.length };
}

type OpenBrackets = {
  readonly source: string;
  readonly at: number;
  readonly pieces: Piece[];
  readonly brackets: number[];
};

/** Turns `[label](address)` into a link and returns where it ends; null when this `]` closes nothing. */
function closeBracket({ source, at, pieces, brackets }: OpenBrackets): number | null {
  const open = brackets.pop();
  const bracket = open === undefined ? undefined : pieces[open];
  if (open === undefined || bracket?.kind !== 'bracket') return null;
  const target = bracket.isActive ? match(TARGET, { source, at: at + 1 }) : null;
  if (!target) return null;
  const label = [...pairEmphasis(pieces.splice(open).slice(1))];
  const url = safeUrl(target[1] ?? '');
  // Where the address may not be followed, the label stays as plain words.
  if (url === null) pieces.push(...label.map(asPiece));
  else pieces.push(asPiece({ type: 'link', url, children: label.length > 0 ? label : [{ type: 'text', value: url }] }));
  // A link holds no link: what is still open around this one stays text.
  if (!bracket.isImage) for (const index of brackets) pieces[index] = deactivate(pieces[index] ?? bracket);
  return at + 1 + target[0].length;
}

function deactivate(piece: Piece): Piece {
  return piece.kind === 'bracket' ? { ...piece, isActive: piece.isImage } : piece;
}

function bareLink(address: string): Piece {
  const url = safeUrl(address);
  return url === null ? text(address) : asPiece({ type: 'link', url, children: [{ type: 'text', value: address }] });
}

function asPiece(phrase: Phrase): Piece {
  return { kind: 'phrase', phrase };
}

function text(value: string): Piece {
  return asPiece({ type: 'text', value });
}

function match(
  pattern: RegExp,
  { source, at }: { readonly source: string; readonly at: number },
): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(source);
}
