/** mdast (the GFM subset of replies) as marked text. */
import type { Nodes, Parents, RootContent, Table } from 'mdast';
import { toString as nodeToString } from 'mdast-util-to-string';
import { join, type MarkedText, mark, nothing, unmarked } from './marked-text.ts';
import { type TableCells, tableToMarked } from './table.ts';

/** `monospace`: narrow tables may be fixed width. `depth`: how many lists the node is in. */
export type MdastOptions = { readonly monospace: boolean; readonly depth?: number };
type ListNode = Extract<RootContent, { type: 'list' }>;

/** What a person may be sent to; anything else keeps its label and loses its address. */
const linkProtocols: ReadonlySet<string> = new Set(['http:', 'https:', 'mailto:', 'tel:']);

/** The node and everything below it. Raw HTML stays visible as the characters it is made of. */
export function mdastToMarked(node: Nodes, options: MdastOptions): MarkedText {
  switch (node.type) {
    case 'root':
      return blocks(node, options);
    case 'paragraph':
      return mark(inline(node, options), { kind: 'paragraph' });
    case 'heading':
      return mark(inline(node, options), { kind: 'heading' });
    case 'blockquote':
      return mark(blocks(node, options), { kind: 'quote' });
    case 'list':
      return listToMarked(node, options);
    case 'table':
      return tableToMarked(tableCells(node), options.monospace);
    case 'thematicBreak':
      return mark(unmarked('———'), { kind: 'paragraph' });
    case 'code':
      return mark(unmarked(node.value), node.lang ? { kind: 'pre', language: node.lang } : { kind: 'pre' });
    case 'definition':
      return nothing;
    default:
      return phrasingToMarked(node, options);
  }
}

function phrasingToMarked(node: Nodes, options: MdastOptions): MarkedText {
  switch (node.type) {
    case 'strong':
      return mark(inline(node, options), { kind: 'bold' });
    case 'emphasis':
      return mark(inline(node, options), { kind: 'italic' });
    case 'delete':
      return mark(inline(node, options), { kind: 'strike' });
    case 'inlineCode':
      return mark(unmarked(node.value), { kind: 'code' });
    case 'link':
      return linked(inline(node, options), node.url);
    case 'image':
      return mark(linked(unmarked(node.alt || node.url), node.url), { kind: 'image' });
    case 'break':
      return unmarked('\n');
    default:
      return 'children' in node ? inline(node, options) : unmarked(nodeToString(node));
  }
}

/** The words as a link, or as they are where the address is not one a person should follow. */
export function linked(label: MarkedText, url: string): MarkedText {
  const isSafe = URL.canParse(url) && linkProtocols.has(new URL(url).protocol);
  return isSafe ? mark(label, { kind: 'link', url }) : label;
}

function blocks(parent: Parents, options: MdastOptions): MarkedText {
  return join(
    parent.children.map((child) => mdastToMarked(child, options)),
    '\n\n',
  );
}

function inline(parent: Parents, options: MdastOptions): MarkedText {
  return join(parent.children.map((child) => mdastToMarked(child, options)));
}

function listToMarked(list: ListNode, { monospace, depth = 0 }: MdastOptions): MarkedText {
  const ordered = list.ordered === true;
  const indent = '  '.repeat(depth);
  const items = list.children.map((item, index) => {
    const isTask = typeof item.checked === 'boolean';
    const bullet = `${indent}${ordered ? `${(list.start ?? 1) + index}.` : '•'} `;
    const sign = isTask ? `${indent}${item.checked ? '☑' : '☐'} ` : bullet;
    const content = item.children.map((child) => itemContent(child, { monospace, depth: depth + 1 }));
    const words = join([unmarked(sign), join(content, '\n')]);
    // A check box says something that a format's own bullet would not.
    return mark(words, { kind: 'item', bullet: isTask ? indent.length : bullet.length });
  });
  return mark(join(items, '\n'), { kind: 'list', ordered });
}

function itemContent(child: RootContent, options: MdastOptions): MarkedText {
  return child.type === 'paragraph' ? inline(child, options) : mdastToMarked(child, options);
}

function tableCells(table: Table): TableCells {
  const [header = [], ...rows] = table.children.map((row) => row.children.map((cell) => nodeToString(cell)));
  return { header, rows };
}
