/** How well a ranking finds what is relevant. Pure. Definitions: Manning, Raghavan, Schütze 2008, chapter 8. */
import { quantile } from '../statistics.ts';

/** One query played: the documents found, best first, each once; what was relevant; how long the search took. */
export type Played = {
  readonly found: readonly string[];
  readonly relevant: readonly string[];
  readonly milliseconds: number;
};

/** Fractions 0 to 1, averaged over the queries; milliseconds. */
export type RetrievalScores = {
  readonly 'recall@1': number;
  readonly 'recall@3': number;
  readonly 'recall@5': number;
  readonly 'recall@10': number;
  readonly mrr: number;
  readonly 'ndcg@10': number;
  readonly msP50: number;
  readonly msP99: number;
};

/** `played` must not be empty, and each query must have something relevant. */
export function scoreRetrieval(played: readonly Played[]): RetrievalScores {
  const mean = (score: (one: Played) => number): number =>
    round(played.reduce((sum, one) => sum + score(one), 0) / played.length);
  const times = played.map(({ milliseconds }) => milliseconds);
  return {
    'recall@1': mean((one) => recallAt(1, one)),
    'recall@3': mean((one) => recallAt(3, one)),
    'recall@5': mean((one) => recallAt(5, one)),
    'recall@10': mean((one) => recallAt(10, one)),
    mrr: mean(reciprocalRank),
    'ndcg@10': mean((one) => ndcgAt(10, one)),
    msP50: round(quantile(times, 0.5) ?? 0),
    msP99: round(quantile(times, 0.99) ?? 0),
  };
}

/** The share of what is relevant that stands among the first k. */
function recallAt(k: number, { found, relevant }: Played): number {
  const first = new Set(found.slice(0, k));
  return relevant.filter((id) => first.has(id)).length / relevant.length;
}

function reciprocalRank({ found, relevant }: Played): number {
  const place = found.findIndex((id) => relevant.includes(id));
  return place < 0 ? 0 : 1 / (place + 1);
}

/** Järvelin, Kekäläinen 2002, with gains of 0 and 1. */
function ndcgAt(k: number, { found, relevant }: Played): number {
  const gain = (index: number): number => 1 / Math.log2(index + 2);
  const got = found.slice(0, k).reduce((sum, id, index) => sum + (relevant.includes(id) ? gain(index) : 0), 0);
  const best = relevant.slice(0, k).reduce((sum, _, index) => sum + gain(index), 0);
  return got / best;
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
