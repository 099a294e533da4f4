/** Gates: the thresholds that fail a build, and the exit code that says which kind was missed. Pure. */
import type { Gate } from './case.ts';
import type { Rate } from './statistics.ts';
import type { Verdict } from './trial.ts';

export type GateResult = {
  readonly metric: Gate['metric'];
  /** `pass rate, lower bound`. */
  readonly what: string;
  /** 0 to 1; null when nothing could be measured. */
  readonly value: number | null;
  readonly bound: number;
  readonly sign: '≥' | '≤';
  readonly passed: boolean;
  /** True: the suite did not ask for it. */
  readonly isDefault: boolean;
};

/** What a gate is held against: the outcome of one suite. */
export type Gated = {
  readonly counts: Readonly<Record<Verdict, number>> & { readonly trials: number };
  readonly rate: Rate;
};

/** Above this share of errors, or of trials that could not be judged, a run says nothing about quality. */
const MOST_TROUBLE = 0.05;

/**
 * The gates of a suite, with limits on errors and invalid trials where it names none. When only some cases were asked
 * for, an interval means nothing: then every one of them must pass.
 */
export function judgeGates(
  outcome: Gated,
  { gates, isSelection }: { readonly gates: readonly Gate[]; readonly isSelection: boolean },
): readonly GateResult[] {
  const named = new Set(gates.map((gate) => gate.metric));
  const limits = (['error_rate', 'invalid_rate'] as const)
    .filter((metric) => !named.has(metric))
    .map((metric) => ({ ...judge({ metric, max: MOST_TROUBLE }, outcome), isDefault: true }));
  const asked = gates.map((gate) => judge(gate, outcome));
  if (!isSelection) return [...asked, ...limits];
  return [everySelectedPasses(outcome), ...asked.filter((gate) => gate.metric !== 'pass_rate'), ...limits];
}

function judge(gate: Gate, { counts, rate }: Gated): GateResult {
  const { metric } = gate;
  switch (metric) {
    case 'pass_rate': {
      const isLower = gate.use === 'lower_bound';
      const value = rate.rate === null ? null : isLower ? rate.low : rate.rate;
      const what = isLower ? 'pass rate, lower bound' : 'pass rate';
      return {
        metric,
        what,
        value,
        bound: gate.min,
        sign: '≥',
        passed: value !== null && value >= gate.min,
        isDefault: false,
      };
    }
    case 'error_rate':
      return atMost({ metric, what: 'errors', count: counts.error, of: counts.trials, max: gate.max });
    case 'invalid_rate':
      // A trial that could not be measured is a fault of its case, as an invalid one is.
      return atMost({
        metric,
        what: 'invalid or unscored',
        count: counts.invalid + counts.unscored,
        of: counts.trials,
        max: gate.max,
      });
  }
}

type Limit = Pick<GateResult, 'metric' | 'what'> & {
  readonly count: number;
  readonly of: number;
  readonly max: number;
};

function atMost({ metric, what, count, of, max }: Limit): GateResult {
  const value = of === 0 ? 0 : count / of;
  return { metric, what, value, bound: max, sign: '≤', passed: value <= max, isDefault: false };
}

function everySelectedPasses({ rate }: Gated): GateResult {
  const value = rate.rate;
  return {
    metric: 'pass_rate',
    what: 'every selected case passes',
    value,
    bound: 1,
    sign: '≥',
    passed: value === 1,
    isDefault: false,
  };
}

/** What the process ends with (DESIGN section 10 and its reference). 2 is for configuration and never comes from here. */
export type ExitCode = 0 | 1 | 3 | 5;

/** 3 infrastructure above its limit, 5 too many invalid, 1 another gate missed, 0 all held: a broken world hides the rest. */
export function exitCodeOf(gates: readonly GateResult[]): ExitCode {
  const missed = new Set(gates.filter((gate) => !gate.passed).map((gate) => gate.metric));
  if (missed.has('error_rate')) return 3;
  if (missed.has('invalid_rate')) return 5;
  return missed.has('pass_rate') ? 1 : 0;
}
