/** Plays queries against a store that holds nothing but the given documents: the search of the product, and its cut. */
import type { Clock } from '../../core/clock.ts';
import type { Embedder } from '../../core/embedding.ts';
import { PersonId } from '../../core/ids.ts';
import type { KnowledgeDocument } from '../../core/knowledge.ts';
import { searchTextOf, splitDocument } from '../../core/split-document.ts';
import type { DocumentPort } from '../../memory/documents.ts';
import type { KnowledgePort } from '../../memory/knowledge.ts';
import type { Played } from './measure.ts';

export type Query = { readonly text: string; readonly relevant: readonly string[] };

export type RetrievalParts = {
  readonly documents: DocumentPort;
  readonly knowledge: KnowledgePort;
  readonly embedder: Embedder;
  readonly monotonic: Clock;
  readonly onProgress: (done: number, total: number) => void;
};

/** Passages asked for; a document is as good as its best one. */
const PASSAGES = 50;
const LOAD_AT_ONCE = 16;
const SOURCE = 'eval';
/** A member in private: members ask about members' pages, too. It is nobody's own words that are searched. */
const HEARING = {
  clearance: 'private',
  isMember: true,
  person: PersonId.parse('00000000-0000-7000-8000-000000000000'),
} as const;

/** Cuts, embeds and stores the documents, some at a time. */
export async function loadDocuments(documents: readonly KnowledgeDocument[], parts: RetrievalParts): Promise<void> {
  for (let start = 0; start < documents.length; start += LOAD_AT_ONCE) {
    const some = documents.slice(start, start + LOAD_AT_ONCE);
    const passages = some.flatMap((document) => splitDocument(document));
    const vectors = await parts.embedder.embed(passages.map(searchTextOf));
    const stored = passages.map((passage, index) => ({ ...passage, embedding: vectors[index] ?? [] }));
    await parts.documents.save({
      source: SOURCE,
      documents: some.map((document) => {
        return { hash: '', document, passages: stored.filter((passage) => passage.document === document.id) };
      }),
    });
    parts.onProgress(Math.min(start + LOAD_AT_ONCE, documents.length), documents.length);
  }
}

/** One query after the other, each timed from its words to the passages found. */
export async function playQueries(queries: readonly Query[], parts: RetrievalParts): Promise<readonly Played[]> {
  const played: Played[] = [];
  for (const { text, relevant } of queries) {
    const begun = parts.monotonic();
    const [embedding = []] = await parts.embedder.embed([text]);
    const vectorWeight = parts.embedder.searchWeight;
    const passages = await parts.knowledge.search({ text, embedding, hearing: HEARING, limit: PASSAGES, vectorWeight });
    const milliseconds = parts.monotonic() - begun;
    played.push({ found: [...new Set(passages.map(({ document }) => document))], relevant, milliseconds });
    parts.onProgress(played.length, queries.length);
  }
  return played;
}
