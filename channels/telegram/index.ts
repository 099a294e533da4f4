/** The Telegram room: one account of the Bot API, by webhook or by long polling. */
import { z } from 'zod';
import { InvalidPayloadError } from '../../core/errors.ts';
import type { InboundEvent } from '../../core/event.ts';
import type { ChannelProfile } from '../../core/profile.ts';
import type { ChannelPorts, ChannelRoom, Connection, Imitation, WebhookRequest } from '../channel.ts';
import { numberOf } from '../imitation.ts';
import { RootUrl, readSettings } from '../settings.ts';
import { createTelegramApi } from './api.ts';
import { renderTelegram } from './render.ts';
import { parseTelegram, verifyTelegram } from './webhook.ts';

const TelegramSettings = z.object({
  token: z.string().regex(/^\d{1,15}:[A-Za-z0-9_-]{1,100}$/, 'must be the token @BotFather gave, e.g. 123456:ABC-def'),
  webhookSecret: z.string().regex(/^[A-Za-z0-9_-]{1,256}$/, 'must be 1 to 256 characters of A-Z a-z 0-9 _ -'),
  apiRoot: RootUrl.default('https://api.telegram.org'),
  /** Our account's name without @; without it, groups reach us by commands and replies only. */
  username: z.string().optional(),
  /** Messages a second Telegram allows this account: 30, and up to 1000 by agreement. */
  perSecond: z.number().int().min(1).max(1000).optional(),
});
type TelegramSettings = z.infer<typeof TelegramSettings>;

const RATE = { perSecond: 30, perThread: 1 };

const profile: ChannelProfile = {
  text: { max: 4096, unit: 'utf16', maxParts: 10 },
  format: 'entities',
  choices: { max: 100, labelMax: 80 },
  media: false,
  edit: true,
  typing: true,
  streaming: false,
  keyedSend: false,
  rate: RATE,
  burst: { quietMs: 700, capMs: 3000 },
};

export const telegramRoom: ChannelRoom<TelegramSettings> = {
  name: 'telegram',
  profile,
  settings: TelegramSettings,
  open: openTelegram,
  imitate,
};

function openTelegram({ name, settings, ports }: Parameters<typeof telegramRoom.open>[0]): Connection {
  const { username, perSecond, ...account } = readSettings(TelegramSettings, settings, { channel: 'telegram', name });
  const api = createTelegramApi({ ...account, connection: `telegram/${name}`, ports });
  // The number before the colon of a token is our account's own id.
  const ownId = Number.parseInt(account.token, 10);
  const parse = (payload: unknown, receivedAt: string): InboundEvent =>
    parseTelegram(payload, { connection: name, receivedAt, ownId, username });
  return {
    channel: 'telegram',
    name,
    profile: perSecond === undefined ? profile : { ...profile, rate: { ...RATE, perSecond } },
    verify: (request) => verifyTelegram(request, account),
    parse: ({ payload }, receivedAt) => [parse(payload, receivedAt)],
    render: (reply) => renderTelegram(reply, profile),
    send: api.send,
    acknowledge: ({ payload }) => api.acknowledge(payload),
    showTyping: ({ threadKey }) => api.showTyping(threadKey),
    register: (publicUrl) => api.register(`${publicUrl.replace(/\/+$/, '')}/in/telegram/${name}`),
    poll: (accept, signal) => api.poll({ accept, signal, parse: (update) => parsePolled(update, { parse, ports }) }),
  };
}

/** A malformed update must not stop the ones behind it: it is kept with the path that failed. */
function parsePolled(
  update: { readonly update_id: number },
  {
    parse,
    ports,
  }: { readonly parse: (payload: unknown, receivedAt: string) => InboundEvent; readonly ports: ChannelPorts },
): InboundEvent {
  const receivedAt = new Date(ports.clock()).toISOString();
  try {
    return parse(update, receivedAt);
  } catch (error) {
    if (!(error instanceof InvalidPayloadError)) throw error;
    const { update_id } = update;
    return { ...parse({ update_id }, receivedAt), kind: 'unsupported', reason: `malformed at ${error.path}` };
  }
}

/** Private messages: the chat is the thread. */
function imitate(imitation: Imitation, { webhookSecret }: TelegramSettings): WebhookRequest {
  const { sender, does } = imitation;
  const from = {
    id: numberOf(sender.externalId),
    is_bot: false,
    first_name: sender.displayName ?? 'Somebody',
    ...(sender.locale && { language_code: sender.locale }),
  };
  const message = {
    message_id: numberOf(imitation.externalId),
    date: Math.floor(Date.parse(imitation.at) / 1000),
    chat: { id: numberOf(imitation.thread), type: 'private', first_name: from.first_name },
  };
  const keyboard = (label: string, token: string) => ({ inline_keyboard: [[{ text: label, callback_data: token }]] });
  const update =
    'says' in does
      ? { message: { ...message, from, text: does.says } }
      : {
          callback_query: {
            id: imitation.externalId,
            from,
            chat_instance: imitation.thread,
            data: does.chooses,
            message: { ...message, text: '…', reply_markup: keyboard(does.label, does.chooses) },
          },
        };
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': webhookSecret },
    query: {},
    rawBody: JSON.stringify({ update_id: numberOf(imitation.externalId), ...update }),
  };
}
