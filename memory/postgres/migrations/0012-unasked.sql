-- Words nobody waits for have a purpose; an answer has none.
alter table deliveries add column purpose text check (purpose in ('reminder', 'journey', 'broadcast'));
-- The budget counts what reached a person lately.
create index deliveries_unasked on deliveries (handle_id, due_at) where purpose in ('journey', 'broadcast');

create table broadcasts (
  id uuid primary key,
  name text not null,
  texts jsonb not null,
  segment jsonb not null,
  created_at timestamptz not null default now()
);
