/** The numbers behind a report: intervals that know repeats of a case are not independent. Pure. */

/** Shares, 0 to 1. */
export type Interval = { readonly low: number; readonly high: number };

/** How often one case passed. */
export type Tally = { readonly passes: number; readonly trials: number };

export type Rate = Interval & {
  /** The mean of the rates of the cases; null when there is no case. */
  readonly rate: number | null;
  readonly cases: number;
  readonly method: 'wilson' | 't' | 'bootstrap' | 'none';
};

/** 97.5 % of a normal distribution lie below. */
const Z = 1.959964;
/** From here on the spread of the case rates is trusted to a t interval. */
const ENOUGH_CASES = 15;
const RESAMPLES = 2_000;

/** Wilson's score interval, 95 %. `passes` may be a fraction. */
export function wilson(passes: number, total: number): Interval {
  if (total === 0) return { low: 0, high: 1 };
  const share = passes / total;
  const square = Z * Z;
  const centre = (share + square / (2 * total)) / (1 + square / total);
  const reach = (Z / (1 + square / total)) * Math.sqrt((share * (1 - share)) / total + square / (4 * total * total));
  return clipped({ low: centre - reach, high: centre + reach });
}

/**
 * The rate over cases with its 95 % interval, clustered by case: Wilson when every case has one repeat or all cases
 * agree, t from 15 cases on, a bootstrap over cases below. `random` gives numbers from 0 to 1.
 */
export function clusteredRate(tallies: readonly Tally[], random: () => number): Rate {
  const rates = tallies.filter(({ trials }) => trials > 0).map(({ passes, trials }) => passes / trials);
  const cases = rates.length;
  if (cases === 0) return { rate: null, low: 0, high: 1, cases, method: 'none' };
  const rate = mean(rates);
  const isSingle = tallies.every(({ trials }) => trials <= 1);
  if (isSingle || rates.every((one) => one === rates[0])) {
    return { rate, cases, method: 'wilson', ...wilson(rate * cases, cases) };
  }
  if (cases < ENOUGH_CASES) return { rate, cases, method: 'bootstrap', ...bootstrapInterval(rates, random) };
  const reach = studentQuantile(cases - 1) * Math.sqrt(variance(rates) / cases);
  return { rate, cases, method: 't', ...clipped({ low: rate - reach, high: rate + reach }) };
}

/** The 97.5 % point of Student's t, by its expansion around the normal; exact to four digits from 14 degrees on. */
export function studentQuantile(degrees: number): number {
  const terms = [
    (Z ** 3 + Z) / 4,
    (5 * Z ** 5 + 16 * Z ** 3 + 3 * Z) / 96,
    (3 * Z ** 7 + 19 * Z ** 5 + 17 * Z ** 3 - 15 * Z) / 384,
  ];
  return terms.reduce((sum, term, index) => sum + term / degrees ** (index + 1), Z);
}

/** The chance that at least one of `k` trials passes, without bias: 1 − C(n−c,k)/C(n,k). */
export function passAtK({ passes, trials }: Tally, k: number): number {
  return 1 - choose(trials - passes, k) / choose(trials, k);
}

/** The chance that all of `k` trials pass, without bias: C(c,k)/C(n,k). Never (c/n)^k, which is too kind. */
export function passHatK({ passes, trials }: Tally, k: number): number {
  return choose(passes, k) / choose(trials, k);
}

/** Nothing failed in `total`: the true rate of failures is below this, with 95 % confidence. */
export function zeroFailureBound(total: number): number {
  return total === 0 ? 1 : Math.min(1, 3 / total);
}

/** The value below which this share of the numbers lies, by linear interpolation; null for none. */
export function quantile(values: readonly number[], share: number): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const position = (sorted.length - 1) * share;
  const low = sorted[Math.floor(position)];
  const high = sorted[Math.ceil(position)];
  return low === undefined || high === undefined ? null : low + (high - low) * (position - Math.floor(position));
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function bootstrapInterval(rates: readonly number[], random: () => number): Interval {
  const means = Array.from({ length: RESAMPLES }, () =>
    mean(rates.map(() => rates[Math.floor(random() * rates.length)] ?? 0)),
  );
  return { low: quantile(means, 0.025) ?? 0, high: quantile(means, 0.975) ?? 1 };
}

function choose(total: number, picked: number): number {
  let ways = 1;
  for (let index = 0; index < picked; index += 1) ways *= (total - index) / (picked - index);
  return picked > total ? 0 : ways;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function variance(values: readonly number[]): number {
  const middle = mean(values);
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1);
}

function clipped({ low, high }: Interval): Interval {
  return { low: Math.max(0, low), high: Math.min(1, high) };
}
