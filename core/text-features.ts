/**
 * What the trained head sees of a text: hashed words, pairs of words and their meanings in one list, letter grams within
 * words in the other (Cavnar & Trenkle 1994, "N-Gram-Based Text Categorization"). Hashes are computed without making strings.
 */
import { foldText } from './embedding.ts';
import { LIGHT_WORDS, phraseMeaning, wordMeaning } from './vocabulary.ts';

const MAX_LETTERS = 4000;
const MAX_WORDS = 200;
const MAX_WORD_LETTERS = 40;
const GRAMS = { shortest: 2, longest: 5 };

/** A word, its pair, its meaning and the meaning's pair; one more pair ends the text. */
const MAX_WORD_FEATURES = 4 * MAX_WORDS + 1;
const MAX_GRAMS = MAX_WORDS * (MAX_WORD_LETTERS + 2) * (GRAMS.longest - GRAMS.shortest + 1);

const FNV_START = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
/** Each kind of feature starts from a number of its own, so that a word and a gram of the same letters differ. */
const SEEDS = { meaning: 0x2f0b4c47, gram: 0x1b873593, edge: 0x5bd1e995 };
const SPACE = 32;
/** Enough for the words of one language; then it starts anew. */
const MAX_REMEMBERED = 50_000;

/** Reused from text to text: `words[0..wordCount)` and `grams[0..gramCount)` are the hashes of the last one read, with repeats. */
export type TextFeatures = {
  readonly words: Int32Array;
  wordCount: number;
  readonly grams: Int32Array;
  gramCount: number;
};

/** Room for the features of one text at a time. */
export function createTextFeatures(): TextFeatures {
  return { words: new Int32Array(MAX_WORD_FEATURES), wordCount: 0, grams: new Int32Array(MAX_GRAMS), gramCount: 0 };
}

/** Reads the first 200 words of `text` into `features`, replacing what was there. */
export function readFeatures(text: string, features: TextFeatures): void {
  const folded = foldText(text.slice(0, MAX_LETTERS));
  features.wordCount = 0;
  features.gramCount = 0;
  if (folded === '') return;
  const words = folded.split(' ', MAX_WORDS).map((word) => word.slice(0, MAX_WORD_LETTERS));
  let previous = SEEDS.edge;
  for (const word of words) {
    const hash = hashWord(word, FNV_START);
    pushWord(features, hash);
    pushWord(features, pairOf(previous, hash));
    pushGrams(word, features);
    previous = hash;
  }
  pushWord(features, pairOf(previous, SEEDS.edge));
  pushMeanings(words, features);
}

function pushWord(features: TextFeatures, hash: number): void {
  features.words[features.wordCount] = hash;
  features.wordCount += 1;
}

/** All grams that start at one letter share the hashing of their beginning. */
function pushGrams(word: string, features: TextFeatures): void {
  const { grams } = features;
  let count = features.gramCount;
  for (let start = -1; start < word.length; start += 1) {
    let hash = SEEDS.gram;
    const end = Math.min(start + GRAMS.longest, word.length + 1);
    for (let at = start; at < end; at += 1) {
      const letter = at < 0 || at >= word.length ? SPACE : word.charCodeAt(at);
      hash = Math.imul(hash ^ letter, FNV_PRIME);
      if (at - start + 1 >= GRAMS.shortest) grams[count++] = mixBits(hash);
    }
  }
  features.gramCount = count;
}

/** Meanings and pairs of meanings in either order; the longest known phrase wins. */
function pushMeanings(words: readonly string[], features: TextFeatures): void {
  let previous = 0;
  for (let index = 0; index < words.length; ) {
    const { hash, size } = meaningAt(words, index);
    if (hash !== 0) {
      pushWord(features, hash);
      if (previous !== 0)
        pushWord(features, pairOf(Math.min(previous, hash), Math.max(previous, hash) ^ SEEDS.meaning));
      previous = hash;
    }
    index += size;
  }
}

function meaningAt(words: readonly string[], index: number): { readonly hash: number; readonly size: number } {
  const [first = '', second, third] = [words[index], words[index + 1], words[index + 2]];
  if (second !== undefined) {
    const long = third === undefined ? undefined : phraseMeaning(`${first} ${second} ${third}`);
    if (long) return { hash: hashWord(long.name, SEEDS.meaning), size: 3 };
    const pair = phraseMeaning(`${first} ${second}`);
    if (pair) return { hash: hashWord(pair.name, SEEDS.meaning), size: 2 };
  }
  return { hash: wordMeaningHash(first), size: 1 };
}

const remembered = new Map<string, number>();

/** Zero: the word has no known meaning. Remembered, since guessing a misspelt word is slow beside all the rest. */
function wordMeaningHash(word: string): number {
  const known = remembered.get(word);
  if (known !== undefined) return known;
  const meaning = LIGHT_WORDS.has(word) ? undefined : wordMeaning(word);
  const hash = meaning === undefined ? 0 : hashWord(meaning.name, SEEDS.meaning);
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  remembered.set(word, hash);
  return hash;
}

/** FNV-1a, 32 bits, with a final mix. */
function hashWord(word: string, seed: number): number {
  let hash = seed;
  for (let index = 0; index < word.length; index += 1) hash = Math.imul(hash ^ word.charCodeAt(index), FNV_PRIME);
  return mixBits(hash);
}

function pairOf(first: number, second: number): number {
  return mixBits(Math.imul(first, 31) ^ second);
}

/** The finaliser of MurmurHash3: every bit of the result hangs on every bit of the value. */
function mixBits(value: number): number {
  const half = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  const whole = Math.imul(half ^ (half >>> 13), 0xc2b2ae35);
  return whole ^ (whole >>> 16);
}
