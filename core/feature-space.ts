/**
 * The space texts are compared in: each known feature is a dimension, weighed by sublinear TF-IDF (Salton & Buckley 1988)
 * and scaled to a fixed length, words and letter grams apart. What was never seen counts in the length: a strange text is short.
 */
import { createTextFeatures, readFeatures, type TextFeatures } from './text-features.ts';

export type FeatureSpace = {
  /** Hashes of the features; the place in this list is the dimension. Word features come first. */
  readonly hashes: Int32Array;
  readonly wordFeatures: number;
  readonly idf: Float32Array;
  /** What a feature weighs that is not here. */
  readonly unseen: number;
};

/** A text as a sparse vector; `dimensions` and `values` run side by side. */
export type SparseVector = { readonly dimensions: Int32Array; readonly values: Float32Array };

/** Rare features say more than plain idf gives them, and unseen ones more still: both measured by out-of-scope recall. */
const IDF_POWER = 1.25;
const UNSEEN_WEIGHT = 1.5;
/** The lengths of a known text by its words and by its grams; the squares add up to 2. Grams catch spelling, words meaning. */
const LENGTHS = { words: 1.2, grams: 0.75 };
/** From this many texts on, a letter gram seen in one text only is left out: it costs memory and tells nothing. */
const MANY_TEXTS = 5_000;
/** Splits words from grams in one table of hashes. */
const GRAM_MARK = 0x3c6ef372;

/** The space of these texts. */
export function createFeatureSpace(texts: readonly string[]): FeatureSpace {
  const features = createTextFeatures();
  const words = new Map<number, Seen>();
  const grams = new Map<number, Seen>();
  for (const [index, text] of texts.entries()) {
    readFeatures(text, features);
    for (let at = 0; at < features.wordCount; at += 1) see(words, features.words[at] ?? 0, index);
    for (let at = 0; at < features.gramCount; at += 1) see(grams, (features.grams[at] ?? 0) ^ GRAM_MARK, index);
  }
  const fewest = texts.length >= MANY_TEXTS ? 2 : 1;
  const kept = [...words, ...[...grams].filter(([, seen]) => seen.texts >= fewest)];
  const idfOf = (count: number): number => (Math.log((1 + texts.length) / (1 + count)) + 1) ** IDF_POWER;
  return {
    hashes: Int32Array.from(kept, ([hash]) => hash),
    wordFeatures: words.size,
    idf: Float32Array.from(kept, ([, seen]) => idfOf(seen.texts)),
    unseen: UNSEEN_WEIGHT * idfOf(1),
  };
}

type Seen = { texts: number; last: number };

function see(features: Map<number, Seen>, hash: number, text: number): void {
  const seen = features.get(hash);
  if (seen === undefined) features.set(hash, { texts: 1, last: text });
  else if (seen.last !== text) {
    seen.texts += 1;
    seen.last = text;
  }
}

/** A reader of texts in this space; it keeps scratch memory, so one reader serves one thread. */
export function createVectorReader(space: FeatureSpace): (text: string) => SparseVector {
  const places = new Map<number, number>();
  for (const [dimension, hash] of space.hashes.entries()) places.set(hash, dimension);
  const scratch: Scratch = {
    features: createTextFeatures(),
    counts: new Uint16Array(space.hashes.length),
    touched: new Int32Array(space.hashes.length + 1),
  };
  return (text) => {
    readFeatures(text, scratch.features);
    const { words, wordCount, grams, gramCount } = scratch.features;
    const unseen = { words: 0, grams: 0 };
    let touched = 0;
    const count = (dimension: number): void => {
      if (scratch.counts[dimension] === 0) scratch.touched[touched++] = dimension;
      scratch.counts[dimension] = (scratch.counts[dimension] ?? 0) + 1;
    };
    for (let at = 0; at < wordCount; at += 1) {
      const dimension = places.get(words[at] ?? 0);
      if (dimension === undefined) unseen.words += 1;
      else count(dimension);
    }
    for (let at = 0; at < gramCount; at += 1) {
      const dimension = places.get((grams[at] ?? 0) ^ GRAM_MARK);
      if (dimension === undefined) unseen.grams += 1;
      else count(dimension);
    }
    return weigh(space, { scratch, touched, unseen });
  };
}

type Scratch = { readonly features: TextFeatures; readonly counts: Uint16Array; readonly touched: Int32Array };
type Counted = {
  readonly scratch: Scratch;
  readonly touched: number;
  readonly unseen: { readonly words: number; readonly grams: number };
};

/** Empties the counts on the way. */
function weigh(space: FeatureSpace, { scratch, touched, unseen }: Counted): SparseVector {
  const dimensions = scratch.touched.slice(0, touched);
  const values = new Float32Array(touched);
  let words = unseen.words * space.unseen ** 2;
  let grams = unseen.grams * space.unseen ** 2;
  for (let at = 0; at < touched; at += 1) {
    const dimension = dimensions[at] ?? 0;
    const value = (1 + Math.log(scratch.counts[dimension] ?? 1)) * (space.idf[dimension] ?? 0);
    scratch.counts[dimension] = 0;
    values[at] = value;
    if (dimension < space.wordFeatures) words += value * value;
    else grams += value * value;
  }
  const [perWord, perGram] = [LENGTHS.words / Math.sqrt(words || 1), LENGTHS.grams / Math.sqrt(grams || 1)];
  for (let at = 0; at < touched; at += 1) {
    values[at] = (values[at] ?? 0) * ((dimensions[at] ?? 0) < space.wordFeatures ? perWord : perGram);
  }
  return { dimensions, values };
}
