/** Telegram's way in: a shared secret as proof, one update as body. The kinds we answer become events, the others say why not. */
import { z } from 'zod';
import type { Attachment, InboundEvent } from '../../core/event.ts';
import type { VerifiedRequest, WebhookRequest } from '../channel.ts';
import { cleanText, parseJson, parseShape } from '../payload.ts';
import { badSignature, isSameSecret } from '../proof.ts';

/** The update kinds we ask Telegram for: what `parseTelegram` knows. */
export const updateKinds = [
  'message',
  'edited_message',
  'callback_query',
  'message_reaction',
  'my_chat_member',
] as const;

type UpdateKind = (typeof updateKinds)[number];
/** `ownId`: our account at Telegram, the number before the colon of the token. */
type Context = {
  readonly connection: string;
  readonly receivedAt: string;
  readonly ownId: number;
  readonly username: string | undefined;
};
type Update = Context & { readonly externalId: string };

const unixSeconds = z.number().int().min(0).max(8_000_000_000);
const topic = { message_thread_id: z.number().int().optional(), is_topic_message: z.boolean().optional() };
const User = z.object({
  id: z.number().int(),
  is_bot: z.boolean().default(false),
  first_name: z.string().default(''),
  last_name: z.string().default(''),
  language_code: z.string().max(35).optional().catch(undefined),
});
const Chat = z.object({ id: z.number().int(), type: z.string().default(''), username: z.string().optional() });
const Entity = z.object({
  type: z.string(),
  offset: z.number().int(),
  length: z.number().int(),
  user: z.object({ id: z.number() }).optional(),
});
const Message = z.looseObject({
  message_id: z.number().int(),
  date: unixSeconds,
  chat: Chat,
  from: User.optional(),
  ...topic,
  text: z.string().optional(),
  caption: z.string().optional(),
  entities: z.array(Entity).optional(),
  caption_entities: z.array(Entity).optional(),
  is_automatic_forward: z.boolean().optional(),
  reply_to_message: z.object({ message_id: z.number().int(), from: User.optional() }).optional(),
});
type Message = z.infer<typeof Message>;
const Button = z.object({ text: z.string(), callback_data: z.string().optional() });
const CallbackQuery = z.object({
  from: User,
  data: z.string().min(1).max(64).optional(),
  message: z
    .object({ chat: Chat, ...topic, reply_markup: z.object({ inline_keyboard: z.array(z.array(Button)) }).optional() })
    .optional(),
});
const Reaction = z.object({
  chat: Chat,
  message_id: z.number().int(),
  user: User.optional(),
  date: unixSeconds,
  new_reaction: z.array(z.object({ type: z.string(), emoji: z.string().max(40).optional() })),
});
const Membership = z.object({
  chat: Chat,
  from: User,
  date: unixSeconds,
  new_chat_member: z.object({ status: z.string() }),
});
/** What any update may tell about where it happened. */
const Whereabouts = z.object({ chat: Chat, from: User, date: unixSeconds }).partial();
const FileMeta = z.object({ file_name: z.string(), mime_type: z.string(), file_size: z.int().min(0) }).partial();

/** Message fields that are attachments, in the order that decides: an animation also comes as a document. */
const attachmentKinds = new Map<string, Attachment['kind']>([
  ['animation', 'video'],
  ['photo', 'image'],
  ['sticker', 'image'],
  ['video', 'video'],
  ['video_note', 'video'],
  ['voice', 'audio'],
  ['audio', 'audio'],
  ['document', 'file'],
  ['location', 'location'],
  ['contact', 'contact'],
]);

const changes = new Map<string, 'joined' | 'left'>([
  ['member', 'joined'],
  ['administrator', 'joined'],
  ['left', 'left'],
  ['kicked', 'left'],
]);

/** Checks the secret header, then parses JSON. Throws InvalidPayloadError: `bad_signature`, `malformed`. */
export function verifyTelegram(
  request: WebhookRequest,
  { webhookSecret }: { readonly webhookSecret: string },
): VerifiedRequest {
  if (!isSameSecret(request.headers['x-telegram-bot-api-secret-token'], webhookSecret)) {
    throw badSignature('The header X-Telegram-Bot-Api-Secret-Token is not the secret this connection registered.');
  }
  return { payload: parseJson(request.rawBody), proof: {} };
}

/** One update, one event. Throws InvalidPayloadError('malformed') with the path. */
export function parseTelegram(payload: unknown, context: Context): InboundEvent {
  const update = parseShape(z.looseObject({ update_id: z.number().int() }), payload);
  const kind = updateKinds.find((known) => update[known] !== undefined);
  const details: Update = { ...context, externalId: String(update.update_id) };
  if (kind !== undefined) return readers[kind](update[kind], details);
  const [name = 'none', value] = Object.entries(update).find(([key]) => key !== 'update_id') ?? [];
  return unsupported(Whereabouts.safeParse(value).data ?? {}, { update: details, reason: `update kind ${name}` });
}

const readers: { readonly [Kind in UpdateKind]: (value: unknown, update: Update) => InboundEvent } = {
  message: readMessage,
  edited_message: readEdit,
  callback_query: readChoice,
  message_reaction: readReaction,
  my_chat_member: readMembership,
};

function readMessage(value: unknown, update: Update): InboundEvent {
  const message = parseShape(Message, value, { at: 'message' });
  const text = cleanText(message.text ?? message.caption ?? '', 100_000);
  const attachments = attachmentsOf(message);
  const isEmpty = text === '' && attachments.length === 0;
  const reason = isEmpty ? 'a message without words or attachment' : whyNotForUs(message, update);
  if (reason !== undefined) return unsupported(message, { update, reason });
  const command = commandOf(text);
  return {
    ...envelope(message, update),
    ...quotable(message),
    kind: 'message',
    text,
    attachments,
    ...(message.reply_to_message && { replyTo: String(message.reply_to_message.message_id) }),
    ...(command && { command: { name: command.name, argument: command.argument } }),
  };
}

function readEdit(value: unknown, update: Update): InboundEvent {
  const message = parseShape(Message, value, { at: 'edited_message' });
  const text = cleanText(message.text ?? message.caption ?? '', 100_000);
  const reason = text === '' ? 'an edit without words' : whyNotForUs(message, update);
  if (reason !== undefined) return unsupported(message, { update, reason });
  return { ...envelope(message, update), ...quotable(message), kind: 'edit', text, of: String(message.message_id) };
}

function readChoice(value: unknown, update: Update): InboundEvent {
  const query = parseShape(CallbackQuery, value, { at: 'callback_query' });
  if (query.data === undefined || query.message === undefined) {
    return unsupported({ from: query.from }, { update, reason: 'a button that is not one of ours' });
  }
  const buttons = query.message.reply_markup?.inline_keyboard.flat() ?? [];
  const label = buttons.find((button) => button.callback_data === query.data)?.text;
  const common = envelope({ ...query.message, from: query.from }, update);
  return { ...common, kind: 'choice', token: query.data, ...(label && { label: cleanText(label, 200) }) };
}

function readReaction(value: unknown, update: Update): InboundEvent {
  const { user, new_reaction, ...reaction } = parseShape(Reaction, value, { at: 'message_reaction' });
  const emoji = new_reaction.find((one) => one.emoji !== undefined)?.emoji;
  const where = { ...reaction, from: user };
  if (emoji === undefined) return unsupported(where, { update, reason: 'a reaction taken back, or without an emoji' });
  return { ...envelope(where, update), kind: 'reaction', of: String(reaction.message_id), emoji };
}

function readMembership(value: unknown, update: Update): InboundEvent {
  const membership = parseShape(Membership, value, { at: 'my_chat_member' });
  const { status } = membership.new_chat_member;
  const isStop = status === 'kicked' && membership.chat.type === 'private';
  const change = isStop ? 'stopped' : changes.get(status);
  if (change === undefined) return unsupported(membership, { update, reason: `our membership became ${status}` });
  return { ...envelope(membership, update), kind: 'membership', change };
}

/** Where several people write, an answer quotes what it answers; in private it would only repeat it. */
function quotable({ chat, message_id }: Message): Pick<InboundEvent, 'answerUnder'> {
  return chat.type === 'private' ? {} : { answerUnder: String(message_id) };
}

/** Why a message asks nothing of us, or undefined when it does. In groups only what names us is ours. */
function whyNotForUs(message: Message, { ownId, username }: Context): string | undefined {
  if (message.from === undefined) return 'no sender is named';
  if (message.from.is_bot || message.from.id === ownId || message.is_automatic_forward) return 'written by software';
  if (message.chat.type === 'private' || message.reply_to_message?.from?.id === ownId) return undefined;
  const text = message.text ?? message.caption ?? '';
  const ourName = username?.toLowerCase();
  const ourMention = ourName && `@${ourName}`;
  const command = commandOf(text);
  if (command) {
    const isOurs = command.account === undefined || ourName === undefined || command.account.toLowerCase() === ourName;
    return isOurs ? undefined : 'not addressed to us';
  }
  const isNamed = [...(message.entities ?? []), ...(message.caption_entities ?? [])].some(
    ({ type, offset, length, user }) =>
      (type === 'mention' && text.slice(offset, offset + length).toLowerCase() === ourMention) ||
      (type === 'text_mention' && user?.id === ownId),
  );
  return isNamed ? undefined : 'not addressed to us';
}

function commandOf(text: string) {
  const match = /^\/([A-Za-z0-9_]{1,32})(?:@([A-Za-z0-9_]{1,64}))?(?:\s+([\s\S]*))?$/.exec(text);
  if (!match) return undefined;
  const [, name = '', account, argument = ''] = match;
  return { name: name.toLowerCase(), account, argument: argument.trim().slice(0, 256) };
}

function attachmentsOf(message: Message): Attachment[] {
  const [field, kind] = [...attachmentKinds].find(([key]) => message[key] !== undefined) ?? [];
  if (field === undefined || kind === undefined) return [];
  const value = message[field];
  // Photos come in several sizes, the largest last.
  const meta = FileMeta.safeParse(Array.isArray(value) ? value.at(-1) : value).data ?? {};
  return [
    {
      kind,
      ...(meta.file_name && { name: cleanText(meta.file_name, 300) }),
      ...(meta.mime_type && { contentType: cleanText(meta.mime_type, 100) }),
      ...(meta.file_size !== undefined && { bytes: meta.file_size }),
    },
  ];
}

type Place = {
  readonly chat?: z.infer<typeof Chat> | undefined;
  readonly from?: z.infer<typeof User> | undefined;
  readonly date?: number | undefined;
  readonly message_thread_id?: number | undefined;
  readonly is_topic_message?: boolean | undefined;
};

function unsupported(
  place: Place,
  { update, reason }: { readonly update: Update; readonly reason: string },
): InboundEvent {
  return { ...envelope(place, update), kind: 'unsupported', reason: cleanText(reason, 300) };
}

function envelope({ chat, from, date, ...place }: Place, { connection, externalId, receivedAt }: Update) {
  const inTopic = place.is_topic_message && place.message_thread_id !== undefined ? `:${place.message_thread_id}` : '';
  const displayName = from && cleanText(`${from.first_name} ${from.last_name}`.trim(), 200);
  return {
    externalId,
    channel: 'telegram' as const,
    connection,
    thread: { key: chat ? `${chat.id}${inTopic}` : 'none', clearance: clearanceOf(chat) },
    sender: {
      externalId: from ? String(from.id) : 'none',
      isMember: false,
      ...(displayName && { displayName }),
      ...(from?.language_code && { locale: from.language_code }),
    },
    occurredAt: date === undefined ? receivedAt : new Date(date * 1000).toISOString(),
  };
}

/** A kind of chat we do not know counts as public: there least may be said. */
function clearanceOf(chat: z.infer<typeof Chat> | undefined) {
  if (chat?.type === 'private') return 'private' as const;
  const isClosedGroup = (chat?.type === 'group' || chat?.type === 'supergroup') && chat.username === undefined;
  return isClosedGroup ? ('members' as const) : ('public' as const);
}
