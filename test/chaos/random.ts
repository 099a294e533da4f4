/** Random choices that can be made again from a seed. */

export type Random = {
  /** From 0 up to 1. */
  readonly next: () => number;
  /** A whole number from `low` to `high`, both included. */
  readonly whole: (low: number, high: number) => number;
  readonly pick: <T>(values: readonly T[]) => T;
  readonly chance: (share: number) => boolean;
  /** A source of its own, so that one part's choices do not depend on how many another made. */
  readonly fork: (name: string) => Random;
};

/** Mulberry32: small, and good enough for choosing whom to kill. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const whole = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  return {
    next,
    whole,
    pick: <T>(values: readonly T[]): T => {
      if (values.length === 0) throw new RangeError('There is nothing to pick from.');
      return values[whole(0, values.length - 1)] as T;
    },
    chance: (share) => next() < share,
    fork: (name) => createRandom(seed ^ hash(name)),
  };
}

function hash(text: string): number {
  let value = 2_166_136_261;
  for (const letter of text) value = Math.imul(value ^ (letter.codePointAt(0) ?? 0), 16_777_619);
  return value >>> 0;
}
