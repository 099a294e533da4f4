/** Retention: what is older than the workspace wants goes, on the database's clock. */
import type { RetentionClass, RetentionRun } from '../core/retention.ts';

export type RetentionPort = {
  /** Takes away what of this class is older than so many days, and counts it. Returns how many rows. Unfinished work stays. */
  enforce(what: RetentionClass, days: number): Promise<number>;
  /** The last run of each class. */
  runs(): Promise<readonly RetentionRun[]>;
};
