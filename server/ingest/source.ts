/** What ingesting reads from: a source that lists items, and an item that becomes one document when it is wanted. */
import { createHash } from 'node:crypto';
import { errorCode, InvalidPayloadError } from '../../core/errors.ts';
import type { KnowledgeDocument } from '../../core/knowledge.ts';

/** One document that a source offers. */
export type Item = {
  /** Where it stands, as people find it: a path, an address, `faq.csv:12`. */
  readonly place: string;
  /** The id of its document; known before it is read. */
  readonly id: string;
  load(): Promise<Loaded>;
};

export type Loaded = {
  /** Hash of what the document is made of. */
  readonly stamp: string;
  /** Makes the document; left undone when the stamp is known. Throws InvalidPayloadError. */
  read(): Promise<KnowledgeDocument>;
};

/** Everything a source offers now. */
export type Listing = {
  readonly source: string;
  readonly items: readonly Item[];
  /** What could not even be listed. Documents whose id is one of `ids`, or stands below it, stay as they are. */
  readonly failed: readonly (Failure & { readonly id: string })[];
  /** What its owner asks nobody to read; as `failed`, but not wrong. */
  readonly leftOut: Listing['failed'];
  /** False: there may be more than `items`, so nothing that is missing from it is removed. */
  readonly isWhole: boolean;
  /** Remembered once the source was read to its end; null: made from its documents. */
  readonly version: string | null;
  /** Said to the operator; not wrong. */
  readonly notes: readonly string[];
};

/** One thing that could not be taken in. `message` names the place, the value and the remedy. */
export type Failure = { readonly document: string; readonly code: string; readonly message: string };

/** What documents get that do not say it themselves. */
export type Defaults = {
  readonly audience: KnowledgeDocument['audience'];
  /** Null: told from the text, else English. */
  readonly language: string | null;
};

/** A failure at `place`; the path of an InvalidPayloadError is a line number or a key and comes after the place. */
export function failureOf(place: string, error: unknown): Failure {
  const path = error instanceof InvalidPayloadError && error.path !== '' ? `:${error.path}` : '';
  const says = error instanceof Error ? error.message : String(error);
  return { document: place, code: errorCode(error), message: `${place}${path}: ${says}` };
}

/** Short and stable; equal exactly when all parts are. */
export function stampOf(...parts: readonly (string | Uint8Array | null)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part === null ? 'null' : part.length}\n`).update(part ?? '');
  return hash.digest('hex').slice(0, 32);
}
