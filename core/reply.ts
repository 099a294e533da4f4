/** Draft and Reply: what an agent proposes, and what may leave. Delivering a draft is a type error. */
import { z } from 'zod';
import { AgentName } from './agent-name.ts';
import { Block } from './block.ts';
import { IntentName } from './intent.ts';
import { ToolCall } from './tool-call.ts';

/**
 * What became of a further wish of the message: `answered` below the first, `repeated` what was said already,
 * `unanswered` where nothing we may say answers it, `told` to the model that wrote the words, `left` because there were too many.
 */
export const WishOutcome = z.enum(['answered', 'repeated', 'unanswered', 'told', 'left']);
export type WishOutcome = z.infer<typeof WishOutcome>;

/** The class decides what happens when a send may or may not have arrived (DESIGN section 5). */
export const MessageClass = z.enum(['crisis', 'hand_over', 'answer', 'courtesy', 'sales']);
export type MessageClass = z.infer<typeof MessageClass>;

export const Draft = z.object({
  agent: AgentName,
  messageClass: MessageClass,
  blocks: z.array(Block).min(1),
  /** Ids of the passages the words rest on. */
  citations: z.array(z.string()),
  toolCalls: z.array(ToolCall),
  /** True when the words must rest on a passage or a tool result; `check` refuses them otherwise. */
  grounded: z.boolean(),
  /** Why no model wrote this: `no_model`, or the code of the error that made us fall back. Absent: a model did. */
  fallback: z.string().optional(),
  /** The thread goes to operators, with this summary. */
  handOver: z.object({ reason: z.string(), summary: z.string() }).optional(),
  /** The question that nothing we may say here answers: a knowledge gap. */
  unanswered: z.string().max(500).optional(),
  /** What the message wanted besides, in its order, and who answered it. Absent: it wanted one thing. */
  wishes: z
    .array(z.object({ intent: IntentName, text: z.string(), agent: AgentName.nullable(), outcome: WishOutcome }))
    .optional(),
  /** What the person asked to be reminded of; scheduled with the turn's commit. */
  reminders: z.array(z.object({ at: z.iso.datetime(), text: z.string().max(300) })).optional(),
});
export type Draft = z.infer<typeof Draft>;

/** A stored reply before its reader has restored the brand. */
export const ReplyRecord = Draft.pick({ agent: true, messageClass: true, blocks: true, citations: true }).extend({
  /** BCP 47: the language of the words a channel puts around it. Absent: English. */
  locale: z.string().max(35).optional(),
});
export type ReplyRecord = z.infer<typeof ReplyRecord>;

declare const allowedOut: unique symbol;
/** The same with the brand that only `graph/steps/check.ts` grants, and only `memory/postgres` restores when it reads one back. */
export type Reply = ReplyRecord & { readonly [allowedOut]: true };
