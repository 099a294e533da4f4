/** Seeding: the articles of a workspace are taken in once, and again only where they changed. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLexicalEmbedder, type Embedder } from '../../core/embedding.ts';
import type { Workspace } from '../../core/workspace.ts';
import type { Store } from '../../memory/postgres/index.ts';
import { seed } from '../../server/seed.ts';
import { readWorkspace } from '../../server/workspace.ts';
import { OPEN_TIMEOUT_MS, openTestStore } from '../support/store.ts';

let store: Store;
let workspace: Workspace;
let embedded = 0;
const lexical = createLexicalEmbedder();
const embedder: Embedder = {
  ...lexical,
  embed: (texts) => {
    embedded += texts.length;
    return lexical.embed(texts);
  },
};

beforeAll(async () => {
  store = await openTestStore();
  workspace = await readWorkspace(join(import.meta.dirname, '../../workspace'));
}, OPEN_TIMEOUT_MS);
afterAll(() => store.memory.close());

const idsNow = async (): Promise<readonly string[]> => [...(await store.memory.documents.hashes('workspace')).keys()];

describe('seed', { timeout: OPEN_TIMEOUT_MS }, () => {
  it('takes every article in at the first start, and nothing at the second', async () => {
    const first = await seed(store.memory, workspace, embedder);
    expect(first.changed).toBe(true);
    expect((await idsNow()).toSorted()).toEqual(workspace.documents.map(({ id }) => id).toSorted());
    expect(embedded).toBe(first.passages);
    expect(await seed(store.memory, workspace, embedder)).toMatchObject({ changed: false });
    expect(embedded).toBe(first.passages);
  });

  it('takes every article in again when another embedder was used meanwhile', async () => {
    const { passages } = await seed(store.memory, { ...workspace, version: 'before' }, embedder);
    await store.memory.documents.useEmbedder('of another process');
    embedded = 0;
    expect(await seed(store.memory, { ...workspace, version: 'before' }, embedder)).toMatchObject({ changed: true });
    // One more: the embedder is tried before the vectors of the other one are forgotten.
    expect(embedded).toBeGreaterThan(Math.max(1, passages));
    expect(await store.memory.documents.withoutVectors(embedder.name)).toEqual([]);
  });

  it('embeds only the article that changed, and removes the one that is gone', async () => {
    embedded = 0;
    const [gone, changed, ...others] = workspace.documents;
    if (!gone || !changed) throw new Error('the sample has articles');
    const documents = [{ ...changed, body: 'One new sentence.' }, ...others];
    const report = await seed(store.memory, { ...workspace, version: 'next', documents }, embedder);
    expect(report).toMatchObject({ changed: true, passages: 1 });
    expect(embedded).toBe(1);
    expect(await idsNow()).not.toContain(gone.id);
  });

  it('refuses an article whose id another source took, and says so at every start', async () => {
    const documents = [{ id: 'taken/a', title: 'A', audience: 'public' as const, language: 'en', body: 'Text.' }];
    const [document] = documents;
    if (!document) throw new Error('no document');
    await store.memory.documents.save({ source: 'other', documents: [{ hash: 'x', document, passages: [] }] });
    for (let start = 0; start < 2; start += 1) {
      await expect(seed(store.memory, { ...workspace, version: 'taken', documents }, embedder)).rejects.toMatchObject({
        code: 'workspace_invalid',
        message: expect.stringContaining('its id "taken/a" belongs to the source "other"') as unknown,
      });
    }
  });
});
