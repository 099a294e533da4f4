/** Journey: where a person stands over weeks, and the definition that says how they move. */
import { z } from 'zod';
import { IntentName } from './intent.ts';
import { Localised } from './localised.ts';

export const StageName = z.string().regex(/^[a-z][a-z0-9-]{1,39}$/);

/** What may move a person. The kinds are closed; names inside are checked when the workspace is loaded. */
export const Trigger = z.discriminatedUnion('kind', [
  /** Something happened, e.g. `message`, `linked`, `checkout_clicked`. */
  z.object({ kind: z.literal('event'), name: z.string() }),
  z.object({ kind: z.literal('intent'), name: IntentName }),
  /** A sentence in the dialogue, read by the fact writer; stores quote and confidence. */
  z.object({ kind: z.literal('evidence'), about: z.string(), confidence: z.number().min(0).max(1).default(0.7) }),
  /** Time in the stage, e.g. `3d`, `12h`. */
  z.object({ kind: z.literal('time'), after: z.string().regex(/^\d+[hd]$/) }),
]);
export type Trigger = z.infer<typeof Trigger>;

export const JourneyEffect = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('tag'), tag: z.string() }),
  z.object({ kind: z.literal('offer'), offer: z.string() }),
  /** Words to the person, as far as they want to hear from us first. */
  z.object({ kind: z.literal('message'), text: Localised }),
]);
export type JourneyEffect = z.infer<typeof JourneyEffect>;

export const CallToAction = z.object({ label: z.string().max(80), url: z.url({ protocol: /^https?$/ }) });
export type CallToAction = z.infer<typeof CallToAction>;

export const Stage = z.object({
  name: StageName,
  about: z.string(),
  callsToAction: z.array(CallToAction).default([]),
});
export type Stage = z.infer<typeof Stage>;

export const Transition = z
  .object({
    id: z.string().regex(/^[a-z][a-z0-9-]{1,59}$/),
    from: z.array(StageName).min(1),
    to: StageName,
    on: Trigger,
    /** Only for people the site has proven to be members. */
    membersOnly: z.boolean().default(false),
    effects: z.array(JourneyEffect).default([]),
  })
  .refine(({ on, effects }) => on.kind === 'time' || effects.every(({ kind }) => kind !== 'message'), {
    error: 'has a message, but is no time transition: in a conversation the answer itself speaks',
    path: ['effects'],
  });
export type Transition = z.infer<typeof Transition>;

export const JourneyDefinition = z.object({
  version: z.number().int().positive(),
  initial: StageName,
  stages: z.array(Stage).min(2),
  transitions: z.array(Transition),
});
export type JourneyDefinition = z.infer<typeof JourneyDefinition>;

export const JourneyState = z.object({
  stage: StageName,
  definition: z.number().int(),
  since: z.iso.datetime(),
  /** Row version for optimistic saving; 0 = not stored yet. */
  version: z.number().int().nonnegative(),
  tags: z.array(z.string()),
});
export type JourneyState = z.infer<typeof JourneyState>;

/** One transition that happened, with its cause. */
export const Move = z.object({
  transition: z.string(),
  from: StageName,
  to: StageName,
  cause: z.string(),
});
export type Move = z.infer<typeof Move>;

/** `3d` or `12h` in hours. */
export function hoursOf(after: string): number {
  return Number.parseInt(after, 10) * (after.endsWith('d') ? 24 : 1);
}
