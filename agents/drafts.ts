/** Small pieces that every room builds its drafts from. Pure. */
import type { AgentName } from '../core/agent-name.ts';
import type { Block, Option } from '../core/block.ts';
import type { Draft, MessageClass } from '../core/reply.ts';
import type { AgentContext } from './agent.ts';
import { parseChoice } from './choices.ts';

export type DraftParts = {
  readonly agent: AgentName;
  readonly blocks: readonly Block[];
  readonly messageClass?: MessageClass;
  /** True for a model's words that nothing was read for: `check` then refuses them. */
  readonly grounded?: boolean;
};

/** A draft of these blocks; its citations are those of its citation blocks. */
export function draftOf({ agent, blocks, messageClass = 'answer', grounded = false }: DraftParts): Draft {
  const citations = blocks.flatMap((block) => (block.kind === 'citation' ? [block.passage] : []));
  return { agent, messageClass, blocks: [...blocks], citations, toolCalls: [], grounded };
}

export function textBlock(text: string): Block {
  return { kind: 'text', text };
}

/** No block when there is nothing to choose. */
export function choicesBlock(options: readonly Option[]): readonly Block[] {
  return options.length === 0 ? [] : [{ kind: 'choices', options: options.slice(0, 10) }];
}

/** The words to act on: what was written, or, when an option was pressed, what the person had written before. */
export function askedText(context: Pick<AgentContext, 'choice' | 'text' | 'lines'>): string {
  const choice = context.choice === null ? null : parseChoice(context.choice);
  if (choice === null) return context.text;
  return context.lines.findLast((line) => line.from === 'person')?.text ?? context.text;
}

/** Everything that is the person's own is answered in private only. */
export function isPrivate(context: Pick<AgentContext, 'thread'>): boolean {
  return context.thread.clearance === 'private';
}

/** Cut at a word, with an ellipsis, for fields with a longest length. */
export function clip(text: string, max: number): string {
  if (text.length <= max) return text;
  const head = text.slice(0, max - 1);
  return `${head.slice(0, head.lastIndexOf(' ') > max / 2 ? head.lastIndexOf(' ') : max - 1)}…`;
}
