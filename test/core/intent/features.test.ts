/** Features and the space they span: what counts, what is unit length, what strangeness does. */
import { describe, expect, it } from 'vitest';
import { createFeatureSpace, createVectorReader } from '../../../core/feature-space.ts';
import { createTextFeatures, readFeatures } from '../../../core/text-features.ts';

function hashesOf(text: string) {
  const features = createTextFeatures();
  readFeatures(text, features);
  return {
    words: [...features.words.subarray(0, features.wordCount)],
    grams: [...features.grams.subarray(0, features.gramCount)],
  };
}

describe('features of a text', () => {
  it('are words, their pairs with the edges of the text, and grams of two to five letters within words', () => {
    // Two words: two unigrams, three pairs (start, between, end); no meanings known.
    const { words, grams } = hashesOf('zorb quix');
    expect(words).toHaveLength(5);
    // "_zorb_": five of two letters, four of three, three of four, two of five; the same for quix.
    expect(grams).toHaveLength(2 * 14);
    expect(new Set([...words, ...grams]).size).toBe(words.length + grams.length);
  });

  it('do not see case, accents or punctuation, and see order only in pairs', () => {
    expect(hashesOf('ZÓRB, quix!')).toEqual(hashesOf('zorb quix'));
    const [one, other] = [hashesOf('zorb quix'), hashesOf('quix zorb')];
    expect(one.grams.toSorted()).toEqual(other.grams.toSorted());
    expect(one.words.toSorted()).not.toEqual(other.words.toSorted());
  });

  it('give words of one meaning something in common, in any language', () => {
    const [price, kosten] = [hashesOf('price'), hashesOf('kosten')];
    expect(price.words.filter((hash) => kosten.words.includes(hash))).toHaveLength(1);
  });

  it('read nothing of a text without letters, and only the beginning of an endless one', () => {
    expect(hashesOf(' 🙂 … ')).toEqual({ words: [], grams: [] });
    expect(hashesOf('zorb '.repeat(100_000))).toEqual(hashesOf('zorb '.repeat(200)));
    expect(hashesOf('z'.repeat(1_000_000)).grams.length).toBeLessThan(200);
  });
});

describe('the space of some texts', () => {
  const texts = ['play a song', 'play a film', 'wake me at seven'];
  const space = createFeatureSpace(texts);
  const vectorOf = createVectorReader(space);
  const lengths = (text: string) => {
    const { dimensions, values } = vectorOf(text);
    const sums = { words: 0, grams: 0 };
    for (const [at, dimension] of dimensions.entries()) {
      sums[dimension < space.wordFeatures ? 'words' : 'grams'] += (values[at] ?? 0) ** 2;
    }
    return sums;
  };

  it('gives a known text the same length always, words and grams apart', () => {
    expect(lengths('play a song').words).toBeCloseTo(1.44, 5);
    expect(lengths('play a film').grams).toBeCloseTo(0.5625, 5);
  });

  it('gives a text with unseen words less than that, and a text of none of them nothing', () => {
    expect(lengths('play a zorb').words).toBeLessThan(0.9);
    expect(lengths('xxqq').words).toBe(0);
  });

  it('weighs what is rare more than what is common', () => {
    const { dimensions, values } = vectorOf('play song');
    const weight = (word: string): number => {
      const own = new Set(vectorOf(word).dimensions);
      return Math.max(...[...dimensions].map((dimension, at) => (own.has(dimension) ? (values[at] ?? 0) : 0)));
    };
    expect(weight('song')).toBeGreaterThan(weight('play'));
  });

  it('reads the same text the same way again, whatever came in between', () => {
    const first = vectorOf('play a song');
    vectorOf('wake me at seven play play play');
    expect(vectorOf('play a song')).toEqual(first);
  });
});
