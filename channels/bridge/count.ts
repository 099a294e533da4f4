/** What the bridge tells whoever counts: names and closed labels, never a person and never a word. */

export type Counted =
  /** An event that was there already. */
  | 'dedupe_hits'
  /** An event refused because too many wait. */
  | 'refused_events'
  /** A turn whose lane was taken over while it ran. */
  | 'lease_losses'
  /** What was unfinished and nobody's, found by the sweeper: `kind` is lane or delivery. */
  | 'sweeper_rescues'
  /** A delivery that may or may not have arrived. */
  | 'unknown_sends'
  /** A burst given up. */
  | 'parked'
  /** A channel told us to wait. */
  | 'rate_limited'
  /** A turn that made room for a newer message. */
  | 'superseded_turns'
  /** A delivery that came to an end: `state` says which. */
  | 'deliveries';

export type Count = (what: Counted, labels?: Readonly<Record<string, string>>, by?: number) => void;
