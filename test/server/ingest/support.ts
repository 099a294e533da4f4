/** What the ingest tests share: jobs, a PDF written by hand, a site on this machine, listings and an embedder that may fail. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Embedder, embedLexically } from '../../../core/embedding.ts';
import type { KnowledgeDocument } from '../../../core/knowledge.ts';
import type { DocumentKind, Draft, ParseJob } from '../../../server/ingest/draft.ts';
import type { FetchGuard, Resolved } from '../../../server/ingest/fetch-guarded.ts';
import { parseDocument } from '../../../server/ingest/parse-document.ts';
import { type Item, type Listing, stampOf } from '../../../server/ingest/source.ts';

export function jobOf(kind: DocumentKind, content: string | Uint8Array, more: Partial<ParseJob> = {}): ParseJob {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return { kind, bytes, name: 'some-page.md', url: null, charset: null, ...more };
}

/** The only draft; throws what was wrong. */
export async function draftOf(job: ParseJob): Promise<Draft> {
  const [piece] = await parseDocument(job);
  if (!piece || 'problem' in piece) throw new Error(`no draft: ${JSON.stringify(piece)}`);
  return piece.draft;
}

/** A PDF with one line of text on each page; an empty line makes a page without text. */
export function pdfOf(lines: readonly string[], title?: string): Uint8Array {
  const objects: string[] = [];
  const add = (body: string): number => objects.push(body);
  add('<< /Type /Catalog /Pages 2 0 R >>');
  add(`<< /Type /Pages /Count ${lines.length} /Kids [${lines.map((_, page) => `${4 + 2 * page} 0 R`).join(' ')}] >>`);
  add('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>');
  for (const [page, line] of lines.entries()) {
    const content =
      line === ''
        ? ''
        : line
            .split('\n')
            .map((part, row) => `BT /F1 12 Tf 50 ${700 - 14 * row} Td (${part}) Tj ET`)
            .join('\n');
    add(`<< /Type /Page /Parent 2 0 R /Resources << /Font << /F1 3 0 R >> >> /Contents ${5 + 2 * page} 0 R >>`);
    add(`<< /Length ${content.length} >>\nstream\n${content}\nendstream`);
  }
  const info = title === undefined ? 0 : add(`<< /Title (${title}) >>`);
  let file = '%PDF-1.4\n';
  const places = objects.map((body, index) => {
    const place = file.length;
    file += `${index + 1} 0 obj\n${body}\nendobj\n`;
    return String(place).padStart(10, '0');
  });
  const start = file.length;
  file += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${places.map((place) => `${place} 00000 n \n`).join('')}`;
  file += `trailer << /Size ${objects.length + 1} /Root 1 0 R${info ? ` /Info ${info} 0 R` : ''} >>\nstartxref\n${start}\n%%EOF`;
  return new TextEncoder().encode(file);
}

export type Site = {
  readonly port: number;
  /** Paths asked for, in order. */
  readonly asked: string[];
  /** `http://<host>:<port><path>` */
  readonly at: (host: string, path?: string) => string;
  readonly close: () => Promise<void>;
};

/** A server on the loopback address that answers as `answer` says. */
export async function startSite(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<Site> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    asked,
    at: (host, path = '/') => `http://${host}:${port}${path}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const LOOPBACK: Resolved = { address: '127.0.0.1', family: 4 };

/** Only the host that is being tested may be on this machine; every other name is judged as in production. */
export function guardFor(site: Site, more: Partial<FetchGuard> = {}): FetchGuard {
  return {
    lookup: () => Promise.resolve([LOOPBACK]),
    privateHosts: new Set(['school.example']),
    ports: new Set([site.port]),
    limits: { bytes: 100_000, milliseconds: 5_000, redirects: 5 },
    ...more,
  };
}

export const HTML_TYPES: ReadonlySet<string> = new Set(['text/html']);

function documentOf(id: string, body: string, more: Partial<KnowledgeDocument> = {}): KnowledgeDocument {
  return { id, title: `Title of ${id}`, audience: 'public', language: 'en', body, ...more };
}

/** An item for a document; `null` for one that cannot be read. */
export function itemOf(id: string, body: string | null): Item {
  const read = (): Promise<KnowledgeDocument> => Promise.resolve(documentOf(id, body ?? ''));
  return {
    place: `${id}.md`,
    id,
    load: () => (body === null ? Promise.reject(new Error('broken')) : Promise.resolve({ stamp: stampOf(body), read })),
  };
}

export function listingOf(
  source: string,
  bodies: Readonly<Record<string, string | null>>,
  more: Partial<Listing> = {},
): Listing {
  const items = Object.entries(bodies).map(([id, body]) => itemOf(id, body));
  return { source, items, failed: [], leftOut: [], isWhole: true, version: null, notes: [], ...more };
}

export type CountingEmbedder = Embedder & { readonly batches: number[] };

/** Keeps how many texts it was given each time; `before` may throw. */
export function countingEmbedder(before: (call: number) => void = () => undefined, dimensions = 512): CountingEmbedder {
  const batches: number[] = [];
  return {
    name: 'counting',
    dimensions,
    batches,
    searchWeight: 1,
    embed: async (texts) => {
      await Promise.resolve();
      before(batches.length);
      batches.push(texts.length);
      return texts.map((text) => embedLexically(text).slice(0, dimensions));
    },
  };
}
