/** throughline doctor: checks what this installation needs, one line each. */
import { access } from 'node:fs/promises';
import type { Command } from 'commander';
import { PermanentError, TransientError } from '../core/errors.ts';
import type { Store } from '../memory/postgres/index.ts';
import { type Config, readEnvironment } from '../server/config.ts';
import { createEmbedder } from '../server/embedder.ts';
import { readRetention } from '../server/retention.ts';
import { readWorkspace } from '../server/workspace.ts';
import { withStore } from './store.ts';

type Finding = { readonly what: string; readonly ok: boolean; readonly says: string };

/** Registers the verb. Exit code 1 when something is wrong. */
export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check the configuration, the workspace, the database and the model endpoint')
    .option('--json', 'print one JSON object')
    .action(async ({ json }: { readonly json?: boolean }) => {
      const findings = await examine();
      const lines = findings.map(({ what, ok, says }) => `${ok ? 'ok  ' : 'FAIL'}  ${what.padEnd(14)} ${says}`);
      process.stdout.write(json ? `${JSON.stringify({ findings })}\n` : `${lines.join('\n')}\n`);
      process.exitCode = findings.every((finding) => finding.ok) ? 0 : 1;
    });
}

async function examine(): Promise<readonly Finding[]> {
  const runtime = { what: 'node', ok: Number(process.versions.node.split('.')[0]) >= 24, says: process.version };
  const configured = await attempt('configuration', () => Promise.resolve(readEnvironment()), describeConfig);
  if (!configured.value) return [runtime, configured.finding];
  const config = configured.value;
  return [runtime, configured.finding, ...(await examineParts(config))];
}

async function examineParts(config: Config): Promise<readonly Finding[]> {
  const asItSays = (says: string): string => says;
  const console = new URL('../console/dist/index.html', import.meta.url);
  const results = [
    await attempt(
      'workspace',
      () => readWorkspace(config.workspaceFolder),
      (value) => `${value.organisation.name}: ${value.documents.length} articles, ${value.offers.length} offers`,
    ),
    await attempt(
      'console',
      () => access(console),
      () => 'built',
    ),
    await attempt(
      'database',
      () => withStore((opened) => opened.memory.operators.counts()),
      (counts) => `${counts['threads'] ?? 0} threads, ${counts['turns'] ?? 0} turns, ${counts['parked'] ?? 0} parked`,
    ),
    await attempt('retention', () => describeRetention(config), asItSays),
    await attempt('vectors', () => withStore((opened) => findOldVectors(opened, config)), asItSays),
    await attempt('embeddings', () => tryEmbeddings(config), asItSays),
    await attempt('model', () => askModels(config), asItSays),
  ];
  return results.map(({ finding }) => finding);
}

/** How long what is kept, and what the last run took away. */
async function describeRetention(config: Config): Promise<string> {
  const { days } = await readRetention(config.workspaceFolder);
  const kept = Object.entries(days);
  if (kept.length === 0) return 'everything is kept: there is no retention.yaml, or it names no class';
  const runs = await withStore(({ memory }) => memory.retention.runs());
  const lines = kept.map(([name, count]) => {
    const run = runs.find((one) => one.class === name);
    return `${name} ${count} days${run ? ` (${run.lastRows} rows on ${run.ranAt.slice(0, 10)}, ${run.totalRows} in all)` : ''}`;
  });
  return lines.join(', ');
}

/** Whether the embedder gives vectors that the store can hold. */
async function tryEmbeddings({ model }: Config): Promise<string> {
  const { embeddingModel } = model;
  const embedder = createEmbedder(model, { clock: Date.now });
  await embedder.embed(['hello']);
  return embeddingModel === undefined ? 'built in: no EMBEDDING_MODEL is set' : `${embeddingModel} gives vectors`;
}

/** Says what to run after EMBEDDING_MODEL has changed. Throws when something is to be done. */
async function findOldVectors({ memory }: Store, { model }: Config): Promise<string> {
  const missing = await memory.documents.withoutVectors(createEmbedder(model, { clock: Date.now }).name);
  if (missing.length === 0) return 'every passage has one';
  const counts = missing.map(({ source, passages }) => `${passages} of "${source}"`).join(', ');
  throw new PermanentError(
    'config_invalid',
    `Passages without a vector of this EMBEDDING_MODEL, found by their words only: ${counts}. Once the line "embeddings" is ok, run "throughline ingest" for each of these again; "workspace" is taken in by the next start.`,
  );
}

async function attempt<T>(what: string, work: () => Promise<T>, describe: (value: T) => string) {
  try {
    const value = await work();
    return { value, finding: { what, ok: true, says: describe(value) } satisfies Finding };
  } catch (error) {
    const says = error instanceof Error ? error.message : 'unknown';
    return { value: null, finding: { what, ok: false, says } satisfies Finding };
  }
}

function describeConfig(config: Config): string {
  const channels = ['web', ...(['telegram', 'facebook', 'buddyboss'] as const).filter((name) => config[name])];
  return `channels: ${channels.join(', ')}; database: ${config.databaseUrl ? 'server' : 'embedded'}`;
}

async function askModels({ model }: Config): Promise<string> {
  if (!model.apiKey && !model.baseUrl) return 'none configured: the agents answer by their fallbacks';
  const base = model.baseUrl ?? 'https://api.openai.com/v1';
  const response = await fetch(`${base}/models`, {
    headers: { authorization: `Bearer ${model.apiKey ?? 'none'}` },
    signal: AbortSignal.timeout(10_000),
  });
  if (response.ok) return `${base} answers`;
  throw new TransientError(
    'model_unavailable',
    `${base}/models answered ${response.status}. Check OPENAI_API_KEY and OPENAI_BASE_URL.`,
  );
}
