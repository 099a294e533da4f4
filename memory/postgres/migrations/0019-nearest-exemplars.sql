-- Every turn asks for its nearest exemplars: by an index, not by reading all of them.
create index exemplars_nearest on exemplars using hnsw (embedding vector_cosine_ops);
