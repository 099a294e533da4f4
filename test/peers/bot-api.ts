/**
 * A strict fake of Telegram's Bot API for one account. It shares no code with the product: what it accepts is in
 * bot-api-rules.ts, written from the documentation. A test pushes updates, presses buttons, sets faults, reads history.
 */
import { checkCall, type Params, Refusal } from './bot-api-rules.ts';
import { json, type LocalServer, type PeerOutcome, type PeerRequest, startLocalServer } from './local-server.ts';

export type Chat = {
  readonly id: number;
  readonly type: 'private' | 'group' | 'supergroup' | 'channel';
  readonly first_name?: string;
  readonly title?: string;
  readonly username?: string;
  readonly is_forum?: true;
  /** Topics that exist in a forum. */
  readonly topics?: readonly number[];
  /** The person blocked us. */
  readonly isBlocked?: true;
};

export type Call = { readonly method: string; readonly params: Params; readonly status: number };
export type Message = {
  readonly message_id: number;
  readonly chat: Chat;
  readonly text: string;
  readonly entities?: readonly Readonly<Record<string, unknown>>[];
  readonly reply_markup?: { readonly inline_keyboard: readonly (readonly Button[])[] };
  readonly message_thread_id?: number;
  /** The message it quotes. */
  readonly reply_to_message?: { readonly message_id: number };
};
type Button = { readonly text: string; readonly callback_data?: string; readonly url?: string };

/**
 * What the next calls meet: `hang` no answer, `drop` the connection is closed after the call was carried out, `html` a
 * proxy's page instead of an answer; a number is that error code.
 */
export type Fault = {
  readonly kind: 'hang' | 'drop' | 'html' | 400 | 401 | 403 | 404 | 429 | 500 | 502 | 504;
  readonly times?: number;
  readonly method?: string;
  readonly description?: string;
  readonly retryAfter?: number;
};

export type BotApi = {
  /** What TELEGRAM_API_ROOT is set to. */
  readonly root: string;
  readonly token: string;
  readonly id: number;
  readonly username: string;
  readonly calls: readonly Call[];
  /** What we sent, in order, with later edits applied. */
  readonly messages: readonly Message[];
  readonly chats: ReadonlyMap<number, Chat>;
  readonly answeredQueries: readonly string[];
  readonly chatActions: readonly { readonly chat: number; readonly action: string }[];
  readonly webhook: { readonly url: string; readonly secret: string | undefined };
  /** Updates nobody has confirmed yet. */
  readonly pending: readonly number[];
  readonly addChat: (chat: Chat) => void;
  /** Queues an update; with a webhook on loopback it is delivered. Gives its update_id. */
  readonly push: (update: Readonly<Record<string, unknown>>) => Promise<number>;
  /** A person writes into a chat. */
  readonly says: (chat: number, text: string) => Promise<number>;
  /** The person presses a button of a message we sent, by its label. */
  readonly press: (message: Message, label: string) => Promise<number>;
  readonly fault: (fault: Fault) => void;
  readonly stop: () => Promise<void>;
};

type Update = Readonly<Record<string, unknown>> & { readonly update_id: number };
type Poller = { readonly wake: () => void; readonly refuse: () => void };
type State = {
  readonly token: string;
  readonly id: number;
  readonly username: string;
  readonly now: () => number;
  readonly chats: Map<number, Chat>;
  readonly calls: Call[];
  readonly messages: Message[];
  /** Every message that exists, ours and theirs, as `chat:message`. */
  readonly written: Set<string>;
  readonly answeredQueries: string[];
  readonly openQueries: Set<string>;
  readonly chatActions: { readonly chat: number; readonly action: string }[];
  readonly faults: (Fault & { left: number })[];
  webhook: { readonly url: string; readonly secret: string | undefined };
  allowed: ReadonlySet<string> | undefined;
  updates: Update[];
  poller: Poller | undefined;
  nextUpdate: number;
  nextMessage: number;
};

/** Kinds that only come when they are asked for. */
const onRequestOnly = new Set(['chat_member', 'message_reaction', 'message_reaction_count']);

export async function startBotApi(
  options: { readonly token?: string; readonly username?: string; readonly now?: () => number } = {},
): Promise<BotApi> {
  const token = options.token ?? '7000000001:AAExampleExampleExampleExample';
  const state: State = {
    token,
    id: Number.parseInt(token, 10),
    username: options.username ?? 'lantern_school_bot',
    now: options.now ?? Date.now,
    chats: new Map(),
    calls: [],
    messages: [],
    written: new Set(),
    answeredQueries: [],
    openQueries: new Set(),
    chatActions: [],
    faults: [],
    webhook: { url: '', secret: undefined },
    allowed: undefined,
    updates: [],
    poller: undefined,
    nextUpdate: 480_000_001,
    nextMessage: 501,
  };
  const server = await startLocalServer((request) => answer(state, request));
  return control(state, server);
}

function control(state: State, server: LocalServer): BotApi {
  const push = (update: Readonly<Record<string, unknown>>) => pushUpdate(state, update);
  return {
    root: server.root,
    token: state.token,
    id: state.id,
    username: state.username,
    calls: state.calls,
    messages: state.messages,
    chats: state.chats,
    answeredQueries: state.answeredQueries,
    chatActions: state.chatActions,
    get webhook() {
      return state.webhook;
    },
    get pending() {
      return state.updates.map((update) => update.update_id);
    },
    addChat: (chat) => {
      state.chats.set(chat.id, chat);
    },
    push,
    says: (chat, text) => push({ message: incoming(state, { chat, text }) }),
    press: (message, label) => push({ callback_query: pressed(state, { message, label }) }),
    fault: (fault) => {
      state.faults.push({ ...fault, left: fault.times ?? 1 });
    },
    stop: server.stop,
  };
}

/** `/bot<token>/<method>`, parameters as JSON, as a form, or in the address. */
async function answer(state: State, request: PeerRequest): Promise<PeerOutcome> {
  const [, token, method = ''] = /^\/bot([^/]+)\/(\w+)$/.exec(request.path) ?? [];
  if (token === undefined) return failed(new Refusal(404, 'Not Found'));
  if (token !== state.token) return failed(new Refusal(401, 'Unauthorized'));
  const params = readParams(request);
  const fault = state.faults.find((one) => one.left > 0 && (one.method === undefined || one.method === method));
  if (fault) fault.left -= 1;
  const outcome =
    fault === undefined || fault.kind === 'drop'
      ? await carryOut(state, { method, params, request })
      : faultOutcome(fault);
  state.calls.push({ method, params, status: typeof outcome === 'string' ? 0 : outcome.status });
  return fault?.kind === 'drop' ? 'drop' : outcome;
}

function faultOutcome({ kind, description, retryAfter = 3 }: Fault): PeerOutcome {
  if (kind === 'hang' || kind === 'drop') return kind;
  if (kind === 'html')
    return { status: 502, body: '<html>Bad Gateway</html>', headers: { 'content-type': 'text/html' } };
  if (kind === 429) {
    return failed(new Refusal(429, `Too Many Requests: retry after ${retryAfter}`, { retry_after: retryAfter }));
  }
  return failed(new Refusal(kind, description ?? 'Internal Server Error'));
}

type Asked = { readonly method: string; readonly params: Params; readonly request: PeerRequest };

async function carryOut(state: State, { method, params, request }: Asked): Promise<PeerOutcome> {
  try {
    checkCall(method, params);
    const result =
      method === 'getUpdates' ? await getUpdates(state, { params, request }) : call(state, { method, params });
    return json(200, { ok: true, result });
  } catch (error) {
    if (error instanceof Refusal) return failed(error);
    throw error;
  }
}

function call(state: State, { method, params }: Omit<Asked, 'request'>): unknown {
  switch (method) {
    case 'getMe':
      return { id: state.id, is_bot: true, first_name: 'Lantern School', username: state.username };
    case 'setWebhook':
      return setWebhook(state, params);
    case 'deleteWebhook':
      state.webhook = { url: '', secret: undefined };
      if (params['drop_pending_updates'] === true) state.updates = [];
      return true;
    case 'getWebhookInfo':
      return {
        url: state.webhook.url,
        has_custom_certificate: false,
        pending_update_count: state.updates.length,
      };
    case 'sendMessage':
      return sendMessage(state, params);
    case 'editMessageText':
      return editMessageText(state, params);
    case 'sendChatAction':
      state.chatActions.push({ chat: reach(state, params).id, action: String(params['action']) });
      return true;
    default:
      return answerCallbackQuery(state, String(params['callback_query_id']));
  }
}

function setWebhook(state: State, params: Params): true {
  const url = String(params['url']);
  if (url !== '') {
    if (!URL.canParse(url)) throw new Refusal(400, 'Bad Request: bad webhook: invalid webhook URL specified');
    const { protocol, port, hostname } = new URL(url);
    // A Bot API server of one's own takes plain http on loopback; so does this one.
    const isLocal = hostname === '127.0.0.1';
    if (protocol !== 'https:' && !isLocal) {
      throw new Refusal(400, 'Bad Request: bad webhook: An HTTPS URL must be provided for webhook');
    }
    if (!['', '80', '88', '443', '8443'].includes(port) && !isLocal) {
      throw new Refusal(400, 'Bad Request: bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443');
    }
  }
  const secret = params['secret_token'];
  state.webhook = { url, secret: typeof secret === 'string' ? secret : undefined };
  remember(state, params['allowed_updates']);
  return true;
}

function remember(state: State, allowed: unknown): void {
  if (Array.isArray(allowed)) state.allowed = allowed.length === 0 ? undefined : new Set(allowed.map(String));
}

async function getUpdates(
  state: State,
  { params, request }: { readonly params: Params; readonly request: PeerRequest },
): Promise<readonly Update[]> {
  if (state.webhook.url !== '') {
    const why =
      "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first";
    throw new Refusal(409, why);
  }
  remember(state, params['allowed_updates']);
  state.poller?.refuse();
  const offset = Number(params['offset'] ?? 0);
  // Asking for an offset confirms everything before it.
  if (offset > 0) state.updates = state.updates.filter((update) => update.update_id >= offset);
  const timeout = Number(params['timeout'] ?? 0);
  if (state.updates.length === 0 && timeout > 0) await waitForUpdate(state, { timeout, closed: request.closed });
  return state.updates.slice(0, Number(params['limit'] ?? 100));
}

function waitForUpdate(
  state: State,
  { timeout, closed }: { readonly timeout: number; readonly closed: AbortSignal },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => () => {
      clearTimeout(timer);
      if (state.poller === poller) state.poller = undefined;
      finish();
    };
    const timer = setTimeout(settle(resolve), timeout * 1000);
    const why = 'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running';
    const poller: Poller = { wake: settle(resolve), refuse: settle(() => reject(new Refusal(409, why))) };
    state.poller = poller;
    closed.addEventListener('abort', settle(resolve));
  });
}

function sendMessage(state: State, params: Params): unknown {
  const chat = reach(state, params);
  const message: Message = {
    message_id: state.nextMessage,
    chat,
    text: String(params['text']),
    ...(params['entities'] !== undefined && { entities: params['entities'] as NonNullable<Message['entities']> }),
    ...(params['reply_markup'] !== undefined && {
      reply_markup: params['reply_markup'] as NonNullable<Message['reply_markup']>,
    }),
    ...(params['message_thread_id'] !== undefined && { message_thread_id: Number(params['message_thread_id']) }),
    ...quoted(state, { chat, reply: params['reply_parameters'] as Params | undefined }),
  };
  state.written.add(`${chat.id}:${message.message_id}`);
  state.nextMessage += 1;
  state.messages.push(message);
  return asSent(state, message);
}

function quoted(
  state: State,
  { chat, reply }: { readonly chat: Chat; readonly reply: Params | undefined },
): Pick<Message, 'reply_to_message'> {
  if (reply === undefined) return {};
  const message_id = Number(reply['message_id']);
  if (state.written.has(`${chat.id}:${message_id}`)) return { reply_to_message: { message_id } };
  if (reply['allow_sending_without_reply'] === true) return {};
  throw new Refusal(400, 'Bad Request: message to be replied not found');
}

function editMessageText(state: State, params: Params): unknown {
  const { id } = reach(state, params);
  const index = state.messages.findIndex((one) => one.chat.id === id && one.message_id === params['message_id']);
  const message = state.messages[index];
  if (message === undefined) throw new Refusal(400, 'Bad Request: message to edit not found');
  const edited = { ...message, ...params } as unknown as Message;
  if (message.text === edited.text && JSON.stringify(message.reply_markup) === JSON.stringify(edited.reply_markup)) {
    const why = 'message is not modified: specified new message content and reply markup are exactly the same';
    throw new Refusal(400, `Bad Request: ${why} as a current content and reply markup of the message`);
  }
  state.messages[index] = edited;
  return asSent(state, edited);
}

function answerCallbackQuery(state: State, id: string): true {
  if (!state.openQueries.delete(id)) {
    throw new Refusal(400, 'Bad Request: query is too old and response timeout expired or query ID is invalid');
  }
  state.answeredQueries.push(id);
  return true;
}

/** The chat of a call, if we may write there. */
function reach(state: State, params: Params): Chat {
  const chat = state.chats.get(Number(params['chat_id']));
  if (chat === undefined) throw new Refusal(400, 'Bad Request: chat not found');
  if (chat.isBlocked) throw new Refusal(403, 'Forbidden: bot was blocked by the user');
  const topic = params['message_thread_id'];
  if (topic !== undefined && !chat.topics?.includes(Number(topic))) {
    throw new Refusal(400, 'Bad Request: message thread not found');
  }
  return chat;
}

function asSent(state: State, message: Message): unknown {
  const from = { id: state.id, is_bot: true, first_name: 'Lantern School', username: state.username };
  return { ...message, from, date: Math.floor(state.now() / 1000) };
}

function incoming(state: State, { chat: id, text }: { readonly chat: number; readonly text: string }) {
  const chat = state.chats.get(id) ?? { id, type: 'private', first_name: 'Mirela' };
  if (!state.chats.has(id)) state.chats.set(id, chat as Chat);
  const from = { id, is_bot: false, first_name: chat.first_name ?? 'Mirela', language_code: 'en' };
  const command = /^\/\w+(@\w+)?/.exec(text)?.[0];
  const entities = command ? { entities: [{ type: 'bot_command', offset: 0, length: command.length }] } : {};
  state.nextMessage += 1;
  return { message_id: state.nextMessage - 1, from, chat, date: Math.floor(state.now() / 1000), text, ...entities };
}

function pressed(state: State, { message, label }: { readonly message: Message; readonly label: string }) {
  const button = message.reply_markup?.inline_keyboard.flat().find((one) => one.text === label);
  if (button?.callback_data === undefined) throw new TypeError(`no button "${label}" on message ${message.message_id}`);
  const id = String(4_382_000_000_000_000 + state.nextUpdate);
  state.openQueries.add(id);
  const from = {
    id: message.chat.id,
    is_bot: false,
    first_name: message.chat.first_name ?? 'Mirela',
    language_code: 'en',
  };
  return {
    id,
    from,
    message: asSent(state, message),
    chat_instance: '-3141592653589793238',
    data: button.callback_data,
  };
}

async function pushUpdate(state: State, update: Readonly<Record<string, unknown>>): Promise<number> {
  const update_id = state.nextUpdate;
  state.nextUpdate += 1;
  const [kind = '', value] = Object.entries(update)[0] ?? [];
  const { chat, message_id } = value as Partial<Message>;
  if (chat && message_id !== undefined) state.written.add(`${chat.id}:${message_id}`);
  const isWanted = state.allowed ? state.allowed.has(kind) : !onRequestOnly.has(kind);
  if (!isWanted) return update_id;
  state.updates.push({ update_id, ...update });
  state.poller?.wake();
  await deliver(state);
  return update_id;
}

/** Posts what is pending to a webhook on loopback; what is not answered with 2xx stays pending. */
async function deliver(state: State): Promise<void> {
  const { url, secret } = state.webhook;
  if (!url.startsWith('http://127.0.0.1')) return;
  for (const update of [...state.updates]) {
    const headers = {
      'content-type': 'application/json',
      ...(secret && { 'x-telegram-bot-api-secret-token': secret }),
    };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(update) }).catch(() => undefined);
    if (!response?.ok) return;
    state.updates = state.updates.filter((one) => one !== update);
  }
}

function readParams({ body, query, headers }: PeerRequest): Params {
  if (headers['content-type']?.startsWith('application/json')) return JSON.parse(body || '{}') as Params;
  const given = body === '' ? query : new URLSearchParams(body);
  return Object.fromEntries([...given].map(([name, value]) => [name, fromText(value)]));
}

function fromText(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function failed({ status, message, parameters }: Refusal): PeerOutcome {
  return json(status, { ok: false, error_code: status, description: message, ...(parameters && { parameters }) });
}
