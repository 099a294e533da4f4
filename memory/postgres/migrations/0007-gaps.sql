-- Turns whose question nothing answered are few; they are found without reading the others.
create index turns_unanswered on turns (started_at desc) where record->'draft'->>'unanswered' is not null;
