/**
 * `npm run bench -- retrieval [passages]`: how long a search takes in a large knowledge base, on the embedded engine or on
 * the server DATABASE_URL names. The words follow Zipf's law, the vectors are the built-in embedder's.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import pgvector from 'pgvector';
import { uuidv7 } from 'uuidv7';
import { createLexicalEmbedder } from '../core/embedding.ts';
import { PersonId } from '../core/ids.ts';
import { quantile, seededRandom } from '../evals/statistics.ts';
import { openStore, type Store } from '../memory/postgres/index.ts';

const AT_ONCE = 500;
const WORDS = 30_000;
const TEXT_WORDS = 90;
const QUERIES = 300;
const HEARING = {
  clearance: 'public',
  isMember: false,
  person: PersonId.parse('00000000-0000-7000-8000-000000000000'),
} as const;
const random = seededRandom(7);
const embedder = createLexicalEmbedder();

/** One passage in fifty is everybody's: the filter that makes a vector index starve. */
const PUBLIC_SHARE = 0.02;

function word(): string {
  // Zipf with exponent 1, by inverting its distribution.
  const rank = Math.floor(WORDS ** random());
  return `w${rank.toString(36)}x${(rank * 7919).toString(36)}`;
}

function sentence(words: number): string {
  return Array.from({ length: words }, word).join(' ');
}

async function load(store: Store, total: number): Promise<number> {
  const begun = performance.now();
  await store.pool.query(`insert into documents (id, source, title, audience, language, body)
    values ('bench', 'bench', 'Bench', 'public', 'en', 'x') on conflict do nothing`);
  // Built at the end, which is several times faster than row by row.
  const indexes = await dropVectorIndexes(store);
  for (let start = 0; start < total; start += AT_ONCE) {
    const texts = Array.from({ length: Math.min(AT_ONCE, total - start) }, () => sentence(TEXT_WORDS));
    const vectors = await embedder.embed(texts);
    await store.pool.query(
      `insert into passages (id, document_id, position, title, headings, text, audience, language, embedding)
       select id, 'bench', 0, split_part(text, ' ', 1), '[]', text, audience, 'en', embedding::vector
       from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as p(id, text, audience, embedding)`,
      [
        texts.map((_, index) => `bench#${start + index}`),
        texts,
        texts.map(() => (random() < PUBLIC_SHARE ? 'public' : 'members')),
        vectors.map((vector) => pgvector.toSql([...vector])),
      ],
    );
    process.stderr.write(
      `\r${start + texts.length} of ${total} passages, ${((performance.now() - begun) / 1000).toFixed(0)} s `,
    );
    await sleep(0);
  }
  process.stderr.write('\nbuilding the vector indexes\n');
  await buildIndexes(store, indexes);
  await store.pool.query('analyze');
  return performance.now() - begun;
}

async function dropVectorIndexes({ pool }: Store): Promise<readonly string[]> {
  const found = await pool.query<{ name: string; definition: string }>(
    `select indexname as name, indexdef as definition from pg_indexes where tablename = 'passages' and indexdef like '%hnsw%'`,
  );
  for (const { name } of found.rows) await pool.query(`drop index ${name}`);
  return found.rows.map(({ definition }) => definition);
}

/** With room to build them in; on the default 64 MB the graph is written page by page. */
async function buildIndexes({ pool }: Store, definitions: readonly string[]): Promise<void> {
  const client = await pool.connect();
  await client.query(`set maintenance_work_mem = '512MB'`);
  for (const definition of definitions) await client.query(definition);
  await client.query('reset maintenance_work_mem');
  client.release();
}

async function search(
  store: Store,
  hearing: typeof HEARING | { clearance: 'private'; isMember: true; person: PersonId },
) {
  const times: number[] = [];
  for (let n = 0; n < QUERIES; n += 1) {
    const text = sentence(8);
    const [embedding = []] = await embedder.embed([text]);
    const begun = performance.now();
    await store.memory.knowledge.search({ text, embedding, hearing, limit: 6, vectorWeight: embedder.searchWeight });
    times.push(performance.now() - begun);
  }
  // The first ones warm the plans and the caches.
  const warm = times.slice(20);
  return `${quantile(warm, 0.5)?.toFixed(1)} / ${quantile(warm, 0.99)?.toFixed(1)} ms`;
}

/** Loads `total` passages into a store of its own and prints how long a search takes. */
export async function benchRetrieval(total: number): Promise<void> {
  const url = process.env['DATABASE_URL'];
  const location = url ? ({ kind: 'server', url } as const) : ({ kind: 'memory' } as const);
  const defaults = { locale: 'en', timeZone: 'UTC' };
  const store = await openStore({ location, mint: uuidv7, pid: process.pid, defaults });
  const milliseconds = await load(store, total);
  const lines = [
    `${total} passages × ${embedder.dimensions}, ${url ? 'PostgreSQL' : 'embedded'}: loaded in ${(milliseconds / 1000).toFixed(0)} s`,
    `search p50 / p99, everything may be heard: ${await search(store, { ...HEARING, clearance: 'private', isMember: true })}`,
    `search p50 / p99, ${PUBLIC_SHARE * 100} % may be heard:       ${await search(store, HEARING)}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  await store.memory.close();
}
