/** Marked text as a small subset of HTML: p, b, i, a, ul, ol, li, blockquote, pre, br. Everything else is escaped. */
import type { Mark, MarkedText } from './marked-text.ts';

type Piece = { readonly text: string; readonly marks: readonly Mark[]; readonly start: number; readonly end: number };

const blockKinds: ReadonlySet<Mark['kind']> = new Set([
  'paragraph',
  'heading',
  'quote',
  'pre',
  'list',
  'item',
  'table',
]);

/** The words as HTML. Characters with a meaning in HTML are escaped, in text and in addresses. */
export function markedToHtml({ text, marks }: MarkedText): string {
  const outermostFirst = marks.toSorted((a, b) => a.start - b.start || b.end - a.end);
  return write({ text, marks: outermostFirst, start: 0, end: text.length });
}

function write({ text, marks, start, end }: Piece): string {
  let html = '';
  let at = start;
  let before: Mark | undefined;
  for (let index = 0; index < marks.length; ) {
    const one = marks[index];
    if (one === undefined) break;
    const inside = marks.slice(index + 1).filter((other) => other.start < one.end);
    html +=
      gap(text.slice(at, one.start), { before, after: one }) + element(one, { text, marks: inside, ...contentOf(one) });
    at = one.end;
    before = one;
    index += 1 + inside.length;
  }
  return html + gap(text.slice(at, end), { before, after: undefined });
}

function contentOf(one: Mark): { readonly start: number; readonly end: number } {
  return { start: one.kind === 'item' ? one.start + one.bullet : one.start, end: one.end };
}

/** Line breaks beside a block element are the element's own; others are breaks. */
function gap(
  text: string,
  { before, after }: { readonly before: Mark | undefined; readonly after: Mark | undefined },
): string {
  let visible = text;
  if (before && blockKinds.has(before.kind)) visible = visible.replace(/^\n+/, '');
  if (after && blockKinds.has(after.kind)) visible = visible.replace(/\n+$/, '');
  return escapeHtml(visible).replaceAll('\n', '<br />');
}

function element(one: Mark, piece: Piece): string {
  const inner = write(piece);
  switch (one.kind) {
    case 'paragraph':
      return `<p>${inner}</p>`;
    case 'heading':
      return `<p><b>${inner}</b></p>`;
    case 'quote':
      return `<blockquote>${inner}</blockquote>`;
    case 'pre':
      return `<pre>${escapeHtml(piece.text.slice(piece.start, piece.end))}</pre>`;
    case 'list':
      return one.ordered ? `<ol${startOf(piece)}>${inner}</ol>` : `<ul>${inner}</ul>`;
    case 'item':
      return `<li>${inner}</li>`;
    case 'link':
      return `<a href="${escapeHtml(one.url)}">${inner}</a>`;
    case 'bold':
      return `<b>${inner}</b>`;
    case 'italic':
      return `<i>${inner}</i>`;
    case 'strike':
    case 'code':
    case 'image':
    case 'table':
      return inner;
  }
}

/** A list that does not begin with 1, or that a split cut in two, goes on counting. */
function startOf({ text, start }: Piece): string {
  const first = Number.parseInt(text.slice(start, start + 12), 10);
  return Number.isNaN(first) || first === 1 ? '' : ` start="${first}"`;
}

/** Text that HTML shows as these characters. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
