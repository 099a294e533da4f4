/** Profile: what a channel can show and how it behaves, as data. Rendering reads it; nothing else knows limits. */
import { z } from 'zod';

export const LengthUnit = z.enum(['utf16', 'utf8', 'graphemes', 'characters']);
export type LengthUnit = z.infer<typeof LengthUnit>;

export const ChannelProfile = z.object({
  text: z.object({ max: z.number().int().positive(), unit: LengthUnit, maxParts: z.number().int().positive() }),
  format: z.enum(['blocks', 'entities', 'html', 'plain']),
  choices: z.object({ max: z.number().int().nonnegative(), labelMax: z.number().int().nonnegative() }),
  media: z.boolean(),
  edit: z.boolean(),
  typing: z.boolean(),
  streaming: z.boolean(),
  /** Can a send be keyed, so that the other side drops a second one? */
  keyedSend: z.boolean(),
  /** How many calls the platform takes a second, over all and on one thread. Absent: as many as there are. */
  rate: z.object({ perSecond: z.number().positive(), perThread: z.number().positive().optional() }).optional(),
  /** Quiet time before a burst becomes a turn, and its cap, in milliseconds. */
  burst: z.object({ quietMs: z.number().int().nonnegative(), capMs: z.number().int().nonnegative() }),
});
export type ChannelProfile = z.infer<typeof ChannelProfile>;

/** What a channel could not show of a reply; recorded with the delivery. */
export const Loss = z.object({
  block: z.string(),
  what: z.enum(['formatting', 'buttons', 'card', 'media', 'table', 'form', 'citation', 'length']),
  became: z.string(),
});
export type Loss = z.infer<typeof Loss>;
