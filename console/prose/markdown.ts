/** Reads Markdown as a model writes it, also while it is still being written, into nodes; HTML stays text. */
import { parseInline } from './inline.ts';
import type { BlockNode, ListItem, TableRow } from './nodes.ts';

const FENCE = /^ {0,3}(```+|~~~+)\s*([^`\s]*)/;
const HEADING = /^ {0,3}(#{1,6})\s+(.*)$/;
const RULE = /^ {0,3}([-*_])(?: *\1){2,} *$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( {0,3})([-*+]|\d{1,9}[.)])( +|$)/;
const TABLE_RULE = /^ {0,3}\|?(?: *:?-+:? *\|)+(?: *:?-+:? *)?$/;
/** Lists and quotes inside each other; deeper ones are read as paragraphs. */
const MAX_DEPTH = 6;

/** The nodes of a text of any length, in time proportional to it. */
export function parseMarkdown(source: string): BlockNode[] {
  return parseLines(source.replaceAll(/\r\n?/g, '\n').split('\n'), 0);
}

type Place = { readonly lines: readonly string[]; readonly at: number; readonly depth: number };
type Reading = { readonly node: BlockNode; readonly next: number };

function parseLines(lines: readonly string[], depth: number): BlockNode[] {
  const nodes: BlockNode[] = [];
  let at = 0;
  while (at < lines.length) {
    if (lineAt(lines, at).trim() === '') {
      at += 1;
      continue;
    }
    const { node, next } = readBlock({ lines, at, depth });
    nodes.push(node);
    at = next;
  }
  return nodes;
}

function readBlock(place: Place): Reading {
  return (
    readFence(place) ??
    readHeading(place) ??
    readRule(place) ??
    readQuote(place) ??
    readList(place) ??
    readTable(place) ??
    readParagraph(place)
  );
}

function readFence({ lines, at }: Place): Reading | null {
  const fence = FENCE.exec(lineAt(lines, at));
  if (!fence) return null;
  const marks = fence[1] ?? '```';
  const isEnd = (line: string) => line.trim().startsWith(marks) && line.trim().replaceAll(marks[0] ?? '`', '') === '';
  const end = lines.findIndex((line, index) => index > at && isEnd(line));
  const last = end === -1 ? lines.length : end;
  const node: BlockNode = { type: 'code', lang: fence[2] || null, value: lines.slice(at + 1, last).join('\n') };
  return { node, next: last + 1 };
}

function readHeading({ lines, at }: Place): Reading | null {
  const heading = HEADING.exec(lineAt(lines, at));
  if (!heading) return null;
  const words = (heading[2] ?? '').trimEnd().replace(/#{1,40}$/, '');
  // The level is one to six by the pattern above.
  const level = (heading[1] ?? '#').length as 1 | 2 | 3 | 4 | 5 | 6;
  return { node: { type: 'heading', depth: level, children: [...parseInline(words.trim())] }, next: at + 1 };
}

function readRule({ lines, at }: Place): Reading | null {
  return RULE.test(lineAt(lines, at)) ? { node: { type: 'thematicBreak' }, next: at + 1 } : null;
}

function readQuote({ lines, at, depth }: Place): Reading | null {
  if (depth >= MAX_DEPTH || !QUOTE.test(lineAt(lines, at))) return null;
  const next = endOf({ lines, at }, (line) => !QUOTE.test(line));
  const inner = lines.slice(at, next).map((line) => line.replace(QUOTE, ''));
  return { node: { type: 'blockquote', children: parseLines(inner, depth + 1) }, next };
}

function readList({ lines, at, depth }: Place): Reading | null {
  const first = ITEM.exec(lineAt(lines, at));
  if (!first || depth >= MAX_DEPTH) return null;
  const kind = markKind(first);
  const items: ListItem[] = [];
  let next = at;
  for (let item: RegExpExecArray | null = first; item && markKind(item) === kind; ) {
    const { inner, end } = readItem({ lines, at: next }, item[0].length);
    items.push({ type: 'listItem', children: parseLines(inner, depth + 1) });
    next = end;
    item = RULE.test(lineAt(lines, next)) ? null : ITEM.exec(lineAt(lines, next));
  }
  const isOrdered = kind === '.' || kind === ')';
  const start = isOrdered ? Number.parseInt(first[2] ?? '1', 10) : null;
  return { node: { type: 'list', ordered: isOrdered, start, spread: false, children: items }, next };
}

/** Lists part where the mark changes, e.g. from `-` to `*` or from `1.` to `1)`. */
function markKind(item: RegExpExecArray): string {
  return (item[2] ?? '-').slice(-1);
}

/** The lines of one item without their indent, and where the next begins; a blank line between items ends nothing. */
function readItem(
  { lines, at }: Pick<Place, 'lines' | 'at'>,
  indent: number,
): { readonly inner: readonly string[]; readonly end: number } {
  const inner = [lineAt(lines, at).slice(indent)];
  let end = at + 1;
  for (; end < lines.length; end += 1) {
    const line = lineAt(lines, end);
    const isBlank = line.trim() === '';
    const isIndented = /^(?: {2,}|\t)/.test(line);
    const follows = isIndented || (isBlank && /^(?: {2,}|\t)\S/.test(lineAt(lines, end + 1)));
    const isLazy = !isBlank && lineAt(lines, end - 1).trim() !== '' && !startsBlock(line) && !ITEM.test(line);
    if (!follows && !isLazy) break;
    inner.push(outdent(line, indent));
  }
  while (lineAt(lines, end).trim() === '' && end < lines.length && ITEM.test(lineAt(lines, end + 1))) end += 1;
  return { inner, end };
}

function outdent(line: string, indent: number): string {
  const blanks = line.search(/\S|$/);
  return line.slice(Math.min(blanks, line.startsWith('\t') ? 1 : indent));
}

function readTable({ lines, at }: Place): Reading | null {
  if (!lineAt(lines, at).includes('|') || !TABLE_RULE.test(lineAt(lines, at + 1))) return null;
  const next = endOf({ lines, at: at + 2 }, (line) => !line.includes('|'));
  const rows = [lineAt(lines, at), ...lines.slice(at + 2, next)].map(readRow);
  return { node: { type: 'table', children: rows }, next };
}

function readRow(line: string): TableRow {
  const cells = line.trim().replace(/^\|/, '').replace(/\|$/, '').split('|');
  return {
    type: 'tableRow',
    children: cells.map((cell) => ({ type: 'tableCell', children: [...parseInline(cell.trim())] })),
  };
}

function readParagraph({ lines, at }: Place): Reading {
  const next = endOf({ lines, at: at + 1 }, (line) => line.trim() === '' || startsBlock(line));
  const words = lines.slice(at, next).map((line) => line.trimStart());
  return { node: { type: 'paragraph', children: [...parseInline(words.join('\n').trimEnd())] }, next };
}

/** Does this line end the paragraph before it? A number does only as `1.`, or a year would begin a list. */
function startsBlock(line: string): boolean {
  const item = ITEM.exec(line);
  if (item && item[3] !== '' && !/\d/.test(item[2]?.replace(/^1[.)]$/, '') ?? '')) return true;
  return FENCE.test(line) || HEADING.test(line) || RULE.test(line) || QUOTE.test(line);
}

function endOf({ lines, at }: Pick<Place, 'lines' | 'at'>, isEnd: (line: string) => boolean): number {
  for (let index = at; index < lines.length; index += 1) if (isEnd(lineAt(lines, index))) return index;
  return lines.length;
}

function lineAt(lines: readonly string[], index: number): string {
  return lines[index] ?? '';
}
