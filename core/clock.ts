/** Time comes in by the front door: nothing below the composition root calls Date.now() for itself. */

/** Milliseconds since 1970, UTC. */
export type Clock = () => number;
