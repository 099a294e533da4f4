/** The head learns, the neighbours vote, the model weighs both, and all of it is the same every time. */
import { describe, expect, it } from 'vitest';
import { countLabelVotes, createSparseNeighbours, denseNeighbours, denseOf } from '../../../core/exemplar-votes.ts';
import type { SparseVector } from '../../../core/feature-space.ts';
import { fitIntentModel } from '../../../core/fit-intent-model.ts';
import { fitVoteWeight } from '../../../core/fit-votes.ts';
import { OUT_OF_SCOPE } from '../../../core/intent.ts';
import { createIntentReader } from '../../../core/intent-model.ts';
import { decodeIntentModel, encodeIntentModel, MODEL_FORM } from '../../../core/intent-model-bytes.ts';
import { scoreInto, softmaxInPlace, trainHead } from '../../../core/train-head.ts';
import { TOY, TOY_TESTS } from './toy.ts';

const vector = (...entries: readonly (readonly [number, number])[]): SparseVector => ({
  dimensions: Int32Array.from(entries, ([dimension]) => dimension),
  values: Float32Array.from(entries, ([, value]) => value),
});

describe('trainHead', () => {
  const vectors = [vector([0, 1], [3, 0.5]), vector([1, 1], [3, 0.5]), vector([2, 1], [3, 0.5])];
  const labels = Int32Array.of(0, 1, 2);
  const options = { dimensions: 4, classes: 3, epochs: 40 };
  const probabilities = (head: ReturnType<typeof trainHead>, of: SparseVector) => {
    const scores = new Float32Array(3);
    scoreInto(head, of, scores);
    softmaxInPlace(scores);
    return scores;
  };

  it('learns what tells classes apart, and nothing from what they share', () => {
    const head = trainHead({ vectors, labels }, options);
    for (const [label, one] of vectors.entries()) expect(probabilities(head, one)[label]).toBeGreaterThan(0.8);
    const shared = probabilities(head, vector([3, 1]));
    for (const probability of shared) expect(probability).toBeCloseTo(1 / 3, 1);
  });

  it('is the same for the same examples', () => {
    expect(trainHead({ vectors, labels }, options)).toEqual(trainHead({ vectors, labels }, options));
  });

  it('makes probabilities of scores of any size', () => {
    const scores = Float32Array.of(1000, 1000, -1000);
    softmaxInPlace(scores);
    expect([...scores]).toEqual([0.5, 0.5, 0]);
  });
});

describe('neighbours', () => {
  it('vote for their intents, the second of an intent with a third of its similarity', () => {
    const near = [
      { row: 0, label: 1, similarity: 0.9 },
      { row: 1, label: 0, similarity: 0.6 },
      { row: 2, label: 1, similarity: 0.3 },
      { row: 3, label: 7, similarity: 0.3 },
      { row: 4, label: 0, similarity: -0.5 },
    ];
    const votes = countLabelVotes(near, 2);
    expect(votes[0]).toBeCloseTo(0.6, 5);
    expect(votes[1]).toBeCloseTo(1, 5);
  });

  it('are found by features, nearest first, ten at most, and leave no trace for the next text', () => {
    const vectors = Array.from({ length: 20 }, (_, row) => vector([0, (row + 1) / 20], [row + 1, 1]));
    const find = createSparseNeighbours({ vectors, labels: Int32Array.from(vectors.keys()) });
    const found = find(vector([0, 1]));
    expect(found.map(({ row }) => row)).toEqual([19, 18, 17, 16, 15, 14, 13, 12, 11, 10]);
    expect(found[0]?.similarity).toBeCloseTo(0.5, 5);
    expect(find(vector([3, 1]))).toMatchObject([{ row: 2, label: 2 }]);
  });

  it('are found by embedding among those that are offered', () => {
    const dense = denseOf([
      [1, 0],
      [0.6, 0.8],
      [0, 1],
    ]);
    const asking = { asked: Float32Array.of(1, 0), labels: Int32Array.of(4, 5, 6) };
    expect(denseNeighbours(dense, asking).map(({ label }) => label)).toEqual([4, 5, 6]);
    const others = denseNeighbours(dense, { ...asking, isOffered: (row) => row !== 0 });
    expect(others.map(({ label }) => label)).toEqual([5, 6]);
  });

  it('weigh as much as they help', () => {
    const seen = (scores: readonly number[], votes: readonly number[], label: number) => ({
      scores: Float32Array.from(scores),
      votes: Float32Array.from(votes),
      label,
    });
    const helpful = Array.from({ length: 40 }, (_, at) => seen([at % 3 ? 0.2 : 0, 0.1], [1, 0.2], 0));
    const useless = Array.from({ length: 40 }, (_, at) => seen([2, 0], at % 2 ? [1, 0] : [0, 1], 0));
    expect(fitVoteWeight(helpful)).toBe(4);
    expect(fitVoteWeight(useless)).toBeLessThan(0.5);
    expect(fitVoteWeight([seen([1, 0], [0, 1], -1)])).toBe(3);
  });
});

const OUTSIDE = TOY.filter(({ intent }) => intent === OUT_OF_SCOPE).map(({ text }) => text);

describe('fitIntentModel', () => {
  const { model, report } = fitIntentModel({ exemplars: TOY });
  const reader = createIntentReader(model);
  const read = (text: string) => reader.read(reader.vector(text)).candidates;

  it('tells apart what it was taught', () => {
    const right = TOY_TESTS.filter(({ text, intent }) => read(text)[0]?.name === intent);
    expect(right.length / TOY_TESTS.length).toBeGreaterThanOrEqual(0.9);
  });

  it('is the same for the same exemplars', () => {
    expect(fitIntentModel({ exemplars: TOY }).model).toEqual(model);
  });

  it('never answers with what is out of scope, and is less sure there', () => {
    expect(model.names).not.toContain(OUT_OF_SCOPE);
    expect(model.head.classes).toBe(model.names.length + 1);
    const best = read('how tall is the tower of pisa')[0];
    expect(best?.confidence).toBeLessThan(model.threshold);
    // Every class is named but the last, which must not be among the candidates however likely it is.
    for (const { name } of OUTSIDE.flatMap(read)) expect(model.names).toContain(name);
    for (const { confidence } of read('tell me the weather')) {
      expect(confidence).toBeGreaterThanOrEqual(0);
      expect(confidence).toBeLessThanOrEqual(1);
    }
  });

  it('chooses on texts its heads had not seen', () => {
    // A head that is asked about its own exemplars gets all of them right; these look alike on purpose.
    const twins = ['alpha', 'beta'].flatMap((intent) =>
      Array.from({ length: 12 }, (_, at) => ({ intent, text: `the same words for both of them ${'ab'[at % 2]}` })),
    );
    const seen = fitIntentModel({ exemplars: twins }).report;
    expect(seen.inScope.filter(({ isRight }) => isRight).length / seen.inScope.length).toBeLessThan(0.8);
    expect(report.outOfScope.length).toBeGreaterThan(0);
  });

  it('chooses on texts that are given for it instead', () => {
    const validation = TOY_TESTS.slice(0, 10);
    expect(fitIntentModel({ exemplars: TOY, validation }).report.inScope).toHaveLength(10);
  });

  it('lets votes and priors move an answer', () => {
    const [first, second] = read('play');
    const place = model.names.indexOf(second?.name ?? '');
    const priors = new Float32Array(model.head.classes);
    priors[place] = 20;
    expect(reader.read(reader.vector('play'), { priors }).candidates[0]?.name).toBe(second?.name);
    const votes = new Float32Array(model.head.classes);
    votes[place] = 50;
    expect(reader.read(reader.vector('play'), { votes }).candidates[0]?.name).toBe(
      model.voteWeight > 0 ? second?.name : first?.name,
    );
  });

  it('comes back from bytes as it was, but for roundings', () => {
    const again = createIntentReader(decodeIntentModel(encodeIntentModel(model)));
    expect(again.model.names).toEqual(model.names);
    expect(again.model.threshold).toBe(model.threshold);
    for (const { text } of TOY_TESTS) {
      const [one, other] = [read(text)[0], again.read(again.vector(text)).candidates[0]];
      expect(other?.name).toBe(one?.name);
      expect(other?.confidence).toBeCloseTo(one?.confidence ?? -1, 2);
    }
    // Bytes of a store come as a piece of a larger buffer, at any offset.
    const bytes = encodeIntentModel(model);
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    expect(decodeIntentModel(shifted.subarray(1)).head.bias).toEqual(decodeIntentModel(bytes).head.bias);
  });

  it('refuses bytes of another form, with the way out', () => {
    const bytes = encodeIntentModel(model);
    const other = Uint8Array.from(bytes);
    const at = new TextDecoder('latin1').decode(bytes).indexOf(MODEL_FORM);
    other[at] = 'x'.charCodeAt(0);
    expect(() => decodeIntentModel(other)).toThrow(/intent_models/);
    expect(() => decodeIntentModel(new Uint8Array(8))).toThrow(/intent_models/);
  });
});
