/** Journey: where a person stands over weeks, and the definition that says how they move. */
import { z } from 'zod';
import { ChannelName } from './event.ts';
import { IntentName } from './intent.ts';
import { Localised } from './localised.ts';

export const StageName = z.string().regex(/^[a-z][a-z0-9-]{1,39}$/);
const MoveName = z.string().regex(/^[a-z][a-z0-9-]{1,59}$/);
const Wait = z.string().regex(/^\d+[hd]$/);

/** What may move a person. The kinds are closed; names inside are checked when the workspace is loaded. */
export const Trigger = z.discriminatedUnion('kind', [
  /** Something happened, e.g. `message`, `linked`, `checkout_clicked`. */
  z.object({ kind: z.literal('event'), name: z.string() }),
  z.object({ kind: z.literal('intent'), name: IntentName }),
  /** Words in the dialogue: an entry of `evidence`, or a kind of fact such as `goal`. Stores quote and confidence. */
  z.object({ kind: z.literal('evidence'), about: z.string(), confidence: z.number().min(0).max(1).default(0.7) }),
  /** A tool of an agent ended like this. */
  z.object({ kind: z.literal('tool'), name: z.string(), outcome: z.enum(['ok', 'refused', 'failed']).default('ok') }),
  /** Somebody followed the call to action of that name. */
  z.object({ kind: z.literal('click'), name: StageName }),
  /** Analytics raised an entry of `flags` for the person. */
  z.object({ kind: z.literal('flag'), name: StageName }),
  /** Time in the stage, e.g. `3d`, `12h`. A day is a day of the person's own calendar. */
  z.object({ kind: z.literal('time'), after: Wait }),
]);
export type Trigger = z.infer<typeof Trigger>;

/** What must be true besides; all of a transition's guards. */
export const Guard = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('tagged'), tag: z.string() }),
  z.object({ kind: z.literal('untagged'), tag: z.string() }),
  /** Given; never asked is not given. */
  z.object({ kind: z.literal('consent'), purpose: z.enum(['outreach', 'news']) }),
  /** A stage of another region, e.g. `{ kind: not-in, stage: in-care }`. */
  z.object({ kind: z.literal('in'), stage: StageName }),
  z.object({ kind: z.literal('not-in'), stage: StageName }),
]);
export type Guard = z.infer<typeof Guard>;

export const JourneyEffect = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('tag'), tag: z.string() }),
  z.object({ kind: z.literal('untag'), tag: z.string() }),
  z.object({ kind: z.literal('offer'), offer: z.string() }),
  /** Words to the person, as far as they want to hear from us first. */
  z.object({ kind: z.literal('message'), text: Localised }),
  /** The same, so long after the move. */
  z.object({ kind: z.literal('reminder'), after: Wait, text: Localised }),
  /** Tells the organisation's own system, by this name, at the address the server is configured with. */
  z.object({ kind: z.literal('webhook'), name: StageName }),
]);
export type JourneyEffect = z.infer<typeof JourneyEffect>;

export const CallToAction = z.object({
  /** What a click trigger and the analytics call it. */
  name: StageName.optional(),
  label: z.string().max(80),
  url: z.url({ protocol: /^https?$/ }),
  /** Only there; absent: on every channel. */
  channels: z.array(ChannelName).min(1).optional(),
});
export type CallToAction = z.infer<typeof CallToAction>;

export const Stage = z.object({
  name: StageName,
  about: z.string(),
  callsToAction: z.array(CallToAction).default([]),
  /** False: nobody who stands there is invited to anything, wherever else they stand. */
  invites: z.boolean().default(true),
});
export type Stage = z.infer<typeof Stage>;

const causeAndEffects = {
  id: MoveName,
  on: Trigger,
  to: StageName,
  /** Only for people the site has proven to be members. */
  membersOnly: z.boolean().default(false),
  when: z.array(Guard).default([]),
  effects: z.array(JourneyEffect).default([]),
};

type Spoken = { readonly on: Trigger; readonly effects: readonly JourneyEffect[] };
const speaksOnlyByTime = ({ on, effects }: Spoken): boolean =>
  on.kind === 'time' || effects.every(({ kind }) => kind !== 'message');
const SPEAKS_ONLY_BY_TIME = {
  error: 'has a message, but is no time transition: in a conversation the answer itself speaks',
  path: ['effects'],
};

export const Transition = z
  .object({ from: z.array(StageName).min(1), ...causeAndEffects })
  .refine(speaksOnlyByTime, SPEAKS_ONLY_BY_TIME);
export type Transition = z.infer<typeof Transition>;

/** Leads to `to` from wherever the person stands in its region, `except` there; comes before the transitions. */
export const Exit = z
  .object({ except: z.array(StageName).default([]), ...causeAndEffects })
  .refine(speaksOnlyByTime, SPEAKS_ONLY_BY_TIME);
export type Exit = z.infer<typeof Exit>;

/** A side of life that runs beside the stages, with a stage of its own at any time. */
export const Region = z.object({
  name: StageName,
  about: z.string(),
  initial: StageName,
  stages: z.array(Stage).min(2),
});
export type Region = z.infer<typeof Region>;

/** What somebody may say that moves them. `about` tells a model what to look for; `says` are words that need none. */
export const Evidence = z.object({
  name: StageName,
  about: z.string(),
  says: z.record(z.string().regex(/^[a-z]{2}$/), z.array(z.string().min(1)).min(1)).default({}),
});
export type Evidence = z.infer<typeof Evidence>;

/** Where people of an older version stand now: its stage → a stage of today. */
export const Migration = z.object({
  from: z.number().int().positive(),
  stages: z.record(StageName, StageName),
});
export type Migration = z.infer<typeof Migration>;

export const JourneyDefinition = z.object({
  version: z.number().int().positive(),
  initial: StageName,
  stages: z.array(Stage).min(2),
  transitions: z.array(Transition),
  regions: z.array(Region).default([]),
  exits: z.array(Exit).default([]),
  evidence: z.array(Evidence).default([]),
  flags: z.array(z.object({ name: StageName, about: z.string() })).default([]),
  migrations: z.array(Migration).default([]),
});
export type JourneyDefinition = z.infer<typeof JourneyDefinition>;

/** Where a person stands in a region besides the main one. */
export const Standing = z.object({ stage: StageName, since: z.iso.datetime() });
export type Standing = z.infer<typeof Standing>;

export const JourneyState = z.object({
  stage: StageName,
  definition: z.number().int(),
  since: z.iso.datetime(),
  /** Row version for optimistic saving; 0 = not stored yet. */
  version: z.number().int().nonnegative(),
  tags: z.array(z.string()),
  /** By the region's name. A region that is absent is at its initial stage: the person never moved in it. */
  regions: z.record(z.string(), Standing).optional(),
});
export type JourneyState = z.infer<typeof JourneyState>;

/** One transition that happened, with its cause. */
export const Move = z.object({
  /** An id of the definition, or `operator`, `dispute`, `migration`. */
  transition: z.string(),
  from: StageName,
  to: StageName,
  cause: z.string(),
  /** Absent: the main one. */
  region: z.string().optional(),
  /** The person's own words an evidence rests on, and how sure the reading was. */
  quote: z.string().max(300).optional(),
  confidence: z.number().min(0).max(1).optional(),
  /** Who moved or disputed by hand, and why. */
  operator: z.string().max(200).optional(),
  reason: z.string().max(500).optional(),
  /** The move that is disputed. */
  of: z.string().optional(),
});
export type Move = z.infer<typeof Move>;

/** A move as it is kept. The handle is not told: readers ask by person. */
export const RecordedMove = Move.extend({ id: z.string(), movedAt: z.iso.datetime() });
export type RecordedMove = z.infer<typeof RecordedMove>;

/** `3d` or `12h` in hours. */
export function hoursOf(after: string): number {
  return Number.parseInt(after, 10) * (after.endsWith('d') ? 24 : 1);
}
