/** Lists the files of a folder, or the one file, as items. A FAQ file becomes an item for each question. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { InvalidPayloadError, PermanentError } from '../../core/errors.ts';
import { documentId } from './document-id.ts';
import type { DocumentKind, Piece } from './draft.ts';
import { makeDocument } from './make-document.ts';
import type { Parser } from './parser.ts';
import { type Defaults, failureOf, type Item, type Listing, stampOf } from './source.ts';

const KINDS: Readonly<Record<string, DocumentKind>> = {
  '.md': 'markdown',
  '.markdown': 'markdown',
  '.txt': 'text',
  '.html': 'html',
  '.htm': 'html',
  '.pdf': 'pdf',
  '.csv': 'faq-csv',
  '.json': 'faq-json',
};
const MEGABYTE = 1_000_000;
const MOST_BYTES = { pdf: 50 * MEGABYTE, other: 10 * MEGABYTE };

export type FolderOptions = {
  readonly source: string;
  /** First part of every id. */
  readonly prefix: string;
  readonly defaults: Defaults;
  readonly parser: Parser;
};

type File = FolderOptions & {
  /** Relative to the folder, with `/` on every system. */
  readonly name: string;
  readonly path: string;
  readonly place: string;
  readonly kind: DocumentKind;
  readonly id: string;
};

/** Throws PermanentError('workspace_invalid') when the path cannot be listed or holds nothing that is read. */
export async function readFolder(path: string, options: FolderOptions): Promise<Listing> {
  const names = await listNames(path);
  const files = names.flatMap((name) => fileOf({ name, path, options }));
  if (files.length === 0) {
    const kinds = Object.keys(KINDS).join(', ');
    throw unlistable(path, `holds no file that is read (${kinds}); nothing was changed. Is it the right folder?`);
  }
  const others = names.filter((name) => kindOf(name) === undefined);
  const items: Item[] = [];
  const failed: Listing['failed'][number][] = [];
  for (const file of files) {
    if (!isFaq(file)) items.push(itemOf(file));
    else {
      await faqItems(file).then(
        (found) => items.push(...found),
        (error: unknown) => failed.push({ ...failureOf(file.place, error), id: file.id }),
      );
    }
  }
  const endings = [...new Set(others.map((name) => extname(name) || 'without ending'))].slice(0, 8);
  const notes =
    others.length === 0 ? [] : [`${others.length} files of other kinds were left out: ${endings.join(', ')}`];
  return { source: options.source, items, failed, leftOut: [], isWhole: true, version: null, notes };
}

/** Names below a folder in byte order, or [''] for a file. Hidden files and links to elsewhere are not followed. */
async function listNames(path: string): Promise<readonly string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [''];
    const found = await readdir(path, { recursive: true, withFileTypes: true });
    const names = found
      .filter((entry) => entry.isFile())
      .map((entry) =>
        join(entry.parentPath, entry.name)
          .slice(path.length + 1)
          .replaceAll('\\', '/'),
      );
    return names.filter((name) => !/(?:^|\/)(?:\.|node_modules\/)/.test(name)).toSorted();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw unlistable(path, `cannot be read (${code}); name a file or folder that this process may read`, error);
  }
}

function unlistable(path: string, says: string, cause?: unknown): PermanentError {
  return new PermanentError('workspace_invalid', `${path} ${says}`, { cause });
}

function kindOf(name: string): DocumentKind | undefined {
  return KINDS[extname(name).toLowerCase()];
}

function fileOf({
  name,
  path,
  options,
}: {
  readonly name: string;
  readonly path: string;
  readonly options: FolderOptions;
}): readonly File[] {
  const shown = name === '' ? basename(path) : name;
  const kind = kindOf(shown);
  if (kind === undefined) return [];
  const place = name === '' ? shown : `${basename(path)}/${name}`;
  return [{ ...options, name: shown, path: join(path, name), place, kind, id: documentId(options.prefix, shown) }];
}

function isFaq({ kind }: File): boolean {
  return kind === 'faq-csv' || kind === 'faq-json';
}

function itemOf(file: File): Item {
  const { place, id, defaults, name } = file;
  return {
    place,
    id,
    load: async () => {
      const bytes = await readBytes(file);
      return {
        stamp: stampOf(name, defaults.audience, defaults.language, bytes),
        read: async () => makeDocument((await parse(file, bytes))[0], { id, defaults }),
      };
    },
  };
}

async function faqItems(file: File): Promise<readonly Item[]> {
  const pieces = await parse(file, await readBytes(file));
  // Ids of questions begin with the id of their file, and have to leave room for the question.
  const below = file.id.length > 80 ? `${file.prefix}/${stampOf(file.id).slice(0, 12)}` : file.id;
  return pieces.map((piece) => faqItem(piece, { file, below }));
}

function faqItem(piece: Piece, { file, below }: { readonly file: File; readonly below: string }): Item {
  const { defaults, place } = file;
  const id = documentId(below, piece.key === '' ? `line-${piece.line}` : piece.key.replaceAll('/', ' '));
  const stamp = stampOf(JSON.stringify(piece), defaults.audience, defaults.language);
  return {
    place: `${place}:${piece.line}`,
    id,
    load: () =>
      Promise.resolve({ stamp, read: () => Promise.resolve().then(() => makeDocument(piece, { id, defaults })) }),
  };
}

function parse({ parser, kind, name }: File, bytes: Uint8Array): Promise<readonly Piece[]> {
  return parser.parse({ kind, bytes, name: basename(name), url: null, charset: null });
}

async function readBytes({ path, kind }: File): Promise<Uint8Array> {
  const limit = MOST_BYTES[kind === 'pdf' ? 'pdf' : 'other'];
  try {
    const { size } = await stat(path);
    if (size > limit) {
      const says = `has ${Math.round(size / MEGABYTE)} MB, more than ${limit / MEGABYTE}; split it`;
      throw new InvalidPayloadError('too_large', says);
    }
    return await readFile(path);
  } catch (error) {
    if (error instanceof InvalidPayloadError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    if (code === 'ENOENT') throw new InvalidPayloadError('not_found', 'is gone; it was there a moment ago');
    throw new PermanentError('invalid_content', `cannot be read (${code}); let this process read it`, { cause: error });
  }
}
