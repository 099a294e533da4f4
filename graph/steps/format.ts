/** Markdown in the words becomes formatting: channels that can show it get the tree, all others the plain words. */
import type { RootContent } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { toString as plainText } from 'mdast-util-to-string';
import { gfm } from 'micromark-extension-gfm';
import type { Block } from '../../core/block.ts';

/** Blocks whose words carry no formatting stay as they are. Pure. */
export function formatBlocks(blocks: readonly Block[]): Block[] {
  return blocks.map((block) => (block.kind === 'text' && !block.root ? formatText(block.text) : block));
}

function formatText(text: string): Block {
  const root = fromMarkdown(text, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });
  const isPlain = root.children.every(
    (child) => child.type === 'paragraph' && child.children.every((inner) => inner.type === 'text'),
  );
  if (isPlain) return { kind: 'text', text };
  const plain = root.children.map(plainOf).filter(Boolean).join('\n\n');
  return plain === '' ? { kind: 'text', text } : { kind: 'text', text: plain, root };
}

function plainOf(node: RootContent): string {
  return node.type === 'list' ? node.children.map((item) => `- ${plainText(item)}`).join('\n') : plainText(node);
}
