/** The vector of some words, within a turn: a turn that cannot have one goes on by words alone. */
import type { Pass } from '../state.ts';

/** A vector that takes longer is not worth waiting for. */
const EMBED_MS = 2_000;

/** Empty when the embedder fails or is late. Throws only when the turn itself is stopped. */
export async function vectorOf(
  text: string,
  { ports, signal }: { readonly ports: Pick<Pass['ports'], 'embedder'>; readonly signal: AbortSignal },
): Promise<readonly number[]> {
  try {
    const [vector = []] = await ports.embedder.embed([text], AbortSignal.any([signal, AbortSignal.timeout(EMBED_MS)]));
    return vector;
  } catch (error) {
    if (signal.aborted) throw error;
    return [];
  }
}
