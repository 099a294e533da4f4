/** Seeding: the workspace's files become rows, once per version. */
import type { Embedder } from '../core/embedding.ts';
import { searchTextOf, splitDocument } from '../core/split-document.ts';
import type { Workspace } from '../core/workspace.ts';
import type { Memory } from '../memory/memory.ts';

const WORKSPACE_SOURCE = 'workspace';

export type SeedReport = { readonly changed: boolean; readonly passages: number; readonly exemplars: number };

/** Loads knowledge, exemplars and the school's books when the workspace or the embedder changed since last time. */
export async function seed(memory: Memory, workspace: Workspace, embedder: Embedder): Promise<SeedReport> {
  const version = `${workspace.version}/${embedder.name}`;
  if ((await memory.knowledge.version(WORKSPACE_SOURCE)) === version) {
    return { changed: false, passages: 0, exemplars: 0 };
  }
  const exemplars = await embedExemplars(workspace, embedder);
  const passages = workspace.documents.flatMap((document) => splitDocument(document));
  const vectors = await embedder.embed(passages.map(searchTextOf));
  await memory.exemplars.replaceAll({ version, exemplars });
  await memory.catalogue.replaceAll(workspace);
  // The version is written with the passages and last: a start that dies before begins again.
  await memory.knowledge.replaceAll({
    source: WORKSPACE_SOURCE,
    version,
    documents: workspace.documents,
    passages: passages.map((passage, index) => ({ ...passage, embedding: vectors[index] ?? [] })),
  });
  return { changed: true, passages: passages.length, exemplars: exemplars.length };
}

async function embedExemplars(workspace: Workspace, embedder: Embedder) {
  const exemplars = workspace.intents.flatMap((file) =>
    file.intents.flatMap((intent) => intent.exemplars.map((text) => ({ intent: intent.name, text }))),
  );
  const vectors = await embedder.embed(exemplars.map((exemplar) => exemplar.text));
  return exemplars.map((exemplar, index) => ({ ...exemplar, embedding: vectors[index] ?? [] }));
}
