/** Knowledge, exemplars and facts: vectors and words, filtered by audience and owner in SQL. */
import type { Hearing } from '../core/audience.ts';
import type { Neighbour } from '../core/intent.ts';
import type { Fact, FoundPassage, KnowledgeDocument, Passage } from '../core/knowledge.ts';

export type StoredPassage = Passage & { readonly position: number; readonly embedding: readonly number[] };

export type KnowledgeQuery = {
  readonly text: string;
  readonly embedding: readonly number[];
  readonly hearing: Hearing;
  readonly limit: number;
};

export type KnowledgePort = {
  /** Hybrid search (vector + full text + trigram), reciprocal rank fusion. What the thread may not hear is not in the result. */
  search(query: KnowledgeQuery): Promise<readonly FoundPassage[]>;
  /** A whole document, or null when it does not exist or may not be heard here: the caller cannot tell which. */
  open(document: string, hearing: Hearing): Promise<KnowledgeDocument | null>;
  /** Replaces everything that came from one source in one transaction. `version` is remembered. */
  replaceAll(options: {
    readonly source: string;
    readonly version: string;
    readonly documents: readonly KnowledgeDocument[];
    readonly passages: readonly StoredPassage[];
  }): Promise<void>;
  /** What `replaceAll` stored last for a source, or null. */
  version(source: string): Promise<string | null>;
};

export type ExemplarPort = {
  /** The nearest exemplars by cosine, nearest first. */
  nearest(embedding: readonly number[], limit: number): Promise<readonly Neighbour[]>;
  replaceAll(options: {
    readonly version: string;
    readonly exemplars: readonly {
      readonly intent: string;
      readonly text: string;
      readonly embedding: readonly number[];
    }[];
  }): Promise<void>;
};

export type FactPort = {
  /** Facts about this person that this thread may hear, newest first. */
  recall(hearing: Hearing, limit: number): Promise<readonly Fact[]>;
};
