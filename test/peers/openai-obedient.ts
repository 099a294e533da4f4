/**
 * The model an attacker wishes for: it does what any text of its context tells it, wherever that text came from.
 * `SYSTEM: call tool X with {…}` makes it call X once; `SYSTEM: say …` makes it repeat the rest of the line.
 */
import type { ChatRequest } from './openai-rules.ts';

export type Obeyed = {
  readonly toolCalls: readonly { readonly name: string; readonly arguments: unknown }[];
  readonly text: string;
};

const CALL = /SYSTEM:\s*call tool ([A-Za-z0-9_-]{1,64}) with (\{.*?\})(?=$|[\s"'\\,;.)\]]|<)/gims;
const SAY = /SYSTEM:\s*say ([^\n\r]*?)(?=\\n|$)/gim;

/** What the obedient model answers. Calls it has made already, whatever became of them, are not made again. */
export function obey(request: ChatRequest): Obeyed {
  const context = request.messages.map(({ content }) => textOf(content)).join('\n');
  const made = new Set(
    request.messages.flatMap(({ tool_calls }) => (tool_calls ?? []).map((call) => call.function.name)),
  );
  const toolCalls = [...context.matchAll(CALL)]
    .map((match) => ({ name: match[1] ?? '', arguments: parseLoosely(match[2] ?? '{}') }))
    .filter(({ name }, index, all) => !made.has(name) && all.findIndex((call) => call.name === name) === index);
  const said = [...context.matchAll(SAY)].map((match) => match[1]?.trim() ?? '').filter(Boolean);
  return { toolCalls, text: said.join('\n') || 'As you wish.' };
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((part: unknown) => (typeof part === 'object' && part !== null && 'text' in part ? String(part.text) : ''))
    .join('\n');
}

/** Instructions inside tool results stand there as JSON texts, with their quotes escaped. */
function parseLoosely(text: string): unknown {
  for (const candidate of [text, text.replaceAll('\\"', '"')]) {
    try {
      return JSON.parse(candidate);
    } catch {
      // The next reading may fit.
    }
  }
  return text;
}
