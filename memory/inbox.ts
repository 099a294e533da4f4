/** Inbox and lanes: accepted means durable, and one writer per person. */
import type { InboundEvent } from '../core/event.ts';
import type { EventId, HandleId, PersonId, ThreadId, TurnId } from '../core/ids.ts';

/** An event on its way in, with how long it may wait for others. `immediate` ends the wait of its whole burst. */
export type Arrival = {
  readonly event: InboundEvent;
  readonly burst: { readonly quietMs: number; readonly capMs: number; readonly immediate: boolean };
  /** False for events that are recorded but ask for no answer; they end at once as `ignored` with this reason. */
  readonly ignored?: string;
};

export type Accepted = {
  readonly id: EventId;
  /** False when this external id was there already. */
  readonly isNew: boolean;
  readonly lane: PersonId;
  readonly thread: ThreadId;
  readonly handle: HandleId;
};

/** Events of one lane and one thread that become one turn. */
export type Burst = {
  /** Given at the first attempt and kept for every later one, so that effects and deliveries stay keyed. */
  readonly turn: TurnId;
  readonly lane: PersonId;
  readonly thread: ThreadId;
  readonly handle: HandleId;
  readonly events: readonly { readonly id: EventId; readonly event: InboundEvent }[];
  /** 1 for the first try. */
  readonly attempt: number;
  /** How often a newer message already made this turn start again. */
  readonly joins: number;
};

export type NextBurst =
  | { readonly kind: 'ready'; readonly burst: Burst }
  | { readonly kind: 'suspect' }
  | { readonly kind: 'wait'; readonly milliseconds: number }
  | { readonly kind: 'empty' };

/**
 * Why a burst is put back. `joined`: a newer message joins it, which counts towards the limit of joins. `failed`: it waits
 * before its next try. `released`: its process stops; another may take it at once. Only a failed try stays counted.
 */
export type PutBack = 'joined' | 'failed' | 'released';

/** A burst holds no more, unless something in it skips the window; what else was written follows in the next one. */
export const MOST_EVENTS = 50;

export type InboxPort = {
  /**
   * Stores events in one transaction, with their handles, persons and threads. Dedupe is by (connection, external id).
   * `raw` is the request body as received. Throws TransientError('store_down'); then nothing was stored.
   */
  append(arrivals: readonly Arrival[], raw: string): Promise<readonly Accepted[]>;
  /**
   * The oldest burst of a lane whose quiet window is over, counted as one more attempt. With `spare`, a burst that was tried
   * that often is neither taken nor counted, unless it is immediate: `suspect` when nothing else is ready. With `letsGo`, a lane
   * in which nothing waits is given back by the same step.
   */
  nextBurst(lease: Lease, options?: { readonly spare?: number; readonly letsGo?: boolean }): Promise<NextBurst>;
  /** Puts a burst back that was not finished. Releases nothing else. */
  putBack(lease: Lease, options: { readonly burst: Burst; readonly why: PutBack }): Promise<void>;
  /** Lanes whose events are ready since `overdueMs` and that nobody holds, oldest first: the sweeper's list. */
  listWaitingLanes(limit: number, overdueMs?: number): Promise<readonly PersonId[]>;
  /** Unfinished events and the age of the oldest in milliseconds. */
  depth(): Promise<{ readonly events: number; readonly oldestMs: number }>;
};

/** The right to write for one lane until it runs out or a later holder's fence passes this one. */
export type Lease = { readonly lane: PersonId; readonly holder: string; readonly fence: number };

export type LanePort = {
  /** Null while another holder's lease lives. Times are the database's. */
  acquire(lane: PersonId, options: { readonly holder: string; readonly leaseMs: number }): Promise<Lease | null>;
  /** False when the lease was lost. */
  renew(lease: Lease, leaseMs: number): Promise<boolean>;
  release(lease: Lease): Promise<void>;
};
