import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  clusteredRate,
  passAtK,
  passHatK,
  quantile,
  seededRandom,
  studentQuantile,
  type Tally,
  wilson,
  zeroFailureBound,
} from '../../evals/statistics.ts';

const tallies = (count: number, tally: Tally): readonly Tally[] => Array.from({ length: count }, () => tally);
const random = () => seededRandom(7);

describe('wilson', () => {
  it.each([
    { passes: 17, total: 20, low: 0.64, high: 0.948 },
    { passes: 5, total: 5, low: 0.566, high: 1 },
    { passes: 0, total: 10, low: 0, high: 0.278 },
    { passes: 50, total: 100, low: 0.404, high: 0.596 },
  ])('$passes of $total', ({ passes, total, low, high }) => {
    const interval = wilson(passes, total);
    expect(interval.low).toBeCloseTo(low, 3);
    expect(interval.high).toBeCloseTo(high, 3);
  });

  it('says nothing about nothing', () => {
    expect(wilson(0, 0)).toEqual({ low: 0, high: 1 });
  });

  it('holds the rate and stays within 0 and 1', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.double({ min: 0, max: 1, noNaN: true }), (total, share) => {
        const passes = Math.floor(total * share);
        const { low, high } = wilson(passes, total);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(low).toBeLessThanOrEqual(passes / total + 1e-9);
        expect(high).toBeGreaterThanOrEqual(passes / total - 1e-9);
      }),
    );
  });
});

describe('pass^k and pass@k', () => {
  const threeOfFour = { passes: 3, trials: 4 };

  it('is C(c,k)/C(n,k), never (c/n)^k', () => {
    expect(passHatK(threeOfFour, 1)).toBeCloseTo(0.75);
    expect(passHatK(threeOfFour, 2)).toBeCloseTo(0.5);
    expect(passHatK(threeOfFour, 3)).toBeCloseTo(0.25);
    expect(passHatK(threeOfFour, 4)).toBe(0);
  });

  it('is 1 − C(n−c,k)/C(n,k)', () => {
    expect(passAtK({ passes: 1, trials: 4 }, 1)).toBeCloseTo(0.25);
    expect(passAtK({ passes: 1, trials: 4 }, 2)).toBeCloseTo(0.5);
    expect(passAtK({ passes: 1, trials: 4 }, 4)).toBe(1);
    expect(passAtK({ passes: 0, trials: 4 }, 3)).toBe(0);
  });

  it('falls with k and rises with k', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 30 }), fc.nat(), (trials, raw) => {
        const tally = { passes: raw % (trials + 1), trials };
        for (let k = 2; k <= trials; k += 1) {
          expect(passHatK(tally, k)).toBeLessThanOrEqual(passHatK(tally, k - 1) + 1e-9);
          expect(passAtK(tally, k)).toBeGreaterThanOrEqual(passAtK(tally, k - 1) - 1e-9);
        }
      }),
    );
  });
});

describe('studentQuantile', () => {
  it.each([
    [14, 2.1448],
    [20, 2.086],
    [30, 2.0423],
    [100, 1.984],
    [1000, 1.9623],
  ])('%d degrees', (degrees, expected) => {
    expect(studentQuantile(degrees)).toBeCloseTo(expected, 3);
  });
});

describe('clusteredRate', () => {
  it('has no rate without a case', () => {
    expect(clusteredRate([], random())).toEqual({ rate: null, low: 0, high: 1, cases: 0, method: 'none' });
    expect(clusteredRate([{ passes: 0, trials: 0 }], random()).method).toBe('none');
  });

  it('takes Wilson for one repeat a case', () => {
    const rate = clusteredRate(
      [...tallies(17, { passes: 1, trials: 1 }), ...tallies(3, { passes: 0, trials: 1 })],
      random(),
    );
    expect(rate).toMatchObject({ rate: 0.85, cases: 20, method: 'wilson' });
    expect(rate.low).toBeCloseTo(0.64, 3);
    expect(rate.high).toBeCloseTo(0.948, 3);
  });

  it('takes Wilson with n = cases when all cases agree, however often they were repeated', () => {
    const rate = clusteredRate(tallies(5, { passes: 9, trials: 9 }), random());
    expect(rate).toMatchObject({ rate: 1, cases: 5, method: 'wilson' });
    // 45 of 45 rows would give 92.1 %.
    expect(rate.low).toBeCloseTo(0.566, 3);
  });

  it('takes t over the case rates from 15 cases on', () => {
    const mixed = [...tallies(10, { passes: 4, trials: 4 }), ...tallies(10, { passes: 0, trials: 4 })];
    const rate = clusteredRate(mixed, random());
    // Spread 0.513, n = 20: 0.5 ± 2.093 · 0.1147.
    expect(rate).toMatchObject({ rate: 0.5, cases: 20, method: 't' });
    expect(rate.low).toBeCloseTo(0.26, 2);
    expect(rate.high).toBeCloseTo(0.74, 2);
    expect(rate.high - rate.low).toBeGreaterThan(wilson(40, 80).high - wilson(40, 80).low);
  });

  it('takes a bootstrap over cases below 15, the same for the same seed', () => {
    const mixed = [...tallies(4, { passes: 3, trials: 3 }), { passes: 1, trials: 3 }, { passes: 0, trials: 3 }];
    const rate = clusteredRate(mixed, seededRandom(7));
    expect(rate).toMatchObject({ cases: 6, method: 'bootstrap' });
    expect(rate.rate).toBeCloseTo(13 / 18);
    expect(rate.low).toBeLessThan(0.5);
    expect(rate.high).toBeGreaterThan(0.9);
    expect(clusteredRate(mixed, seededRandom(7))).toEqual(rate);
  });
});

describe('zeroFailureBound', () => {
  it('is about 3/N, and never above 1', () => {
    expect(zeroFailureBound(60)).toBeCloseTo(0.05);
    expect(zeroFailureBound(2)).toBe(1);
    expect(zeroFailureBound(0)).toBe(1);
  });
});

describe('quantile', () => {
  it('interpolates between the neighbours', () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(quantile([10], 0.95)).toBe(10);
    expect(quantile([0, 100], 0.95)).toBeCloseTo(95);
    expect(quantile([], 0.5)).toBeNull();
  });
});

describe('seededRandom', () => {
  it('gives the same numbers from 0 to 1 for the same seed', () => {
    const first = seededRandom(1);
    const again = seededRandom(1);
    const numbers = Array.from({ length: 1_000 }, () => first());
    expect(Array.from({ length: 1_000 }, () => again())).toEqual(numbers);
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBeLessThan(1);
    expect(numbers.reduce((sum, one) => sum + one, 0) / 1_000).toBeCloseTo(0.5, 1);
  });
});
