/** What the parsing thread is asked and what it answers: plain values, since they cross to another thread. */
import { Audience } from '../../core/audience.ts';
import type { InvalidPayloadCode } from '../../core/errors.ts';
import type { KnowledgeDocument } from '../../core/knowledge.ts';

/** Who may hear a document. What is one person's own belongs to no document. */
export const DocumentAudience = Audience.extract(['public', 'members', 'operators'], {
  error: 'is none that a document can have; write public, members or operators',
});

export type DocumentKind = 'markdown' | 'text' | 'html' | 'pdf' | 'faq-csv' | 'faq-json';

export type ParseJob = {
  readonly kind: DocumentKind;
  readonly bytes: Uint8Array;
  /** Last part of the path: the title when the document has none. */
  readonly name: string;
  /** Where the page was fetched; links are resolved against it. Null for a file. */
  readonly url: string | null;
  /** As the server said. */
  readonly charset: string | null;
};

/** A document before it has an id and what the source says for all its documents. */
export type Draft = Pick<KnowledgeDocument, 'title' | 'body'> & {
  readonly [Key in 'audience' | 'language' | 'url' | 'validFrom' | 'validUntil']?: KnowledgeDocument[Key] | undefined;
};

export type Problem = { readonly code: InvalidPayloadCode; readonly message: string; readonly path: string };

/** A file is one piece with the key ''; a FAQ is one piece for each question. `line` is '' for a whole file. */
export type Piece = { readonly line: string; readonly key: string } & (
  | { readonly draft: Draft }
  | { readonly problem: Problem }
);
