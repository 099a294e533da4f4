-- What was erased: how much, where, when and by whom. Nothing of the person.
create table erasures (
  id uuid primary key,
  erased_at timestamptz not null default clock_timestamp(),
  erased_by text not null,
  handles integer not null,
  counts jsonb not null
);

-- How old each class of data may become was enforced when, and how many rows that took, last time and in all.
create table retention_runs (
  class text primary key,
  days integer not null,
  ran_at timestamptz not null,
  last_rows bigint not null,
  total_rows bigint not null
);

-- Everything of one person is found without reading everybody's.
create index inbox_handle on inbox (handle_id);
create index turns_handle on turns (handle_id);
create index deliveries_handle on deliveries (handle_id);
create index deliveries_turn on deliveries (turn_id) where turn_id is not null;
create index alerts_thread on alerts (thread_id);
create index tickets_thread on tickets (thread_id);
create index calls_thread on calls (thread_id);
create index calls_turn on calls (turn_id) where turn_id is not null;
create index turns_person on turns (person_id);

-- Rows come in the order of time: where the old ones stand is known by a few pages, and costs nothing to keep.
create index inbox_received on inbox using brin (received_at);
create index deliveries_created on deliveries using brin (created_at);
