/** What the fake Bot API accepts, written from Telegram's documentation and from nothing of ours. Stricter than Telegram. */

export type Params = Readonly<Record<string, unknown>>;
export class Refusal extends Error {
  readonly status: number;
  readonly parameters: Readonly<Record<string, number>> | undefined;
  constructor(status: number, description: string, parameters?: Readonly<Record<string, number>>) {
    super(description);
    this.status = status;
    this.parameters = parameters;
  }
}

type Kind = 'integer' | 'string' | 'boolean' | 'object' | 'array' | 'chat';
type Rule = { readonly required?: readonly string[]; readonly params: Readonly<Record<string, Kind>> };

const message: Readonly<Record<string, Kind>> = {
  chat_id: 'chat',
  text: 'string',
  entities: 'array',
  link_preview_options: 'object',
  reply_markup: 'object',
};

/** Every method the fake knows, with all parameters it takes. */
const methods: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['getMe', { params: {} }],
  ['getWebhookInfo', { params: {} }],
  ['deleteWebhook', { params: { drop_pending_updates: 'boolean' } }],
  [
    'setWebhook',
    {
      required: ['url'],
      params: {
        url: 'string',
        secret_token: 'string',
        allowed_updates: 'array',
        max_connections: 'integer',
        drop_pending_updates: 'boolean',
      },
    },
  ],
  ['getUpdates', { params: { offset: 'integer', limit: 'integer', timeout: 'integer', allowed_updates: 'array' } }],
  [
    'sendMessage',
    {
      required: ['chat_id', 'text'],
      params: {
        ...message,
        message_thread_id: 'integer',
        disable_notification: 'boolean',
        protect_content: 'boolean',
        reply_parameters: 'object',
      },
    },
  ],
  ['editMessageText', { required: ['chat_id', 'message_id', 'text'], params: { ...message, message_id: 'integer' } }],
  [
    'sendChatAction',
    { required: ['chat_id', 'action'], params: { chat_id: 'chat', message_thread_id: 'integer', action: 'string' } },
  ],
  [
    'answerCallbackQuery',
    {
      required: ['callback_query_id'],
      params: {
        callback_query_id: 'string',
        text: 'string',
        show_alert: 'boolean',
        url: 'string',
        cache_time: 'integer',
      },
    },
  ],
]);

const updateKinds = new Set(
  'message edited_message channel_post edited_channel_post business_connection business_message inline_query chosen_inline_result callback_query shipping_query pre_checkout_query poll poll_answer my_chat_member chat_member chat_join_request message_reaction message_reaction_count chat_boost removed_chat_boost'.split(
    ' ',
  ),
);
const chatActions = new Set(
  'typing upload_photo record_video upload_video record_voice upload_voice upload_document choose_sticker find_location record_video_note upload_video_note'.split(
    ' ',
  ),
);

/** Refuses unknown, missing and mistyped parameters, and values outside their documented limits. */
export function checkCall(method: string, params: Params): void {
  const rule = methods.get(method);
  if (rule === undefined) throw new Refusal(404, 'Not Found: method not found');
  for (const name of rule.required ?? []) {
    if (params[name] === undefined) throw bad(name === 'text' ? 'message text is empty' : `${name} is empty`);
  }
  for (const [name, value] of Object.entries(params)) {
    const kind = rule.params[name];
    if (kind === undefined) throw bad(`unknown parameter ${name}`);
    if (!isKind(value, kind)) throw bad(`parameter ${name} must be of type ${kind}`);
  }
  if (typeof params['text'] === 'string' && method !== 'answerCallbackQuery')
    checkText(params['text'], params['entities']);
  if (params['reply_markup'] !== undefined) checkKeyboard(params['reply_markup']);
  if (params['reply_parameters'] !== undefined) checkReply(params['reply_parameters'] as Params);
  if (params['allowed_updates'] !== undefined) checkAllowedUpdates(params['allowed_updates']);
  checkRanges(method, params);
}

function checkRanges(method: string, params: Params): void {
  if (method === 'getUpdates') {
    between('limit', params['limit'] ?? 100, [1, 100]);
    between('timeout', params['timeout'] ?? 0, [0, 50]);
  }
  if (method === 'setWebhook') {
    between('max_connections', params['max_connections'] ?? 40, [1, 100]);
    const secret = params['secret_token'];
    if (secret !== undefined && !/^[A-Za-z0-9_-]{1,256}$/.test(String(secret))) {
      throw bad('secret token contains unallowed characters');
    }
  }
  if (method === 'sendChatAction' && !chatActions.has(String(params['action'])))
    throw bad('wrong parameter action in request');
  if (method === 'answerCallbackQuery' && String(params['text'] ?? '').length > 200) throw bad('MESSAGE_TOO_LONG');
}

const replyKinds: Readonly<Record<string, Kind>> = {
  message_id: 'integer',
  chat_id: 'chat',
  allow_sending_without_reply: 'boolean',
  quote: 'string',
  quote_position: 'integer',
};

function checkReply(reply: Params): void {
  if (reply['message_id'] === undefined) throw bad("can't parse ReplyParameters: message_id is missing");
  for (const [name, value] of Object.entries(reply)) {
    const kind = replyKinds[name];
    if (kind === undefined || !isKind(value, kind)) throw bad(`can't parse ReplyParameters: ${name}`);
  }
}

function checkAllowedUpdates(value: unknown): void {
  if (!Array.isArray(value) || value.some((kind) => !updateKinds.has(String(kind)))) {
    throw bad(`allowed_updates names an unknown kind: ${JSON.stringify(value)}`);
  }
}

function checkText(text: string, entities: unknown): void {
  if (text.trim() === '') throw bad('message text is empty');
  if (text.length > 4096) throw bad('message is too long');
  if (!text.isWellFormed()) throw bad('strings must be encoded in UTF-8');
  // Telegram removes these and moves the offsets; a careful client has none.
  if (text !== text.trim()) throw bad('text begins or ends with white space');
  if (/(?![\t\n])[\p{Cc}\u202a-\u202e\u2028\u2029]/u.test(text)) throw bad('text holds characters that are removed');
  if (entities !== undefined) checkEntities(text, entities);
}

type Entity = {
  readonly type: string;
  readonly offset: number;
  readonly length: number;
  readonly url?: unknown;
  readonly language?: unknown;
};
const entityTypes = new Set([
  'bold',
  'italic',
  'underline',
  'strikethrough',
  'spoiler',
  'blockquote',
  'code',
  'pre',
  'text_link',
]);
const entityKeys = new Set(['type', 'offset', 'length', 'url', 'language']);

function checkEntities(text: string, value: unknown): void {
  if (!Array.isArray(value)) throw bad("can't parse entities: expected an array");
  if (value.length > 100) throw bad("can't parse entities: more than 100");
  const entities = value as readonly Entity[];
  for (const entity of entities) checkEntity(text, entity);
  for (const [index, one] of entities.entries()) {
    for (const other of entities.slice(index + 1)) checkPair(one, other);
  }
}

function checkEntity(text: string, entity: Entity): void {
  const wrong = (why: string) => bad(`can't parse entities: ${why} in ${JSON.stringify(entity)}`);
  if (!entityTypes.has(entity.type)) throw wrong('unknown type');
  if (Object.keys(entity).some((key) => !entityKeys.has(key))) throw wrong('unknown field');
  const { offset, length } = entity;
  if (!Number.isInteger(offset) || !Number.isInteger(length) || offset < 0 || length < 1) throw wrong('bad range');
  if (offset + length > text.length) throw wrong('range outside the text');
  const words = text.slice(offset, offset + length);
  if (!words.isWellFormed()) throw wrong('range splits a character');
  if (words.trim() !== words) throw wrong('range begins or ends with white space');
  if (entity.type === 'text_link' && !isUsableUrl(entity.url)) throw wrong('unusable url');
  if (entity.type !== 'text_link' && entity.url !== undefined) throw wrong('url');
  if (entity.type !== 'pre' && entity.language !== undefined) throw wrong('language');
}

const formatting = new Set(['bold', 'italic', 'underline', 'strikethrough', 'spoiler']);

function checkPair(one: Entity, other: Entity): void {
  const [first, second] = one.offset <= other.offset ? [one, other] : [other, one];
  if (second.offset >= first.offset + first.length) return;
  const wrong = (why: string) => bad(`can't parse entities: ${why}: ${JSON.stringify([one, other])}`);
  const isNested =
    second.offset + second.length <= first.offset + first.length ||
    (first.offset === second.offset && first.length <= second.length);
  if (!isNested) throw wrong('ranges overlap');
  const types = [one.type, other.type];
  if (types[0] === types[1]) throw wrong('nested in itself');
  const hasCode = types.includes('code') || types.includes('pre');
  if (hasCode && !types.includes('blockquote')) throw wrong('code goes with nothing');
  const isFormatted = types.some((type) => formatting.has(type));
  if (!isFormatted && !types.includes('blockquote')) throw wrong('these cannot contain each other');
}

function checkKeyboard(value: unknown): void {
  const rows = (value as { inline_keyboard?: unknown }).inline_keyboard;
  if (!Array.isArray(rows) || Object.keys(value as object).length !== 1)
    throw bad("can't parse reply keyboard markup JSON object");
  let count = 0;
  for (const row of rows) {
    if (!Array.isArray(row) || row.length < 1 || row.length > 8)
      throw bad("can't parse inline keyboard: a row has 1 to 8 buttons");
    for (const button of row) checkButton(button);
    count += row.length;
  }
  if (count > 100) throw bad('reply markup is too long');
}

function checkButton(value: unknown): void {
  const { text, callback_data: data, url, ...others } = value as Record<string, unknown>;
  if (typeof text !== 'string' || text.trim() === '') throw bad('inline keyboard button text must be non-empty');
  if (Object.keys(others).length > 0) throw bad(`unknown button field ${Object.keys(others).join()}`);
  if ((data === undefined) === (url === undefined)) throw bad('text buttons are unallowed in the inline keyboard');
  if (data !== undefined && (typeof data !== 'string' || data === '' || Buffer.byteLength(data) > 64))
    throw bad('BUTTON_DATA_INVALID');
  if (url !== undefined && !isUsableUrl(url)) throw bad('BUTTON_URL_INVALID');
}

function isUsableUrl(url: unknown): boolean {
  if (typeof url !== 'string' || !URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  if (protocol === 'http:' || protocol === 'https:') return hostname.includes('.');
  return ['tg:', 'ton:', 'mailto:', 'tel:'].includes(protocol);
}

function between(name: string, value: unknown, [low, high]: readonly [number, number]): void {
  if (typeof value !== 'number' || value < low || value > high) throw bad(`${name} must be between ${low} and ${high}`);
}

function isKind(value: unknown, kind: Kind): boolean {
  switch (kind) {
    case 'integer':
      return Number.isInteger(value);
    case 'chat':
      return Number.isInteger(value) || (typeof value === 'string' && /^@\w{5,32}$/.test(value));
    case 'array':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    default:
      return typeof value === kind;
  }
}

function bad(description: string): Refusal {
  return new Refusal(400, `Bad Request: ${description}`);
}
