-- Documents one by one: what each was made of, and when it is true.
alter table documents add column hash text not null default '';
alter table documents add column valid_from timestamptz;
alter table documents add column valid_until timestamptz;
alter table passages add column valid_from timestamptz;
alter table passages add column valid_until timestamptz;
-- Without one while the embedder it was made with is not the one in use.
alter table passages alter column embedding drop not null;
create index documents_source on documents (source);
create index passages_document on passages (document_id);
