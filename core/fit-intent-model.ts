/**
 * Makes an intent model of exemplars. Everything that is chosen besides the head (weight of the votes, calibration,
 * threshold) is chosen on texts the head in question has not seen: cross-validation, in which every fold also hides some
 * whole intents to see what becomes of questions nobody foresaw.
 */
import { chooseThreshold, confidenceOf, fitCalibration, logOddsOf, type Tried } from './calibration.ts';
import { countLabelVotes, createSparseNeighbours, type Dense, denseNeighbours } from './exemplar-votes.ts';
import { createFeatureSpace, createVectorReader } from './feature-space.ts';
import { fitVoteWeight } from './fit-votes.ts';
import { OUT_OF_SCOPE } from './intent.ts';
import { addVotes, type IntentModel } from './intent-model.ts';
import { scoreInto, softmaxInPlace, trainHead } from './train-head.ts';

export type TaughtText = { readonly text: string; readonly intent: string };

export type FitOptions = {
  readonly exemplars: readonly TaughtText[];
  /** The exemplars' embeddings, when neighbours are looked up by embedding; else neighbours are found by their features. */
  readonly embeddings?: Dense;
  /** Texts to choose everything on instead of cross-validation; the more like the ones to come, the better. */
  readonly validation?: readonly TaughtText[];
};

/** A text as readers saw it that had not learned it. */
export type Observed = {
  readonly scores: Float32Array;
  readonly votes: Float32Array;
  /** Place in the names; OUTSIDE or HIDDEN when it is none of them. */
  readonly label: number;
};

export type FitReport = { readonly inScope: readonly Tried[]; readonly outOfScope: readonly number[] };

/** Out of scope as given, and out of scope because its intent was hidden. */
const OUTSIDE = -1;
const HIDDEN = -2;
const EPOCHS = 10;
const FOLD_EPOCHS = 8;
/** One intent of this many is hidden in each fold. */
const HIDDEN_ONE_OF = 8;
/** Fewer given out-of-scope texts than this say too little; those of hidden intents then help. */
const ENOUGH_OUTSIDE = 30;
/** Texts observed per fold when there are many: they only fit four numbers, and to compare embeddings takes long. */
const MOST_OBSERVED = { byFeatures: 1_500, byEmbedding: 250 };

/** Fits the model; seconds for thousands of texts, so not on the event loop. Deterministic. */
export function fitIntentModel(options: FitOptions): { readonly model: IntentModel; readonly report: FitReport } {
  const taught = prepare(options);
  const whole = fitPart(taught, { rows: [...taught.labels.keys()], epochs: EPOCHS });
  const observed = options.validation
    ? observeValidation(taught, { part: whole, validation: options.validation })
    : crossValidate(taught);
  const voteWeight = fitVoteWeight(observed);
  const report = reportOf(observed, { voteWeight, names: taught.names.length });
  const calibration = fitCalibration(report.inScope);
  const threshold = confidenceOf(calibration, chooseThreshold(report.inScope, report.outOfScope));
  const { space, head } = whole;
  return { model: { names: taught.names, space, head, voteWeight, calibration, threshold }, report };
}

type Taught = {
  readonly texts: readonly string[];
  readonly names: readonly string[];
  /** names.length: out of scope. */
  readonly labels: Int32Array;
  readonly classes: number;
  readonly embeddings: Dense | undefined;
};

function prepare({ exemplars, embeddings }: FitOptions): Taught {
  const names = [...new Set(exemplars.map(({ intent }) => intent))].filter((name) => name !== OUT_OF_SCOPE).toSorted();
  const places = new Map(names.map((name, place) => [name, place]));
  const labels = Int32Array.from(exemplars, ({ intent }) => places.get(intent) ?? names.length);
  const classes = names.length + (labels.includes(names.length) ? 1 : 0);
  return { texts: exemplars.map(({ text }) => text), names, labels, classes, embeddings };
}

type Part = ReturnType<typeof fitPart>;

/** A head of some of the exemplars, with the reader of its space and its neighbours by features. */
function fitPart(taught: Taught, { rows, epochs }: { readonly rows: readonly number[]; readonly epochs: number }) {
  const texts = rows.map((row) => taught.texts[row] ?? '');
  const labels = Int32Array.from(rows, (row) => taught.labels[row] ?? 0);
  const space = createFeatureSpace(texts);
  const vectorOf = createVectorReader(space);
  const vectors = texts.map(vectorOf);
  const head = trainHead({ vectors, labels }, { dimensions: space.hashes.length, classes: taught.classes, epochs });
  const near = taught.embeddings ? undefined : createSparseNeighbours({ vectors, labels });
  return { space, vectorOf, head, near };
}

function crossValidate(taught: Taught): readonly Observed[] {
  const folds = taught.texts.length > 5_000 ? 3 : 4;
  const foldOf = assignFolds(taught, folds);
  return Array.from({ length: folds }, (_, fold) => observeFold(taught, { fold, foldOf, folds })).flat();
}

/** Every intent is spread evenly over the folds. */
function assignFolds({ labels }: Taught, folds: number): Int32Array {
  const counts = new Map<number, number>();
  return labels.map((label) => {
    const count = counts.get(label) ?? 0;
    counts.set(label, count + 1);
    return (count + label) % folds;
  });
}

type Folding = { readonly fold: number; readonly foldOf: Int32Array; readonly folds: number };

function observeFold(taught: Taught, { fold, foldOf, folds }: Folding): readonly Observed[] {
  const { labels, names } = taught;
  const hidden = names.map((_, label) => names.length >= HIDDEN_ONE_OF && isHidden(label, { fold, folds }));
  const isLearned = (row: number): boolean => foldOf[row] !== fold && !hidden[labels[row] ?? 0];
  const rows = [...labels.keys()];
  const part = fitPart(taught, { rows: rows.filter(isLearned), epochs: FOLD_EPOCHS });
  const kept = rows.filter((row) => foldOf[row] === fold);
  const most = taught.embeddings ? MOST_OBSERVED.byEmbedding : MOST_OBSERVED.byFeatures;
  const stride = Math.max(1, Math.floor(kept.length / most));
  return kept
    .filter((_, at) => at % stride === 0)
    .map((row) => {
      const label = labels[row] ?? 0;
      const seen = observe(taught, { part, text: taught.texts[row] ?? '', row, isOffered: isLearned });
      const scores = seen.scores.map((score, other) => (hidden[other] ? -30 : score));
      return { scores, votes: seen.votes, label: label === names.length ? OUTSIDE : hidden[label] ? HIDDEN : label };
    });
}

function isHidden(label: number, { fold, folds }: { readonly fold: number; readonly folds: number }): boolean {
  return label % HIDDEN_ONE_OF === Math.floor((fold * HIDDEN_ONE_OF) / folds);
}

type Observing = {
  readonly part: Part;
  readonly text: string;
  readonly row?: number;
  readonly isOffered?: (row: number) => boolean;
};

function observe({ labels, embeddings, classes }: Taught, { part, text, row, isOffered }: Observing) {
  const vector = part.vectorOf(text);
  const scores = new Float32Array(classes);
  scoreInto(part.head, vector, scores);
  const near =
    embeddings && row !== undefined
      ? denseNeighbours(embeddings, { asked: rowOf(embeddings, row), labels, ...(isOffered ? { isOffered } : {}) })
      : (part.near?.(vector) ?? []);
  return { scores, votes: countLabelVotes(near, classes) };
}

function rowOf({ values, size }: Dense, row: number): Float32Array {
  return values.subarray(row * size, (row + 1) * size);
}

function observeValidation(
  taught: Taught,
  { part, validation }: { readonly part: Part; readonly validation: readonly TaughtText[] },
): readonly Observed[] {
  const places = new Map(taught.names.map((name, place) => [name, place]));
  return validation.map(({ text, intent }) => ({
    ...observe(taught, { part, text }),
    label: places.get(intent) ?? OUTSIDE,
  }));
}

type Reporting = { readonly voteWeight: number; readonly names: number };

/** The answers the model would have given, with their log-odds before calibration. */
function reportOf(observed: readonly Observed[], { voteWeight, names }: Reporting): FitReport {
  const inScope: Tried[] = [];
  const given: number[] = [];
  const hidden: number[] = [];
  for (const { scores, votes, label } of observed) {
    const together = new Float32Array(scores.length);
    addVotes({ scores, votes, voteWeight }, together);
    softmaxInPlace(together);
    let best = 0;
    for (let other = 1; other < names; other += 1) if ((together[other] ?? 0) > (together[best] ?? 0)) best = other;
    const logOdds = logOddsOf(together[best] ?? 0);
    if (label === OUTSIDE) given.push(logOdds);
    else if (label === HIDDEN) hidden.push(logOdds);
    else inScope.push({ logOdds, isRight: best === label });
  }
  return { inScope, outOfScope: given.length >= ENOUGH_OUTSIDE ? given : [...given, ...hidden] };
}
