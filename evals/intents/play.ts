/** Teaches an intent model and has it answer texts: alone, in this process, on one core. */
import {
  countLabelVotes,
  createSparseNeighbours,
  denseNeighbours,
  denseOf,
  type Near,
} from '../../core/exemplar-votes.ts';
import type { SparseVector } from '../../core/feature-space.ts';
import { fitIntentModel, type TaughtText } from '../../core/fit-intent-model.ts';
import { createIntentReader, type IntentReader } from '../../core/intent-model.ts';
import type { Answered } from './measure.ts';

export type Material = {
  readonly train: readonly TaughtText[];
  readonly validation?: readonly TaughtText[];
  /** Made before. With it neighbours are found by embedding, as on the platform; else by the features of the text. */
  readonly embeddingOf?: (text: string) => readonly number[];
};

export type Taught = {
  readonly answer: (text: string) => { readonly found: string; readonly confidence: number };
  readonly threshold: number;
  readonly trainSeconds: number;
};

/** Learns the texts of `train`. `monotonic` counts milliseconds. */
export function teach({ train, validation, embeddingOf }: Material, monotonic: () => number): Taught {
  const began = monotonic();
  const embeddings = embeddingOf && denseOf(train.map(({ text }) => embeddingOf(text)));
  const { model } = fitIntentModel({
    exemplars: train,
    ...(embeddings ? { embeddings } : {}),
    ...(validation ? { validation } : {}),
  });
  const reader = createIntentReader(model);
  const near = neighboursOf(reader, { train, embeddingOf });
  const trainSeconds = (monotonic() - began) / 1000;
  const answer = (text: string) => {
    const vector = reader.vector(text);
    const votes = countLabelVotes(near(text, vector), model.head.classes);
    const [best] = reader.read(vector, { votes }).candidates;
    return { found: best?.name ?? '', confidence: best?.confidence ?? 0 };
  };
  return { answer, threshold: model.threshold, trainSeconds };
}

type Neighbours = (text: string, vector: SparseVector) => readonly Near[];
type Known = { readonly train: Material['train']; readonly embeddingOf: Material['embeddingOf'] | undefined };

function neighboursOf(reader: IntentReader, { train, embeddingOf }: Known): Neighbours {
  const { names } = reader.model;
  const places = new Map(names.map((name, place) => [name, place]));
  const labels = Int32Array.from(train, ({ intent }) => places.get(intent) ?? names.length);
  if (embeddingOf) {
    const dense = denseOf(train.map(({ text }) => embeddingOf(text)));
    return (text) => denseNeighbours(dense, { asked: Float32Array.from(embeddingOf(text)), labels });
  }
  const find = createSparseNeighbours({ vectors: train.map(({ text }) => reader.vector(text)), labels });
  return (_, vector) => find(vector);
}

/** Every text answered, with how long it took. */
export function answerAll(
  tests: readonly TaughtText[],
  { taught, monotonic }: { readonly taught: Taught; readonly monotonic: () => number },
): readonly Answered[] {
  return tests.map(({ text, intent }) => {
    const began = monotonic();
    const said = taught.answer(text);
    return { intent, ...said, microseconds: (monotonic() - began) * 1000 };
  });
}
