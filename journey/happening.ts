/** What happened to a person, in the words of the definition's triggers, and whether a trigger waits for it. */
import type { Guard, Transition, Trigger } from '../core/journey.ts';
import { isQuiet, type QuietHours, waitEnd } from './local-time.ts';

/** Time passes by itself. `quote`: the person's own words. */
export type Happening =
  | { readonly kind: 'event'; readonly name: string }
  | { readonly kind: 'intent'; readonly name: string; readonly confidence?: number }
  | { readonly kind: 'evidence'; readonly about: string; readonly confidence: number; readonly quote?: string }
  | { readonly kind: 'tool'; readonly name: string; readonly outcome: 'ok' | 'refused' | 'failed' }
  | { readonly kind: 'click'; readonly name: string }
  | { readonly kind: 'flag'; readonly name: string };

/** What is known about the person besides their journey. */
export type JourneyNow = {
  readonly now: number;
  readonly isMember: boolean;
  /** Purpose → given or withdrawn. Absent: nothing was given. */
  readonly consents?: Readonly<Record<string, boolean>>;
  /** IANA name; absent: UTC. */
  readonly timeZone?: string;
  /** Set by who looks while nobody is there: time moves nobody in their quiet hours. */
  readonly quiet?: QuietHours;
};

/** What happened, to whom, and when. `happening` null stands for time alone. */
export type Moment = { readonly happening: Happening | null; readonly now: JourneyNow };

/** Does this trigger wait for what happened? A time trigger also asks how long the person stood there: `since`, ISO 8601. */
export function isTriggered(on: Trigger, { happening, now }: Moment, since: string): boolean {
  if (on.kind === 'time') return happening === null && isDue(on.after, now, since);
  if (happening?.kind !== on.kind) return false;
  switch (happening.kind) {
    case 'evidence':
      return on.kind === 'evidence' && happening.about === on.about && happening.confidence >= on.confidence;
    case 'tool':
      return on.kind === 'tool' && happening.name === on.name && happening.outcome === on.outcome;
    case 'event':
    case 'intent':
    case 'click':
    case 'flag':
      return 'name' in on && happening.name === on.name;
  }
}

function isDue(after: string, { now, timeZone = 'UTC', quiet }: JourneyNow, since: string): boolean {
  if (now < waitEnd(Date.parse(since), after, timeZone)) return false;
  return quiet === undefined || !isQuiet(now, quiet, timeZone);
}

export type Guarded = {
  readonly now: JourneyNow;
  readonly tags: readonly string[];
  /** Every stage the person stands in. */
  readonly stages: readonly string[];
};

/** The first guard that holds the transition back, in words; null when none does. */
export function heldBy({ membersOnly, when }: Pick<Transition, 'membersOnly' | 'when'>, facts: Guarded): string | null {
  if (membersOnly && !facts.now.isMember) return 'only for members';
  for (const guard of when) {
    const reason = guardReason(guard, facts);
    if (reason !== null) return reason;
  }
  return null;
}

function guardReason(guard: Guard, { now, tags, stages }: Guarded): string | null {
  switch (guard.kind) {
    case 'tagged':
      return tags.includes(guard.tag) ? null : `only with the tag ${guard.tag}`;
    case 'untagged':
      return tags.includes(guard.tag) ? `not with the tag ${guard.tag}` : null;
    case 'consent':
      return now.consents?.[guard.purpose] === true ? null : `only with the consent to ${guard.purpose}`;
    case 'in':
      return stages.includes(guard.stage) ? null : `only while ${guard.stage}`;
    case 'not-in':
      return stages.includes(guard.stage) ? `not while ${guard.stage}` : null;
  }
}

/** A happening as the cause of a move, e.g. `intent:price`. */
export function causeOf(happening: Happening | null): string {
  if (happening === null) return 'time';
  if (happening.kind === 'tool') return `tool:${happening.name}:${happening.outcome}`;
  return `${happening.kind}:${happening.kind === 'evidence' ? happening.about : happening.name}`;
}
