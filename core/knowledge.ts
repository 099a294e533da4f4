/** Documents and passages: what the platform may quote, each piece with its place and its audience. */
import { z } from 'zod';
import { Audience } from './audience.ts';

export const KnowledgeDocument = z.object({
  id: z.string().regex(/^[a-z0-9][a-z0-9/_-]{0,119}$/),
  title: z.string().min(1).max(200),
  audience: Audience,
  language: z.string().default('en'),
  url: z.url({ protocol: /^https?$/ }).optional(),
  /** True from then on; before, it is not quoted. */
  validFrom: z.iso.datetime().optional(),
  /** True up to and with this moment. */
  validUntil: z.iso.datetime().optional(),
  /** Markdown. */
  body: z.string().min(1),
});
export type KnowledgeDocument = z.infer<typeof KnowledgeDocument>;

/** A retrievable piece. `id` is `<document>#<position>`. */
export const Passage = z.object({
  id: z.string(),
  document: z.string(),
  title: z.string(),
  /** Headings above it, outermost first. */
  headings: z.array(z.string()),
  text: z.string(),
  audience: Audience,
  language: z.string(),
  url: z.string().nullable(),
});
export type Passage = z.infer<typeof Passage>;

/** A passage as found for a query; `score` only orders one result list. */
export const FoundPassage = Passage.extend({
  score: z.number(),
  similarity: z.number(),
  /** When neighbours were joined: each by itself, in reading order. */
  parts: z.array(z.object({ id: z.string(), headings: z.array(z.string()), text: z.string() })).optional(),
});
export type FoundPassage = z.infer<typeof FoundPassage>;
