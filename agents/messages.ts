/** From what a turn knows to model messages: the system prompt first, then the conversation, then data and the question. */
import { createHash } from 'node:crypto';
import { AIMessage, type BaseMessage, HumanMessage, SystemMessage, ToolMessage } from '@langchain/core/messages';
import type { ThreadLine } from '../core/thread.ts';
import type { ToolCall } from '../core/tool-call.ts';
import type { AgentContext } from './agent.ts';
import { shownPassages } from './citations.ts';
import { cleanText, createFence, type Fence } from './spotlight.ts';
import { furtherWishes } from './wishes.ts';

const MAX_LINES = 12;
const MAX_LINE = 1_000;
const MAX_TEXT = 8_000;
const MAX_PASSAGE = 1_400;
const MAX_FACTS = 8;
const MAX_EARLIER = 1_500;
const MAX_TOOL_RESULT = 10_000;

/** Which words told the model what to do: the short SHA-256 of a system prompt. */
export function promptHash(prompt: string): string {
  return createHash('sha256').update(prompt).digest('hex').slice(0, 12);
}

/**
 * The messages of the first model call. The system message is `prompt` and nothing else; everything that people, tools
 * and passages say follows as human messages, what was read for the turn as fenced data before the person's words.
 */
export function openingMessages(
  prompt: string,
  { context, calls }: { readonly context: AgentContext; readonly calls: readonly ToolCall[] },
): BaseMessage[] {
  const lines = joinLines(context.lines);
  // What the person wrote just before and nobody answered belongs to the question: one human message, not two in a row.
  const unanswered = lines.at(-1)?.isPerson ? [lines.at(-1)?.text ?? ''] : [];
  const before = unanswered.length === 0 ? lines : lines.slice(0, -1);
  const question = cleanText(context.text, MAX_TEXT) || '(no words)';
  const last = [...unanswered, ...dataBlocks(context, calls), question].join('\n\n');
  return [
    new SystemMessage(prompt),
    ...before.map(({ isPerson, text }) => (isPerson ? new HumanMessage(text) : new AIMessage(text))),
    new HumanMessage(last),
  ];
}

/** The answer to one tool call of the model, as data. */
export function toolMessage(call: ToolCall, { id, turn }: { readonly id: string; readonly turn: string }): ToolMessage {
  const content = createFence(turn).data(`tool ${cleanText(call.name, 64)} ${call.outcome}`, resultText(call));
  return new ToolMessage({ tool_call_id: id, content });
}

/** Lines of the same side are joined: some servers refuse two messages of one role in a row. */
function joinLines(lines: readonly ThreadLine[]): readonly { readonly isPerson: boolean; readonly text: string }[] {
  const joined: { isPerson: boolean; text: string }[] = [];
  for (const line of lines.slice(-MAX_LINES)) {
    const isPerson = line.from === 'person';
    const words = cleanText(line.text, MAX_LINE);
    const text = line.from === 'operator' ? `(A person of the team wrote:) ${words}` : words;
    const before = joined.at(-1);
    if (before && before.isPerson === isPerson) before.text += `\n${text}`;
    else joined.push({ isPerson, text });
  }
  return joined;
}

function dataBlocks(context: AgentContext, calls: readonly ToolCall[]): readonly string[] {
  const fence = createFence(context.turn);
  return [
    fence.data('turn', turnFacts(context)),
    ...earlierBlock(context, fence),
    ...factBlock(context, fence),
    ...shownPassages(context).map((passage, index) => {
      const heading = [passage.title, ...passage.headings].map((part) => cleanText(part, 120)).join(' › ');
      const body = `${heading}\n${cleanText(passage.text, MAX_PASSAGE)}`;
      return fence.data(`passage [${index + 1}]`, body);
    }),
    ...calls.filter((call) => call.outcome === 'ok').map((call) => fence.data(`tool ${call.name}`, resultText(call))),
  ];
}

function turnFacts(context: AgentContext): string {
  const { now, thread, person, choice, intent } = context;
  const further = furtherWishes(context).map(({ text }) => `and also: ${cleanText(text, 200).replaceAll('\n', ' ')}`);
  const facts = [
    `today: ${now.slice(0, 10)}`,
    `time now: ${now}`,
    `channel: ${thread.channel}`,
    `signed in as a member: ${person.isMember ? 'yes' : 'no'}`,
    `stage: ${cleanText(person.stage, 40)}`,
  ];
  if (further.length > 0) facts.push(`the message wants: ${intent.name}`, ...further);
  return [...facts, ...(choice === null ? [] : [`pressed option: ${cleanText(choice, 64)}`])].join('\n');
}

function factBlock(context: AgentContext, fence: Fence): readonly string[] {
  const facts = context.facts.slice(0, MAX_FACTS).map(({ kind, subject, text, quote }) => {
    const what = kind === subject ? kind : `${kind}, ${subject}`;
    return `- ${what}: ${cleanText(text, 200)} (they wrote: ${cleanText(quote, 300).replaceAll('\n', ' ')})`;
  });
  return facts.length === 0 ? [] : [fence.data('remembered about this person', facts.join('\n'))];
}

function earlierBlock({ earlier }: AgentContext, fence: Fence): readonly string[] {
  return earlier === null ? [] : [fence.data('earlier on this thread, in short', cleanText(earlier, MAX_EARLIER))];
}

function resultText(call: ToolCall): string {
  return cleanText(JSON.stringify(call.result) ?? 'null', MAX_TOOL_RESULT);
}
