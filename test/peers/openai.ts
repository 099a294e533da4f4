/**
 * A strict fake of an OpenAI-compatible endpoint: chat completions (plain and streamed, with tool calls and usage),
 * models, embeddings. It shares no code with the product. A test scripts answers, sets faults, reads the requests.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { obey } from './openai-obedient.ts';
import { type ChatRequest, isObject, problemsOf } from './openai-rules.ts';

export type { ChatRequest } from './openai-rules.ts';

/** One answer of the model. A tool call's `arguments` may be a text: it is then sent as it stands. */
export type PeerReply = {
  readonly text?: string;
  readonly toolCalls?: readonly { readonly name: string; readonly arguments: unknown }[];
};

/** A list is played line by line: a call too many and a line left over both fail `close`. */
export type Script = readonly PeerReply[] | ((request: ChatRequest, index: number) => PeerReply);

/**
 * `ok` plays the script · `unauthorized` 401 · `rate_limited` 429 with Retry-After · `failing` 500 · `hang` never answers
 * · `stall` sends one token and no more · `slow` one token per `tokenMs` · `cut` closes the socket in the middle ·
 * `half` ends the stream politely in the middle · `garbage` broken JSON · `page` a proxy's HTML page · `wrong_tool` calls
 * a tool nobody has · `broken_arguments` calls the first tool with half a JSON text · `loop` calls the first tool for
 * ever · `empty` no words · `huge` 1 MB · `obedient` see openai-obedient.ts.
 */
export type PeerMode =
  | 'ok'
  | 'unauthorized'
  | 'rate_limited'
  | 'failing'
  | 'hang'
  | 'stall'
  | 'slow'
  | 'cut'
  | 'half'
  | 'garbage'
  | 'page'
  | 'wrong_tool'
  | 'broken_arguments'
  | 'loop'
  | 'empty'
  | 'huge'
  | 'obedient';

export type PeerOptions = {
  readonly script?: Script;
  readonly mode?: PeerMode;
  /** When given, every request must carry it as bearer token. */
  readonly apiKey?: string;
  readonly tokenMs?: number;
  /** Waiting before the first byte of an answer. */
  readonly firstByteMs?: number;
  readonly retryAfterSeconds?: number;
};

export type OpenAiPeer = {
  /** What OPENAI_BASE_URL is set to. */
  readonly url: string;
  /** Chat requests in order, refused ones too. */
  readonly requests: readonly ChatRequest[];
  /** Every request as method and path. */
  readonly paths: readonly string[];
  /** Requests whose client went away before the answer was complete. */
  readonly aborted: () => number;
  /** What was wrong with requests or went against the script. */
  readonly problems: readonly string[];
  /** `times`: for so many requests, then `ok` again. */
  readonly setMode: (mode: PeerMode, times?: number) => void;
  readonly play: (script: Script) => void;
  /** Chooses a mode for each chat request; null leaves it to `setMode`. */
  readonly chooseMode: (choose: (request: ChatRequest) => PeerMode | null) => void;
  readonly setFirstByteMs: (milliseconds: number) => void;
  /** Stops the server; throws when a request was wrong, a call too many came, or a line of the script was left over. */
  readonly close: () => Promise<void>;
  /** Stops the server and asks nothing. */
  readonly abandon: () => Promise<void>;
};

type State = {
  mode: PeerMode;
  timesLeft: number;
  script: Script | null;
  played: number;
  aborted: number;
  choose: (request: ChatRequest) => PeerMode | null;
  firstByteMs: number;
  readonly requests: ChatRequest[];
  readonly paths: string[];
  readonly problems: string[];
  readonly options: PeerOptions;
};

/** Starts the fake on a free port of the loopback interface. */
export async function startOpenAi(options: PeerOptions = {}): Promise<OpenAiPeer> {
  const state: State = {
    mode: options.mode ?? 'ok',
    timesLeft: Number.POSITIVE_INFINITY,
    script: options.script ?? null,
    played: 0,
    aborted: 0,
    choose: () => null,
    firstByteMs: options.firstByteMs ?? 0,
    requests: [],
    paths: [],
    problems: [],
    options,
  };
  const server = createServer((request, response) => {
    void answer(state, { request, response }).catch((error: unknown) => {
      state.problems.push(`the fake itself failed: ${String(error)}`);
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const abandon = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests: state.requests,
    paths: state.paths,
    problems: state.problems,
    aborted: () => state.aborted,
    setMode: (mode, times = Number.POSITIVE_INFINITY) => Object.assign(state, { mode, timesLeft: times }),
    play: (script) => Object.assign(state, { script, played: 0 }),
    chooseMode: (choose) => Object.assign(state, { choose }),
    setFirstByteMs: (firstByteMs) => Object.assign(state, { firstByteMs }),
    abandon,
    close: async () => {
      await abandon();
      const left = Array.isArray(state.script) ? state.script.length - state.played : 0;
      const problems = left > 0 ? [...state.problems, `${left} lines of the script were not played`] : state.problems;
      if (problems.length > 0) throw new Error(`The fake model endpoint objects: ${problems.join('; ')}`);
    },
  };
}

type Exchange = { readonly request: IncomingMessage; readonly response: ServerResponse };

async function answer(state: State, { request, response }: Exchange): Promise<void> {
  const body = await readBody(request);
  const path = `${request.method} ${request.url}`;
  state.paths.push(path);
  response.on('close', () => {
    if (!response.writableFinished) state.aborted += 1;
  });
  const { apiKey } = state.options;
  if (apiKey !== undefined && request.headers.authorization !== `Bearer ${apiKey}`) return sendError(response, 401);
  if (path === 'GET /v1/models') {
    return sendJson(response, {
      object: 'list',
      data: [{ id: 'fake', object: 'model', created: 0, owned_by: 'test' }],
    });
  }
  if (path === 'POST /v1/embeddings') {
    // Modes of words mean nothing here, and a request for vectors uses up no time of a mode.
    return refuse(state, { response, mode: state.mode }) ? undefined : sendEmbeddings(response, parseJson(body));
  }
  if (path === 'POST /v1/chat/completions') return await chat(state, { response, body: parseJson(body) });
  state.problems.push(`${path}: no such path`);
  return sendError(response, 404);
}

async function chat(
  state: State,
  { response, body }: { readonly response: ServerResponse; readonly body: unknown },
): Promise<void> {
  const problems = problemsOf(body);
  if (problems.length > 0) {
    state.problems.push(...problems);
    return sendError(response, 400, problems.join('; '));
  }
  const chatRequest = body as ChatRequest;
  state.requests.push(chatRequest);
  const mode = state.choose(chatRequest) ?? takeMode(state);
  if (state.firstByteMs > 0) await new Promise((resolve) => setTimeout(resolve, state.firstByteMs));
  if (refuse(state, { response, mode })) return;
  switch (mode) {
    case 'page':
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end('<html><body>Please sign in to the proxy.</body></html>');
      return;
    default: {
      const reply = replyOf(state, { mode, chatRequest });
      if (reply === null) return sendError(response, 500, 'the script has ended');
      return chatRequest.stream === true
        ? await stream(state, { response, chatRequest, reply, mode })
        : sendWhole(response, { chatRequest, reply, mode });
    }
  }
}

/** True when this mode gives no answer at all. */
function refuse(
  state: State,
  { response, mode }: { readonly response: ServerResponse; readonly mode: PeerMode },
): boolean {
  switch (mode) {
    case 'unauthorized':
      sendError(response, 401, 'Incorrect API key provided: sk-canary.');
      return true;
    case 'rate_limited':
      response.setHeader('retry-after', String(state.options.retryAfterSeconds ?? 7));
      sendError(response, 429);
      return true;
    case 'failing':
      sendError(response, 500);
      return true;
    case 'hang':
      return true;
    default:
      return false;
  }
}

function takeMode(state: State): PeerMode {
  if (state.timesLeft <= 0) state.mode = 'ok';
  state.timesLeft -= 1;
  return state.mode;
}

type Choosing = { readonly mode: PeerMode; readonly chatRequest: ChatRequest };

function replyOf(state: State, { mode, chatRequest }: Choosing): PeerReply | null {
  const firstTool = chatRequest.tools?.[0]?.function.name ?? 'none';
  switch (mode) {
    case 'empty':
      return { text: '' };
    case 'huge':
      return { text: 'word '.repeat(200_000) };
    case 'wrong_tool':
      return wasCalled(chatRequest)
        ? scripted(state, chatRequest)
        : { toolCalls: [{ name: 'drop_tables', arguments: {} }] };
    case 'broken_arguments':
      return wasCalled(chatRequest)
        ? scripted(state, chatRequest)
        : { toolCalls: [{ name: firstTool, arguments: '{"query": "bre' }] };
    case 'loop':
      return { toolCalls: [{ name: firstTool, arguments: { query: `again ${state.requests.length}` } }] };
    case 'obedient': {
      const { toolCalls, text } = obey(chatRequest);
      return toolCalls.length > 0 ? { toolCalls } : { text };
    }
    default:
      return scripted(state, chatRequest);
  }
}

function wasCalled({ messages }: ChatRequest): boolean {
  return messages.some(({ role }) => role === 'tool');
}

function scripted(state: State, chatRequest: ChatRequest): PeerReply | null {
  const index = state.played;
  state.played += 1;
  if (state.script === null) return { text: 'Fine.' };
  if (typeof state.script === 'function') return state.script(chatRequest, index);
  const line = state.script[index];
  if (line) return line;
  state.problems.push(`call ${index + 1}, but the script has ${state.script.length} lines`);
  return null;
}

type Sending = {
  readonly response: ServerResponse;
  readonly chatRequest: ChatRequest;
  readonly reply: PeerReply;
  readonly mode: PeerMode;
};

/** The answer as server-sent events: role, words or tool calls in pieces, finish reason, usage, [DONE]. */
async function stream(state: State, { response, chatRequest, reply, mode }: Sending): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  const common = { id: 'chatcmpl-fake', object: 'chat.completion.chunk', created: 0, model: chatRequest.model };
  const send = (data: unknown): void => void response.write(`data: ${JSON.stringify(data)}\n\n`);
  const delta = (part: unknown, finish: string | null = null): void =>
    send({ ...common, choices: [{ index: 0, delta: part, finish_reason: finish }] });
  delta({ role: 'assistant', content: '' });
  if (mode === 'garbage') {
    response.write('data: {"id": "chatcmpl-fake", "choices": [{"delta": {"content": \n\n');
    response.end();
    return;
  }
  const deltas = deltasOf(reply);
  const stopAt =
    mode === 'cut' || mode === 'half' ? Math.ceil(deltas.length / 2) : mode === 'stall' ? 1 : deltas.length;
  for (const part of deltas.slice(0, stopAt)) {
    if (mode === 'slow') await new Promise((resolve) => setTimeout(resolve, state.options.tokenMs ?? 20));
    if (response.destroyed) return;
    delta(part);
  }
  if (mode === 'stall') return;
  // What was written still arrives; the end of the answer does not.
  if (mode === 'cut') return void response.socket?.destroySoon();
  if (mode === 'half') return void response.end();
  delta({}, reply.toolCalls ? 'tool_calls' : 'stop');
  if (chatRequest.stream_options?.include_usage) send({ ...common, choices: [], usage: usageOf(chatRequest, reply) });
  response.end('data: [DONE]\n\n');
}

function deltasOf({ text = '', toolCalls = [] }: PeerReply): readonly unknown[] {
  const words = text.length > 100_000 ? [text] : (text.match(/\S+\s*|\s+/g) ?? []);
  const calls = toolCalls.flatMap((call, index) => {
    const json = argumentsText(call.arguments);
    const half = Math.ceil(json.length / 2);
    const start = {
      index,
      id: `call_${index}_${call.name}`,
      type: 'function',
      function: { name: call.name, arguments: '' },
    };
    const pieces = [json.slice(0, half), json.slice(half)].filter(Boolean);
    return [
      { tool_calls: [start] },
      ...pieces.map((piece) => ({ tool_calls: [{ index, function: { arguments: piece } }] })),
    ];
  });
  return [...words.map((content) => ({ content })), ...calls];
}

function sendWhole(response: ServerResponse, { chatRequest, reply, mode }: Omit<Sending, 'response'>): void {
  if (mode === 'garbage') {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end('{"id": "chatcmpl-fake", "choices": [');
    return;
  }
  const calls = reply.toolCalls?.map((call, index) => ({
    id: `call_${index}_${call.name}`,
    type: 'function',
    function: { name: call.name, arguments: argumentsText(call.arguments) },
  }));
  const message = { role: 'assistant', content: reply.text ?? null, ...(calls ? { tool_calls: calls } : {}) };
  const choice = { index: 0, message, finish_reason: calls ? 'tool_calls' : 'stop' };
  sendJson(response, {
    id: 'chatcmpl-fake',
    object: 'chat.completion',
    created: 0,
    model: chatRequest.model,
    choices: [choice],
    usage: usageOf(chatRequest, reply),
  });
}

function argumentsText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Four characters are a token: any rule will do that gives the same figures every time. */
function usageOf(chatRequest: ChatRequest, reply: PeerReply) {
  const prompt = Math.ceil(JSON.stringify(chatRequest.messages).length / 4);
  const completion = Math.ceil(JSON.stringify(reply).length / 4);
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}

function sendEmbeddings(response: ServerResponse, body: unknown): void {
  const input = isObject(body) ? body['input'] : undefined;
  const texts = Array.isArray(input) ? input.map(String) : typeof input === 'string' ? [input] : null;
  if (!isObject(body) || texts === null || typeof body['model'] !== 'string') {
    sendError(response, 400, 'model and input are needed');
    return;
  }
  const dimensions = typeof body['dimensions'] === 'number' ? body['dimensions'] : 64;
  const isBase64 = body['encoding_format'] === 'base64';
  const data = texts.map((text, index) => {
    const vector = embed(text, dimensions);
    const embedding = isBase64 ? Buffer.from(new Float32Array(vector).buffer).toString('base64') : vector;
    return { object: 'embedding', index, embedding };
  });
  sendJson(response, {
    object: 'list',
    model: body['model'],
    data,
    usage: { prompt_tokens: texts.length, total_tokens: texts.length },
  });
}

/** Words hashed into a vector of unit length; equal texts get equal vectors, similar ones similar vectors. */
function embed(text: string, dimensions: number): number[] {
  const vector = Array.from({ length: dimensions }, () => 0);
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? ['']) {
    let hash = 7;
    for (const letter of word) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) % 1_000_003;
    const place = hash % dimensions;
    vector[place] = (vector[place] ?? 0) + 1;
  }
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => value / length);
}

function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

function sendError(response: ServerResponse, status: number, message = `fake error ${status}`): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ error: { message, type: 'fake_error', param: null, code: null } }));
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
