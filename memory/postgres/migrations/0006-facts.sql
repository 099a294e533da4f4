-- What is learned about a person: the words it rests on, what it supersedes, and that it can be forgotten.
-- Nothing wrote facts before; what somebody put there by hand has to fit the closed list.
delete from facts where kind not in ('name', 'language', 'preference', 'goal', 'circumstance', 'interest');
alter table facts
  add column subject text not null default 'other',
  add column quote text not null default '',
  add column importance real not null default 0.5,
  -- Vectors of another embedder are never compared.
  add column embedder text,
  add column embedding vector(512),
  -- A forgotten fact keeps its row and nothing of what it said.
  add column forgotten_at timestamptz,
  add check (kind in ('name', 'language', 'preference', 'goal', 'circumstance', 'interest')),
  add check (forgotten_at is null or (text = '' and quote = '' and embedding is null));
update facts set quote = text;
alter table facts set (toast_tuple_target = 8160);
drop index facts_handle;
create index facts_handle on facts (handle_id) where forgotten_at is null;
create index facts_superseded on facts (superseded_by) where superseded_by is not null;

-- A turn that may teach something, until that was done: the work list of what runs after the answer.
alter table turns add column to_learn boolean not null default false;
create index turns_to_learn on turns (started_at) where to_learn;

-- Where the present matter of a thread begins; null: with its first line.
alter table threads add column episode_at timestamptz;

-- What a model made of the lines that left the window. One per thread and handle; never read on another thread, nor
-- for another person, nor when the thread's clearance is not the one it was made under.
create table thread_summaries (
  thread_id uuid not null references threads,
  handle_id uuid not null references handles,
  clearance text not null,
  text text not null,
  -- The last turn that is in it.
  through timestamptz not null,
  primary key (thread_id, handle_id)
);
create index thread_summaries_handle on thread_summaries (handle_id);
