/** Knowledge gaps: what people asked and nothing answered. */
import type { ThreadId, TurnId } from '../core/ids.ts';

export type Gap = {
  readonly turn: TurnId;
  readonly thread: ThreadId;
  readonly channel: string;
  readonly text: string;
  /** ISO time. */
  readonly askedAt: string;
};

/** Questions that ask the same thing: how often it was asked, in which words, and in which turns. */
export type GapCluster = {
  readonly example: string;
  readonly asked: number;
  readonly lastAskedAt: string;
  readonly questions: readonly Gap[];
};

export type GapPort = {
  /** Unanswered questions of the last `days`, newest first. */
  list(options: { readonly days: number; readonly limit: number }): Promise<readonly Gap[]>;
};
