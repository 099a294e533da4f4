/** The measures of retrieval, against values worked out by hand. */
import { describe, expect, it } from 'vitest';
import { type Played, scoreRetrieval } from '../../../evals/retrieval/measure.ts';

const played = (found: readonly string[], relevant: readonly string[], milliseconds = 1): Played => ({
  found,
  relevant,
  milliseconds,
});

describe('scoreRetrieval', () => {
  it('counts what is relevant among the first k, and nothing behind them', () => {
    const scores = scoreRetrieval([played(['a', 'b', 'c', 'd', 'e', 'f'], ['c', 'f'])]);
    expect(scores).toMatchObject({ 'recall@1': 0, 'recall@3': 0.5, 'recall@5': 0.5, 'recall@10': 1 });
    expect(scores.mrr).toBeCloseTo(1 / 3, 4);
  });

  it('discounts what stands further down', () => {
    // Gains 1/log2(3) and 1/log2(5) of a best of 1/log2(2) and 1/log2(3).
    const scores = scoreRetrieval([played(['x', 'a', 'y', 'b'], ['a', 'b'])]);
    expect(scores['ndcg@10']).toBeCloseTo((1 / Math.log2(3) + 1 / Math.log2(5)) / (1 + 1 / Math.log2(3)), 4);
  });

  it('gives everything for a perfect list and nothing for a useless one', () => {
    expect(scoreRetrieval([played(['a'], ['a'])])).toMatchObject({ 'recall@1': 1, mrr: 1, 'ndcg@10': 1 });
    expect(scoreRetrieval([played([], ['a'])])).toMatchObject({ 'recall@10': 0, mrr: 0, 'ndcg@10': 0 });
  });

  it('averages over the queries and tells how long they took', () => {
    const scores = scoreRetrieval([played(['a'], ['a'], 2), played(['b'], ['a'], 8)]);
    expect(scores).toMatchObject({ 'recall@1': 0.5, mrr: 0.5 });
    expect(scores.msP99).toBeGreaterThan(scores.msP50 - 1e-9);
  });
});
