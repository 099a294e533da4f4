/** Reply → WordPress messages in the few HTML elements BuddyBoss keeps. It has no buttons: choices become numbered lines. */
import type { ChannelProfile, Loss } from '../../core/profile.ts';
import type { ReplyRecord } from '../../core/reply.ts';
import type { Rendered } from '../channel.ts';
import { blockToMarked, type Format, lossesOf, numbered } from '../render/blocks.ts';
import { markedToHtml } from '../render/html.ts';
import { join } from '../render/marked-text.ts';
import { splitWithin } from '../render/split.ts';

const format: Format = { monospace: true, became: { heading: 'bold line', strike: 'plain', code: 'plain' } };

/** The payload's `position` keys the part, so that the plugin drops a second one. Pure; losses say what HTML could not show. */
export function renderBuddyboss(reply: ReplyRecord, profile: ChannelProfile): Rendered {
  const losses: Loss[] = [];
  const pieces = reply.blocks.map((block) => {
    const marked = blockToMarked(block, { format, locale: reply.locale });
    losses.push(...lossesOf(block, { marked, format }));
    const options = block.kind === 'choices' || block.kind === 'card' ? block.options : [];
    if (options.length > 0) losses.push({ block: block.kind, what: 'buttons', became: 'numbered lines' });
    return join([marked, numbered(options.map((option) => option.label))], '\n\n');
  });
  const { pieces: messages, isCut } = splitWithin(join(pieces, '\n\n'), profile.text);
  if (isCut) losses.push({ block: 'text', what: 'length', became: `${messages.length} messages` });
  const parts = messages.map((message, position) => ({
    text: message.text,
    payload: { html: markedToHtml(message), position },
  }));
  return { parts, losses };
}
