/** Time as the page sees it, passed in so that tests can run a minute in no time. */

export type Clock = {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Runs something once after so many milliseconds; returns the way to call it off. */
  readonly after: (milliseconds: number, run: () => void) => () => void;
};

/** The browser's own clock. */
export const browserClock: Clock = {
  now: () => Date.now(),
  after: (milliseconds, run) => {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
};
