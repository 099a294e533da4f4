/** Telegram's way out: grammY's client for the calls, our failure vocabulary for what they answer. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Api, GrammyError, HttpError, type RawApi } from 'grammy';
import { z } from 'zod';
import { errorCode, type PermanentCode, PermanentError, TransientError } from '../../core/errors.ts';
import type { InboundEvent } from '../../core/event.ts';
import type { Accept, ChannelPorts, Part, SendOutcome, Target } from '../channel.ts';
import { jsonOrNothing } from '../payload.ts';
import { lostRequest } from '../transport.ts';
import type { TelegramPayload } from './render.ts';
import { updateKinds } from './webhook.ts';

export type TelegramAccount = {
  /** Named in errors, e.g. `telegram/main`. */
  readonly connection: string;
  readonly token: string;
  readonly webhookSecret: string;
  readonly apiRoot: string;
  readonly ports: ChannelPorts;
};

export type TelegramApi = {
  /** Sends one message. Throws TransientError or PermanentError by the failure vocabulary. */
  readonly send: (part: Part, target: Target) => Promise<SendOutcome>;
  /** Shows "typing…" for five seconds or until a message comes. */
  readonly showTyping: (threadKey: string) => Promise<void>;
  /** Answers an update's callback query, so that the pressed button stops waiting; other updates need nothing. */
  readonly acknowledge: (payload: unknown) => Promise<void>;
  /** Sets the webhook and asks whether it took. Throws PermanentError('config_invalid') when Telegram refuses the address. */
  readonly register: (url: string) => Promise<void>;
  /** Long polling until the signal fires. An update is confirmed only after it was accepted. Throws when the token is refused. */
  readonly poll: (polling: Polling) => Promise<void>;
};

type Polling = {
  readonly accept: Accept;
  readonly signal: AbortSignal;
  readonly parse: (update: { readonly update_id: number }) => InboundEvent;
};

type Failure = { readonly account: TelegramAccount; readonly failures: number };

/** How long Telegram may hold a poll open, and how much longer its answer may take. */
const pollSeconds = 25;
const pollGraceSeconds = 10;
const firstPauseMs = 500;
const longestPauseMs = 30_000;

type Refusal = { readonly code: PermanentCode; readonly remedy: string };

const gone = { code: 'thread_gone', remedy: 'The conversation is closed.' } as const;
const forbidden = { code: 'not_permitted', remedy: 'Give our account the right to write there.' } as const;
const badToken = { code: 'auth_broken', remedy: 'Set the token that @BotFather shows.' } as const;
const otherRefusal: Refusal = { code: 'invalid_content', remedy: 'This is a mistake of our rendering; report it.' };

/** Clear refusals; the first that matches wins. The descriptions are Telegram's own words. */
const refusals: readonly (Refusal & { readonly status: number; readonly says: RegExp })[] = [
  { status: 400, says: /chat not found|thread not found|upgraded to a supergroup/i, ...gone },
  { status: 400, says: /not enough rights|no rights|CHAT_WRITE_FORBIDDEN|TOPIC_CLOSED/i, ...forbidden },
  {
    status: 400,
    says: /bad webhook|https url must be provided/i,
    code: 'config_invalid',
    remedy: 'Set PUBLIC_URL to a public https address on port 443, 80, 88 or 8443.',
  },
  { status: 401, says: /./, ...badToken },
  {
    status: 403,
    says: /blocked by the user|user is deactivated|can't initiate conversation/i,
    code: 'recipient_gone',
    remedy: 'Nothing is sent there until the person writes again.',
  },
  { status: 403, says: /kicked|not a member|chat was deleted/i, ...gone },
  { status: 403, says: /./, ...forbidden },
  { status: 404, says: /./, ...badToken },
];

export function createTelegramApi(account: TelegramAccount): TelegramApi {
  const { raw } = openApi(account, account.ports.sendTimeoutMs / 1000);
  const settle = <Result>(request: Promise<Result>): Promise<Result> =>
    request.catch((error: unknown) => {
      throw reasonOf(error, account.connection);
    });
  return {
    send: async (part, target) => {
      // Made by renderTelegram and by nobody else.
      const payload = part.payload as TelegramPayload;
      try {
        const sent = await raw.sendMessage({
          ...placeOf(target.threadKey),
          ...quoteOf(target),
          link_preview_options: { is_disabled: true },
          ...payload,
        });
        return { kind: 'sent', platformId: String(sent.message_id) };
      } catch (error) {
        return outcomeOf(error, account.connection);
      }
    },
    showTyping: async (threadKey) => {
      await settle(raw.sendChatAction({ ...placeOf(threadKey), action: 'typing' }));
    },
    acknowledge: (payload) => settle(answerQuery(raw, payload)),
    register: async (url) => {
      await settle(raw.setWebhook({ url, secret_token: account.webhookSecret, allowed_updates: [...updateKinds] }));
      const webhook = await settle(raw.getWebhookInfo());
      if (webhook.url === url) return;
      throw new PermanentError(
        'config_invalid',
        `${account.connection}: Telegram kept another webhook address than ${url}. Does a second installation use the same token?`,
      );
    },
    poll: (polling) => pollUpdates(account, polling),
  };
}

async function pollUpdates(account: TelegramAccount, { accept, signal, parse }: Polling): Promise<void> {
  const { raw } = openApi(account, pollSeconds + pollGraceSeconds, signal);
  let offset = 0;
  let failures = 0;
  let isFree = false;
  while (!signal.aborted) {
    try {
      // While a webhook is set, Telegram refuses to be polled.
      if (!isFree && (await raw.getWebhookInfo()).url !== '') await raw.deleteWebhook({});
      isFree = true;
      const updates = await raw.getUpdates({ offset, timeout: pollSeconds, allowed_updates: [...updateKinds] });
      for (const update of updates) {
        await accept([parse(update)], JSON.stringify(update));
        // Only now: asking for this offset makes Telegram forget what came before it.
        offset = update.update_id + 1;
        await answerQuery(raw, update).catch(() => undefined);
      }
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      await sleep(pauseAfter(error, { account, failures }), undefined, { signal }).catch(() => undefined);
    }
  }
}

/** Milliseconds to wait after a failed poll, or while the store is down. Throws what no waiting can help. */
function pauseAfter(error: unknown, { account, failures }: Failure): number {
  const backoff = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(failures - 1, 10));
  if (!(error instanceof GrammyError || error instanceof HttpError)) {
    account.ports.warn(
      `${account.connection}: what came in was not stored (${errorCode(error)}); it is asked for again.`,
    );
    return backoff;
  }
  const reason = reasonOf(error, account.connection);
  if (!(reason instanceof TransientError)) throw reason;
  account.ports.warn(reason.message);
  return reason.afterMs ?? backoff;
}

async function answerQuery(raw: RawApi, payload: unknown): Promise<void> {
  const pressed = z.object({ callback_query: z.object({ id: z.string() }) }).safeParse(payload);
  if (pressed.success) await raw.answerCallbackQuery({ callback_query_id: pressed.data.callback_query.id });
}

/** A thread key is the chat, or chat:topic in a forum. */
function placeOf(threadKey: string): { readonly chat_id: number; readonly message_thread_id?: number } {
  const [chat, topic] = threadKey.split(':');
  return { chat_id: Number(chat), ...(topic !== undefined && { message_thread_id: Number(topic) }) };
}

/** The message answered, quoted by the first part only. It may have been deleted meanwhile: then nothing is quoted. */
function quoteOf({ replyTo, position }: Target) {
  if (replyTo === null || position > 0) return {};
  return { reply_parameters: { message_id: Number(replyTo), allow_sending_without_reply: true } };
}

/** What a failed send means. Throws by the failure vocabulary; no message carries the token or the text. */
function outcomeOf(error: unknown, connection: string): SendOutcome {
  if (error instanceof HttpError) return lostRequest(error, connection);
  if (!(error instanceof GrammyError)) throw error;
  const { error_code: status, description, parameters, method } = error;
  if (/message is not modified/i.test(description)) return { kind: 'sent', platformId: null };
  // A gateway gave up waiting, or answered in Telegram's place: the message may be out.
  if (status < 400 || status === 504) return { kind: 'unknown', why: `${method} was answered with ${status}` };
  const what = `${connection}: Telegram refused ${method} (${status} ${description}).`;
  if (status === 429)
    throw new TransientError('channel_rate_limited', what, { afterMs: (parameters.retry_after ?? 1) * 1000 });
  if (status === 409) {
    const remedy = 'Another process polls with the same token, or a webhook is set: stop the other one.';
    throw new TransientError('channel_unavailable', `${what} ${remedy}`);
  }
  if (status >= 500) throw new TransientError('channel_unavailable', `${what} It is tried again.`);
  const { code, remedy } = refusals.find((one) => one.status === status && one.says.test(description)) ?? otherRefusal;
  throw new PermanentError(code, `${what} ${remedy}`);
}

/** The same as one of our errors, for calls where an unknown outcome is just a failure. */
function reasonOf(error: unknown, connection: string): unknown {
  try {
    const outcome = outcomeOf(error, connection);
    const why = outcome.kind === 'unknown' ? outcome.why : 'no result';
    return new TransientError('channel_unavailable', `${connection}: Telegram gave ${why}. It is tried again.`);
  } catch (reason) {
    return reason;
  }
}

/** A client whose calls also end when `stop` fires. */
function openApi({ token, apiRoot, ports }: TelegramAccount, timeoutSeconds: number, stop?: AbortSignal): Api {
  return new Api(token, { apiRoot, timeoutSeconds, fetch: grammyFetch(ports.fetch, stop) });
}

type GrammyInit = Omit<RequestInit, 'signal'> & { readonly signal: Pick<AbortSignal, 'aborted' | 'addEventListener'> };

/**
 * Our fetch as grammY calls it. Its abort signal is a look-alike that fetch refuses; and an answer that is not JSON, such
 * as a proxy's error page, would lose its status.
 */
function grammyFetch(fetchPort: typeof fetch, stop?: AbortSignal) {
  return async (url: string, { signal, ...init }: GrammyInit): Promise<Response> => {
    const timeout = new AbortController();
    if (signal.aborted) timeout.abort();
    signal.addEventListener('abort', () => timeout.abort());
    const ends = stop === undefined ? timeout.signal : AbortSignal.any([timeout.signal, stop]);
    const response = await fetchPort(url, { ...init, signal: ends });
    const text = await response.text();
    const noJson = { ok: false, error_code: response.status, description: 'no JSON' };
    return Response.json(jsonOrNothing(text) ?? noJson);
  };
}
