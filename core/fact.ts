/** Fact: one thing learned about a person, the words it rests on, and how much it weighs when it is recalled. */
import { z } from 'zod';
import { Audience, type Clearance } from './audience.ts';
import { ChannelName } from './event.ts';
import { HandleId, TurnId } from './ids.ts';

/** A closed list; `subject` says within the kind what it is about. */
export const FactKind = z.enum(['name', 'language', 'preference', 'goal', 'circumstance', 'interest']);
export type FactKind = z.infer<typeof FactKind>;

/** What of two facts of one kind speaks of the same thing: a later one supersedes the earlier. Never the person's words. */
export const FactSubject = z.string().regex(/^[a-z][a-z-]{0,39}$/);

/** `text` is the value alone: "Ana", "de", "short", "evenings". */
export const Fact = z.object({
  id: z.uuid(),
  kind: FactKind,
  subject: FactSubject,
  text: z.string().min(1).max(200),
  /** The person's own words it rests on. */
  quote: z.string().min(1).max(300),
  audience: Audience,
  /** 0 to 1. */
  confidence: z.number().min(0).max(1),
  learnedAt: z.iso.datetime(),
  /** Not true any more from then on; null: until something else is learned. */
  expiresAt: z.iso.datetime().nullable(),
  /** The fact that took its place when that was learned. History; whether it counts is asked anew at each recall. */
  supersededBy: z.uuid().nullable(),
  /** Where it was said. */
  channel: ChannelName,
  handle: HandleId,
  turn: TurnId.nullable(),
});
export type Fact = z.infer<typeof Fact>;

/** A fact as the words of one message state it. `days`: how long it holds, null for ever. */
export type SaidFact = Pick<Fact, 'kind' | 'subject' | 'text' | 'quote' | 'confidence'> & {
  readonly days: number | null;
};

/** More than this is never learned from one turn. */
export const MAX_FACTS_PER_TURN = 5;

/** How much a kind matters when facts compete for room in a prompt (Park et al. 2023, "Generative Agents": relevance × recency × importance). */
export const IMPORTANCE: Readonly<Record<FactKind, number>> = {
  name: 1,
  language: 1,
  preference: 0.8,
  goal: 0.7,
  circumstance: 0.6,
  interest: 0.4,
};

/** Said in private it stays there; said in public it is still the person's own and is not repeated in public. */
export function audienceOfSaid(clearance: Clearance): Fact['audience'] {
  return clearance === 'private' ? 'private' : 'person';
}

const DAY_MS = 86_400_000;

/** When a fact that holds for some days ends. `at` is ISO 8601. */
export function expiryOf(days: number | null, at: string): string | null {
  return days === null ? null : new Date(Date.parse(at) + days * DAY_MS).toISOString();
}
