/**
 * Trains a linear head over sparse vectors: multinomial logistic regression by stochastic gradient steps with a rate of its
 * own for every weight (AdaGrad: Duchi, Hazan & Singer 2011). Deterministic: the order of examples comes from a fixed seed.
 */
import type { SparseVector } from './feature-space.ts';

/** Weights by dimension, then class: one example touches whole rows. */
export type LinearHead = {
  readonly classes: number;
  /** dimensions × classes. */
  readonly weights: Float32Array;
  readonly bias: Float32Array;
};

export type Labelled = { readonly vectors: readonly SparseVector[]; readonly labels: Int32Array };

export type TrainOptions = { readonly dimensions: number; readonly classes: number; readonly epochs: number };

const RATE = 0.3;
const BIAS_RATE = 0.03;
/** At the end a step is this much of one at the beginning. */
const LAST_RATE = 0.1;
/** Keeps a weight's first step from being as large as its rate. */
const SMOOTHING = 1e-3;
/** Gradients below this change nothing that can be seen; leaving them out makes an epoch several times faster. */
const LEAST_GRADIENT = 1e-3;

/** An example the head is this sure of has little left to teach: it rests for some epochs. */
const LEARNED = 0.95;
const RESTS = 2;

/** Fits the head; about 0.3 s per epoch for 12 000 texts in 120 classes. */
export function trainHead({ vectors, labels }: Labelled, options: TrainOptions): LinearHead {
  const { dimensions, classes, epochs } = options;
  const head = {
    classes,
    weights: new Float32Array(dimensions * classes),
    bias: new Float32Array(classes),
  };
  const sums = { weights: new Float32Array(dimensions * classes), bias: new Float32Array(classes) };
  const order = Int32Array.from(vectors.keys());
  const step = createStep(head, sums);
  const resting = new Uint8Array(vectors.length);
  let seed = 1;
  for (let epoch = 0; epoch < epochs; epoch += 1) {
    seed = shuffle(order, seed);
    const rate = RATE * (1 - ((1 - LAST_RATE) * epoch) / epochs);
    for (const index of order) {
      const rest = resting[index] ?? 0;
      if (rest > 0) resting[index] = rest - 1;
      const vector = rest > 0 ? undefined : vectors[index];
      if (vector && step(vector, labels[index] ?? 0, rate) > LEARNED) resting[index] = RESTS;
    }
  }
  return head;
}

/** The classes' scores for a vector, written into `scores`. */
export function scoreInto(head: LinearHead, { dimensions, values }: SparseVector, scores: Float32Array): void {
  const { classes, weights, bias } = head;
  scores.set(bias);
  for (let at = 0; at < dimensions.length; at += 1) {
    const value = values[at] ?? 0;
    const row = (dimensions[at] ?? 0) * classes;
    for (let label = 0; label < classes; label += 1) {
      scores[label] = (scores[label] ?? 0) + value * (weights[row + label] ?? 0);
    }
  }
}

/** Scores become probabilities, in place. */
export function softmaxInPlace(scores: Float32Array): void {
  let highest = Number.NEGATIVE_INFINITY;
  for (const score of scores) if (score > highest) highest = score;
  let sum = 0;
  for (let label = 0; label < scores.length; label += 1) {
    const raised = Math.exp((scores[label] ?? 0) - highest);
    scores[label] = raised;
    sum += raised;
  }
  for (let label = 0; label < scores.length; label += 1) scores[label] = (scores[label] ?? 0) / sum;
}

type Sums = { readonly weights: Float32Array; readonly bias: Float32Array };

/** One example moves the head; returns how sure the head was of it. `sums` are the squared gradients so far. */
function createStep(head: LinearHead, sums: Sums): (vector: SparseVector, label: number, rate: number) => number {
  const { classes, weights, bias } = head;
  const scores = new Float32Array(classes);
  const wrong = { labels: new Int32Array(classes), by: new Float32Array(classes), count: 0 };
  return (vector, label, rate) => {
    scoreInto(head, vector, scores);
    softmaxInPlace(scores);
    const sure = scores[label] ?? 0;
    scores[label] = sure - 1;
    wrong.count = 0;
    for (let other = 0; other < classes; other += 1) {
      const gradient = scores[other] ?? 0;
      if (Math.abs(gradient) <= LEAST_GRADIENT) continue;
      wrong.labels[wrong.count] = other;
      wrong.by[wrong.count] = gradient;
      wrong.count += 1;
      const sum = (sums.bias[other] ?? 0) + gradient * gradient;
      sums.bias[other] = sum;
      bias[other] = (bias[other] ?? 0) - (BIAS_RATE * rate * gradient) / Math.sqrt(sum + 0.1);
    }
    for (let at = 0; at < vector.dimensions.length; at += 1) {
      const value = vector.values[at] ?? 0;
      const row = (vector.dimensions[at] ?? 0) * classes;
      for (let turn = 0; turn < wrong.count; turn += 1) {
        const place = row + (wrong.labels[turn] ?? 0);
        const gradient = value * (wrong.by[turn] ?? 0);
        const sum = (sums.weights[place] ?? 0) + gradient * gradient;
        sums.weights[place] = sum;
        weights[place] = (weights[place] ?? 0) - (rate * gradient) / Math.sqrt(sum + SMOOTHING);
      }
    }
    return sure;
  };
}

/** Fisher–Yates with mulberry32; returns the seed to go on with. */
function shuffle(order: Int32Array, seed: number): number {
  let state = seed;
  for (let index = order.length - 1; index > 0; index -= 1) {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    const other = Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * (index + 1));
    const here = order[index] ?? 0;
    order[index] = order[other] ?? 0;
    order[other] = here;
  }
  return state;
}
