-- Throughline, first schema. Forward only: a later change is a new file.
create extension if not exists vector;
create extension if not exists pg_trgm;

-- Who ------------------------------------------------------------------------------------------------------------
create table persons (
  id uuid primary key,
  locale text,
  time_zone text,
  preferences jsonb not null default '{}',
  consents jsonb not null default '{}',
  created_at timestamptz not null default now()
);

-- `own_person_id` is the person minted with the handle; `person_id` is the person of its component now.
create table handles (
  id uuid primary key,
  channel text not null,
  connection text not null,
  external_id text not null,
  display_name text,
  is_member boolean not null default false,
  own_person_id uuid not null references persons,
  person_id uuid not null references persons,
  created_at timestamptz not null default clock_timestamp(),
  unique (channel, connection, external_id)
);
create index handles_person on handles (person_id);

create table links (
  a uuid not null references handles,
  b uuid not null references handles,
  proof text not null,
  reason text not null,
  linked_at timestamptz not null default now(),
  primary key (a, b),
  check (a < b)
);

create table threads (
  id uuid primary key,
  channel text not null,
  connection text not null,
  key text not null,
  clearance text not null check (clearance in ('public', 'members', 'private')),
  ownership text not null default 'agents' check (ownership in ('agents', 'waiting', 'operator')),
  subject jsonb,
  agent text,
  created_at timestamptz not null default now(),
  unique (channel, connection, key)
);

-- In -------------------------------------------------------------------------------------------------------------
create table inbox (
  id uuid primary key,
  channel text not null,
  connection text not null,
  external_id text not null,
  kind text not null,
  event jsonb not null,
  raw text not null,
  handle_id uuid not null references handles,
  thread_id uuid not null references threads,
  state text not null default 'pending' check (state in ('pending', 'done', 'ignored', 'parked')),
  reason text,
  turn_id uuid,
  attempts integer not null default 0,
  joins integer not null default 0,
  immediate boolean not null default false,
  arrival bigint generated always as identity,
  quiet_until timestamptz not null,
  cap_until timestamptz not null,
  received_at timestamptz not null default now(),
  finished_at timestamptz,
  unique (channel, connection, external_id)
);
create index inbox_pending on inbox (handle_id, thread_id) where state = 'pending';
create index inbox_thread on inbox (thread_id, arrival);

create table lanes (
  lane uuid primary key,
  holder text,
  fence bigint not null default 0,
  leased_until timestamptz not null default '-infinity'
);

-- What happened --------------------------------------------------------------------------------------------------
create table turns (
  id uuid primary key,
  thread_id uuid not null references threads,
  person_id uuid not null references persons,
  handle_id uuid not null references handles,
  channel text not null,
  status text not null,
  intent text,
  agent text,
  preview text not null,
  started_at timestamptz not null,
  milliseconds double precision not null,
  record jsonb not null
);
create index turns_thread on turns (thread_id, started_at desc);
create index turns_started on turns (started_at desc);

-- Out ------------------------------------------------------------------------------------------------------------
create table deliveries (
  id text primary key,
  turn_id uuid references turns,
  thread_id uuid not null references threads,
  handle_id uuid not null references handles,
  message_class text not null,
  reply jsonb not null,
  reply_to text,
  state text not null default 'queued'
    check (state in ('queued', 'claimed', 'sent', 'unknown', 'failed', 'suppressed')),
  sequence bigint generated always as identity,
  attempts integer not null default 0,
  parts_sent integer not null default 0,
  platform_ids jsonb not null default '[]',
  failure text,
  losses jsonb not null default '[]',
  holder text,
  claimed_until timestamptz,
  due_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  sent_at timestamptz
);
create index deliveries_thread on deliveries (thread_id, sequence);
create index deliveries_open on deliveries (due_at) where state in ('queued', 'claimed');

-- A tool's write happens once per key; a second run reads the first result.
create table effects (
  turn_id uuid not null,
  tool text not null,
  arguments_hash text not null,
  result jsonb,
  created_at timestamptz not null default now(),
  primary key (turn_id, tool, arguments_hash)
);

create table alerts (
  id uuid primary key,
  kind text not null,
  thread_id uuid not null references threads,
  turn_id uuid,
  summary text not null,
  raised_at timestamptz not null default now(),
  acknowledged_at timestamptz,
  unique (turn_id, kind)
);

-- What is known --------------------------------------------------------------------------------------------------
create table journeys (
  person_id uuid primary key references persons,
  stage text not null,
  definition integer not null,
  since timestamptz not null,
  version integer not null,
  tags jsonb not null default '[]'
);

create table journey_moves (
  id bigint generated always as identity primary key,
  person_id uuid not null references persons,
  handle_id uuid not null references handles,
  turn_id uuid,
  transition text not null,
  from_stage text not null,
  to_stage text not null,
  cause text not null,
  moved_at timestamptz not null default now()
);
create index journey_moves_person on journey_moves (person_id, id);

create table facts (
  id uuid primary key,
  handle_id uuid not null references handles,
  turn_id uuid,
  kind text not null,
  text text not null,
  audience text not null check (audience in ('public', 'members', 'person', 'private', 'operators')),
  confidence real not null,
  learned_at timestamptz not null default now(),
  expires_at timestamptz,
  superseded_by uuid references facts
);
create index facts_handle on facts (handle_id) where superseded_by is null;

create table sources (
  source text primary key,
  version text not null,
  loaded_at timestamptz not null default now()
);

create table documents (
  id text primary key,
  source text not null,
  title text not null,
  audience text not null check (audience in ('public', 'members', 'person', 'private', 'operators')),
  owner_handle_id uuid references handles,
  language text not null,
  url text,
  body text not null
);

create table passages (
  id text primary key,
  document_id text not null references documents on delete cascade,
  position integer not null,
  title text not null,
  headings jsonb not null,
  text text not null,
  audience text not null check (audience in ('public', 'members', 'person', 'private', 'operators')),
  owner_handle_id uuid references handles,
  language text not null,
  url text,
  embedding vector(512) not null,
  words tsvector not null
);
create index passages_words on passages using gin (words);
create index passages_trigrams on passages using gin (title gin_trgm_ops);

-- No vector index yet: below some ten thousand rows an exact scan is as fast, and building one is not free.
create table exemplars (
  id bigint generated always as identity primary key,
  intent text not null,
  text text not null,
  embedding vector(512) not null
);

-- The sample school's own books ------------------------------------------------------------------------------------
create table offers (
  id text primary key,
  position integer not null,
  audience text not null,
  record jsonb not null
);

create table courses (
  id text primary key,
  position integer not null,
  record jsonb not null
);

-- `member_ref` is the member's id on the site; only a handle the site itself proved can carry it.
create table enrolments (
  member_ref text not null,
  course_id text not null references courses,
  completed jsonb not null default '[]',
  started_at date not null,
  primary key (member_ref, course_id)
);

create table orders (
  number text primary key,
  member_ref text not null,
  record jsonb not null
);

create table tickets (
  number bigint generated always as identity (start with 1001) primary key,
  handle_id uuid not null references handles,
  thread_id uuid not null references threads,
  kind text not null,
  subject text not null,
  summary text not null,
  status text not null default 'open',
  opened_at timestamptz not null default now()
);
create index tickets_handle on tickets (handle_id);

create table holds (
  handle_id uuid not null references handles,
  offer_id text not null,
  held_until timestamptz not null,
  primary key (handle_id, offer_id)
);

-- Secrets this installation made for itself, e.g. the key that signs visitor tokens. Never leaves the server.
create table installation (
  key text primary key,
  value text not null
);

create view member_handles as
  select id as handle_id, person_id,
    case when channel = 'web' then substr(external_id, 8) else external_id end as member_ref
  from handles
  where is_member and (channel = 'buddyboss' or (channel = 'web' and external_id like 'member:%'));
