/** The figures of intent classification over texts whose intent is known. Pure. */
import { calibrationError } from '../../core/calibration.ts';
import { OUT_OF_SCOPE } from '../../core/intent.ts';
import { quantile } from '../statistics.ts';

/** One text as it was answered. `intent` may be `oos`; `found` never is. */
export type Answered = {
  readonly intent: string;
  readonly found: string;
  /** 0 to 1. */
  readonly confidence: number;
  readonly microseconds: number;
};

/** Shares are 0 to 1; null where there was nothing to measure. The names are a promise to others (DESIGN section 11). */
export type IntentScores = {
  readonly accuracy: number | null;
  readonly oosRecall: number | null;
  readonly oosAuroc: number | null;
  readonly accuracyAtOosRecall80: number | null;
  readonly macroF1: number | null;
  readonly usPerMessageP50: number | null;
  readonly usPerMessageP99: number | null;
  readonly trainSeconds: number;
};

/** `threshold` is the confidence an answer needs to be given. */
export type Measuring = { readonly threshold: number; readonly trainSeconds: number };

export function scoreIntents(answers: readonly Answered[], { threshold, trainSeconds }: Measuring): IntentScores {
  const inScope = answers.filter(({ intent }) => intent !== OUT_OF_SCOPE);
  const outside = answers.filter(({ intent }) => intent === OUT_OF_SCOPE);
  const times = answers.map(({ microseconds }) => microseconds);
  const at80 = lowestRejecting(outside, 0.8);
  return {
    accuracy: accuracyAt(inScope, threshold),
    oosRecall: shareOf(outside, ({ confidence }) => confidence < threshold),
    oosAuroc: auroc(inScope, outside),
    accuracyAtOosRecall80: at80 === null ? null : accuracyAt(inScope, at80),
    macroF1: macroF1(answers, threshold),
    usPerMessageP50: quantile(times, 0.5),
    usPerMessageP99: quantile(times, 0.99),
    trainSeconds,
  };
}

/** How far confidence is from the share of right answers in scope; null without any. */
export function confidenceError(answers: readonly Answered[]): number | null {
  const inScope = answers.filter(({ intent }) => intent !== OUT_OF_SCOPE);
  if (inScope.length === 0) return null;
  return calibrationError(inScope.map(({ intent, found, confidence }) => ({ confidence, isRight: intent === found })));
}

function accuracyAt(inScope: readonly Answered[], threshold: number): number | null {
  return shareOf(inScope, ({ intent, found, confidence }) => found === intent && confidence >= threshold);
}

function shareOf(answers: readonly Answered[], holds: (answer: Answered) => boolean): number | null {
  return answers.length === 0 ? null : answers.filter(holds).length / answers.length;
}

/** The threshold just above the confidence below or at which this share of the answers lies. */
function lowestRejecting(answers: readonly Answered[], share: number): number | null {
  const sorted = answers.map(({ confidence }) => confidence).toSorted((a, b) => a - b);
  const last = sorted[Math.ceil(share * sorted.length) - 1];
  // The next number a double can hold: an answer as sure as this one is turned away too.
  return last === undefined ? null : last + Math.max(Number.MIN_VALUE, last * Number.EPSILON);
}

/** The chance that a message in scope is surer than one out of scope; ties count half (Mann & Whitney). */
function auroc(inScope: readonly Answered[], outside: readonly Answered[]): number | null {
  if (inScope.length === 0 || outside.length === 0) return null;
  const lows = outside.map(({ confidence }) => confidence).toSorted((a, b) => a - b);
  const wins = inScope.reduce((sum, { confidence }) => {
    const below = countBelow(lows, confidence, false);
    return sum + below + (countBelow(lows, confidence, true) - below) / 2;
  }, 0);
  return wins / (inScope.length * outside.length);
}

/** How many of the sorted numbers are below the limit, or also equal to it. */
function countBelow(sorted: readonly number[], limit: number, orEqual: boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const value = sorted[middle] ?? 0;
    if (value < limit || (orEqual && value === limit)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The mean F1 of the intents that occur in the test; an answer to what is out of scope counts against its intent. */
function macroF1(answers: readonly Answered[], threshold: number): number | null {
  const counts = new Map<string, { right: number; wanted: number; said: number }>();
  const of = (intent: string) => {
    const count = counts.get(intent) ?? { right: 0, wanted: 0, said: 0 };
    counts.set(intent, count);
    return count;
  };
  for (const { intent, found, confidence } of answers) {
    if (intent !== OUT_OF_SCOPE) of(intent).wanted += 1;
    if (confidence < threshold) continue;
    of(found).said += 1;
    if (found === intent) of(intent).right += 1;
  }
  const scores = [...counts.values()]
    .filter(({ wanted }) => wanted > 0)
    .map((one) => (2 * one.right) / (one.wanted + one.said));
  return scores.length === 0 ? null : scores.reduce((sum, score) => sum + score, 0) / scores.length;
}
