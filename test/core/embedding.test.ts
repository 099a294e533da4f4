/** The built-in embedder: what it promises about every vector, and what it holds to be alike. */
import { describe, expect, it } from 'vitest';
import { createLexicalEmbedder, EMBEDDING_DIMENSIONS, embedLexically, foldText } from '../../core/embedding.ts';

function similarity(one: string, other: string): number {
  return dot(embedLexically(one), embedLexically(other));
}

function dot(one: readonly number[], other: readonly number[]): number {
  return one.reduce((sum, value, index) => sum + value * (other[index] ?? 0), 0);
}

function lengthOf(vector: readonly number[]): number {
  return Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
}

const TEXTS: readonly (readonly [name: string, text: string])[] = [
  ['a sentence', 'How much is the foundation programme?'],
  ['one letter', 'x'],
  ['nothing', ''],
  ['white space', ' \n\t '],
  ['emoji only', '👍🎉😂'],
  ['punctuation only', '?!…—'],
  ['light words only', 'is it the'],
  ['digits', '12345 67890'],
  ['one word again and again', 'refund '.repeat(500)],
  ['100 kB of words', 'how much is it '.repeat(7_000)],
  ['100 kB without a space', 'a'.repeat(100_000)],
  ['100 kB of combining marks', `e${'\u0301'.repeat(100_000)}`],
  ['a lone surrogate', 'hello \ud83d'],
  ['Arabic', 'كم سعر الدورة؟'],
  ['Chinese', '这个课程多少钱'],
  ['names of object properties', 'constructor __proto__ hasOwnProperty toString'],
];

describe('embedLexically', () => {
  it.each(TEXTS)('gives %s a vector of unit length without NaN', (_name, text) => {
    const vector = embedLexically(text);
    expect(vector).toHaveLength(EMBEDDING_DIMENSIONS);
    expect(vector.every(Number.isFinite)).toBe(true);
    expect(lengthOf(vector)).toBeCloseTo(1, 5);
  });

  it('gives the same text the same vector', () => {
    expect(embedLexically('Where was I?')).toEqual(embedLexically('Where was I?'));
  });

  it('keeps texts without words apart from all texts with words', () => {
    for (const text of ['hi', 'price?', 'asdf', 'is it the', 'I want to talk to a human']) {
      expect(similarity('👍', text)).toBe(0);
    }
    expect(similarity('', '🎉🎉')).toBeCloseTo(1);
  });

  it('does not read on after the first 200 words', () => {
    const start = 'word '.repeat(200);
    expect(embedLexically(`${start}refund`)).toEqual(embedLexically(start));
  });

  it('does not see case, accents, apostrophes or punctuation', () => {
    expect(embedLexically('CAN’T log in!!!')).toEqual(embedLexically("can't log in"));
    expect(embedLexically('cuánto cuesta')).toEqual(embedLexically('cuanto cuesta?'));
  });

  it('finds words of one meaning alike, in one language and across three', () => {
    expect(similarity('what does it cost', 'price')).toBeGreaterThan(0.3);
    expect(similarity('Was kostet der Kurs?', 'What does the course cost?')).toBeGreaterThan(0.4);
    expect(similarity('quiero un reembolso', 'I want a refund')).toBeGreaterThan(0.6);
    expect(similarity('what does it cost', 'my password is lost')).toBeLessThan(0.2);
  });

  it('reads phrases that only mean something together', () => {
    expect(similarity('sign me up', 'I want to enrol')).toBeGreaterThan(
      similarity('signs of spring', 'I want to enrol'),
    );
    expect(similarity('money back', 'refund')).toBeGreaterThan(0.5);
  });

  it.each([
    ['a letter left out', 'certifcate', 'certificate'],
    ['a letter too much', 'passwoord', 'password'],
    ['another letter', 'membarship', 'membership'],
    ['two letters swapped', 'inovice', 'invoice'],
    ['a word it does not know', 'kettlebel', 'kettlebell'],
  ])('finds a misspelt word near the right one: %s', (_name, misspelt, right) => {
    expect(similarity(misspelt, right)).toBeGreaterThan(0.4);
    expect(similarity(misspelt, right)).toBeGreaterThan(similarity(misspelt, 'weather') + 0.3);
  });

  it('does not need the words in the same order', () => {
    expect(similarity('forgot my password', 'my password, I forgot')).toBeGreaterThan(0.9);
  });

  it('is no more than chance for short words that share no two letters', () => {
    const words = Array.from(
      { length: 150 },
      (_, index) => `${'bcdfgjklmnpqrvwxz'[index % 17]}${'aeiou'[index % 5]}${'bdfgkmprtv'[index % 10]}`,
    );
    const isStrange = (one: string, other: string): boolean =>
      one.slice(0, 2) !== other.slice(0, 2) && one.slice(1) !== other.slice(1);
    const vectors = words.map((word) => ({ word, vector: embedLexically(word) }));
    const highest = Math.max(
      ...vectors.flatMap((one, index) =>
        vectors
          .slice(index + 1)
          .filter((other) => isStrange(one.word, other.word))
          .map((other) => Math.abs(dot(one.vector, other.vector))),
      ),
    );
    expect(highest).toBeLessThan(0.4);
  });
});

describe('foldText', () => {
  it.each([
    ['Über die Straße', 'uber die strasse'],
    ["I'd like  a ñandú…", 'id like a nandu'],
    ['ＦＵＬＬ width', 'full width'],
    ['T-1042', 't 1042'],
    ['👍', ''],
  ])('folds %s', (text, folded) => {
    expect(foldText(text)).toBe(folded);
  });

  it('changes nothing the second time', () => {
    const once = foldText('Ça va? – Größe, İstanbul, ﬁn');
    expect(foldText(once)).toBe(once);
  });
});

describe('createLexicalEmbedder', () => {
  it('embeds in order and says what it is', async () => {
    const embedder = createLexicalEmbedder();
    expect(await embedder.embed(['one', 'two'])).toEqual([embedLexically('one'), embedLexically('two')]);
    expect(await embedder.embed([])).toEqual([]);
    expect(embedder.dimensions).toBe(EMBEDDING_DIMENSIONS);
  });

  it('has a new name whenever its vectors change, so that old ones are not compared with new ones', () => {
    // Red after a change of weights or vocabulary: give the embedder its next name, then write the new figure here.
    const vector = embedLexically('How much is the Breathwork Course, and may I pay it monthly?');
    const print = vector.reduce((sum, value, index) => sum + value * Math.sin(index + 1), 0);
    expect([createLexicalEmbedder().name, print.toFixed(4)]).toEqual(['lexical-3', '0.7740']);
  });
});
