-- A vector index for each audience: what a thread may not hear is not walked over on the way to what it may.
set local maintenance_work_mem = '256MB';
drop index passages_embedding;
create index passages_public on passages using hnsw (embedding vector_cosine_ops)
  where audience = 'public' and owner_handle_id is null;
create index passages_members on passages using hnsw (embedding vector_cosine_ops)
  where audience = 'members' and owner_handle_id is null;
create index passages_reserved on passages using hnsw (embedding vector_cosine_ops)
  where audience not in ('public', 'members') and owner_handle_id is null;
-- What belongs to one person is little: it is read whole.
create index passages_owner on passages (owner_handle_id) where owner_handle_id is not null;
