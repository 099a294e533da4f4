/** Documents as rows, each with its passages; one statement for several. */
import pgvector from 'pgvector';
import { PermanentError } from '../../core/errors.ts';
import type { DocumentPort } from '../documents.ts';
import type { StoredPassage } from '../knowledge.ts';
import { type Database, type Sql, toJson } from './database.ts';

/** Passages in one statement. The embedded engine holds up the process while a statement runs. */
const ROWS = 8;

export function createDocuments(database: Database): DocumentPort {
  return {
    dimensions: async () => {
      const row = await database.row<{ dimensions: number }>(
        `select atttypmod as dimensions from pg_attribute
         where attrelid = 'passages'::regclass and attname = 'embedding'`,
      );
      return row?.dimensions ?? 0;
    },
    hashes: async (source) => {
      const rows = await database.rows<{ id: string; hash: string }>(
        'select id, hash from documents where source = $1 order by id',
        [source],
      );
      return new Map(rows.map(({ id, hash }) => [id, hash]));
    },
    heldElsewhere: async (source, ids) => {
      const rows = await database.rows<{ id: string; source: string }>(
        'select id, source from documents where id = any($1) and source <> $2 order by id',
        [[...ids], source],
      );
      return new Map(rows.map(({ id, source: holder }) => [id, holder]));
    },
    save: ({ source, documents }) => database.transaction((sql) => saveAll(sql, { source, documents })),
    remove: (source, ids) =>
      database.count('delete from documents where source = $1 and id = any($2)', [source, [...ids]]),
    useEmbedder: (name) => database.transaction((sql) => changeEmbedder(sql, name)),
    embedder: async () => {
      const row = await database.row<{ value: string }>(`select value from installation where key = 'embedder'`);
      return row?.value ?? null;
    },
    withoutVectors: (embedder) =>
      database.rows(
        `select d.source, count(*)::int as passages from passages p join documents d on d.id = p.document_id
         where p.embedding is null
           or $1 <> coalesce((select value from installation where key = 'embedder'), $1)
         group by d.source order by d.source`,
        [embedder],
      ),
    version: async (source) => {
      const row = await database.row<{ version: string }>('select version from sources where source = $1', [source]);
      return row?.version ?? null;
    },
    finish: async (source, version) => {
      await database.rows(
        `insert into sources (source, version) values ($1, $2)
         on conflict (source) do update set version = excluded.version, loaded_at = now()`,
        [source, version],
      );
    },
  };
}

async function changeEmbedder(sql: Sql, name: string): Promise<number> {
  const known = await sql.row<{ value: string }>(`select value from installation where key = 'embedder' for update`);
  if (known?.value === name) return 0;
  await sql.rows(
    `insert into installation (key, value) values ('embedder', $1)
     on conflict (key) do update set value = excluded.value`,
    [name],
  );
  if (!known) return 0;
  // A hash that stays would tell whoever comes back to the old embedder that nothing is to be done.
  await sql.rows(`update documents set hash = '' where hash <> ''`);
  return sql.count('update passages set embedding = null where embedding is not null');
}

type Saving = Parameters<DocumentPort['save']>[0];

async function saveAll(sql: Sql, { source, documents }: Saving): Promise<void> {
  const ids = documents.map(({ document }) => document.id);
  await sql.rows('delete from passages where document_id = any($1)', [ids]);
  const saved = await sql.count(
    `insert into documents (id, source, hash, title, audience, language, url, body, valid_from, valid_until)
     select d.id, $2, d.hash, d.title, d.audience, d.language, d.url, d.body, d."validFrom", d."validUntil"
     from jsonb_to_recordset($1) as d(id text, hash text, title text, audience text, language text, url text,
       body text, "validFrom" timestamptz, "validUntil" timestamptz)
     on conflict (id) do update set hash = excluded.hash, title = excluded.title, audience = excluded.audience,
       language = excluded.language, url = excluded.url, body = excluded.body, valid_from = excluded.valid_from,
       valid_until = excluded.valid_until
     where documents.source = excluded.source`,
    [toJson(documents.map(({ hash, document }) => ({ ...document, hash }))), source],
  );
  // Thrown inside the transaction: what the other source had is still there.
  if (saved !== ids.length) throw heldByAnother(source, ids);
  const passages = documents.flatMap((one) => one.passages);
  for (let start = 0; start < passages.length; start += ROWS) {
    await insertPassages(sql, passages.slice(start, start + ROWS));
  }
}

/** Who may hear a passage, and how long it is true, is never its own: the row of its document says so. */
async function insertPassages(sql: Sql, passages: readonly StoredPassage[]): Promise<void> {
  await sql.rows(
    `insert into passages (id, document_id, position, title, headings, text, audience, owner_handle_id, language, url,
       valid_from, valid_until, embedding)
     select p.id, p.document, p.position, p.title, p.headings, p.text, d.audience, d.owner_handle_id, d.language, d.url,
       d.valid_from, d.valid_until, v.embedding::vector
     from jsonb_to_recordset($1) as p(id text, document text, position int, title text, headings jsonb, text text)
     left join documents d on d.id = p.document
     join unnest($2::text[], $3::text[]) as v(id, embedding) on v.id = p.id`,
    [
      toJson(passages.map(({ embedding: _embedding, ...passage }) => passage)),
      passages.map(({ id }) => id),
      passages.map(({ embedding }) => pgvector.toSql([...embedding])),
    ],
  );
}

function heldByAnother(source: string, ids: readonly string[]): PermanentError {
  return new PermanentError(
    'invalid_content',
    `One of the documents ${ids.slice(0, 3).join(', ')}${ids.length > 3 ? ' …' : ''} belongs to another source than "${source}". Give this source another name with --source.`,
  );
}
