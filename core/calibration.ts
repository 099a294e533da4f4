/**
 * What a score is worth: how often an answer with such a score is right (Platt 1999), how far that estimate is off, and
 * from which score on an answer is given at all.
 */

/** An answer that was tried: the log-odds its reader gave it, and whether it was right. */
export type Tried = { readonly logOdds: number; readonly isRight: boolean };

/** confidence = sigmoid(slope × log-odds + shift). A slope of 1 / temperature, and a shift beside it. */
export type Calibration = { readonly slope: number; readonly shift: number };

const STEPS = 100;
const LONGEST_STEP = 0.5;
const BINS = 15;
/** Out-of-scope texts the threshold turns away if that is not too dear. */
const WANTED_RECALL = 0.8;
/** Right answers that may be lost for it, as shares of all messages in scope: so much in any case, more where many go wrong. */
const LOST = { least: 0.003, most: 0.01, perWrong: 0.15 };

export function confidenceOf({ slope, shift }: Calibration, logOdds: number): number {
  return 1 / (1 + Math.exp(-(slope * logOdds + shift)));
}

/** log(p / (1 − p)), finite for every p from 0 to 1. */
export function logOddsOf(probability: number): number {
  const kept = Math.min(1 - 1e-6, Math.max(1e-6, probability));
  return Math.log(kept / (1 - kept));
}

/** Fits by Newton's method with a light prior towards the scores as they are. Few answers leave them nearly as they are. */
export function fitCalibration(tried: readonly Tried[]): Calibration {
  let [slope, shift] = [1, 0];
  for (let step = 0; step < STEPS; step += 1) {
    // The prior is worth five answers.
    let [bySlope, byShift, slopeSlope, slopeShift, shiftShift] = [5 * (slope - 1), 5 * shift, 5, 0, 5];
    for (const { logOdds, isRight } of tried) {
      const guess = confidenceOf({ slope, shift }, logOdds);
      const wrong = guess - (isRight ? 1 : 0);
      const bend = Math.max(1e-6, guess * (1 - guess));
      bySlope += wrong * logOdds;
      byShift += wrong;
      slopeSlope += bend * logOdds * logOdds;
      slopeShift += bend * logOdds;
      shiftShift += bend;
    }
    const determinant = slopeSlope * shiftShift - slopeShift * slopeShift;
    const steeper = (shiftShift * bySlope - slopeShift * byShift) / determinant;
    const higher = (slopeSlope * byShift - slopeShift * bySlope) / determinant;
    // Far from the end a whole step may overshoot, and the next one more.
    const kept = Math.min(1, LONGEST_STEP / Math.max(Math.abs(steeper), Math.abs(higher), LONGEST_STEP));
    slope -= kept * steeper;
    shift -= kept * higher;
  }
  // A slope below zero would turn the order of answers round; only noise asks for that.
  return { slope: Math.max(0.05, slope), shift };
}

/** The mean distance between confidence and share of right answers over 15 bins, 0 to 1 (Naeini et al. 2015). */
export function calibrationError(
  answers: readonly { readonly confidence: number; readonly isRight: boolean }[],
): number {
  const bins = Array.from({ length: BINS }, () => ({ confidence: 0, right: 0 }));
  for (const { confidence, isRight } of answers) {
    const bin = bins[Math.min(BINS - 1, Math.floor(confidence * BINS))];
    if (!bin) continue;
    bin.confidence += confidence;
    bin.right += isRight ? 1 : 0;
  }
  return bins.reduce((sum, bin) => sum + Math.abs(bin.confidence - bin.right), 0) / Math.max(1, answers.length);
}

/**
 * The lowest score an answer needs. It turns away 80 % of what is out of scope, but loses no more right answers than 1 % of
 * the messages in scope (or 15 % of the wrong answers, if that is more), and no fewer than 0.3 %.
 */
export function chooseThreshold(inScope: readonly Tried[], outOfScope: readonly number[]): number {
  const right = inScope.filter(({ isRight }) => isRight).map(({ logOdds }) => logOdds);
  const sorted = right.toSorted((a, b) => a - b);
  const losing = (share: number): number => sorted[Math.floor(share * inScope.length)] ?? 0;
  const wrong = 1 - right.length / Math.max(1, inScope.length);
  const dearest = losing(Math.max(LOST.most, LOST.perWrong * wrong));
  const wanted = outOfScope.toSorted((a, b) => a - b)[Math.ceil(WANTED_RECALL * outOfScope.length) - 1] ?? dearest;
  return Math.min(dearest, Math.max(losing(LOST.least), wanted + 1e-6));
}
