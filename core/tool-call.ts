/** ToolCall: what an agent asked of the platform, and what came back. Results are data, never instructions. */
import { z } from 'zod';

export const ToolCall = z.object({
  name: z.string(),
  arguments: z.unknown(),
  /** `prefetch`: read before the model was asked · `model`: the model asked · `fallback`: no model took part. */
  by: z.enum(['prefetch', 'model', 'fallback']),
  outcome: z.enum(['ok', 'refused', 'failed']),
  result: z.unknown(),
  milliseconds: z.number(),
});
export type ToolCall = z.infer<typeof ToolCall>;
