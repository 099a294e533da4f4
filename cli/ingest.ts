/** throughline ingest: takes documents of a folder, a file, a web page or a sitemap into the knowledge. */
import { lookup } from 'node:dns/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import type { Clock } from '../core/clock.ts';
import { PermanentError } from '../core/errors.ts';
import { createEmbedder } from '../server/embedder.ts';
import type { Resolved } from '../server/ingest/fetch-guarded.ts';
import { type IngestReport, ingest } from '../server/ingest/ingest.ts';
import { languageOf } from '../server/ingest/make-document.ts';
import { createParser } from '../server/ingest/parser.ts';
import { readSource } from '../server/ingest/read-source.ts';
import { createIngestProgress } from './ingest-progress.ts';
import { withStore } from './store.ts';
import type { AddVerb, Outputs } from './verb.ts';

type Options = {
  readonly audience: 'public' | 'members' | 'operators';
  readonly language?: string;
  readonly source?: string;
  readonly allowPrivate?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
};

type Parts = { readonly outputs: Outputs; readonly clock: Clock; readonly monotonic: Clock };

const HELP = `
Markdown may say title, audience, language, url, valid-from and valid-until between two lines "---" at its start.
CSV and JSON hold questions: columns or keys question and answer; language, audience, url and title if you like.
A second run takes in what changed and removes what is gone.
A page that the robots.txt of its site refuses to Throughline-ingest is left out, and said so at the end. Exit codes: 0 all taken in, 1 some were not, 2 wrong usage.`;

/** Makes the verb. Exit code 1 when a document could not be taken in or the run had to stop. */
export function ingestVerb(parts: Parts): AddVerb {
  return (program: Command) => {
    program
      .command('ingest <source>')
      .description('take documents in: a folder, a file, an address, or a sitemap')
      .addOption(
        new Option('--audience <who>', 'who may hear documents that do not say it')
          .choices(['public', 'members', 'operators'])
          .default('public'),
      )
      .option('--language <code>', 'language of documents that do not say it, e.g. de (default: told from the text)')
      .option('--source <name>', 'a name for this source; its documents are those the last run under it took in')
      .option('--allow-private', 'fetch from the host of <source> though its address is private (an intranet)')
      .option('--dry-run', 'say what would happen, change nothing')
      .option('--json', 'print one JSON object')
      .addHelpText('after', HELP)
      .action((location: string, options: Options) => run(location, { ...parts, options }));
  };
}

async function run(location: string, parts: Parts & { readonly options: Options }): Promise<void> {
  const { outputs, monotonic, options } = parts;
  const language = languageOf(options.language) ?? null;
  if (options.language !== undefined && language === null) {
    throw new PermanentError('config_invalid', `--language ${options.language} is no language; write e.g. en or de.`);
  }
  const started = monotonic();
  const report = await withStore((store, config) => {
    const embedder = createEmbedder(config.model, { clock: parts.clock });
    const ports = { documents: store.memory.documents, embedder, wait: (ms: number) => wait(ms) };
    return takeIn(location, { ...parts, language, ports });
  });
  const seconds = Math.round((monotonic() - started) / 100) / 10;
  const { stopped, ...counts } = report;
  if (options.json) {
    outputs.stdout.write(`${JSON.stringify({ ...counts, seconds, ...(stopped === null ? {} : { stopped }) })}\n`);
  } else outputs.stdout.write(reportText(report, { seconds, isDryRun: options.dryRun === true }));
  process.exitCode = report.failed.length > 0 || stopped !== null ? 1 : 0;
}

type TakingIn = Parts & {
  readonly options: Options;
  readonly language: string | null;
  readonly ports: Parameters<typeof ingest>[1];
};

async function takeIn(location: string, { outputs, options, language, ports }: TakingIn): Promise<IngestReport> {
  const parser = createParser();
  const progress = createIngestProgress(outputs.stderr);
  try {
    const listing = await readSource(location, {
      name: options.source ?? null,
      defaults: { audience: options.audience, language },
      allowPrivate: options.allowPrivate === true,
      parser,
      lookup: resolveAll,
    });
    for (const note of listing.notes) outputs.stderr.write(`${note}\n`);
    const report = await ingest(listing, ports, { isDryRun: options.dryRun === true, onProgress: progress.see });
    progress.end();
    for (const { message } of report.leftOut) outputs.stderr.write(`${message}\n`);
    for (const { message } of report.failed) outputs.stderr.write(`failed  ${message}\n`);
    if (report.stopped !== null) outputs.stderr.write(`stopped  ${report.stopped}\n`);
    return report;
  } finally {
    progress.end();
    await parser.close();
  }
}

async function resolveAll(host: string): Promise<readonly Resolved[]> {
  const found = await lookup(host, { all: true });
  return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
}

function reportText(report: IngestReport, run: { readonly seconds: number; readonly isDryRun: boolean }): string {
  const { source, documents, added, changed, unchanged, removed, failed, leftOut, passages } = report;
  const counts = `${added} added, ${changed} changed, ${unchanged} unchanged, ${removed} removed, ${failed.length} failed`;
  const would = run.isDryRun ? ' (dry run: nothing was changed)' : '';
  const left = leftOut.length === 0 ? '' : `, ${leftOut.length} left out`;
  return `${source}: ${documents} documents: ${counts}${left}; ${passages} passages in ${run.seconds} s${would}\n`;
}
