/** A crowd at the fake Telegram: who writes, when the webhook took it, and when the answer came. */
import type { BotApi } from '../test/peers/bot-api.ts';
import { WEBHOOK_SECRET } from './server-process.ts';

const PATIENCE_MS = 120_000;
const LOOK_MS = 1;
/** A database may have been measured before: what it knows already is not taken twice. */
let lastUpdate = 700_000_000 + Math.floor(Math.random() * 100_000_000);

export type Crowd = {
  /** Resolves with the status and the milliseconds until the webhook answered. */
  readonly write: (chat: number, text: string) => Promise<{ readonly status: number; readonly milliseconds: number }>;
  /** The next message to this chat that nobody has waited for yet. */
  readonly answer: (chat: number) => Promise<string>;
  readonly leave: () => void;
};

/** `addresses`: where the webhook is called, in turn. */
export function openCrowd(bot: BotApi, addresses: readonly string[]): Crowd {
  const unread = new Map<number, string[]>();
  const waiting = new Map<number, (text: string) => void>();
  let seen = bot.messages.length;
  const look = setInterval(() => {
    for (; seen < bot.messages.length; seen += 1) {
      const message = bot.messages[seen];
      if (!message) continue;
      const { id } = message.chat;
      const hear = waiting.get(id);
      waiting.delete(id);
      if (hear) hear(message.text);
      else unread.set(id, [...(unread.get(id) ?? []), message.text]);
    }
  }, LOOK_MS);
  return {
    write: async (chat, text) => {
      if (!bot.chats.has(chat)) bot.addChat({ id: chat, type: 'private', first_name: `Person ${chat}` });
      lastUpdate += 1;
      const begun = performance.now();
      const status = await post(addresses[lastUpdate % addresses.length] ?? '', { chat, text, update: lastUpdate });
      return { status, milliseconds: performance.now() - begun };
    },
    answer: (chat) => {
      const [first, ...rest] = unread.get(chat) ?? [];
      if (first !== undefined) {
        unread.set(chat, rest);
        return Promise.resolve(first);
      }
      return new Promise((resolve, reject) => {
        const late = setTimeout(() => {
          reject(new RangeError(`Person ${chat} got no answer in ${PATIENCE_MS / 1000} s.`));
        }, PATIENCE_MS);
        waiting.set(chat, (text) => {
          clearTimeout(late);
          resolve(text);
        });
      });
    },
    leave: () => clearInterval(look),
  };
}

type Writing = { readonly chat: number; readonly text: string; readonly update: number };

async function post(address: string, { chat, text, update }: Writing): Promise<number> {
  const sender = { id: chat, is_bot: false, first_name: `Person ${chat}`, language_code: 'en' };
  const command = /^\/\w+/.exec(text)?.[0];
  const message = {
    message_id: update,
    date: Math.floor(Date.now() / 1000),
    chat: { id: chat, type: 'private', first_name: sender.first_name },
    from: sender,
    text,
    ...(command === undefined ? {} : { entities: [{ type: 'bot_command', offset: 0, length: command.length }] }),
  };
  const response = await fetch(`${address}/in/telegram/main`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': WEBHOOK_SECRET },
    body: JSON.stringify({ update_id: update, message }),
  });
  await response.arrayBuffer();
  return response.status;
}
