/** Knowledge: documents and passages by vector and words, filtered by audience and owner in SQL. */
import type { Hearing } from '../core/audience.ts';
import type { FoundPassage, KnowledgeDocument, Passage } from '../core/knowledge.ts';

export type StoredPassage = Passage & { readonly position: number; readonly embedding: readonly number[] };

export type KnowledgeQuery = {
  readonly text: string;
  /** Empty: only the words are looked for. */
  readonly embedding: readonly number[];
  readonly hearing: Hearing;
  readonly limit: number;
  /** BCP 47 language of the question, when known: pages in it come first. */
  readonly language?: string;
  /** What a place among the nearest vectors is worth beside one among the words; 0 leaves vectors out. */
  readonly vectorWeight: number;
};

export type KnowledgePort = {
  /** Hybrid search (vector + full text + trigram), reciprocal rank fusion. What the thread may not hear is not in the result. */
  search(query: KnowledgeQuery): Promise<readonly FoundPassage[]>;
  /** A whole document, or null when it does not exist or may not be heard here: the caller cannot tell which. */
  open(document: string, hearing: Hearing): Promise<KnowledgeDocument | null>;
};
