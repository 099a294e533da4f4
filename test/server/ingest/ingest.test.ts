/** The road of ingesting, on a real store: what is done once, what is done again, and what a run that dies leaves. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Hearing } from '../../../core/audience.ts';
import { embedLexically } from '../../../core/embedding.ts';
import { InvalidPayloadError, PermanentError, TransientError } from '../../../core/errors.ts';
import type { Store } from '../../../memory/postgres/index.ts';
import { type IngestPorts, type IngestReport, ingest } from '../../../server/ingest/ingest.ts';
import { type Item, type Listing, stampOf } from '../../../server/ingest/source.ts';
import { newPersonId } from '../../memory/support.ts';
import { OPEN_TIMEOUT_MS, openTestStore } from '../../support/store.ts';
import { type CountingEmbedder, countingEmbedder, itemOf, listingOf } from './support.ts';

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
}, OPEN_TIMEOUT_MS);
afterAll(() => store.memory.close());

type More = { readonly embedder?: CountingEmbedder; readonly isDryRun?: boolean; readonly waits?: number[] };

function take(
  listing: Listing,
  { embedder = countingEmbedder(), isDryRun = false, waits = [] }: More = {},
): Promise<IngestReport> {
  const wait = (milliseconds: number): Promise<void> => {
    waits.push(milliseconds);
    return Promise.resolve();
  };
  const ports: IngestPorts = { documents: store.memory.documents, embedder, wait };
  return ingest(listing, ports, { isDryRun, onProgress: () => undefined });
}

async function idsOf(source: string): Promise<readonly string[]> {
  return [...(await store.memory.documents.hashes(source)).keys()];
}

const counts = (...[added, changed, unchanged, removed]: readonly [number, number, number, number]) => {
  return { added, changed, unchanged, removed };
};

/** Two sections, so two passages. */
const body = (text: string): string => `## One\n${text}\n## Two\nMore of ${text}`;

describe('ingest', () => {
  it('takes in what is new, leaves what is the same, takes again what changed, removes what vanished', async () => {
    const embedder = countingEmbedder();
    const run = (bodies: Readonly<Record<string, string>>) => take(listingOf('cycle', bodies), { embedder });
    expect(await run({ 'cycle/a': body('a'), 'cycle/b': body('b') })).toMatchObject({
      ...{ ...counts(2, 0, 0, 0), source: 'cycle', documents: 2, passages: 4, failed: [], stopped: null },
    });
    expect(embedder.batches).toEqual([4]);
    expect(await run({ 'cycle/a': body('a'), 'cycle/b': body('b') })).toMatchObject({
      ...counts(0, 0, 2, 0),
      passages: 0,
    });
    expect(embedder.batches).toEqual([4]);
    expect(await run({ 'cycle/a': body('new'), 'cycle/c': 'c' })).toMatchObject({ ...counts(1, 1, 0, 1), passages: 3 });
    expect(await idsOf('cycle')).toEqual(['cycle/a', 'cycle/c']);
  });

  it('makes everything again for another embedder', async () => {
    await take(listingOf('model', { 'model/a': 'a' }));
    const other = { ...countingEmbedder(), name: 'other' };
    expect(await take(listingOf('model', { 'model/a': 'a' }), { embedder: other })).toMatchObject(counts(0, 1, 0, 0));
  });

  it('takes everything in again when an embedder comes back', async () => {
    const vectorless = async (name: string) =>
      (await store.memory.documents.withoutVectors(name)).filter(({ source }) => source === 'back');
    const run = (name: string, source = 'back') =>
      take(listingOf(source, { [`${source}/a`]: 'a' }), { embedder: { ...countingEmbedder(), name } });
    await run('one');
    await run('two', 'elsewhere');
    expect(await vectorless('two')).toEqual([{ source: 'back', passages: 1 }]);
    expect(await run('one')).toMatchObject(counts(0, 1, 0, 0));
    expect(await vectorless('one')).toEqual([]);
  });

  it('forgets no vector for an embedder that cannot be used', async () => {
    await take(listingOf('safe', { 'safe/a': 'a' }));
    const broken = { ...countingEmbedder(), name: 'broken', embed: () => Promise.resolve([[1, 2, 3]]) };
    await expect(take(listingOf('safe', { 'safe/a': 'b' }), { embedder: broken })).rejects.toThrow('of 3 dimensions');
    expect(await store.memory.documents.embedder()).toBe('counting');
    const safe = (await store.memory.documents.withoutVectors('counting')).filter(({ source }) => source === 'safe');
    expect(safe).toEqual([]);
  });

  it('can be searched', async () => {
    await take(listingOf('found', { 'found/a': 'The zebra sleeps in the attic.' }));
    const hearing: Hearing = { clearance: 'public', isMember: false, person: newPersonId() };
    const text = 'where does the zebra sleep';
    const query = { text, embedding: embedLexically(text), hearing, limit: 1, vectorWeight: 1 };
    expect(await store.memory.knowledge.search(query)).toMatchObject([{ document: 'found/a' }]);
  });

  it('keeps what could not be read this time, and takes away what is said to be gone', async () => {
    await take(listingOf('keep', { 'keep/a': 'a', 'keep/b': 'b', 'keep/faq/x': 'x', 'keep/z': 'z' }));
    const gone: Item = {
      ...itemOf('keep/b', 'b'),
      load: () => Promise.reject(new InvalidPayloadError('not_found', 'is gone')),
    };
    const failed = [{ id: 'keep/faq', document: 'faq.csv', code: 'malformed', message: 'faq.csv: broken' }];
    const report = await take(listingOf('keep', {}, { items: [itemOf('keep/a', null), gone], failed }));
    expect(report).toMatchObject({ ...counts(0, 0, 0, 2) });
    expect(report.failed.map(({ message }) => message)).toEqual([
      'faq.csv: broken',
      'keep/a.md: broken',
      'keep/b.md: is gone',
    ]);
    expect(await idsOf('keep')).toEqual(['keep/a', 'keep/faq/x']);
  });

  it('leaves out what a robots.txt refuses without a failure, and what was known of it stays', async () => {
    await take(listingOf('polite', { 'polite/a': 'a', 'polite/b': 'b', 'polite/c': 'c' }));
    const refused: Item = {
      ...itemOf('polite/a', 'a'),
      load: () => Promise.reject(new PermanentError('robots_refused', 'left out: robots.txt')),
    };
    const leftOut = [{ id: 'polite/b', document: 'b', code: 'robots_refused', message: 'b: left out: robots.txt' }];
    const report = await take(listingOf('polite', {}, { items: [refused], leftOut }));
    expect(report).toMatchObject({ ...counts(0, 0, 0, 1), failed: [] });
    expect(report.leftOut.map(({ message }) => message)).toEqual([
      'b: left out: robots.txt',
      'polite/a.md: left out: robots.txt',
    ]);
    expect(await idsOf('polite')).toEqual(['polite/a', 'polite/b']);
  });

  it('removes nothing when the source could not be listed to its end', async () => {
    await take(listingOf('half', { 'half/a': 'a', 'half/b': 'b' }));
    expect(await take(listingOf('half', { 'half/a': 'a' }, { isWhole: false }))).toMatchObject(counts(0, 0, 1, 0));
    expect(await idsOf('half')).toEqual(['half/a', 'half/b']);
  });

  it('never touches another source', async () => {
    await take(listingOf('ours', { 'both/a': 'a', 'ours/b': 'b' }));
    const report = await take(listingOf('theirs', { 'both/a': 'x', 'theirs/c': 'c' }));
    expect(report).toMatchObject({ ...counts(1, 0, 0, 0) });
    expect(report.failed).toEqual([
      {
        document: 'both/a.md',
        code: 'malformed',
        message: 'both/a.md: its id "both/a" belongs to the source "ours"; give this one another name with --source',
      },
    ]);
    expect(await idsOf('ours')).toEqual(['both/a', 'ours/b']);
  });

  it('refuses the second of two documents with one id', async () => {
    const listing = listingOf('twice', { 'twice/a': 'a' });
    const second = { ...itemOf('twice/a', 'other'), place: 'A.md' };
    const report = await take({ ...listing, items: [...listing.items, second] });
    expect(report.failed[0]?.message).toBe('A.md: gives the same id "twice/a" as twice/a.md; rename one of them');
    expect(report.added).toBe(1);
  });

  it('says what is wrong with a document that gives no passage, or thousands', async () => {
    const many = Array.from({ length: 5_001 }, (_, index) => `## ${index}\nx`).join('\n');
    const { failed } = await take(listingOf('sizes', { 'sizes/none': '## Only a heading', 'sizes/many': many }));
    expect(failed.map(({ message }) => message)).toEqual([
      'sizes/none.md: has headings but no text; write some below them',
      'sizes/many.md: gives 5001 passages, more than 5000; split it into several documents',
    ]);
  });

  it('changes nothing when it only tries', async () => {
    await take(listingOf('dry', { 'dry/a': 'a', 'dry/b': 'b' }));
    const embedder = countingEmbedder();
    const report = await take(listingOf('dry', { 'dry/a': 'new', 'dry/c': 'c' }), { embedder, isDryRun: true });
    expect(report).toMatchObject({ ...counts(1, 1, 0, 1) });
    expect(embedder.batches).toEqual([]);
    expect(await take(listingOf('dry', { 'dry/a': 'a', 'dry/b': 'b' }))).toMatchObject(counts(0, 0, 2, 0));
  });
});

describe('the embedder', () => {
  const forty = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`down/${index}`, body(`text ${index}`)]));

  it('is asked for at most 32 texts at once', async () => {
    const embedder = countingEmbedder();
    const long = Array.from({ length: 150 }, (_, index) => `## ${index}\nText`).join('\n');
    await take(listingOf('long', { 'long/a': long }), { embedder });
    expect(embedder.batches).toEqual([32, 32, 32, 32, 22]);
  });

  it('is asked again when it is busy, after the time it named', async () => {
    const waits: number[] = [];
    let tries = 0;
    const embedder = countingEmbedder(() => {
      tries += 1;
      if (tries === 1) throw new TransientError('model_rate_limited', 'Slow down.', { afterMs: 1_234 });
      if (tries === 2) throw new TransientError('model_unavailable', 'Down.');
    });
    expect(await take(listingOf('busy', { 'busy/a': 'a' }), { embedder, waits })).toMatchObject({
      added: 1,
      stopped: null,
    });
    expect(waits).toEqual([1_234, 2_000]);
  });

  it('that is down stops the run, and the same command goes on from there', async () => {
    const embedder = countingEmbedder((call) => {
      if (call === 2) throw new TransientError('model_unavailable', 'Model x failed.');
    });
    const report = await take(listingOf('down', { ...forty, 'down/bad': null }), { embedder });
    expect(report.stopped).toBe(
      'The embedding endpoint is down: 32 of 41 documents are done; run the same command again to go on. (Model x failed.)',
    );
    expect(report).toMatchObject({ ...counts(32, 0, 0, 0), passages: 64 });
    expect(await idsOf('down')).toHaveLength(32);
    expect(await store.memory.documents.version('down')).toBeNull();
    const again = countingEmbedder();
    expect(await take(listingOf('down', forty), { embedder: again })).toMatchObject(counts(8, 0, 32, 0));
    expect(again.batches).toEqual([16]);
  });

  it('that is down removes nothing', async () => {
    await take(listingOf('vanish', { 'vanish/a': 'a', 'vanish/b': 'b' }));
    const embedder = countingEmbedder(() => {
      throw new TransientError('model_unavailable', 'Down.');
    });
    expect(await take(listingOf('vanish', { 'vanish/c': 'c' }), { embedder })).toMatchObject({ removed: 0 });
    expect(await idsOf('vanish')).toEqual(['vanish/a', 'vanish/b']);
  });

  it('with vectors that the store cannot hold is refused before anything is read', async () => {
    let read = 0;
    const load: Item['load'] = () => {
      read += 1;
      return itemOf('dim/a', 'a').load();
    };
    const item: Item = { ...itemOf('dim/a', 'a'), load };
    await expect(
      take(listingOf('dim', {}, { items: [item] }), { embedder: countingEmbedder(undefined, 384) }),
    ).rejects.toMatchObject({
      code: 'config_invalid',
      message:
        'The embedder "counting" gives vectors of 384 dimensions, 512 are needed. Choose a model that can give 512, or unset EMBEDDING_MODEL; "throughline doctor" says how to embed everything again.',
    });
    expect(read).toBe(0);
  });

  it.each([
    ['shorter vectors than it promised', [1, 2, 3], 'gives vectors of 3 dimensions'],
    ['a vector too few', undefined, 'gives vectors of 0 dimensions'],
    [
      'something that is no number',
      Array.from({ length: 512 }, () => Number.NaN),
      'something else than finite numbers',
    ],
  ])('with %s is refused, and nothing of it is stored', async (_, vector, says) => {
    const embedder = { ...countingEmbedder(), embed: () => Promise.resolve(vector === undefined ? [] : [vector]) };
    await expect(take(listingOf('odd', { 'odd/a': 'a' }), { embedder })).rejects.toThrow(says);
    expect(await idsOf('odd')).toEqual([]);
  });

  it('stamps no two lists of parts alike', () => {
    expect(stampOf('ab', 'c')).not.toBe(stampOf('a', 'bc'));
    expect(stampOf(null)).not.toBe(stampOf('null'));
  });
});
