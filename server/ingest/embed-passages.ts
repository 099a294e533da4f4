/** Vectors for passages: in small batches, again when the endpoint is busy, and never of a dimension the store cannot hold. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Embedder } from '../../core/embedding.ts';
import { PermanentError, TransientError } from '../../core/errors.ts';
import { type CutPassage, searchTextOf } from '../../core/split-document.ts';
import type { StoredPassage } from '../../memory/knowledge.ts';

/** Texts in one call. The built-in embedder holds up the process for as long as a call takes, some 25 ms. */
const BATCH = 32;
/** Pauses before another try, in milliseconds, where the endpoint names none. */
const PAUSES = [500, 2_000, 5_000];

export type EmbedPorts = {
  readonly embedder: Embedder;
  /** Resolves after that many milliseconds. */
  readonly wait: (milliseconds: number) => Promise<void>;
};

/**
 * Embeds passages with their place. Throws what the embedder throws, TransientError only after four tries, and
 * PermanentError('config_invalid') for vectors that do not have `dimensions` finite numbers.
 */
export async function embedPassages(
  passages: readonly CutPassage[],
  ports: EmbedPorts,
): Promise<readonly StoredPassage[]> {
  const stored: StoredPassage[] = [];
  for (let start = 0; start < passages.length; start += BATCH) {
    const batch = passages.slice(start, start + BATCH);
    const vectors = await embedPatiently(batch.map(searchTextOf), ports);
    // The built-in embedder works here and answers at once: others of this process want their turn, too.
    await nextTurn();
    for (const [index, passage] of batch.entries()) {
      stored.push({ ...passage, embedding: checked(vectors[index], ports.embedder) });
    }
  }
  return stored;
}

/** Refuses an embedder whose vectors the store cannot hold, before anything is read. Throws PermanentError('config_invalid'). */
export function checkDimensions(embedder: Embedder, dimensions: number): void {
  if (embedder.dimensions !== dimensions) throw wrongDimension(embedder, embedder.dimensions, dimensions);
}

/**
 * Tries an embedder that is new to the store, before the vectors of the last one are forgotten for it. Throws
 * PermanentError for one that cannot be used; one that is only down now is judged with the first passages.
 */
export async function tryEmbedder({ embedder }: Pick<EmbedPorts, 'embedder'>): Promise<void> {
  try {
    const [vector] = await embedder.embed(['hello']);
    checked(vector, embedder);
  } catch (error) {
    if (!(error instanceof TransientError)) throw error;
  }
}

async function embedPatiently(
  texts: readonly string[],
  { embedder, wait }: EmbedPorts,
): Promise<readonly (readonly number[])[]> {
  for (const pause of PAUSES) {
    try {
      return await embedder.embed(texts);
    } catch (error) {
      if (!(error instanceof TransientError)) throw error;
      await wait(error.afterMs ?? pause);
    }
  }
  return embedder.embed(texts);
}

function checked(vector: readonly number[] | undefined, embedder: Embedder): readonly number[] {
  const length = vector?.length ?? 0;
  if (vector && length === embedder.dimensions && vector.every(Number.isFinite)) return vector;
  if (length !== embedder.dimensions) throw wrongDimension(embedder, length, embedder.dimensions);
  throw new PermanentError(
    'config_invalid',
    `The embedder "${embedder.name}" gave a vector with something else than finite numbers; choose another model, or unset EMBEDDING_MODEL.`,
  );
}

function wrongDimension({ name }: Embedder, given: number, wanted: number): PermanentError {
  return new PermanentError(
    'config_invalid',
    `The embedder "${name}" gives vectors of ${given} dimensions, ${wanted} are needed. Choose a model that can give ${wanted}, or unset EMBEDDING_MODEL; "throughline doctor" says how to embed everything again.`,
  );
}
