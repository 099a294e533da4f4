/** The three outside platforms as fakes, the variables that point the application at them, and requests as they sign them. */
import { createHmac, randomUUID } from 'node:crypto';
import { type BotApi, startBotApi } from '../peers/bot-api.ts';
import { type GraphApi, startGraphApi } from '../peers/graph-api.ts';
import { startWordPress, type WordPress } from '../peers/wordpress.ts';

const appSecret = 'app-secret-of-the-tests';
const pageToken = 'page-token-of-the-tests';
const verifyToken = 'verify-token-of-the-tests';
const siteSecret = 'whsec_dGhlLXNlY3JldC1vZi10aGUtc2l0ZS0xMjM0NQ==';
const hookSecret = 'hook_Secret-42';

export type Platforms = {
  readonly telegram: BotApi;
  readonly facebook: GraphApi;
  readonly site: WordPress;
  readonly variables: Readonly<Record<string, string>>;
  readonly stop: () => Promise<void>;
};

export async function startPlatforms(): Promise<Platforms> {
  const [telegram, facebook, site] = await Promise.all([
    startBotApi(),
    startGraphApi({ pageToken, appSecret }),
    startWordPress({ secret: siteSecret }),
  ]);
  return {
    telegram,
    facebook,
    site,
    variables: {
      TELEGRAM_BOT_TOKEN: telegram.token,
      TELEGRAM_WEBHOOK_SECRET: hookSecret,
      TELEGRAM_API_ROOT: telegram.root,
      META_APP_SECRET: appSecret,
      META_VERIFY_TOKEN: verifyToken,
      META_PAGE_TOKEN: pageToken,
      META_API_ROOT: facebook.root,
      BUDDYBOSS_URL: site.root,
      BUDDYBOSS_SECRET: siteSecret,
    },
    stop: async () => {
      await Promise.all([telegram.stop(), facebook.stop(), site.stop()]);
    },
  };
}

export type Signed = {
  readonly path: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
};

const textOf = (body: unknown): string => (typeof body === 'string' ? body : JSON.stringify(body));

/** A Telegram update; Telegram proves itself by the secret it was given with the webhook. */
export function telegramRequest(update: unknown): Signed {
  return {
    path: '/in/telegram/main',
    body: textOf(update),
    headers: { 'x-telegram-bot-api-secret-token': hookSecret },
  };
}

/** A page notification, signed over its bytes. */
export function facebookRequest(notification: unknown): Signed {
  const body = textOf(notification);
  const signature = createHmac('sha256', appSecret).update(body).digest('hex');
  return { path: '/in/facebook/main', body, headers: { 'x-hub-signature-256': `sha256=${signature}` } };
}

/** What the site's plugin posts, signed by the Standard Webhooks rules. */
export function siteRequest(message: unknown, id: string = randomUUID()): Signed {
  const body = textOf(message);
  const timestamp = String(Math.floor(Date.now() / 1000));
  const key = Buffer.from(siteSecret.slice('whsec_'.length), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
  return { path: '/in/buddyboss/main', body, headers };
}

let updates = 900_000_000;

/** A private message of a person to us on Telegram. */
export function telegramMessage(chat: number, text: string): Readonly<Record<string, unknown>> {
  updates += 1;
  return {
    update_id: updates,
    message: {
      message_id: updates,
      from: { id: chat, is_bot: false, first_name: 'Mirela', language_code: 'en' },
      chat: { id: chat, type: 'private', first_name: 'Mirela' },
      date: Math.floor(Date.now() / 1000),
      text,
    },
  };
}

/** A comment under a post of the page; `person` is who wrote it. */
export function pageComment(
  comment: string,
  message: string,
  person = '5512000000000042',
): Readonly<Record<string, unknown>> {
  const value = {
    item: 'comment',
    verb: 'add',
    comment_id: comment,
    post_id: '1000_700',
    parent_id: '1000_700',
    created_time: Math.floor(Date.now() / 1000),
    from: { id: person, name: 'Mirela Okafor' },
    message,
  };
  return { object: 'page', entry: [{ id: '1000', time: 1, changes: [{ field: 'feed', value }] }] };
}

/** A private message of a member of the site. */
export function siteMessage(thread: number, html: string): Readonly<Record<string, unknown>> {
  return {
    type: 'message',
    id: thread,
    thread_id: thread,
    sender: { id: 1001, name: 'Mara Feldt', locale: 'en_US' },
    message_html: html,
    sent_at: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    is_own: false,
  };
}
