/** Paces: how fast calls may leave on a connection, over all processes of an installation, on the database's clock. */

/** One limit: a call every `everyMs`, and `slackMs` of calls that were not made may be made up for at once. */
export type Pace = { readonly key: string; readonly everyMs: number; readonly slackMs: number };

export type PacePort = {
  /**
   * Takes the next slot under each pace. Answers the milliseconds until the last of them has come, or null when one of them
   * is further away than `maxWaitMs` or its key is closed for longer; then ask again later.
   */
  take(paces: readonly Pace[], maxWaitMs: number): Promise<number | null>;
  /** No slot under this key, and no delivery of this connection is given out, before `afterMs` have passed. */
  close(key: string, afterMs: number): Promise<void>;
  /** Is no wait running under this key? */
  isOpen(key: string): Promise<boolean>;
  /** Forgets keys nobody used for an hour. */
  tidy(): Promise<void>;
};

/** The key of a whole connection; the outbox gives out nothing while it is closed. */
export function connectionKey({
  channel,
  connection,
}: {
  readonly channel: string;
  readonly connection: string;
}): string {
  return `${channel}/${connection}`;
}
