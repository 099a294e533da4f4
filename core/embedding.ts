/**
 * The built-in embedder: terms, pairs of terms and letter grams of a text, hashed into 512 dimensions (Weinberger et
 * al. 2009, "Feature Hashing for Large Scale Multitask Learning"). It needs no model and no network.
 */
import { LIGHT_WORDS, type Meaning, phraseMeaning, stem, wordMeaning } from './vocabulary.ts';

export const EMBEDDING_DIMENSIONS = 512;

/** Turns texts into vectors of unit length, in order. Model-backed embedders keep the same contract. */
export type Embedder = {
  /** Stored beside every vector; vectors of another embedder are never compared. */
  readonly name: string;
  readonly dimensions: number;
  /** What a place among the nearest vectors is worth in a search, beside one among the words. */
  readonly searchWeight: number;
  embed(texts: readonly string[], signal?: AbortSignal): Promise<readonly (readonly number[])[]>;
};

/** The embedder that is always there: pure, about 30 µs a sentence. */
export function createLexicalEmbedder(): Embedder {
  return {
    name: 'lexical-3',
    dimensions: EMBEDDING_DIMENSIONS,
    // Its vectors are made of words, too: they add what a vocabulary knows, and little else.
    searchWeight: 0.5,
    embed: (texts) => Promise.resolve(texts.map(embedLexically)),
  };
}

/** Case, accents and punctuation do not tell words apart here. */
export function foldText(text: string): string {
  return (
    text
      // Before too: ordering thousands of marks on one letter takes the square of their number.
      .replaceAll(/\p{M}+/gu, '')
      .normalize('NFKD')
      // Some signs stand for eighteen letters; what people write grows by a few.
      .slice(0, 2 * text.length + 1_000)
      .replaceAll(/\p{M}+/gu, '')
      .toLowerCase()
      .replaceAll('ß', 'ss')
      .replaceAll(/['’‘`´]/g, '')
      .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
      .trim()
  );
}

/** Found by trying. What a word of the vocabulary weighs stands there; of any other word its letters tell most. */
const WEIGHTS = { word: 0.5, wordGram: 0.3, knownGram: 0.15, inside: 0.3, light: 0.2 };
const PAIR_WEIGHTS = [0.35, 0.2];
/** Each feature goes to four places, so that a chance meeting in one of them never makes two words alike. */
const PLACES = 4;
const GRAM = 3;
const MAX_LETTERS = 4000;
const MAX_WORDS = 200;
const MAX_WORD_LETTERS = 40;

type Term = Meaning & { readonly words: readonly string[] };
type Count = (feature: string, weight: number) => void;

/** The vector of a text: unit length, never zero. Reads the first 200 words. */
export function embedLexically(text: string): readonly number[] {
  const features = new Map<string, number>();
  const count: Count = (feature, weight) => features.set(feature, (features.get(feature) ?? 0) + weight);
  const words = foldText(text.slice(0, MAX_LETTERS)).split(' ').filter(Boolean).slice(0, MAX_WORDS);
  const terms = readTerms(words.map((word) => word.slice(0, MAX_WORD_LETTERS)));
  for (const term of terms) countTerm(term, count);
  countPairs(
    terms.filter((term) => term.weight > WEIGHTS.light).map((term) => term.name),
    count,
  );
  return normalise(spread(features));
}

/** The longest known phrase wins; a word that is not known stands for itself. */
function readTerms(words: readonly string[]): readonly Term[] {
  const terms: Term[] = [];
  for (let index = 0; index < words.length; ) {
    const term = phraseAt(words, index) ?? readWord(words[index] ?? '');
    terms.push(term);
    index += term.words.length;
  }
  return terms;
}

function phraseAt(words: readonly string[], index: number): Term | undefined {
  for (const size of [3, 2]) {
    const phrase = words.slice(index, index + size);
    const meaning = phrase.length === size ? phraseMeaning(phrase.join(' ')) : undefined;
    if (meaning) return { ...meaning, words: phrase };
  }
  return undefined;
}

function readWord(word: string): Term {
  if (LIGHT_WORDS.has(word)) return { name: word, weight: WEIGHTS.light, words: [word] };
  return { ...(wordMeaning(word) ?? { name: stem(word), weight: WEIGHTS.word }), words: [word] };
}

function countTerm({ name, weight, words }: Term, count: Count): void {
  count(`t:${name}`, weight);
  const gramWeight = weight === WEIGHTS.word ? WEIGHTS.wordGram : WEIGHTS.knownGram;
  for (const word of words) {
    const isLight = LIGHT_WORDS.has(word);
    if (stem(word) !== name) count(`t:${stem(word)}`, isLight ? WEIGHTS.light : WEIGHTS.inside * weight);
    if (!isLight) for (const gram of letterGrams(word)) count(`g:${gram}`, gramWeight);
  }
}

/** Next to each other and one apart, in either order: "forgot my password" is near "password forgotten". */
function countPairs(names: readonly string[], count: Count): void {
  names.forEach((name, index) => {
    PAIR_WEIGHTS.forEach((weight, gap) => {
      const other = names[index + gap + 1];
      if (other !== undefined) count(name < other ? `p:${name} ${other}` : `p:${other} ${name}`, weight);
    });
  });
}

function letterGrams(word: string): readonly string[] {
  const padded = `^${word}$`;
  const grams: string[] = [];
  for (let start = 0; start + GRAM <= padded.length; start += 1) grams.push(padded.slice(start, start + GRAM));
  return grams;
}

/** Dimension 0 stays free: it belongs to texts without words, which are near to nothing. */
function spread(features: ReadonlyMap<string, number>): Float64Array {
  const vector = new Float64Array(EMBEDDING_DIMENSIONS);
  for (const [feature, weight] of features) {
    let hash = hashFeature(feature);
    for (let place = 0; place < PLACES; place += 1) {
      const index = 1 + ((hash >>> 1) % (EMBEDDING_DIMENSIONS - 1));
      vector[index] = (vector[index] ?? 0) + (hash & 1 ? weight : -weight);
      hash = mixBits(hash);
    }
  }
  return vector;
}

/** FNV-1a, 32 bits, with a final mix so that the low bits are well spread. */
function hashFeature(feature: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < feature.length; index += 1) {
    hash = Math.imul(hash ^ feature.charCodeAt(index), 0x01000193);
  }
  return mixBits(hash);
}

function mixBits(value: number): number {
  const half = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  const whole = Math.imul(half ^ (half >>> 12), 0x297a2d39);
  return (whole ^ (whole >>> 15)) >>> 0;
}

function normalise(vector: Float64Array): readonly number[] {
  let sum = 0;
  for (const value of vector) sum += value * value;
  // A text without words has no direction; pgvector refuses a zero vector for cosine, so it gets dimension 0.
  if (sum === 0) vector[0] = sum = 1;
  const length = Math.sqrt(sum);
  const unit: number[] = [];
  for (const value of vector) unit.push(Math.fround(value / length));
  return unit;
}
