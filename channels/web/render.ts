/** Reply → the widget: the blocks as they are. It draws every kind, so nothing is lost. */
import { blocksToText } from '../../core/block.ts';
import type { ReplyRecord } from '../../core/reply.ts';
import type { Rendered } from '../channel.ts';

/** One part: the whole reply. */
export function renderWeb(reply: ReplyRecord): Rendered {
  return { parts: [{ text: blocksToText(reply.blocks), payload: { blocks: reply.blocks } }], losses: [] };
}
