-- Where people stand beside the main stages, by region; null: they never moved there.
alter table journeys add column regions jsonb;

-- What a move rests on: the person's own words, or an operator's reason. `disputes` is the move that is disputed.
alter table journey_moves
  add column region text,
  add column quote text,
  add column confidence real,
  add column operator text,
  add column reason text,
  add column disputes bigint;
create index journey_moves_handle on journey_moves (handle_id, id);
