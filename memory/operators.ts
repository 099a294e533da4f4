/** Operators: what the console reads and writes. */
import type { Ticket } from '../core/catalogue.ts';
import type { DeliveryRecord } from '../core/delivery.ts';
import type { ThreadId, TurnId } from '../core/ids.ts';
import type { Ownership } from '../core/thread.ts';
import type { NewAlert } from './turns.ts';

export type ThreadSummary = {
  readonly id: ThreadId;
  readonly channel: string;
  readonly clearance: string;
  readonly ownership: Ownership;
  readonly person: string;
  /** Display name of the last writer, or null. */
  readonly name: string | null;
  readonly stage: string | null;
  readonly preview: string;
  readonly lastAt: string;
  readonly turns: number;
  readonly openAlerts: number;
};

export type Alert = {
  readonly id: string;
  readonly kind: NewAlert['kind'];
  readonly thread: ThreadId;
  readonly turn: TurnId | null;
  readonly summary: string;
  readonly raisedAt: string;
  readonly acknowledgedAt: string | null;
};

/** One entry of the reading view: an event in, or a delivery out. */
export type ThreadEntry =
  | {
      readonly kind: 'event';
      readonly id: string;
      /** The sender's own id for it, unique per connection: what the web chat's page minted. */
      readonly externalId: string;
      readonly eventKind: string;
      readonly text: string;
      readonly name: string | null;
      readonly state: string;
      readonly turn: string | null;
      readonly at: string;
    }
  | { readonly kind: 'delivery'; readonly at: string; readonly delivery: DeliveryRecord };

export type ParkedEvent = {
  readonly id: string;
  readonly thread: ThreadId;
  readonly text: string;
  readonly attempts: number;
  readonly receivedAt: string;
};

export type OperatorPort = {
  threads(limit: number): Promise<readonly ThreadSummary[]>;
  entries(thread: ThreadId, limit: number): Promise<readonly ThreadEntry[]>;
  alerts(filter: { readonly open: boolean; readonly limit: number }): Promise<readonly Alert[]>;
  acknowledge(alert: string): Promise<boolean>;
  parked(limit: number): Promise<readonly ParkedEvent[]>;
  /** The tickets opened on a thread, newest first. */
  tickets(thread: ThreadId): Promise<readonly Ticket[]>;
  /**
   * Closes a ticket such as `T-1001` and ends the matter of the thread it was opened on; twice is once. False for a
   * ticket that was never opened.
   */
  closeTicket(number: string): Promise<boolean>;
  /** An operator's own words: a delivery of class `hand_over`, sent by the outbox like any other. */
  write(thread: ThreadId, message: { readonly id: string; readonly text: string }): Promise<DeliveryRecord>;
  counts(): Promise<Readonly<Record<string, number>>>;
};
