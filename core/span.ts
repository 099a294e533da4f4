/** TraceSpan: one piece of a turn's work. Spans carry ids and counts; text lives in the turn. */
import { z } from 'zod';
import { TurnId } from './ids.ts';

export const SpanData = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('turn'), events: z.number().int() }),
  z.object({ kind: z.literal('step') }),
  z.object({
    kind: z.literal('model'),
    model: z.string(),
    inputTokens: z.number().int(),
    outputTokens: z.number().int(),
  }),
  z.object({ kind: z.literal('tool'), tool: z.string() }),
]);
export type SpanData = z.infer<typeof SpanData>;

export const TraceSpan = z.object({
  id: z.string(),
  turn: TurnId,
  parent: z.string().nullable(),
  name: z.string(),
  /** Milliseconds since the turn began. */
  startMs: z.number(),
  endMs: z.number().nullable(),
  /** `ok`, or the code of the error that ended it. */
  outcome: z.string(),
  data: SpanData,
});
export type TraceSpan = z.infer<typeof TraceSpan>;
