/** The road of ingesting: list, leave what did not change, read, cut, embed, save, remove what vanished. */
import { errorCode, InvalidPayloadError, TransientError } from '../../core/errors.ts';
import { KnowledgeDocument } from '../../core/knowledge.ts';
import { splitDocument } from '../../core/split-document.ts';
import type { DocumentPort, DocumentToSave } from '../../memory/documents.ts';
import { checkDimensions, type EmbedPorts, embedPassages, tryEmbedder } from './embed-passages.ts';
import { type Failure, failureOf, type Item, type Listing, stampOf } from './source.ts';

/** Raised when documents are cut or cleaned differently: everything is then made again. */
const FORMAT = '1';
/** Items read side by side: pages wait for the network, files for the parsing thread. */
const SIDE_BY_SIDE = 8;
/** Passages that are embedded and saved together; what a run that dies has to do again. */
const TOGETHER = 64;
const MOST_PASSAGES = 5_000;

export type IngestPorts = EmbedPorts & { readonly documents: DocumentPort };

export type IngestOptions = {
  /** Reads and compares, but embeds, saves and removes nothing. */
  readonly isDryRun: boolean;
  readonly onProgress: (progress: { readonly done: number; readonly total: number; readonly place: string }) => void;
};

export type IngestReport = {
  readonly source: string;
  /** Offered by the source. */
  readonly documents: number;
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly removed: number;
  readonly failed: readonly Failure[];
  /** Not read because a robots.txt asks for that; what was known of them stays. */
  readonly leftOut: readonly Failure[];
  /** Written in this run. */
  readonly passages: number;
  /** Why the run ended early, or null. The same command again goes on from there. */
  readonly stopped: string | null;
};

/**
 * Brings what is stored of a source in line with its listing. Every batch is one transaction, so a run that dies loses
 * one batch at most. Throws PermanentError for an embedder that cannot be used; what is wrong with a document is in the report.
 */
export async function ingest(listing: Listing, ports: IngestPorts, options: IngestOptions): Promise<IngestReport> {
  checkDimensions(ports.embedder, await ports.documents.dimensions());
  if (!options.isDryRun) await adoptEmbedder(ports);
  const run = await startRun(listing, ports, options);
  let stopped: string | null = null;
  try {
    for (let start = 0; start < listing.items.length; start += SIDE_BY_SIDE) {
      const group = listing.items.slice(start, start + SIDE_BY_SIDE);
      for (const made of await Promise.all(group.map((item) => makeItem(item, run)))) await take(made, run);
    }
    await flush(run);
  } catch (error) {
    if (!(error instanceof TransientError)) throw error;
    stopped = stopText(error, run);
  }
  if (stopped === null) await finish(run);
  const { added, changed, unchanged, removed, failed, leftOut, passages } = run.counts;
  return {
    source: listing.source,
    documents: listing.items.length,
    added,
    changed,
    unchanged,
    removed,
    failed,
    leftOut,
    passages,
    stopped,
  };
}

async function adoptEmbedder({ documents, embedder }: IngestPorts): Promise<void> {
  const held = await documents.embedder();
  if (held !== null && held !== embedder.name) await tryEmbedder({ embedder });
  await documents.useEmbedder(embedder.name);
}

type Run = {
  readonly listing: Listing;
  readonly ports: IngestPorts;
  readonly options: IngestOptions;
  readonly known: ReadonlyMap<string, string>;
  readonly elsewhere: ReadonlyMap<string, string>;
  /** The item that has an id; a second one with the same id is refused. */
  readonly firsts: ReadonlyMap<string, Item>;
  /** Ids that are not removed: still offered, or not readable this time. */
  readonly kept: Set<string>;
  readonly waiting: { readonly item: Item; readonly made: Omit<DocumentToSave, 'passages'>; readonly cut: Cut }[];
  readonly hashes: Map<string, string>;
  readonly counts: {
    done: number;
    added: number;
    changed: number;
    unchanged: number;
    removed: number;
    passages: number;
    readonly failed: Failure[];
    readonly leftOut: Failure[];
  };
};
type Cut = ReturnType<typeof splitDocument>;

/** What became of an item: nothing to do, a document to save, or a failure. */
type Made =
  | { readonly kind: 'unchanged'; readonly item: Item; readonly hash: string }
  | {
      readonly kind: 'new';
      readonly item: Item;
      readonly hash: string;
      readonly document: KnowledgeDocument;
      readonly cut: Cut;
    }
  | { readonly kind: 'failed'; readonly item: Item; readonly error: unknown };

async function startRun(listing: Listing, ports: IngestPorts, options: IngestOptions): Promise<Run> {
  const { source, items, failed, leftOut } = listing;
  const counts = { done: 0, added: 0, changed: 0, unchanged: 0, removed: 0, passages: 0 };
  return {
    listing,
    ports,
    options,
    known: await ports.documents.hashes(source),
    elsewhere: await ports.documents.heldElsewhere(
      source,
      items.map(({ id }) => id),
    ),
    firsts: new Map(items.toReversed().map((item) => [item.id, item])),
    kept: new Set(),
    waiting: [],
    hashes: new Map(),
    counts: { ...counts, failed: failed.map(withoutId), leftOut: leftOut.map(withoutId) },
  };
}

function withoutId({ document, code, message }: Failure): Failure {
  return { document, code, message };
}

async function makeItem(item: Item, { firsts, ports, known, elsewhere }: Run): Promise<Made> {
  try {
    refuseTaken(item, { firsts, elsewhere });
    const loaded = await item.load();
    const { name, dimensions } = ports.embedder;
    const hash = stampOf(FORMAT, name, String(dimensions), loaded.stamp);
    if (known.get(item.id) === hash) return { kind: 'unchanged', item, hash };
    const document = KnowledgeDocument.parse({ ...(await loaded.read()), id: item.id });
    const cut = splitDocument(document);
    if (cut.length === 0) throw new InvalidPayloadError('malformed', 'has headings but no text; write some below them');
    if (cut.length > MOST_PASSAGES) {
      const says = `gives ${cut.length} passages, more than ${MOST_PASSAGES}; split it into several documents`;
      throw new InvalidPayloadError('too_large', says);
    }
    return { kind: 'new', item, hash, document, cut };
  } catch (error) {
    return { kind: 'failed', item, error };
  }
}

/** Two items with one id would overwrite each other for ever, and so would two sources. */
function refuseTaken(item: Item, { firsts, elsewhere }: Pick<Run, 'firsts' | 'elsewhere'>): void {
  const first = firsts.get(item.id);
  if (first !== undefined && first !== item) {
    const says = `gives the same id "${item.id}" as ${first.place}; rename one of them`;
    throw new InvalidPayloadError('malformed', says);
  }
  const holder = elsewhere.get(item.id);
  if (holder !== undefined) {
    const says = `its id "${item.id}" belongs to the source "${holder}"; give this one another name with --source`;
    throw new InvalidPayloadError('malformed', says);
  }
}

async function take(made: Made, run: Run): Promise<void> {
  const { counts, kept, hashes, waiting } = run;
  const { item } = made;
  if (made.kind === 'failed') {
    // A page or file that is gone may go here too; whatever else is wrong, what was known of it stays.
    const code = errorCode(made.error);
    if (code !== 'not_found') kept.add(item.id);
    (code === 'robots_refused' ? counts.leftOut : counts.failed).push(failureOf(item.place, made.error));
    tick(run, item.place);
    return;
  }
  kept.add(item.id);
  hashes.set(item.id, made.hash);
  if (made.kind === 'unchanged') {
    counts.unchanged += 1;
    tick(run, item.place);
    return;
  }
  waiting.push({ item, made: { hash: made.hash, document: made.document }, cut: made.cut });
  if (waiting.reduce((sum, { cut }) => sum + cut.length, 0) >= TOGETHER) await flush(run);
}

async function flush(run: Run): Promise<void> {
  const { waiting, counts, known, ports, options, listing } = run;
  const batch = waiting.splice(0);
  if (batch.length > 0 && !options.isDryRun) {
    const passages = await embedPassages(
      batch.flatMap(({ cut }) => cut),
      ports,
    );
    const documents: DocumentToSave[] = [];
    let start = 0;
    for (const { made, cut } of batch) {
      documents.push({ ...made, passages: passages.slice(start, start + cut.length) });
      start += cut.length;
    }
    await ports.documents.save({ source: listing.source, documents });
  }
  for (const { item, cut } of batch) {
    if (known.has(item.id)) counts.changed += 1;
    else counts.added += 1;
    counts.passages += cut.length;
    tick(run, item.place);
  }
}

function tick({ counts, options, listing }: Run, place: string): void {
  counts.done += 1;
  options.onProgress({ done: counts.done, total: listing.items.length, place });
}

async function finish({ listing, ports, options, known, kept, counts, hashes }: Run): Promise<void> {
  const { source, failed, leftOut, isWhole } = listing;
  const isSpared = (id: string): boolean =>
    kept.has(id) || [...failed, ...leftOut].some((one) => id === one.id || id.startsWith(`${one.id}/`));
  const gone = isWhole ? [...known.keys()].filter((id) => !isSpared(id)) : [];
  counts.removed = gone.length;
  if (options.isDryRun) return;
  if (gone.length > 0) await ports.documents.remove(source, gone);
  // A version that misses documents would let the next start believe that nothing is left to do.
  if (counts.failed.length > 0) return;
  const parts = [...hashes].toSorted(([a], [b]) => (a < b ? -1 : 1)).flat();
  await ports.documents.finish(source, listing.version ?? stampOf(...parts).slice(0, 12));
}

function stopText(error: TransientError, { counts, listing }: Run): string {
  const saved = counts.added + counts.changed + counts.unchanged;
  const done = `${saved} of ${listing.items.length} documents are done`;
  const what = error.code === 'store_down' ? 'The database is down' : 'The embedding endpoint is down';
  return `${what}: ${done}; run the same command again to go on. (${error.message})`;
}
