/** Reply → Telegram messages: text with entities and inline keyboards. Never MarkdownV2: offsets need no escaping. */
import type { Block, Option } from '../../core/block.ts';
import type { ChannelProfile, Loss } from '../../core/profile.ts';
import type { ReplyRecord } from '../../core/reply.ts';
import type { Part, Rendered } from '../channel.ts';
import { blockToMarked, type Format, lossesOf, numbered } from '../render/blocks.ts';
import { type Entity, marksToEntities } from '../render/entities.ts';
import { join, type MarkedText, spellOutLinks } from '../render/marked-text.ts';
import { endEarly, split } from '../render/split.ts';

/** The platform's own shape of a part, beside what the sender adds: where to, and no link preview. */
export type TelegramPayload = {
  readonly text: string;
  readonly entities?: Entity[];
  readonly reply_markup?: { readonly inline_keyboard: Button[][] };
};
type Button = { readonly text: string } & ({ readonly callback_data: string } | { readonly url: string });
/** What becomes one message, or several when its text is long; the buttons then hang on the last. */
type Section = {
  readonly kind: 'text' | 'choices' | 'card';
  readonly content: MarkedText;
  readonly buttons: readonly Button[];
};
type Piece = { readonly content: MarkedText; readonly buttons: readonly Button[] };

const format: Format = { monospace: true, became: { heading: 'bold line' } };

/** The reply's messages in order. Pure; losses say what became of cards, tables, media and long texts. */
export function renderTelegram(reply: ReplyRecord, profile: ChannelProfile): Rendered {
  const losses: Loss[] = [];
  let sections: readonly Section[] = [];
  for (const block of reply.blocks) {
    const marked = spellOutLinks(
      blockToMarked(withoutButtonLink(block), { format, locale: reply.locale }),
      (url) => !isReachable(url),
    );
    losses.push(...lossesOf(block, { marked, format }));
    sections = addBlock(sections, { block, content: marked });
  }
  const pieces = sections.flatMap((section) => piecesOf(section, profile));
  const kept = withinPartLimit(pieces, profile);
  if (kept.length < pieces.length) losses.push({ block: 'text', what: 'length', became: `${kept.length} messages` });
  if (kept.some((piece) => !marksToEntities(piece.content).isComplete)) {
    losses.push({ block: 'text', what: 'formatting', became: 'plain after 100 entities' });
  }
  return { parts: kept.map(pieceToPart), losses };
}

/** Words are gathered into one message until buttons close it; each card is a message of its own. */
function addBlock(
  sections: readonly Section[],
  { block, content }: { readonly block: Block; readonly content: MarkedText },
): readonly Section[] {
  const last = sections.at(-1);
  const added: Section = { kind: sectionKind(block), content, buttons: buttonsOf(block) };
  if (last === undefined || !joins(last, block)) return [...sections, added];
  const isButtonOnly = block.kind === 'link' && added.buttons.length > 0;
  const joined: Section = {
    kind: added.kind === 'text' ? last.kind : added.kind,
    content: isButtonOnly ? last.content : join([last.content, content], '\n\n'),
    buttons: [...last.buttons, ...added.buttons],
  };
  return [...sections.slice(0, -1), joined];
}

function sectionKind(block: Block): Section['kind'] {
  return block.kind === 'choices' || block.kind === 'card' ? block.kind : 'text';
}

function joins(last: Section, block: Block): boolean {
  if (block.kind === 'card') return false;
  if (block.kind === 'citation') return last.kind !== 'card';
  return last.kind === 'text';
}

function buttonsOf(block: Block): readonly Button[] {
  switch (block.kind) {
    case 'choices':
      return block.options.map(optionToButton);
    case 'card':
      return [...block.options.map(optionToButton), ...linkToButtons(block.link)];
    case 'link':
      return linkToButtons(block);
    case 'text':
    case 'media':
    case 'form':
    case 'table':
    case 'citation':
      return [];
  }
}

/** A card's link that becomes a button need not be in its text as well. */
function withoutButtonLink(block: Block): Block {
  if (block.kind !== 'card' || linkToButtons(block.link).length === 0) return block;
  const { link: _button, ...others } = block;
  return others;
}

function optionToButton({ label, token }: Option): Button {
  return { text: label, callback_data: token };
}

function linkToButtons(link: { readonly label: string; readonly url: string } | undefined): readonly Button[] {
  return link && isReachable(link.url) ? [{ text: link.label, url: link.url }] : [];
}

/** Telegram refuses a whole message for one button or link to a bare host such as `localhost`. */
function isReachable(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return !protocol.startsWith('http') || hostname.includes('.');
}

function piecesOf(section: Section, { text }: ChannelProfile): readonly Piece[] {
  const pieces = split(wordsOf(section), text);
  return pieces.map((content, index) => ({ content, buttons: index === pieces.length - 1 ? section.buttons : [] }));
}

/** A message needs words: buttons alone say their labels. */
function wordsOf({ content, buttons }: Section): MarkedText {
  return content.text.trim() === '' ? numbered(buttons.map((button) => button.text)) : content;
}

function withinPartLimit(pieces: readonly Piece[], { text }: ChannelProfile): readonly Piece[] {
  const last = pieces[text.maxParts - 1];
  if (last === undefined || pieces.length === text.maxParts) return pieces;
  return [...pieces.slice(0, text.maxParts - 1), { ...last, content: endEarly(last.content, text) }];
}

function pieceToPart({ content, buttons }: Piece): Part {
  const { entities } = marksToEntities(content);
  const payload: TelegramPayload = {
    text: content.text,
    ...(entities.length > 0 && { entities: [...entities] }),
    ...(buttons.length > 0 && { reply_markup: { inline_keyboard: buttons.map((button) => [button]) } }),
  };
  return { text: content.text, payload };
}
