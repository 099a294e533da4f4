/** Outbox: replies on their way, and what became of each. */
import type { Delivery, DeliveryRecord } from '../core/delivery.ts';
import type { DeliveryId, ThreadId } from '../core/ids.ts';
import type { Loss } from '../core/profile.ts';

/** A claimed delivery and how many of its parts already left. */
export type Claim = {
  readonly delivery: Delivery;
  readonly partsSent: number;
  readonly holder: string;
  /** This try's number, from 1; claims that only waited do not count. */
  readonly tries: number;
  /** A part was on its way: nobody knows whether it arrived. */
  readonly isLeaving: boolean;
};

/** `position` counts from 0. */
export type SentPart = { readonly position: number; readonly platformId: string | null };

export type OutboxPort = {
  /**
   * The thread's next due delivery, in order; null when there is none, when one of this thread is already claimed, or while
   * its connection is closed (paces).
   * The claim dies after `claimMs` (database time).
   */
  claim(thread: ThreadId, options: { readonly holder: string; readonly claimMs: number }): Promise<Claim | null>;
  /**
   * Asked right before a part leaves; the claim lives on for `claimMs`. `suppressed`: an operator took the thread meanwhile; that
   * is its end, also when parts of it have left. `closed`: its connection was told to wait meanwhile. `lost`: another has the claim.
   */
  leave(claim: Claim, claimMs: number): Promise<'go' | 'suppressed' | 'closed' | 'lost'>;
  /** Whether anything of the thread is on its way now. */
  isLeaving(thread: ThreadId): Promise<boolean>;
  /** Records one part as sent, before the next one leaves, and lets the claim live on. False when it was lost. */
  recordPart(claim: Claim, part: SentPart & { readonly claimMs: number }): Promise<boolean>;
  /**
   * All parts left; `last` is the one that is not recorded yet, null when all are. Terminal. Null when the claim was lost, else
   * whether anything else of the thread is due.
   */
  markSent(
    claim: Claim,
    sent: { readonly losses: readonly Loss[]; readonly last: SentPart | null },
  ): Promise<{ readonly hasMore: boolean } | null>;
  /** Lost between leaving and recording. Terminal for classes that must not be sent twice, else queued again. */
  markUnknown(claim: Claim, resend: boolean): Promise<boolean>;
  /** Back to the queue after `afterMs`; a claim that only waited was no try. */
  putBack(
    claim: Claim,
    options: { readonly afterMs: number; readonly code: string; readonly isWait: boolean },
  ): Promise<boolean>;
  /** Never again. Terminal. */
  markFailed(claim: Claim, code: string): Promise<boolean>;
  /** Threads with deliveries due since `overdueMs` that nobody has claimed, the oldest of each connection first: the sweeper's list. */
  listDueThreads(limit: number, overdueMs?: number): Promise<readonly ThreadId[]>;
  /** Claims whose time ran out, for the class rule. */
  listLostClaims(limit: number): Promise<readonly Claim[]>;
  /** Due deliveries of a thread after a sequence, in the order they were written. */
  list(
    thread: ThreadId,
    options: { readonly after: number; readonly limit: number },
  ): Promise<readonly DeliveryRecord[]>;
  /** What was sent on a thread after a `sentSequence`, in the order it was sent: the log the widget's stream resumes from. */
  listSent(
    thread: ThreadId,
    options: { readonly after: number; readonly limit: number },
  ): Promise<readonly DeliveryRecord[]>;
  get(delivery: DeliveryId): Promise<DeliveryRecord | null>;
};
