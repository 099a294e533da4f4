/** Documents and passages as rows. Audience and owner are in every WHERE. */
import pgvector from 'pgvector';
import { audiencesHeard } from '../../core/audience.ts';
import { FoundPassage, KnowledgeDocument } from '../../core/knowledge.ts';
import type { KnowledgePort } from '../knowledge.ts';
import { type Database, type Sql, toJson } from './database.ts';

/** How many candidates each reader brings before they are fused. */
const CANDIDATES = 50;
/** Reciprocal rank fusion constant (Cormack, Clarke, Büttcher 2009). */
const RRF_K = 60;
/** Words a query is ranked by, those that tell most first; more than that is a story, and its rare words decide. */
const MAX_WORDS = 32;
/** Passages looked at for their words: a word that stands in more than this finds nobody by itself, but still ranks. */
const REACH = 3000;
/** How alike a word nobody wrote must be to one that somebody did (trigram similarity). */
const ALIKE = 0.42;
/** What a vector's place is worth beside a word's when vectors are made of words, too. */
const LEXICAL_WEIGHT = 0.5;
/** What a page in another language than the question's is worth beside one in its own. */
const OTHER_LANGUAGE = 0.8;
/** What a word is worth in the text, in a heading, in the title (ts_rank's D, C, B, A). */
const PLACES = '{0.35, 0.35, 0.7, 1.0}';

/**
 * $1 vector, $2 text, $3 audiences, $4 person, $5 limit, $6 weight of the vectors beside the words, $7 language or null.
 * A forbidden passage is out before anything is ranked.
 *
 * Words are ranked as in BM25 (Robertson, Zaragoza 2009): inverse document frequency, a term frequency that soon
 * saturates (ts_rank of one word does), a norm for the length. The rarest words choose who is looked at.
 */
const SEARCH = `
  with heard as not materialized (
    select p.* from passages p
    where p.audience = any($3)
      and (p.owner_handle_id is null or p.owner_handle_id in (select id from handles where person_id = $4))
      and (p.valid_from is null or p.valid_from <= now()) and (p.valid_until is null or p.valid_until > now())
  ), corpus as materialized (
    select coalesce(sum(passages), 0)::float8 as size from search_languages
  ), said as materialized (
    select distinct w.lexeme as word
    from search_languages s, unnest(to_tsvector(s.config, search_text($2))) w where s.passages > 0
  ), strange as materialized (
    select w.lexeme as word from unnest(to_tsvector('simple', search_text($2))) w
    where length(w.lexeme) between 4 and 30 and w.lexeme !~ '[0-9]' and not exists (
      select from search_languages s where s.passages > 0 and (length(to_tsvector(s.config, w.lexeme)) = 0 or exists (
        select from unnest(to_tsvector(s.config, w.lexeme)) u join lexemes l on l.word = u.lexeme and l.passages > 0)))
  ), terms as materialized (
    select word, quote_tsquery(word) as query, passages,
      max(trust) * ln(1 + (size - passages + 0.5) / (passages + 0.5)) as weight
    from (
      select l.word, l.passages, 1.0 as trust from said join lexemes l using (word) where l.passages > 0
      union all
      select g.word, g.passages, g.trust from strange s, lateral (
        select word, passages, similarity(word, s.word) as trust from lexemes
        where word % s.word and passages > 0 order by trust desc, word limit 2) g where g.trust >= ${ALIKE}
    ) found, corpus group by word, passages, size order by weight desc, word limit ${MAX_WORDS}
  ), chosen as materialized (
    select string_agg(query::text, ' | ')::tsquery as anyone from (
      select query, sum(passages) over (order by passages, word) as reach, row_number() over (order by passages, word) as place
      from terms) t where reach <= ${REACH} or place <= 2
  ), worded as (
    select id, row_number() over (order by score desc, id) as rank from (
      select h.id, (select sum(t.weight * ts_rank('${PLACES}', h.words, t.query, 1)) from terms t) as score
      from heard h, chosen where h.words @@ chosen.anyone order by score desc, h.id limit ${CANDIDATES}) best
  ), near as (
    select id, row_number() over (order by distance, id) as rank from (
      select id, embedding <=> $1::vector as distance from heard order by embedding <=> $1::vector limit ${CANDIDATES}) nearest
  ), fused as (
    select id, sum(weight / (${RRF_K} + rank)) as score
    from (select id, rank, 1.0 as weight from worded union all select id, rank, $6::float8 from near) ranked group by id
  )
  select h.id, h.document_id as document, h.title, h.headings, h.text, h.audience, h.language, h.url,
    (f.score * case when $7::text is null or h.language = $7 then 1 else ${OTHER_LANGUAGE} end)::float8 as score,
    (1 - (h.embedding <=> $1::vector))::float8 as similarity
  from fused f join heard h on h.id = f.id order by score desc, similarity desc, h.id limit $5`;

export function createKnowledge(database: Database): KnowledgePort {
  return {
    search: async ({ text, embedding, hearing, limit, language = null, vectorWeight = LEXICAL_WEIGHT }) => {
      const rows = await database.rows<unknown>(SEARCH, [
        pgvector.toSql([...embedding]),
        text.slice(0, 2000),
        audiencesHeard(hearing),
        hearing.person,
        limit,
        vectorWeight,
        language,
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
    `insert into passages (id, document_id, position, title, headings, text, audience, language, url, embedding)
     select p.id, p.document, p.position, p.title, p.headings, p.text, p.audience, p.language, p.url, v.embedding::vector
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
