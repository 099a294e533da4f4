/**
 * The outside: a Bot API server that delivers as Telegram does (until 2xx, in order per chat, many chats at once) and
 * keeps what it delivered and what it was sent. It can deliver twice, hold a message back, and answer sends wrongly.
 */
import { checkCall, type Params, Refusal } from '../peers/bot-api-rules.ts';
import { json, type PeerOutcome, type PeerRequest, startLocalServer } from '../peers/local-server.ts';
import type { History } from './history.ts';
import type { Random } from './random.ts';

const TOKEN = '7000000001:AAExampleExampleExampleExample';
export const HOOK_SECRET = 'hook_Secret-42';
const ACK_LIMIT_MS = 10_000;
const FIRST_PAUSE_MS = 150;
const LAST_PAUSE_MS = 2_000;

/** One message of a person. It is acknowledged once its first 2xx came. */
export type Written = {
  readonly update: number;
  readonly chat: number;
  /** The order in which the person wrote, within the chat. */
  readonly number: number;
  readonly text: string;
  readonly writtenAt: number;
  readonly ackedAt: number | null;
  /** It was delivered later than those behind it. */
  readonly isHeld: boolean;
};

export type Writing = {
  readonly chat: number;
  readonly text: string;
  /** How many more times the same update is delivered, at moments of their own. */
  readonly copies?: number;
  /** Delivered so much later, while those behind it go on. */
  readonly holdMs?: number;
};

/** What a send meets. `accepted` ones reach the person. */
export type SendPlan =
  | { readonly kind: 'ok' }
  /** Accepted; the connection closes without an answer, after `first` was run. */
  | { readonly kind: 'drop'; readonly first?: () => unknown }
  /** Accepted, answered so much later. */
  | { readonly kind: 'late'; readonly milliseconds: number }
  /** Refused with 429 and `retry_after`. */
  | { readonly kind: 'wait'; readonly seconds: number }
  /** Refused with this status. */
  | { readonly kind: 'status'; readonly status: 400 | 403 | 500 | 502 }
  /** Refused: the connection closes before anything was carried out. */
  | { readonly kind: 'cut' };

export type Sending = { readonly chat: number; readonly text: string };

export type FakeChannel = {
  readonly root: string;
  readonly token: string;
  readonly written: readonly Written[];
  readonly history: History;
  /** A person writes; delivery goes on by itself until it was acknowledged. */
  readonly write: (writing: Writing) => Written;
  /** Delivers an update that was written before once more, now. */
  readonly again: (update: number) => Promise<void>;
  /** Where the webhook is; asked before every try. */
  readonly deliverTo: (addresses: () => readonly string[]) => void;
  /** What sends meet from now on. */
  readonly answer: (plan: (sending: Sending) => SendPlan) => void;
  /** Called when an update's first 2xx has come, with the address that gave it. */
  readonly onAck: (hear: (written: Written, to: string) => void) => void;
  /** Updates, copies included, that are not acknowledged yet. */
  readonly open: () => number;
  readonly stop: () => Promise<void>;
};

type State = {
  readonly history: History;
  readonly random: Random;
  readonly written: Mutable<Written>[];
  readonly byUpdate: Map<number, Mutable<Written>>;
  /** The tail of each chat's line of deliveries. */
  readonly tails: Map<number, Promise<void>>;
  /** How much each chat wrote. */
  readonly counts: Map<number, number>;
  readonly ackHearers: ((written: Written, to: string) => void)[];
  readonly stopped: AbortController;
  addresses: () => readonly string[];
  plan: (sending: Sending) => SendPlan;
  open: number;
  hook: string;
  nextUpdate: number;
  nextMessage: number;
};
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export async function startFakeChannel({
  history,
  random,
  firstUpdate = 500_000_001,
}: {
  readonly history: History;
  readonly random: Random;
  /** Updates are numbered from here on. */
  readonly firstUpdate?: number;
}): Promise<FakeChannel> {
  const state: State = {
    history,
    random,
    written: [],
    byUpdate: new Map(),
    tails: new Map(),
    counts: new Map(),
    ackHearers: [],
    stopped: new AbortController(),
    addresses: () => [],
    plan: () => ({ kind: 'ok' }),
    open: 0,
    hook: '',
    nextUpdate: firstUpdate,
    nextMessage: 1_001,
  };
  const server = await startLocalServer((request) => answer(state, request));
  return {
    root: server.root,
    token: TOKEN,
    written: state.written,
    history,
    write: (writing) => write(state, writing),
    again: async (update) => {
      const message = state.byUpdate.get(update);
      if (message) await deliver(state, message);
    },
    deliverTo: (addresses) => {
      state.addresses = addresses;
    },
    answer: (plan) => {
      state.plan = plan;
    },
    onAck: (hear) => {
      state.ackHearers.push(hear);
    },
    open: () => state.open,
    stop: async () => {
      state.stopped.abort();
      await server.stop();
    },
  };
}

function write(state: State, { chat, text, copies = 0, holdMs }: Writing): Written {
  const number = (state.counts.get(chat) ?? 0) + 1;
  state.counts.set(chat, number);
  const message: Mutable<Written> = {
    update: state.nextUpdate,
    chat,
    number,
    text,
    writtenAt: Date.now(),
    ackedAt: null,
    isHeld: holdMs !== undefined,
  };
  state.nextUpdate += 1;
  state.written.push(message);
  state.byUpdate.set(message.update, message);
  state.open += 1;
  const first = async (): Promise<void> => {
    // Not before its turn has come: a copy that overtakes an earlier message would be the channel's own disorder.
    for (let copy = 0; copy < copies; copy += 1) void deliverCopy(state, message);
    await deliver(state, message);
    state.open -= 1;
  };
  if (holdMs === undefined) {
    state.tails.set(chat, (state.tails.get(chat) ?? Promise.resolve()).then(first));
  } else {
    void pause(state, holdMs).then(first);
  }
  return message;
}

/** A copy comes at any moment from the first try on; half of them while the first is still being stored. */
async function deliverCopy(state: State, message: Mutable<Written>): Promise<void> {
  state.open += 1;
  await pause(state, state.random.chance(0.5) ? state.random.whole(0, 20) : state.random.whole(20, 4_000));
  await deliver(state, message);
  state.open -= 1;
}

/** Tries until a 2xx comes, or the channel is stopped. */
async function deliver(state: State, message: Mutable<Written>): Promise<void> {
  const body = JSON.stringify(updateOf(message));
  for (let wait = FIRST_PAUSE_MS; !state.stopped.signal.aborted; wait = Math.min(LAST_PAUSE_MS, wait * 2)) {
    const addresses = state.addresses();
    if (addresses.length > 0 && (await tryOnce(state, { message, body, to: state.random.pick(addresses) }))) return;
    await pause(state, wait);
  }
}

type Try = { readonly message: Mutable<Written>; readonly body: string; readonly to: string };

async function tryOnce(state: State, { message, body, to }: Try): Promise<boolean> {
  const started = Date.now();
  const { status, retryAfter } = await fetch(`${to}/in/telegram/main`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': HOOK_SECRET },
    body,
    signal: AbortSignal.any([state.stopped.signal, AbortSignal.timeout(ACK_LIMIT_MS)]),
  })
    .then(async (response) => {
      await response.arrayBuffer();
      return { status: response.status, retryAfter: response.headers.get('retry-after') };
    })
    .catch(() => ({ status: 0, retryAfter: null }));
  const at = Date.now();
  state.history.write({
    kind: 'tried',
    at,
    update: message.update,
    to,
    status,
    milliseconds: at - started,
    retryAfter,
  });
  const isAcked = status >= 200 && status < 300;
  if (isAcked && message.ackedAt === null) {
    message.ackedAt = at;
    for (const hear of state.ackHearers) hear(message, to);
  }
  return isAcked;
}

function updateOf({ update, chat, text, writtenAt }: Written): object {
  const command = /^\/\w+/.exec(text)?.[0];
  return {
    update_id: update,
    message: {
      message_id: update,
      from: { id: chat, is_bot: false, first_name: `Person ${chat}`, language_code: 'en' },
      chat: { id: chat, type: 'private', first_name: `Person ${chat}` },
      date: Math.floor(writtenAt / 1000),
      text,
      ...(command && { entities: [{ type: 'bot_command', offset: 0, length: command.length }] }),
    },
  };
}

/** `/bot<token>/<method>` with JSON parameters. */
async function answer(state: State, request: PeerRequest): Promise<PeerOutcome> {
  const [, token, method = ''] = /^\/bot([^/]+)\/(\w+)$/.exec(request.path) ?? [];
  if (token !== TOKEN) return failed(new Refusal(401, 'Unauthorized'));
  const params = JSON.parse(request.body || '{}') as Params;
  try {
    checkCall(method, params);
  } catch (error) {
    if (error instanceof Refusal) return failed(error);
    throw error;
  }
  if (method === 'sendMessage') return await takeSend(state, params);
  if (method === 'getMe') return ok({ id: 7_000_000_001, is_bot: true, first_name: 'School', username: 'school_bot' });
  // Kept under the address it was given, so that registering is content.
  if (method === 'setWebhook') {
    state.hook = String(params['url']);
    return ok(true);
  }
  if (method === 'getWebhookInfo') return ok({ url: state.hook, pending_update_count: 0 });
  return ok(true);
}

async function takeSend(state: State, params: Params): Promise<PeerOutcome> {
  const chat = Number(params['chat_id']);
  const text = String(params['text']);
  const plan = state.plan({ chat, text });
  const isAccepted = plan.kind === 'ok' || plan.kind === 'drop' || plan.kind === 'late';
  const messageId = state.nextMessage;
  state.nextMessage += 1;
  const told = toldOf(plan);
  state.history.write({ kind: 'sent', at: Date.now(), chat, text, messageId, isAccepted, told });
  switch (plan.kind) {
    case 'drop':
      await plan.first?.();
      return 'drop';
    case 'cut':
      return 'drop';
    case 'wait':
      return failed(new Refusal(429, `Too Many Requests: retry after ${plan.seconds}`, { retry_after: plan.seconds }));
    case 'status':
      return failed(new Refusal(plan.status, plan.status === 403 ? 'Forbidden: bot was blocked by the user' : 'Fault'));
    case 'late':
      await pause(state, plan.milliseconds);
      return ok(asSent({ chat, text, messageId }));
    case 'ok':
      return ok(asSent({ chat, text, messageId }));
  }
}

function toldOf(plan: SendPlan): string {
  if (plan.kind === 'wait') return `429 ${plan.seconds} s`;
  return plan.kind === 'status' ? String(plan.status) : plan.kind;
}

function asSent({
  chat,
  text,
  messageId,
}: {
  readonly chat: number;
  readonly text: string;
  readonly messageId: number;
}) {
  const from = { id: 7_000_000_001, is_bot: true, first_name: 'School', username: 'school_bot' };
  return {
    message_id: messageId,
    from,
    chat: { id: chat, type: 'private' },
    date: Math.floor(Date.now() / 1000),
    text,
  };
}

function ok(result: unknown): PeerOutcome {
  return json(200, { ok: true, result });
}

function failed({ status, message, parameters }: Refusal): PeerOutcome {
  return json(status, { ok: false, error_code: status, description: message, ...(parameters && { parameters }) });
}

/** Ends early when the channel is stopped. */
function pause(state: State, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      state.stopped.signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    state.stopped.signal.addEventListener('abort', end);
  });
}
