/** Any block as marked text, and what a format loses of it. Buttons are left to the rooms: each has its own. */
import { type Block, blockToText } from '../../core/block.ts';
import type { Loss } from '../../core/profile.ts';
import {
  join,
  type Mark,
  type MarkedText,
  type MarkStyle,
  mark,
  nothing,
  paragraphs,
  unmarked,
} from './marked-text.ts';
import { linked, mdastToMarked } from './mdast.ts';
import { tableToMarked } from './table.ts';
import { wordsFor } from './words.ts';

/** A format: may narrow tables be fixed width, and what becomes of the marks it cannot show. */
export type Format = { readonly monospace: boolean; readonly became: Partial<Record<MarkStyle['kind'], string>> };

/** How a reply is to be shown: the room's format, the reply's language. */
export type Showing = { readonly format: Format; readonly locale: string | undefined };

/** The block's words and links. A card is its title, text and link; choices are their prompt. */
export function blockToMarked(block: Block, { format, locale }: Showing): MarkedText {
  switch (block.kind) {
    case 'text':
      return block.root ? mdastToMarked(block.root, format) : paragraphs(block.text);
    case 'choices':
      return paragraphs(block.prompt ?? '');
    case 'link':
      return linkParagraph(block);
    case 'card': {
      const title = mark(mark(unmarked(block.title), { kind: 'bold' }), { kind: 'paragraph' });
      return join([title, paragraphs(block.body), block.link ? linkParagraph(block.link) : nothing], '\n\n');
    }
    case 'media':
      return linkParagraph({ label: block.alt || block.url, url: block.url });
    case 'table':
      return tableToMarked(block, format.monospace);
    case 'citation': {
      const label = unmarked(block.label);
      return mark(join([unmarked(wordsFor(locale).source), block.url ? linked(label, block.url) : label]), {
        kind: 'paragraph',
      });
    }
    case 'form':
      return paragraphs(blockToText(block));
  }
}

/** Labels as numbered lines, where a person answers by number or label. */
export function numbered(labels: readonly string[]): MarkedText {
  return paragraphs(labels.map((label, index) => `${index + 1}. ${label}`).join('\n'));
}

/** What the format loses of the block's own words; the rooms add what they did with its buttons. */
export function lossesOf(
  block: Block,
  { marked, format }: { readonly marked: MarkedText; readonly format: Format },
): readonly Loss[] {
  const losses: Loss[] = [];
  const add = (what: Loss['what'], became: string) => losses.push({ block: block.kind, what, became });
  const kinds = new Set(marked.marks.map((one) => one.kind));
  if (block.kind === 'card') add('card', 'text');
  if (block.kind === 'form') add('form', 'lines');
  if (block.kind === 'media' || kinds.has('image')) add('media', 'link');
  const isFixed = (table: Mark) => marked.marks.some((one) => one.kind === 'pre' && isWithin(one, table));
  const tables = marked.marks
    .filter((one) => one.kind === 'table')
    .map((one) => (isFixed(one) ? 'fixed width' : 'lines'));
  if (tables.length > 0) add('table', unique(tables));
  const formatting = [...kinds].map((kind) => format.became[kind]).filter((became) => became !== undefined);
  if (formatting.length > 0) add('formatting', unique(formatting));
  return losses;
}

function isWithin(inner: Mark, outer: Mark): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}

function unique(words: readonly string[]): string {
  return [...new Set(words)].join(', ');
}

function linkParagraph({ label, url }: { readonly label: string; readonly url: string }): MarkedText {
  return mark(linked(unmarked(label), url), { kind: 'paragraph' });
}
