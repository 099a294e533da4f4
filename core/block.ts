/** Block: one piece of a reply, before any channel has shaped it. */
import type { Root } from 'mdast';
import { z } from 'zod';

/** mdast is checked for shape only at the root; it is made by our own parser, never taken from outside. */
const MdastRoot = z.custom<Root>(
  (value) => typeof value === 'object' && value !== null && 'type' in value && value.type === 'root',
);

/** One option a person may take. `token` is opaque and short: Telegram carries 64 bytes. */
export const Option = z.object({
  label: z.string().min(1).max(80),
  token: z.string().regex(/^[A-Za-z0-9_:.-]{1,64}$/),
});
export type Option = z.infer<typeof Option>;

/** `text` is always there and plain; `root` is the same words as mdast (GFM subset) for channels that can format. */
export const TextBlock = z.object({ kind: z.literal('text'), text: z.string().min(1), root: MdastRoot.optional() });
export const ChoicesBlock = z.object({
  kind: z.literal('choices'),
  prompt: z.string().optional(),
  options: z.array(Option).min(1).max(10),
});
/** A call to action. */
export const LinkBlock = z.object({
  kind: z.literal('link'),
  label: z.string().min(1).max(80),
  url: z.url({ protocol: /^https?$/ }),
});
export const CardBlock = z.object({
  kind: z.literal('card'),
  title: z.string().min(1).max(120),
  body: z.string().max(1000),
  options: z.array(Option).max(3).default([]),
  link: z.object({ label: z.string().max(80), url: z.url({ protocol: /^https?$/ }) }).optional(),
});
export const MediaBlock = z.object({
  kind: z.literal('media'),
  media: z.enum(['image', 'audio', 'video', 'file']),
  url: z.url({ protocol: /^https?$/ }),
  alt: z.string().max(300),
});
export const FormBlock = z.object({
  kind: z.literal('form'),
  form: z.string().max(100),
  fields: z.array(z.object({ name: z.string(), label: z.string(), type: z.enum(['text', 'email', 'number']) })).min(1),
});
export const TableBlock = z.object({
  kind: z.literal('table'),
  header: z.array(z.string()).min(1),
  rows: z.array(z.array(z.string())),
});
/** The passage a claim rests on. `label` is what the person sees, e.g. the article's title. */
export const CitationBlock = z.object({
  kind: z.literal('citation'),
  passage: z.string(),
  label: z.string().min(1).max(200),
  url: z.url({ protocol: /^https?$/ }).optional(),
});

export const Block = z.discriminatedUnion('kind', [
  TextBlock,
  ChoicesBlock,
  LinkBlock,
  CardBlock,
  MediaBlock,
  FormBlock,
  TableBlock,
  CitationBlock,
]);
export type Block = z.infer<typeof Block>;

/** Any block as plain text: the last rung of every channel's ladder. */
export function blockToText(block: Block): string {
  switch (block.kind) {
    case 'text':
      return block.text;
    case 'choices': {
      const lines = block.options.map((option, index) => `${index + 1}. ${option.label}`);
      return [block.prompt, ...lines].filter(Boolean).join('\n');
    }
    case 'link':
      return `${block.label}: ${block.url}`;
    case 'card': {
      const link = block.link ? `${block.link.label}: ${block.link.url}` : '';
      return [block.title, block.body, link].filter(Boolean).join('\n');
    }
    case 'media':
      return `${block.alt}: ${block.url}`;
    case 'form':
      return block.fields.map((field) => field.label).join('\n');
    case 'table':
      return block.rows
        .map((row) => row.map((cell, index) => `${block.header[index] ?? ''}: ${cell}`).join(', '))
        .join('\n');
    case 'citation':
      return block.url ? `Source: ${block.label} (${block.url})` : `Source: ${block.label}`;
  }
}

export function blocksToText(blocks: readonly Block[]): string {
  return blocks.map(blockToText).join('\n\n');
}
