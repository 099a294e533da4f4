-- A dump is restored with an empty search path: what computes a stored column must name the schema of what it calls.
create or replace function passage_words(title text, headings jsonb, text text, language text) returns tsvector
language sql immutable parallel safe as $$
  select setweight(to_tsvector(public.search_config(language), public.search_text(title)), 'A')
    || setweight(to_tsvector(public.search_config(language), public.search_text(
      (select coalesce(string_agg(h, ' '), '') from jsonb_array_elements_text(headings) h))), 'B')
    || to_tsvector(public.search_config(language), public.search_text(text))
$$;
