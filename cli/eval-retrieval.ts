/** throughline eval retrieval: how well the product's search finds what is relevant, on any documents and queries. */
import { join } from 'node:path';
import { uuidv7 } from 'uuidv7';
import { z } from 'zod';
import { InvalidPayloadError } from '../core/errors.ts';
import type { KnowledgeDocument } from '../core/knowledge.ts';
import { readJsonLines } from '../evals/json-lines.ts';
import { type Played, type RetrievalScores, scoreRetrieval } from '../evals/retrieval/measure.ts';
import { loadDocuments, playQueries, type Query, type RetrievalParts } from '../evals/retrieval/search.ts';
import { openStore } from '../memory/postgres/index.ts';
import { readEnvironment } from '../server/config.ts';
import { createEmbedder } from '../server/embedder.ts';
import { readWorkspace } from '../server/workspace.ts';
import { evalCommand } from './eval-command.ts';
import type { AddVerb, Output, Outputs } from './verb.ts';

type Options = {
  readonly docs?: string;
  readonly queries?: string;
  readonly misses?: boolean;
  readonly json?: boolean;
};
type Material = { readonly documents: readonly KnowledgeDocument[]; readonly queries: readonly Query[] };

const DocumentLine = z.object({ id: z.string().min(1), title: z.string().default(''), text: z.string() });
const QueryLine = z.object({ text: z.string().min(1), relevant: z.array(z.string()).min(1) });

/** The questions of the sample workspace, kept apart from the exemplars. */
const OWN_QUERIES = join('evals', 'retrieval', 'faq.jsonl');

/** The verb `eval retrieval`. */
export function evalRetrievalVerb(outputs: Outputs): AddVerb {
  return (program) => {
    evalCommand(program)
      .command('retrieval')
      .description("find documents for queries with the product's own search, in a store of their own; needs no model")
      .option('--docs <file>', 'JSON lines {"id","title","text"} (default: the articles of the workspace)')
      .option('--queries <file>', 'JSON lines {"text","relevant":[ids]} (default: evals/retrieval/faq.jsonl there)')
      .option('--misses', 'also list the queries whose first five documents hold nothing relevant')
      .option('--json', 'print one JSON object')
      .action(async (options: Options) => {
        const { played, queries } = await evaluate(options, outputs.stderr);
        const scores = scoreRetrieval(played);
        if (options.json) return outputs.stdout.write(`${JSON.stringify(scores)}\n`);
        outputs.stdout.write(`${table(scores, queries.length)}\n`);
        if (options.misses) outputs.stdout.write(listMisses(queries, played));
      });
  };
}

async function evaluate(options: Options, stderr: Output) {
  const material = await readMaterial(options);
  const embedder = createEmbedder(readEnvironment().model, { clock: Date.now });
  const store = await openStore({
    location: { kind: 'memory' },
    mint: uuidv7,
    pid: process.pid,
    defaults: { locale: 'en', timeZone: 'UTC' },
  });
  try {
    const parts = (what: string): RetrievalParts => ({
      documents: store.memory.documents,
      knowledge: store.memory.knowledge,
      embedder,
      monotonic: () => performance.now(),
      onProgress: progressOn(stderr, what),
    });
    await loadDocuments(material.documents, parts('documents loaded'));
    return { queries: material.queries, played: await playQueries(material.queries, parts('queries')) };
  } finally {
    await store.memory.close();
  }
}

async function readMaterial({ docs, queries }: Options): Promise<Material> {
  if (docs !== undefined && queries !== undefined) return readFiles(docs, queries);
  if (docs !== undefined) {
    throw new InvalidPayloadError('malformed', 'Documents without queries: name a file of them with --queries, too.', {
      path: '--queries',
    });
  }
  const { workspaceFolder } = readEnvironment();
  const { documents } = await readWorkspace(workspaceFolder);
  return known({ documents, queries: await readJsonLines(queries ?? join(workspaceFolder, OWN_QUERIES), QueryLine) });
}

/** Ids of other people's files need not have our form, so the store gets numbers. */
async function readFiles(docs: string, queries: string): Promise<Material> {
  const lines = await readJsonLines(docs, DocumentLine);
  const numbers = new Map(lines.map(({ id }, index) => [id, `d/${index}`]));
  const documents = lines.map(({ id, title, text }): KnowledgeDocument => {
    const shown = title.trim().slice(0, 200) || id.slice(0, 200);
    return { id: numbers.get(id) ?? id, title: shown, audience: 'public', language: 'en', body: text.trim() || shown };
  });
  const asked = await readJsonLines(queries, QueryLine);
  return known({
    documents,
    queries: asked.map((query) => ({ ...query, relevant: query.relevant.map((id) => numbers.get(id) ?? id) })),
  });
}

function known(material: Material): Material {
  const ids = new Set(material.documents.map(({ id }) => id));
  if (material.queries.length === 0 || ids.size === 0) {
    throw new InvalidPayloadError('malformed', 'There is nothing to measure: no documents or no queries.', {
      path: 'queries',
    });
  }
  for (const { text, relevant } of material.queries) {
    const missing = relevant.find((id) => !ids.has(id));
    if (missing === undefined) continue;
    throw new InvalidPayloadError(
      'not_found',
      `The query "${text.slice(0, 80)}" calls "${missing}" relevant, but no document has that id. Correct one of the two.`,
      { path: 'relevant' },
    );
  }
  return material;
}

function progressOn({ write, isTerminal }: Output, what: string): (done: number, total: number) => void {
  return (done, total) => {
    if (isTerminal) write(`\r\u001b[K${done === total ? '' : `${done} of ${total} ${what}`}`);
    else if (done === total) write(`${done} ${what}\n`);
  };
}

function table(scores: RetrievalScores, queries: number): string {
  const rows = Object.entries(scores).map(([name, value]) => {
    const text = name.startsWith('ms') ? `${value.toFixed(1)} ms` : value.toFixed(3);
    return `  ${name.padEnd(10)} ${text.padStart(9)}`;
  });
  return [`${queries} queries`, '', ...rows].join('\n');
}

function listMisses(queries: readonly Query[], played: readonly Played[]): string {
  const lines = played.flatMap(({ found, relevant }, index) => {
    if (found.slice(0, 5).some((id) => relevant.includes(id))) return [];
    return [
      `  ${queries[index]?.text ?? ''}\n    wanted ${relevant.join(', ')}; found ${found.slice(0, 5).join(', ')}`,
    ];
  });
  return `\n${lines.length} misses\n${lines.join('\n')}${lines.length > 0 ? '\n' : ''}`;
}
