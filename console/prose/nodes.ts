/** The shapes of formatted text: those of the mdast root in a text block, which is where most of it comes from. */
import type { Block } from '../../core/block.ts';

type Root = NonNullable<Extract<Block, { kind: 'text' }>['root']>;

/** Anything that may stand in a text: paragraphs and lists, and the phrases inside them. */
export type ProseNode = Root['children'][number];
/** What may stand inside a paragraph. */
export type Phrase = Extract<ProseNode, { type: 'paragraph' }>['children'][number];
/** One item of a list. */
export type ListItem = Extract<ProseNode, { type: 'list' }>['children'][number];
/** One row of a table. */
export type TableRow = Extract<ProseNode, { type: 'table' }>['children'][number];
/** What stands on lines of its own: paragraphs, lists, quotes. */
export type BlockNode = Extract<ProseNode, { type: 'blockquote' }>['children'][number];
