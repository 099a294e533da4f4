import { describe, expect, it } from 'vitest';
import { exitCodeOf, type Gated, judgeGates } from '../../evals/gate.ts';
import { wilson } from '../../evals/statistics.ts';

/** Of one repeat per case. */
function outcome(counts: Partial<Gated['counts']>): Gated {
  const all = { pass: 0, fail: 0, error: 0, invalid: 0, unscored: 0, ...counts };
  const scored = all.pass + all.fail;
  const trials = scored + all.error + all.invalid + all.unscored;
  const rate = scored === 0 ? null : all.pass / scored;
  return {
    counts: { ...all, trials },
    rate: { rate, cases: scored, method: 'wilson', ...wilson(all.pass, scored) },
  };
}

const lowerBound = (min: number) => ({ metric: 'pass_rate', use: 'lower_bound', min }) as const;
const rate = (min: number) => ({ metric: 'pass_rate', use: 'rate', min }) as const;
const exitCode = (of: Gated, gates: Parameters<typeof judgeGates>[1]['gates'], isSelection = false) =>
  exitCodeOf(judgeGates(of, { gates, isSelection }));

describe('a gate on the pass rate', () => {
  it('holds the lower bound of the interval, not the rate', () => {
    const seventeenOfTwenty = outcome({ pass: 17, fail: 3 });
    const [gate] = judgeGates(seventeenOfTwenty, { gates: [lowerBound(0.63)], isSelection: false });
    expect(gate).toMatchObject({ passed: true, what: 'pass rate, lower bound', bound: 0.63, sign: '≥' });
    expect(gate?.value).toBeCloseTo(0.64, 3);
    expect(exitCode(seventeenOfTwenty, [lowerBound(0.65)])).toBe(1);
    expect(exitCode(seventeenOfTwenty, [rate(0.85)])).toBe(0);
    expect(exitCode(seventeenOfTwenty, [rate(0.86)])).toBe(1);
  });

  it('is missed when nothing could be scored', () => {
    expect(judgeGates(outcome({}), { gates: [rate(0)], isSelection: false })[0]).toMatchObject({
      value: null,
      passed: false,
    });
  });
});

describe('limits on trouble', () => {
  it('hold at five in a hundred where a suite names none', () => {
    expect(exitCode(outcome({ pass: 95, error: 5 }), [rate(0.5)])).toBe(0);
    expect(exitCode(outcome({ pass: 94, error: 6 }), [rate(0.5)])).toBe(3);
    expect(exitCode(outcome({ pass: 95, invalid: 5 }), [rate(0.5)])).toBe(0);
    expect(exitCode(outcome({ pass: 94, invalid: 6 }), [rate(0.5)])).toBe(5);
    // What could not be measured is as little worth as what could not be played.
    expect(exitCode(outcome({ pass: 94, invalid: 3, unscored: 3 }), [rate(0.5)])).toBe(5);
  });

  it('are what the suite says', () => {
    expect(exitCode(outcome({ pass: 8, error: 2 }), [rate(0.5), { metric: 'error_rate', max: 0.2 }])).toBe(0);
    expect(exitCode(outcome({ pass: 99, invalid: 1 }), [rate(0.5), { metric: 'invalid_rate', max: 0 }])).toBe(5);
  });

  it('leave the denominator of the rate alone', () => {
    const [gate] = judgeGates(outcome({ pass: 19, fail: 1, error: 1 }), { gates: [rate(0.95)], isSelection: false });
    expect(gate).toMatchObject({ passed: true, value: 0.95 });
  });
});

describe('the exit code', () => {
  it('hides what a broken world makes meaningless', () => {
    const gates = [rate(0.9)];
    expect(exitCode(outcome({ pass: 1, fail: 1 }), gates)).toBe(1);
    expect(exitCode(outcome({ pass: 1, fail: 1, invalid: 1 }), gates)).toBe(5);
    expect(exitCode(outcome({ pass: 1, fail: 1, invalid: 1, error: 1 }), gates)).toBe(3);
    expect(exitCodeOf([])).toBe(0);
  });
});

describe('a selection of cases', () => {
  it('must pass as a whole; an interval over it means nothing', () => {
    expect(exitCode(outcome({ pass: 1 }), [lowerBound(0.9)])).toBe(1);
    expect(exitCode(outcome({ pass: 1 }), [lowerBound(0.9)], true)).toBe(0);
    expect(exitCode(outcome({ pass: 99, fail: 1 }), [rate(0.5)], true)).toBe(1);
    expect(exitCode(outcome({ error: 1 }), [rate(0.5)], true)).toBe(3);
  });
});
