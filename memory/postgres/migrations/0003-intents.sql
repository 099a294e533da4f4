-- The trained reader of intents, one row per version of exemplars and embedder; only the newest is kept.
create table intent_models (
  version text primary key,
  data bytea not null,
  trained_at timestamptz not null default now()
);

-- What people wrote that the platform was not sure of, and what was made of it: a tie broken by a model, or the word of
-- an operator. A person reviews them; accepted ones teach from the next training on. They go with the turn they came
-- from, so that erasing a person reaches them too.
create table exemplar_candidates (
  id bigint generated always as identity primary key,
  text text not null unique,
  intent text,
  reason text not null check (reason in ('tie-break', 'correction')),
  turn_id uuid references turns on delete cascade,
  state text not null default 'pending' check (state in ('pending', 'accepted', 'rejected')),
  created_at timestamptz not null default now(),
  decided_at timestamptz
);
create index exemplar_candidates_by_state on exemplar_candidates (state, id);
create index exemplar_candidates_turn on exemplar_candidates (turn_id);
