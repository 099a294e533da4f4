/** Outreach: writing first. Whether such words may leave is decided when they are claimed for sending. */
import type { Broadcast } from '../core/broadcast.ts';

export type Announced = {
  /** People of the segment who have a private thread: those who get it, as far as consent, budget and quiet hours let it. */
  readonly people: number;
  /** Of them, how many have asked for news; nobody else is written to. */
  readonly consenting: number;
  /** False: this broadcast was sent before; nothing was done. */
  readonly isNew: boolean;
};

export type OutreachPort = {
  /** Queues one delivery for each person of the segment, on the private thread they wrote on last. The same id again does nothing. */
  announce(broadcast: Broadcast, options: { readonly isDryRun: boolean }): Promise<Announced>;
};
