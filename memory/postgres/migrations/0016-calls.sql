-- Calls to action that were shown, with the token's row: whose they are, what they lead to, and whether they were used.
create table calls (
  id uuid primary key,
  delivery_id text not null references deliveries,
  turn_id uuid references turns,
  thread_id uuid not null references threads,
  handle_id uuid not null references handles,
  -- `visit`: a page of the organisation. `continue`: the next channel, proving who comes.
  purpose text not null check (purpose in ('visit', 'continue')),
  name text not null,
  label text not null,
  url text not null,
  stage text,
  shown_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  used_at timestamptz,
  used_by uuid references handles,
  -- A turn that is run again asks the same and is told the same.
  used_turn uuid,
  outcome text
);
create index calls_handle on calls (handle_id);
create index calls_used_by on calls (used_by) where used_by is not null;
create index calls_shown on calls (shown_at);
create index calls_delivery on calls (delivery_id);

-- What became of them. Without a call: a token that is none of ours.
create table call_events (
  id bigint generated always as identity primary key,
  call_id uuid references calls on delete cascade,
  kind text not null check (kind in ('clicked', 'used', 'refused')),
  reason text,
  happened_at timestamptz not null default clock_timestamp()
);
create index call_events_call on call_events (call_id, id);
create index call_events_happened on call_events (happened_at);

-- Where a conversation came from. What was said there is read, never copied: it is gone when the two part.
create table continuations (
  thread_id uuid not null references threads,
  handle_id uuid not null references handles,
  from_thread_id uuid not null references threads,
  from_handle_id uuid not null references handles,
  continued_at timestamptz not null default clock_timestamp(),
  primary key (thread_id, handle_id)
);
create index continuations_from on continuations (from_handle_id);
