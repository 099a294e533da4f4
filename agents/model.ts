/** The model port: a LangChain chat model and the breaker in front of it. Made in server/model.ts. */
import type { BaseChatModel } from '@langchain/core/language_models/chat_models';
import type { ToolCall } from '../core/tool-call.ts';
import type { ModelCall } from '../core/turn.ts';

export type AgentModel = {
  /** As configured, e.g. `gpt-5-mini`; part of the fingerprint. */
  readonly name: string;
  readonly chat: BaseChatModel;
  /** Milliseconds without a first token, and between tokens, before a call counts as hung. */
  readonly stall: { readonly firstTokenMs: number; readonly idleMs: number };
  readonly breaker: Breaker;
  /** Asked instead when this one's breaker is open, and once when it cannot be reached. */
  readonly standIn?: AgentModel;
  /** Told of every call of this model, whoever made it and whatever became of its turn. */
  readonly onCall?: (call: ModelCall) => void;
  /** Options of one call that only this provider knows, e.g. where its prompt cache keeps the stable prefix. */
  readonly callOptions?: (cacheKey: string) => Readonly<Record<string, unknown>>;
};

export type Breaker = {
  /** Null: calls may go. Otherwise why not, e.g. `breaker_open`. */
  readonly whyClosed: () => string | null;
  readonly succeeded: () => void;
  readonly failed: () => void;
};

/** What one turn gives an act besides its context. */
export type ActOptions = {
  readonly model: AgentModel | null;
  /** Aborted by a newer message, a lost lane or the turn's deadline. */
  readonly signal: AbortSignal;
  /** Monotonic milliseconds. */
  readonly elapsed: () => number;
  /** Words as the model writes them; never called after the promise settled. */
  readonly onToken?: (text: string) => void;
  /** What `onToken` gave so far is not the answer after all: the model asked for a tool, or failed half-way. */
  readonly onWithdraw?: () => void;
  /** Told when a call has ended, however it ended. */
  readonly onModelCall?: (call: ModelCall) => void;
  readonly onToolCall?: (call: ToolCall) => void;
};
