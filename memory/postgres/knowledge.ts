/** Documents and passages as rows. Audience and owner are in every WHERE. */
import pgvector from 'pgvector';
import { audiencesHeard } from '../../core/audience.ts';
import { FoundPassage, KnowledgeDocument } from '../../core/knowledge.ts';
import type { KnowledgePort } from '../knowledge.ts';
import { type Database, type Sql, toJson } from './database.ts';

/** How many candidates each reader brings before they are fused. */
const CANDIDATES = 30;
/** Reciprocal rank fusion constant (Cormack, Clarke, Büttcher 2009). */
const RRF_K = 60;

/** $1 vector, $2 text, $3 audiences, $4 person, $5 limit. A forbidden passage is out before anything is ranked. */
const SEARCH = `
  with heard as not materialized (
    select p.* from passages p
    where p.audience = any($3) and (p.owner_handle_id is null
      or p.owner_handle_id in (select id from handles where person_id = $4))
  ), query as (
    select nullif(replace(plainto_tsquery('simple', $2)::text, '&', '|'), '')::tsquery as loose
  ), near as (
    select id, row_number() over (order by embedding <=> $1::vector) as rank
    from heard order by embedding <=> $1::vector limit ${CANDIDATES}
  ), worded as (
    select id, row_number() over (order by ts_rank_cd(words, loose, 1) desc, id) as rank
    from heard, query where words @@ loose order by rank limit ${CANDIDATES}
  ), titled as (
    select id, row_number() over (order by similarity desc, id) as rank from (
      select id, word_similarity(title, $2) as similarity from heard) titles
    where similarity > 0.4 order by rank limit ${CANDIDATES}
  ), fused as (
    select id, sum(1.0 / (${RRF_K} + rank)) as score
    from (select * from near union all select * from worded union all select * from titled) ranked
    group by id
  )
  select h.id, h.document_id as document, h.title, h.headings, h.text, h.audience, h.language, h.url,
    f.score::float8 as score, (1 - (h.embedding <=> $1::vector))::float8 as similarity
  from fused f join heard h on h.id = f.id order by f.score desc, similarity desc, h.id limit $5`;

export function createKnowledge(database: Database): KnowledgePort {
  return {
    search: async ({ text, embedding, hearing, limit }) => {
      const rows = await database.rows<unknown>(SEARCH, [
        pgvector.toSql([...embedding]),
        text.slice(0, 2000),
        audiencesHeard(hearing),
        hearing.person,
        limit,
      ]);
      return rows.map((row) => FoundPassage.parse(row));
    },
    open: async (document, hearing) => {
      const row = await database.row<{ url: string | null }>(
        `select id, title, audience, language, url, body from documents
         where id = $1 and audience = any($2) and (owner_handle_id is null
           or owner_handle_id in (select id from handles where person_id = $3))`,
        [document, audiencesHeard(hearing), hearing.person],
      );
      return row ? KnowledgeDocument.parse({ ...row, url: row.url ?? undefined }) : null;
    },
    replaceAll: (options) => database.transaction((sql) => replacePassages(sql, options)),
    version: async (source) => {
      const row = await database.row<{ version: string }>('select version from sources where source = $1', [source]);
      return row?.version ?? null;
    },
  };
}

type Replacement = Parameters<KnowledgePort['replaceAll']>[0];

async function replacePassages(sql: Sql, { source, version, documents, passages }: Replacement): Promise<void> {
  await sql.rows('delete from documents where source = $1', [source]);
  await sql.rows(
    `insert into documents (id, source, title, audience, language, url, body)
     select d.id, $2, d.title, d.audience, d.language, d.url, d.body
     from jsonb_to_recordset($1) as d(id text, title text, audience text, language text, url text, body text)`,
    [toJson(documents), source],
  );
  await sql.rows(
    `insert into passages (id, document_id, position, title, headings, text, audience, language, url, embedding, words)
     select p.id, p.document, p.position, p.title, p.headings, p.text, p.audience, p.language, p.url, v.embedding::vector,
       setweight(to_tsvector('simple', p.title), 'A') || to_tsvector('simple', p.text)
         || setweight(to_tsvector('simple', (select coalesce(string_agg(h, ' '), '') from jsonb_array_elements_text(p.headings) h)), 'B')
     from jsonb_to_recordset($1) as p(id text, document text, position int, title text, headings jsonb, text text,
       audience text, language text, url text)
     join unnest($2::text[], $3::text[]) as v(id, embedding) on v.id = p.id`,
    [
      toJson(passages.map(({ embedding: _embedding, ...passage }) => passage)),
      passages.map((passage) => passage.id),
      passages.map((passage) => pgvector.toSql([...passage.embedding])),
    ],
  );
  await sql.rows(
    `insert into sources (source, version) values ($1, $2)
     on conflict (source) do update set version = excluded.version, loaded_at = now()`,
    [source, version],
  );
}
