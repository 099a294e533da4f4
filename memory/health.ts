/** Health: how much waits and for how long, for whoever watches the installation. Numbers only. */
import type { TurnId } from '../core/ids.ts';

export type Health = {
  /** Events without an end yet. */
  readonly pendingEvents: number;
  /** Age of the oldest of them; 0 when there is none. */
  readonly oldestPendingMs: number;
  readonly parkedEvents: number;
  readonly dueDeliveries: number;
  /** How long the most overdue delivery waits, claimed ones included. */
  readonly oldestDueMs: number;
  readonly claimedDeliveries: number;
  /** Deliveries nobody knows the end of. */
  readonly unknownDeliveries: number;
  readonly turnsToLearn: number;
  readonly openAlerts: number;
};

export type HealthPort = {
  /** One query, cheap enough to be asked every few seconds. Throws TransientError('store_down'). */
  read(): Promise<Health>;
  /** From the oldest event of a turn to now, in milliseconds; null for a turn without events. */
  sinceReceived(turn: TurnId): Promise<number | null>;
};
