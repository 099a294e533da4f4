/** Documents: what knowledge is made of, source by source. Reading it for an answer is the knowledge port's. */
import type { KnowledgeDocument } from '../core/knowledge.ts';
import type { StoredPassage } from './knowledge.ts';

export type DocumentToSave = {
  /** Of everything its passages were made from; the same hash means that nothing has to be done. */
  readonly hash: string;
  readonly document: KnowledgeDocument;
  /** Its pieces in order, each with the vector of the embedder that the store is searched with. */
  readonly passages: readonly StoredPassage[];
};

export type DocumentPort = {
  /** Numbers in a vector of this store. */
  dimensions(): Promise<number>;
  /** Document id → hash, of everything that came from `source`. */
  hashes(source: string): Promise<ReadonlyMap<string, string>>;
  /** Document id → source, of those `ids` that another source than `source` holds. */
  heldElsewhere(source: string, ids: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /**
   * Saves documents with their passages in one transaction; what a document had before is gone.
   * Throws PermanentError('invalid_content') when another source holds one of them.
   */
  save(options: { readonly source: string; readonly documents: readonly DocumentToSave[] }): Promise<void>;
  /** Removes documents of `source` and their passages; ids of other sources are left alone. Returns how many went. */
  remove(source: string, ids: readonly string[]): Promise<number>;
  /**
   * Says whose vectors the store holds from now on. Those of another embedder are forgotten, because they cannot be
   * compared; their passages are still found by words, and their documents are no longer known by a hash, so that the next
   * run makes them again. Returns how many were forgotten.
   */
  useEmbedder(name: string): Promise<number>;
  /** Whose vectors the store holds; null before the first. */
  embedder(): Promise<string | null>;
  /** Sources with passages that have no vector of this embedder, and how many. */
  withoutVectors(embedder: string): Promise<readonly { readonly source: string; readonly passages: number }[]>;
  /** What `finish` said last for a source, or null. */
  version(source: string): Promise<string | null>;
  /** Remembers that `source` was read to its end. */
  finish(source: string, version: string): Promise<void>;
};
