/** Turns: the commit that makes a pass of the pipeline true, and the reading side of the trace. */

import type { ThreadId, TurnId } from '../core/ids.ts';
import type { JourneyState } from '../core/journey.ts';
import type { OutreachConsents } from '../core/outreach.ts';
import type { Reply } from '../core/reply.ts';
import type { Ownership } from '../core/thread.ts';
import type { Turn } from '../core/turn.ts';
import type { NewCall } from './calls.ts';
import type { Lease } from './inbox.ts';

export type NewAlert = {
  readonly kind: 'crisis' | 'safety' | 'hand_over' | 'parked' | 'approval';
  readonly summary: string;
};

/** A reply on its way; `dueAt` (ISO 8601) keeps a reminder until its time. */
export type NewDelivery = { readonly reply: Reply; readonly replyTo: string | null; readonly dueAt?: string };

/** Everything a turn leaves behind, written in one transaction or not at all. */
export type TurnCommit = {
  readonly turn: Turn;
  readonly deliveries: readonly NewDelivery[];
  readonly journey: JourneyState | null;
  readonly alerts: readonly NewAlert[];
  /** Undefined leaves it as it is. */
  readonly ownership?: Ownership;
  /** Set when the person's language became known. */
  readonly locale?: string;
  /** True: give way (TransientError 'superseded') when a newer event waits on this thread. */
  readonly yieldToNewer: boolean;
  /** True: something about the person may be learned from this turn, after it. */
  readonly toLearn: boolean;
  /** True: the matter has ended; what was said so far is out of the next question's sight. */
  readonly endsEpisode?: boolean;
  /** What the person gave or withdrew with this message. */
  readonly consents?: OutreachConsents;
  /** The calls to action these deliveries carry. */
  readonly calls?: readonly NewCall[];
};

/** What a list shows; the only columns a list reads. */
export type TurnSummary = {
  readonly id: TurnId;
  readonly thread: ThreadId;
  readonly channel: string;
  readonly status: string;
  readonly intent: string | null;
  readonly agent: string | null;
  readonly preview: string;
  readonly startedAt: string;
  readonly milliseconds: number;
};

export type TurnPort = {
  /**
   * Commits under the lease: the fence is compared in the same transaction. Throws TransientError('lane_lost') when a
   * later holder passed it, TransientError('superseded') when `yieldToNewer` and a newer event waits; then nothing was
   * written. Committing the same turn twice is refused the same way, because its events are finished. With `letsGo`, a lane in
   * which nothing else waits is given back in the same step, and the answer says so.
   */
  commit(
    lease: Lease,
    commit: TurnCommit,
    options?: { readonly letsGo?: boolean },
  ): Promise<{ readonly isLetGo: boolean }>;
  /** Throws InvalidPayloadError('not_found'). */
  get(turn: TurnId): Promise<Turn>;
  list(filter: { readonly thread?: ThreadId; readonly limit: number }): Promise<readonly TurnSummary[]>;
};
