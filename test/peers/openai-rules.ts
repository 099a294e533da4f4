/** What the fake model endpoint accepts: the chat completions format, written from its public documentation and from nothing of ours. */

export type ChatMessage = {
  readonly role: string;
  readonly content?: unknown;
  readonly tool_calls?: readonly ToolCallParam[];
  readonly tool_call_id?: string;
};
export type ToolCallParam = {
  readonly id: string;
  readonly type: string;
  readonly function: { readonly name: string; readonly arguments: string };
};
export type ToolParam = {
  readonly type: string;
  readonly function: {
    readonly name: string;
    readonly description?: string;
    readonly parameters?: Readonly<Record<string, unknown>>;
  };
};
export type ChatRequest = {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly tools?: readonly ToolParam[];
  readonly tool_choice?: unknown;
  readonly stream?: boolean;
  readonly stream_options?: { readonly include_usage?: boolean };
};

const KNOWN_FIELDS = new Set(
  `model messages tools tool_choice parallel_tool_calls stream stream_options temperature top_p n stop max_tokens
  max_completion_tokens presence_penalty frequency_penalty logit_bias logprobs top_logprobs user seed response_format
  reasoning_effort verbosity service_tier metadata store modalities audio prediction functions function_call`
    .split(/\s+/)
    .filter(Boolean),
);
const ROLES = new Set(['system', 'developer', 'user', 'assistant', 'tool']);
const NAME = /^[a-zA-Z0-9_-]{1,64}$/;

/** Everything that is wrong with a request; empty when the real endpoint would take it. */
export function problemsOf(body: unknown): readonly string[] {
  if (!isObject(body)) return ['body: not a JSON object'];
  const unknown = Object.keys(body).filter((key) => !KNOWN_FIELDS.has(key));
  return [
    ...unknown.map((key) => `${key}: unknown field`),
    ...(typeof body['model'] === 'string' && body['model'] !== '' ? [] : ['model: missing']),
    ...messageProblems(body['messages']),
    ...toolProblems(body['tools']),
    ...optionProblems(body),
  ];
}

function optionProblems(body: Readonly<Record<string, unknown>>): readonly string[] {
  const hasTools = body['tools'] !== undefined;
  return [
    ...(body['stream_options'] !== undefined && body['stream'] !== true ? ['stream_options: only with stream'] : []),
    ...(body['tool_choice'] !== undefined && !hasTools ? ['tool_choice: only with tools'] : []),
    ...(body['parallel_tool_calls'] !== undefined && !hasTools ? ['parallel_tool_calls: only with tools'] : []),
  ];
}

function messageProblems(messages: unknown): readonly string[] {
  if (!Array.isArray(messages) || messages.length === 0) return ['messages: empty'];
  const problems: string[] = [];
  let open: string[] = [];
  messages.forEach((message: unknown, index) => {
    const place = `messages[${index}]`;
    if (!isObject(message) || typeof message['role'] !== 'string' || !ROLES.has(message['role'])) {
      problems.push(`${place}: no known role`);
      return;
    }
    if (message['role'] === 'tool') {
      const id = String(message['tool_call_id']);
      if (!open.includes(id)) problems.push(`${place}: answers tool call "${id}", which nobody asked just before`);
      open = open.filter((one) => one !== id);
    } else if (open.length > 0) {
      problems.push(`${place}: comes before tool calls ${open.join(', ')} are answered`);
      open = [];
    }
    problems.push(...contentProblems(message, place));
    if (message['role'] === 'assistant') open = callIds(message['tool_calls'], { place, problems });
    if ((message['role'] === 'system' || message['role'] === 'developer') && index > 0) {
      problems.push(`${place}: a system message after the first place`);
    }
  });
  if (open.length > 0) problems.push(`messages: tool calls ${open.join(', ')} are never answered`);
  return problems;
}

function contentProblems(message: Readonly<Record<string, unknown>>, place: string): readonly string[] {
  const { content } = message;
  if (typeof content === 'string') {
    const mustHaveWords = message['role'] === 'user' || message['role'] === 'system';
    return mustHaveWords && content.trim() === '' ? [`${place}: empty content`] : [];
  }
  if (content === null || content === undefined) {
    return message['role'] === 'assistant' && message['tool_calls'] ? [] : [`${place}: no content`];
  }
  const isParts =
    Array.isArray(content) && content.every((part: unknown) => isObject(part) && typeof part['type'] === 'string');
  return isParts ? [] : [`${place}: content is neither text nor parts`];
}

function callIds(
  calls: unknown,
  { place, problems }: { readonly place: string; readonly problems: string[] },
): string[] {
  if (calls === undefined) return [];
  if (!Array.isArray(calls) || calls.length === 0) {
    problems.push(`${place}: tool_calls is empty`);
    return [];
  }
  return calls.map((call: unknown) => {
    const made = isObject(call) ? call : {};
    const target = isObject(made['function']) ? made['function'] : {};
    if (made['type'] !== 'function') problems.push(`${place}: a tool call without type "function"`);
    if (typeof made['id'] !== 'string' || made['id'] === '') problems.push(`${place}: a tool call without id`);
    if (typeof target['name'] !== 'string' || !NAME.test(target['name']))
      problems.push(`${place}: a tool call without a valid name`);
    if (typeof target['arguments'] !== 'string' || !isJson(target['arguments']))
      problems.push(`${place}: tool call arguments are not a JSON text`);
    return String(made['id']);
  });
}

function toolProblems(tools: unknown): readonly string[] {
  if (tools === undefined) return [];
  if (!Array.isArray(tools) || tools.length === 0 || tools.length > 128) return ['tools: between 1 and 128'];
  const names = tools.map((tool: unknown) =>
    isObject(tool) && isObject(tool['function']) ? tool['function']['name'] : undefined,
  );
  const doubles = names.filter((name, index) => names.indexOf(name) !== index);
  return [...doubles.map((name) => `tools: "${String(name)}" twice`), ...tools.flatMap(oneToolProblems)];
}

function oneToolProblems(tool: unknown, index: number): readonly string[] {
  const place = `tools[${index}]`;
  if (!isObject(tool) || tool['type'] !== 'function' || !isObject(tool['function']))
    return [`${place}: not a function`];
  const { name, description, parameters } = tool['function'];
  return [
    ...(typeof name === 'string' && NAME.test(name) ? [] : [`${place}: bad name`]),
    ...(description === undefined || typeof description === 'string' ? [] : [`${place}: bad description`]),
    ...(parameters === undefined ? [] : schemaProblems(parameters, place)),
  ];
}

/** The part of JSON Schema that a function's parameters must keep to. */
function schemaProblems(schema: unknown, place: string): readonly string[] {
  if (!isObject(schema) || schema['type'] !== 'object') return [`${place}: parameters are no object schema`];
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  return [
    ...required
      .filter((name) => !(String(name) in properties))
      .map((name) => `${place}: requires "${String(name)}", which it does not have`),
    ...Object.entries(properties)
      .filter(([, one]) => !isObject(one))
      .map(([name]) => `${place}: property "${name}" is no schema`),
  ];
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
