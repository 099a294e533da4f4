/** The second reader of a text: the exemplars nearest to it vote for their intents. */
import type { SparseVector } from './feature-space.ts';

/** `label` is the place of the intent in the list of names; `similarity` is cosine, at most 1. */
export type Near = { readonly row: number; readonly label: number; readonly similarity: number };

/** How many neighbours vote. */
export const NEIGHBOURS = 10;

/** The second neighbour of an intent counts a third of the first, the third a third of that. */
const NEXT_NEIGHBOUR = 1 / 3;
/** A feature that more exemplars than this share have tells none of them apart. */
const COMMON_SHARE = 0.01;
const COMMON_LEAST = 30;

/** The votes by label; `neighbours` come nearest first. */
export function countLabelVotes(neighbours: readonly Near[], labels: number): Float32Array {
  const votes = new Float32Array(labels);
  const next = new Float32Array(labels).fill(1);
  for (const { label, similarity } of neighbours) {
    if (label >= labels || similarity <= 0) continue;
    votes[label] = (votes[label] ?? 0) + similarity * (next[label] ?? 1);
    next[label] = (next[label] ?? 1) * NEXT_NEIGHBOUR;
  }
  return votes;
}

export type Placed<V> = { readonly vectors: readonly V[]; readonly labels: Int32Array };

/**
 * Finds the nearest of `vectors` by their rare features, through lists of who has which: some 50 µs among 15 000. Features
 * that many share are left out, so a similarity is a little low.
 */
export function createSparseNeighbours({
  vectors,
  labels,
}: Placed<SparseVector>): (text: SparseVector) => readonly Near[] {
  const holders = holdersOf(vectors);
  const sums = new Float32Array(vectors.length);
  const touched = new Int32Array(vectors.length);
  return ({ dimensions, values }) => {
    let count = 0;
    for (let at = 0; at < dimensions.length; at += 1) {
      const list = holders.get(dimensions[at] ?? 0);
      if (list === undefined) continue;
      const value = values[at] ?? 0;
      for (let place = 0; place < list.rows.length; place += 1) {
        const row = list.rows[place] ?? 0;
        if (sums[row] === 0) touched[count++] = row;
        sums[row] = (sums[row] ?? 0) + value * (list.values[place] ?? 0);
      }
    }
    const best = createBest();
    for (let at = 0; at < count; at += 1) {
      const row = touched[at] ?? 0;
      // The squared length of a known text is 2: so much a twin reaches.
      best.offer(row, (sums[row] ?? 0) / 2);
      sums[row] = 0;
    }
    return best.list(labels);
  };
}

type Holders = { readonly rows: Int32Array; readonly values: Float32Array };

function holdersOf(vectors: readonly SparseVector[]): ReadonlyMap<number, Holders> {
  const lists = new Map<number, { readonly rows: number[]; readonly values: number[] }>();
  for (const [row, { dimensions, values }] of vectors.entries()) {
    for (let at = 0; at < dimensions.length; at += 1) {
      const dimension = dimensions[at] ?? 0;
      const list = lists.get(dimension) ?? { rows: [], values: [] };
      if (list.rows.length === 0) lists.set(dimension, list);
      list.rows.push(row);
      list.values.push(values[at] ?? 0);
    }
  }
  const most = Math.max(COMMON_LEAST, COMMON_SHARE * vectors.length);
  return new Map(
    [...lists]
      .filter(([, list]) => list.rows.length <= most)
      .map(([dimension, { rows, values }]) => [
        dimension,
        { rows: Int32Array.from(rows), values: Float32Array.from(values) },
      ]),
  );
}

/** Vectors of unit length, one after the other. */
export type Dense = { readonly values: Float32Array; readonly size: number };

/** The embeddings as one matrix. All have the same length. */
export function denseOf(embeddings: readonly (readonly number[])[]): Dense {
  const size = embeddings[0]?.length ?? 0;
  const values = new Float32Array(embeddings.length * size);
  for (const [row, embedding] of embeddings.entries()) values.set(embedding, row * size);
  return { values, size };
}

export type Asking = {
  readonly asked: Float32Array;
  readonly labels: Int32Array;
  readonly isOffered?: (row: number) => boolean;
};

/** The nearest rows to `asked` by cosine, as the store finds them with pgvector. */
export function denseNeighbours({ values, size }: Dense, { asked, labels, isOffered }: Asking): readonly Near[] {
  const best = createBest();
  for (let other = 0; other < labels.length; other += 1) {
    if (isOffered && !isOffered(other)) continue;
    const start = other * size;
    let sum = 0;
    for (let at = 0; at < size; at += 1) sum += (asked[at] ?? 0) * (values[start + at] ?? 0);
    best.offer(other, sum);
  }
  return best.list(labels);
}

/** Keeps the best few of many offers. */
function createBest() {
  const rows: number[] = [];
  const scores: number[] = [];
  return {
    offer: (row: number, score: number): void => {
      if (scores.length >= NEIGHBOURS && score <= (scores[scores.length - 1] ?? 0)) return;
      let place = scores.length;
      while (place > 0 && (scores[place - 1] ?? 0) < score) place -= 1;
      rows.splice(place, 0, row);
      scores.splice(place, 0, score);
      if (scores.length > NEIGHBOURS) {
        rows.pop();
        scores.pop();
      }
    },
    list: (labels: Int32Array): readonly Near[] =>
      rows.map((row, place) => ({ row, label: labels[row] ?? 0, similarity: scores[place] ?? 0 })),
  };
}
