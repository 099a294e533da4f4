/** Reply → one public comment in plain text. Comments have no buttons: choices become an invitation to write to us. */
import type { Block } from '../../core/block.ts';
import type { ChannelProfile, Loss } from '../../core/profile.ts';
import type { ReplyRecord } from '../../core/reply.ts';
import type { Rendered } from '../channel.ts';
import { blockToMarked, type Format, lossesOf } from '../render/blocks.ts';
import { join, type MarkedText, nothing, paragraphs, spellOutLinks } from '../render/marked-text.ts';
import { splitWithin } from '../render/split.ts';
import { wordsFor } from '../render/words.ts';

const format: Format = {
  monospace: false,
  became: {
    bold: 'plain',
    italic: 'plain',
    strike: 'plain',
    code: 'plain',
    pre: 'plain',
    heading: 'plain',
    quote: 'plain',
    link: 'label (url)',
  },
};

/** One part at most. Pure; losses say what plain text could not show. */
export function renderFacebook(reply: ReplyRecord, profile: ChannelProfile): Rendered {
  const losses: Loss[] = [];
  const pieces = reply.blocks.map((block) => {
    const marked = blockToMarked(block, { format, locale: reply.locale });
    losses.push(...lossesOf(block, { marked, format }));
    const labels = optionLabels(block);
    if (labels.length > 0) losses.push({ block: block.kind, what: 'buttons', became: 'invitation' });
    return join([spellOutLinks(marked, () => true), invitation(labels, reply.locale)], '\n');
  });
  const { pieces: parts, isCut } = splitWithin(join(pieces, '\n\n'), profile.text);
  if (isCut) losses.push({ block: 'text', what: 'length', became: `${parts.length} comment` });
  return { parts: parts.map(({ text }) => ({ text, payload: { message: text } })), losses };
}

function optionLabels(block: Block): readonly string[] {
  if (block.kind !== 'choices' && block.kind !== 'card') return [];
  return block.options.map((option) => option.label);
}

/** Nobody should choose in public. */
function invitation(labels: readonly string[], locale: string | undefined): MarkedText {
  return labels.length === 0 ? nothing : paragraphs(wordsFor(locale).chooseInPrivate + labels.join(' · '));
}
