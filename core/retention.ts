/** Retention: how many days each class of data is kept. What is not named is kept until somebody erases it. */
import { z } from 'zod';

/**
 * `raw`: requests as they came in · `messages`: what was said, with its turns, summaries, closed tickets and alerts that were
 * seen · `traces`: how turns were made · `facts`: what was learned · `candidates`: what waits for a review, or was rejected ·
 * `calls`: calls to action and their clicks.
 */
export const RetentionClass = z.enum(['raw', 'messages', 'traces', 'facts', 'candidates', 'calls']);
export type RetentionClass = z.infer<typeof RetentionClass>;

const Days = z.number().int().min(1).max(36_500);

/** retention.yaml */
export const Retention = z
  .strictObject({ days: z.partialRecord(RetentionClass, Days) })
  .superRefine(({ days }, context) => {
    const { messages } = days;
    for (const part of ['raw', 'traces'] as const) {
      const kept = days[part];
      if (messages === undefined || kept === undefined || kept <= messages) continue;
      const message = `is ${kept}, longer than the messages it belongs to (${messages}): write ${messages} or less`;
      context.addIssue({ code: 'custom', message, path: ['days', part] });
    }
  });
export type Retention = z.infer<typeof Retention>;

/** What was done for a class, last time and in all. */
export type RetentionRun = {
  readonly class: RetentionClass;
  readonly days: number;
  /** ISO time, the database's. */
  readonly ranAt: string;
  readonly lastRows: number;
  readonly totalRows: number;
};
