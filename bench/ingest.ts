/**
 * `npm run bench -- ingest [files]`: how long the event loop is held up while documents are taken in, good ones and
 * hostile ones, into the embedded engine. Others of the process (chats, webhooks) wait that long at worst.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { uuidv7 } from 'uuidv7';
import { createLexicalEmbedder } from '../core/embedding.ts';
import { PermanentError } from '../core/errors.ts';
import { seededRandom } from '../evals/statistics.ts';
import { openStore } from '../memory/postgres/index.ts';
import { ingest } from '../server/ingest/ingest.ts';
import { createParser } from '../server/ingest/parser.ts';
import { readSource } from '../server/ingest/read-source.ts';

const random = seededRandom(11);
const WORDS = 'breath course lesson week refund ticket member practice evening certificate teacher invoice group'.split(
  ' ',
);

function paragraph(): string {
  return Array.from({ length: 80 }, () => WORDS[Math.floor(random() * WORDS.length)]).join(' ');
}

async function writeFolder(folder: string, files: number): Promise<void> {
  for (let n = 0; n < files; n += 1) {
    const sections = ['One', 'Two', 'Three', 'Four'].map((head) => `## ${head}\n${paragraph()}.`);
    await writeFile(join(folder, `page-${n}.md`), `# Page ${n}\n${sections.join('\n')}`);
  }
  const bad = join(folder, 'bad');
  await mkdir(bad);
  await writeFile(
    join(bad, 'nested.html'),
    `<html><body>${'<div>'.repeat(10_000)}deep${'</div>'.repeat(10_000)}</body></html>`,
  );
  await writeFile(join(bad, 'long-line.md'), 'word '.repeat(200_000));
  await writeFile(join(bad, 'binary.md'), Buffer.from(Array.from({ length: 500_000 }, (_, index) => index % 256)));
  await writeFile(join(bad, 'no-text.pdf'), '%PDF-1.4\n%%EOF');
  await writeFile(join(bad, 'emoji.md'), '🙂🙃'.repeat(1_000));
  await writeFile(join(bad, 'empty.md'), '');
}

/** Takes `files` pages and a few hostile files in, and prints what the event loop felt. */
export async function benchIngest(files: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'throughline-ingest-'));
  const defaults = { locale: 'en', timeZone: 'UTC' };
  const store = await openStore({ location: { kind: 'memory' }, mint: uuidv7, pid: process.pid, defaults });
  const parser = createParser();
  try {
    await writeFolder(folder, files);
    const lag = monitorEventLoopDelay({ resolution: 5 });
    lag.enable();
    const begun = performance.now();
    const lookup = (host: string): Promise<never> =>
      Promise.reject(new PermanentError('not_permitted', `Nothing is fetched here, not even from ${host}.`));
    const taken = {
      name: 'bench',
      defaults: { audience: 'public', language: null },
      allowPrivate: false,
      parser,
      lookup,
    } as const;
    const listing = await readSource(folder, taken);
    const ports = {
      documents: store.memory.documents,
      embedder: createLexicalEmbedder(),
      wait: () => Promise.resolve(),
    };
    const report = await ingest(listing, ports, { isDryRun: false, onProgress: () => undefined });
    lag.disable();
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    const [p50, p99, most] = [lag.percentile(50), lag.percentile(99), lag.max].map((value) => (value / 1e6).toFixed(0));
    process.stdout.write(
      `${report.added} documents, ${report.passages} passages in ${seconds} s, ${report.failed.length} refused\n` +
        `event loop held up, p50 / p99 / most: ${p50} / ${p99} / ${most} ms (aim: p99 ≤ 100 ms)\n`,
    );
  } finally {
    await parser.close();
    await store.memory.close();
    await rm(folder, { recursive: true });
  }
}
