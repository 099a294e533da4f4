/** Seeding: the workspace's files become rows, once per version; its articles by the same road as any other source. */
import type { Embedder } from '../core/embedding.ts';
import { PermanentError, TransientError } from '../core/errors.ts';
import type { KnowledgeDocument } from '../core/knowledge.ts';
import type { Workspace } from '../core/workspace.ts';
import type { Memory } from '../memory/memory.ts';
import { type IngestReport, ingest } from './ingest/ingest.ts';
import { type Listing, stampOf } from './ingest/source.ts';

const WORKSPACE_SOURCE = 'workspace';

export type SeedReport = { readonly changed: boolean; readonly passages: number };

/** Loads knowledge and the school's books when the workspace or the embedder changed since last time. */
export async function seed(memory: Memory, workspace: Workspace, embedder: Embedder): Promise<SeedReport> {
  const version = `${workspace.version}/${embedder.name}`;
  const isSeeded = (await memory.documents.version(WORKSPACE_SOURCE)) === version;
  // Another process may have taken documents in with another embedder since: its vectors are not ours.
  if (isSeeded && (await memory.documents.embedder()) === embedder.name) {
    return { changed: false, passages: 0 };
  }
  await memory.catalogue.replaceAll(workspace);
  // The version is remembered with the articles and last: a start that dies before begins again.
  const { passages } = await takeInArticles(listingOf(workspace.documents, version), { memory, embedder });
  return { changed: true, passages };
}

function listingOf(documents: readonly KnowledgeDocument[], version: string): Listing {
  const items = documents.map((document) => ({
    place: `knowledge/${document.id}.md`,
    id: document.id,
    load: () => Promise.resolve({ stamp: stampOf(JSON.stringify(document)), read: () => Promise.resolve(document) }),
  }));
  return { source: WORKSPACE_SOURCE, items, failed: [], leftOut: [], isWhole: true, version, notes: [] };
}

type Into = { readonly memory: Memory; readonly embedder: Embedder };

/** A start does not wait for an endpoint that is down, and does not go on with half of the articles. */
async function takeInArticles(listing: Listing, { memory, embedder }: Into): Promise<IngestReport> {
  const ports = { documents: memory.documents, embedder, wait: () => Promise.resolve() };
  const report = await ingest(listing, ports, { isDryRun: false, onProgress: () => undefined });
  if (report.stopped !== null) throw new TransientError('model_unavailable', report.stopped);
  if (report.failed.length === 0) return report;
  throw new PermanentError('workspace_invalid', report.failed.map(({ message }) => message).join('\n'));
}
