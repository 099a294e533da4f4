/** The trained reader of intents: a linear head, the weight of the neighbours' votes, and what its scores are worth. */
import { type Calibration, confidenceOf, logOddsOf } from './calibration.ts';
import { createVectorReader, type FeatureSpace, type SparseVector } from './feature-space.ts';
import { type LinearHead, scoreInto, softmaxInPlace } from './train-head.ts';

export type IntentModel = {
  /** In the order of the head's classes. One class more in the head than names: it stands for everything out of scope. */
  readonly names: readonly string[];
  readonly space: FeatureSpace;
  readonly head: LinearHead;
  /** What one vote adds to the head's score. */
  readonly voteWeight: number;
  readonly calibration: Calibration;
  /** Below this confidence an answer is `unclear`. */
  readonly threshold: number;
};

/** What both readers together make of a text, before anything is decided. */
export type Reading = {
  /** Best first. */
  readonly candidates: readonly Candidate[];
};
export type Candidate = {
  readonly name: string;
  /** Calibrated, 0 to 1. */
  readonly confidence: number;
  /** What the head alone gives it, 0 to 1. */
  readonly headProbability: number;
};

export type ReadOptions = {
  /** By class of the head. */
  readonly votes?: Float32Array;
  /** Added to the scores, by class of the head. */
  readonly priors?: Float32Array;
};

export type IntentReader = {
  readonly model: IntentModel;
  vector(text: string): SparseVector;
  /** Reads a vector of this reader's own. */
  read(vector: SparseVector, options?: ReadOptions): Reading;
};

/** How many candidates a reading names. */
const CANDIDATES = 5;

/** Opens a model for reading, some 40 µs a text with 150 intents; it keeps scratch memory, so one reader serves one thread. */
export function createIntentReader(model: IntentModel): IntentReader {
  const { names, head, voteWeight, calibration } = model;
  const alone = new Float32Array(head.classes);
  const together = new Float32Array(head.classes);
  return {
    model,
    vector: createVectorReader(model.space),
    read: (vector, { votes, priors } = {}) => {
      scoreInto(head, vector, alone);
      addVotes({ scores: alone, votes, priors, voteWeight }, together);
      softmaxInPlace(alone);
      softmaxInPlace(together);
      const candidates = best(together, names.length).map((label) => ({
        name: names[label] ?? '',
        confidence: confidenceOf(calibration, logOddsOf(together[label] ?? 0)),
        headProbability: alone[label] ?? 0,
      }));
      return { candidates };
    },
  };
}

export type Adding = {
  readonly scores: Float32Array;
  readonly votes: Float32Array | undefined;
  readonly priors?: Float32Array | undefined;
  readonly voteWeight: number;
};

/** Head's scores, votes and priors as one list of scores. */
export function addVotes({ scores, votes, priors, voteWeight }: Adding, sums: Float32Array): void {
  for (let label = 0; label < scores.length; label += 1) {
    sums[label] = (scores[label] ?? 0) + voteWeight * (votes?.[label] ?? 0) + (priors?.[label] ?? 0);
  }
}

/** The labels with the highest scores, best first, among the first `count`. */
function best(scores: Float32Array, count: number): readonly number[] {
  const found: number[] = [];
  for (let label = 0; label < count; label += 1) {
    const score = scores[label] ?? 0;
    if (found.length >= CANDIDATES && score <= (scores[found[found.length - 1] ?? 0] ?? 0)) continue;
    let place = found.length;
    while (place > 0 && (scores[found[place - 1] ?? 0] ?? 0) < score) place -= 1;
    found.splice(place, 0, label);
    if (found.length > CANDIDATES) found.pop();
  }
  return found;
}
