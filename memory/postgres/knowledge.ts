/** Documents and passages as rows. Audience and owner are in every WHERE. */
import { audiencesHeard } from '../../core/audience.ts';
import { FoundPassage, KnowledgeDocument } from '../../core/knowledge.ts';
import type { KnowledgePort } from '../knowledge.ts';
import type { Database } from './database.ts';
import { vectorParameter } from './vector.ts';

/** How many candidates each reader brings before they are fused. */
const CANDIDATES = 40;
/** Reciprocal rank fusion constant (Cormack, Clarke, Büttcher 2009). */
const RRF_K = 60;
/** Words a query is ranked by, those that tell most first; more than that is a story, and its rare words decide. */
const MAX_WORDS = 32;
/**
 * Passages looked at for their words: the rarest words choose them, as many words as together stand in no more than these.
 * The next ones choose two by two, as far as their lists are short enough to be read. All others only rank. A large
 * knowledge base has less time for each: these hold for 100 000 passages, a small one looks at up to eight times as many.
 */
const REACH = 'least(1500, greatest(180, 18000000 / greatest(size, 1)))';
const PAIRED = 600;
/** How alike a word nobody wrote must be to one that somebody did (trigram similarity). */
const ALIKE = 0.42;
/** What a page in another language than the question's is worth beside one in its own. */
const OTHER_LANGUAGE = 0.8;
/** What a word is worth in the text, in a heading, in the title (ts_rank's D, C, B, A). */
const PLACES = '{0.5, 0.5, 0.7, 0.9}';

/** What is true now. */
const VALID = '(valid_from is null or valid_from <= now()) and (valid_until is null or valid_until > now())';

/** The nearest of those passages; each condition is that of one index (migration 0008). */
const nearestOf = (condition: string): string => `(
        select id, embedding <=> $1::vector as distance from passages
        where $1::vector is not null and embedding is not null and ${condition} and ${VALID}
        order by embedding <=> $1::vector limit ${CANDIDATES})`;

/**
 * $1 vector, $2 text, $3 audiences, $4 person, $5 limit, $6 weight of the vectors beside the words, $7 language or null.
 * A forbidden passage is out before anything is ranked.
 *
 * Words are ranked as in BM25 (Robertson, Zaragoza 2009): inverse document frequency, a term frequency that soon
 * saturates (ts_rank of one word does), a norm for the length. The rarest words choose who is looked at. Their words are
 * unpacked once ('|| '''), not once for each word of the question. Each word is looked up by itself: a join reads them all.
 */
const SEARCH = `
  with heard as not materialized (
    select p.* from passages p
    where p.audience = any($3)
      and (p.owner_handle_id is null or p.owner_handle_id in (select id from handles where person_id = $4))
      and ${VALID}
  ), corpus as materialized (
    select size, ${REACH} as reach from (
      select coalesce(sum(passages), 0)::float8 as size from search_languages) s
  ), said as materialized (
    select distinct w.lexeme as word
    from search_languages s, unnest(to_tsvector(s.config, search_text($2))) w where s.passages > 0
  ), strange as materialized (
    select w.lexeme as word from unnest(to_tsvector('simple', search_text($2))) w
    where length(w.lexeme) between 4 and 30 and w.lexeme !~ '[0-9]' and not exists (
      select from search_languages s where s.passages > 0 and (length(to_tsvector(s.config, w.lexeme)) = 0 or exists (
        select from unnest(to_tsvector(s.config, w.lexeme)) u
        where (select passages from lexemes where word = u.lexeme) > 0)))
  ), terms as materialized (
    select word, quote_tsquery(word) as query, passages,
      max(trust) * ln(1 + (size - passages + 0.5) / (passages + 0.5)) as weight
    from (
      select said.word, l.passages, 1.0 as trust
      from said, lateral (select passages from lexemes where word = said.word and passages > 0 limit 1) l
      union all
      select g.word, g.passages, g.trust from strange s, lateral (
        select word, passages, similarity(word, s.word) as trust from lexemes
        where word % s.word and passages > 0 order by trust desc, word limit 2) g where g.trust >= ${ALIKE}
    ) found, corpus group by word, passages, size order by weight desc, word limit ${MAX_WORDS}
  ), telling as materialized (
    select query, sum(passages) over rarest as read, row_number() over rarest as place, count(*) over () as words
    from terms window rarest as (order by passages, word)
  ), chosen as materialized (
    select string_agg(way, ' | ')::tsquery as anyone from (
      select query::text as way from telling, corpus where read <= reach or words = 1
      union all
      select '(' || a.query::text || ' & ' || b.query::text || ')' from telling a join telling b on a.place < b.place, corpus
      where b.read > reach and (b.read <= reach + ${PAIRED} or b.place = 2)
    ) ways
  ), worded as (
    select id, row_number() over (order by score desc, id) as rank from (
      select h.id, (select sum(t.weight * ts_rank('${PLACES}', h.words, t.query, 1)) from terms t) as score
      from (select h.id, h.words || '' as words from heard h, chosen where h.words @@ chosen.anyone limit (select 2 * reach from corpus)) h
      order by score desc, h.id limit ${CANDIDATES}) best
  ), near as (
    select id, row_number() over (order by distance, id) as rank from (
      ${nearestOf(`audience = 'public' and owner_handle_id is null and 'public' = any($3)`)}
      union all
      ${nearestOf(`audience = 'members' and owner_handle_id is null and 'members' = any($3)`)}
      union all
      ${nearestOf(`audience not in ('public', 'members') and owner_handle_id is null and audience = any($3)`)}
      union all
      ${nearestOf('owner_handle_id in (select id from handles where person_id = $4) and audience = any($3)')}
      order by distance limit ${CANDIDATES}) nearest
  ), fused as (
    select id, sum(weight / (${RRF_K} + rank)) as score
    from (select id, rank, 1.0 as weight from worded union all select id, rank, $6::float8 from near) ranked group by id
  )
  select h.id, h.document_id as document, h.title, h.headings, h.text, h.audience, h.language, h.url,
    (f.score * case when $7::text is null or h.language = $7 then 1 else ${OTHER_LANGUAGE} end)::float8 as score,
    coalesce(1 - (h.embedding <=> $1::vector), 0)::float8 as similarity
  from fused f join heard h on h.id = f.id order by score desc, similarity desc, h.id limit $5`;

export function createKnowledge(database: Database): KnowledgePort {
  return {
    search: async ({ text, embedding, hearing, limit, language = null, vectorWeight }) => {
      const rows = await database.rows<unknown>(SEARCH, [
        embedding.length === 0 ? null : vectorParameter(embedding),
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
           or owner_handle_id in (select id from handles where person_id = $3)) and ${VALID}`,
        [document, audiencesHeard(hearing), hearing.person],
      );
      return row ? KnowledgeDocument.parse({ ...row, url: row.url ?? undefined }) : null;
    },
  };
}
