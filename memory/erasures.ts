/** Erasures: everything of a person handed over, or gone from every store, with a receipt. */
import type { HandleId } from '../core/ids.ts';

/** What was erased where. Holds nothing of the person. */
export type Receipt = {
  readonly id: string;
  /** ISO time, the database's. */
  readonly erasedAt: string;
  readonly erasedBy: string;
  /** Addresses the person had. */
  readonly handles: number;
  /** Store → rows. */
  readonly counts: Readonly<Record<string, number>>;
};

/** Store → rows, each as the store has it. */
export type Collected = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;

export type ErasurePort = {
  /** Everything of the person this handle belongs to. Throws InvalidPayloadError('not_found'). */
  collect(handle: HandleId): Promise<Collected>;
  /**
   * Takes the person this handle belongs to out of every store, also while a turn of theirs runs: that turn commits nothing, and
   * nothing is written afterwards. Whoever writes from the same address later is a stranger. Throws InvalidPayloadError('not_found').
   */
  erase(handle: HandleId, by: string): Promise<Receipt>;
  /** Newest first. */
  receipts(limit: number): Promise<readonly Receipt[]>;
};
