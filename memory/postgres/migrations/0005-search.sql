-- Words of a passage are stemmed in its own language; what a word is worth is known for all passages together.

-- The text search configuration of a BCP 47 language; languages PostgreSQL cannot stem are taken word for word.
create function search_config(language text) returns regconfig language sql immutable parallel safe as $$
  select (case lower(split_part(language, '-', 1))
    when 'ar' then 'arabic' when 'da' then 'danish' when 'de' then 'german' when 'el' then 'greek' when 'en' then 'english'
    when 'es' then 'spanish' when 'fi' then 'finnish' when 'fr' then 'french' when 'hu' then 'hungarian'
    when 'id' then 'indonesian' when 'it' then 'italian' when 'lt' then 'lithuanian' when 'nb' then 'norwegian'
    when 'nl' then 'dutch' when 'no' then 'norwegian' when 'pt' then 'portuguese' when 'ro' then 'romanian'
    when 'ru' then 'russian' when 'sv' then 'swedish' when 'tr' then 'turkish' else 'simple' end)::regconfig
$$;

-- Accents are taken off: people leave them out. NUL and other control characters never get here.
create function search_text(text text) returns text language sql immutable parallel safe as $$
  select regexp_replace(normalize(text, NFKD), '[\u0300-\u036f]', '', 'g')
$$;

create function passage_words(title text, headings jsonb, text text, language text) returns tsvector
language sql immutable parallel safe as $$
  select setweight(to_tsvector(search_config(language), search_text(title)), 'A')
    || setweight(to_tsvector(search_config(language), search_text(
      (select coalesce(string_agg(h, ' '), '') from jsonb_array_elements_text(headings) h))), 'B')
    || to_tsvector(search_config(language), search_text(text))
$$;

-- One word as a query, whatever signs it has.
create function quote_tsquery(word text) returns tsquery language sql immutable parallel safe as $$
  select ('''' || replace(replace(word, '\', '\\'), '''', '''''') || '''')::tsquery
$$;

alter table passages drop column words;
alter table passages add column words tsvector not null
  generated always as (passage_words(title, headings, text, language)) stored;
create index passages_words on passages using gin (words);
drop index passages_trigrams;

-- In how many passages a word stands: rare words tell more (Robertson, Spärck Jones 1976), and a word nobody wrote may
-- be a slip of one that somebody did.
create table lexemes (
  word text primary key,
  passages integer not null
);
create index lexemes_trigrams on lexemes using gin (word gin_trgm_ops);

create table search_languages (
  config regconfig primary key,
  passages integer not null
);

create function count_lexemes() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into lexemes as l (word, passages)
      select w.lexeme, count(*) from changed c, unnest(c.words) w group by w.lexeme order by w.lexeme
      on conflict (word) do update set passages = l.passages + excluded.passages;
    insert into search_languages as s (config, passages)
      select search_config(c.language), count(*) from changed c group by 1 order by 1
      on conflict (config) do update set passages = s.passages + excluded.passages;
  else
    update lexemes l set passages = l.passages - gone.n
      from (select w.lexeme, count(*) as n from changed c, unnest(c.words) w group by w.lexeme) gone
      where l.word = gone.lexeme;
    update search_languages s set passages = s.passages - gone.n
      from (select search_config(c.language) as config, count(*) as n from changed c group by 1) gone
      where s.config = gone.config;
  end if;
  return null;
end $$;
create trigger passages_added after insert on passages
  referencing new table as changed for each statement execute function count_lexemes();
create trigger passages_removed after delete on passages
  referencing old table as changed for each statement execute function count_lexemes();

insert into lexemes select w.lexeme, count(*) from passages p, unnest(p.words) w group by w.lexeme;
insert into search_languages select search_config(language), count(*) from passages group by 1;

-- Exact below some ten thousand rows; the planner takes the index when it is the cheaper way.
create index passages_embedding on passages using hnsw (embedding vector_cosine_ops);
