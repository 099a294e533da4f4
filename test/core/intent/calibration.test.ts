/** What confidence means, and where the threshold lies. */
import { describe, expect, it } from 'vitest';
import {
  calibrationError,
  chooseThreshold,
  confidenceOf,
  fitCalibration,
  logOddsOf,
  type Tried,
} from '../../../core/calibration.ts';

/** Answers whose log-odds are twice (or any other factor) what they should be. */
function overstated(factor: number): readonly Tried[] {
  return Array.from({ length: 4000 }, (_, at) => {
    const truth = ((at % 80) - 20) / 20;
    const share = 1 / (1 + Math.exp(-truth));
    return { logOdds: truth * factor, isRight: (Math.floor(at / 80) + 0.5) / 50 < share };
  });
}

function errorOf(tried: readonly Tried[], calibration: { slope: number; shift: number }): number {
  return calibrationError(
    tried.map(({ logOdds, isRight }) => ({ confidence: confidenceOf(calibration, logOdds), isRight })),
  );
}

describe('calibration', () => {
  it('takes back what a reader overstates, and adds what it understates', () => {
    expect(fitCalibration(overstated(2)).slope).toBeCloseTo(0.5, 1);
    expect(fitCalibration(overstated(0.5)).slope).toBeCloseTo(2, 0);
    const tried = overstated(3);
    expect(errorOf(tried, { slope: 1, shift: 0 })).toBeGreaterThan(0.05);
    expect(errorOf(tried, fitCalibration(tried))).toBeLessThan(0.02);
  });

  it('finds a shift', () => {
    const tried = overstated(1).map((one) => ({ ...one, logOdds: one.logOdds + 2 }));
    expect(fitCalibration(tried).shift).toBeCloseTo(-2, 0);
  });

  it('leaves scores nearly as they are when there is little to learn from, and never turns their order round', () => {
    expect(fitCalibration([])).toEqual({ slope: 1, shift: 0 });
    const upsideDown = overstated(1).map((one) => ({ ...one, logOdds: -one.logOdds }));
    expect(fitCalibration(upsideDown).slope).toBeGreaterThan(0);
  });

  it('measures the distance between confidence and truth', () => {
    const answers = [0.9, 0.9, 0.9, 0.9].map((confidence, at) => ({ confidence, isRight: at < 2 }));
    expect(calibrationError(answers)).toBeCloseTo(0.4, 5);
    expect(calibrationError([])).toBe(0);
    expect(calibrationError([{ confidence: 1, isRight: true }])).toBe(0);
  });

  it('gives every probability finite log-odds', () => {
    for (const probability of [0, 1e-30, 0.5, 1]) expect(Number.isFinite(logOddsOf(probability))).toBe(true);
    expect(logOddsOf(0.5)).toBeCloseTo(0, 6);
  });
});

describe('chooseThreshold', () => {
  const right = (logOdds: number): Tried => ({ logOdds, isRight: true });
  const inScope = Array.from({ length: 1000 }, (_, at) => right(at));
  const losing = (threshold: number) => inScope.filter(({ logOdds }) => logOdds < threshold).length;

  it('turns away four of five out of scope where that costs little', () => {
    const outside = [1, 2, 3, 4.5, 900];
    const threshold = chooseThreshold(inScope, outside);
    expect(outside.filter((logOdds) => logOdds < threshold)).toHaveLength(4);
  });

  it('loses no more than one right answer in a hundred for it', () => {
    expect(losing(chooseThreshold(inScope, [400, 500, 600, 700, 800]))).toBe(10);
  });

  it('loses more where more goes wrong: a wrong answer stopped is worth something too', () => {
    const wrong = Array.from({ length: 500 }, (_, at) => ({ logOdds: at, isRight: false }));
    const threshold = chooseThreshold([...inScope, ...wrong], [900, 900, 900]);
    expect(losing(threshold)).toBe(75);
  });

  it('gives up three in a thousand in any case', () => {
    expect(losing(chooseThreshold(inScope, [-5, -4, -3]))).toBe(3);
    expect(losing(chooseThreshold(inScope, []))).toBe(10);
  });
});
