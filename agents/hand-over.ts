/** The draft that gives a thread to operators, with a summary so that nobody has to ask the person again. */
import type { AgentName } from '../core/agent-name.ts';
import type { Block } from '../core/block.ts';
import type { Draft } from '../core/reply.ts';
import type { AgentContext } from './agent.ts';
import { cleanText } from './spotlight.ts';

export type HandOverOptions = {
  /** Who gives the thread away. */
  readonly agent?: AgentName;
  /** Said before the fixed sentence. */
  readonly before?: readonly Block[];
};

const MAX_SUMMARY = 400;

/**
 * Says that a person will answer (or that it is already with the team) and carries a summary. Pure.
 * `reason` is a code for operators, e.g. `human-please`.
 */
export function handOverDraft(context: AgentContext, reason: string, options: HandOverOptions = {}): Draft {
  const { agent = 'supervisor', before = [] } = options;
  const key = context.thread.ownership === 'agents' ? 'hand_over' : 'hand_over_waiting';
  return {
    agent,
    messageClass: 'hand_over',
    blocks: [...before, { kind: 'text', text: context.phrase(key) }],
    citations: [],
    toolCalls: [],
    grounded: false,
    handOver: { reason, summary: summaryOf(context) },
  };
}

/** What the conversation was about: the intent, the last words first, then earlier ones while there is room. */
export function summaryOf(context: AgentContext): string {
  const said = context.lines.filter((line) => line.from === 'person').map((line) => line.text);
  const words = [...said, context.text].map((text) => cleanText(text, 200).replaceAll(/\s+/g, ' ').trim());
  let summary = `[${context.intent.name}]`;
  for (const text of words.filter(Boolean).toReversed()) {
    const longer = `${summary} ${text} ·`;
    if (longer.length > MAX_SUMMARY) break;
    summary = longer;
  }
  return summary.replace(/ ·$/, '');
}
