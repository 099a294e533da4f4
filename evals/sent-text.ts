/** What would have been sent, as a person reads it and as scorers compare it. Pure. */
import type { Block } from '../core/block.ts';
import type { Played } from './world.ts';

/** The words of every part that would have left, in order, with a line break in between. */
export function sentText({ sent }: Pick<Played, 'sent'>): string {
  return sent.flatMap(({ parts }) => parts.map((part) => part.text)).join('\n');
}

export function sentBlocks({ sent }: Pick<Played, 'sent'>): readonly Block[] {
  return sent.flatMap(({ delivery }) => delivery.reply.blocks);
}

export type SentOption = { readonly label: string; readonly token: string };

/** Everything that could be pressed, on choices and on cards. */
export function sentOptions(played: Pick<Played, 'sent'>): readonly SentOption[] {
  return sentBlocks(played).flatMap((block) =>
    block.kind === 'choices' || block.kind === 'card' ? block.options : [],
  );
}

/** Case, kinds of space and kinds of quotation marks do not tell words apart; accents and punctuation do. */
export function comparable(text: string): string {
  return text
    .normalize('NFC')
    .replaceAll(/[\s\u00a0\u202f]+/gu, ' ')
    .replaceAll(/[’‘‛´]/g, "'")
    .replaceAll(/[“”„‟«»]/g, '"')
    .toLowerCase()
    .trim();
}

/** One line of at most `max` characters. */
export function oneLine(text: string, max = 120): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > max ? `${line.slice(0, max - 1)}…` : line;
}
