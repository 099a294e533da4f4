-- What a handle has proven about whoever is behind it. One claim belongs to one person.
create table claims (
  handle_id uuid not null references handles,
  kind text not null check (kind in ('site_account', 'email', 'phone')),
  value text not null,
  proof text not null,
  proven_at timestamptz not null default clock_timestamp(),
  primary key (handle_id, kind, value)
);
create index claims_value on claims (kind, value);

-- A handle the site itself proved says which account it is; also those of earlier releases.
create view handle_claims as
  select handle_id, kind, value, proof, proven_at from claims
  union all
  select m.handle_id, 'site_account', m.member_ref,
    case when h.channel = 'web' then 'signed_widget' else 'site_login' end, h.created_at
  from member_handles m join handles h on h.id = m.handle_id;

create index links_b on links (b);

-- What operators have to decide: links that were blocked, and links that were proposed. Both sides as they were then.
create table link_cases (
  id uuid primary key,
  kind text not null check (kind in ('conflict', 'suggestion')),
  a uuid not null references handles,
  b uuid not null references handles,
  proof text not null,
  reason text not null,
  sides jsonb not null,
  raised_at timestamptz not null default clock_timestamp(),
  decided_at timestamptz,
  decision text check (decision in ('linked', 'kept_apart')),
  decided_by text,
  check (a < b)
);
create unique index link_cases_open on link_cases (a, b, kind) where decided_at is null;
create index link_cases_b on link_cases (b);

-- Where a person stands is derived: every state that was saved stays with the handle whose move it was, and the row in
-- `journeys` is what they make together. `handle_id`: who moved last.
alter table journeys add column handle_id uuid references handles;
create table journey_states (
  id bigint generated always as identity primary key,
  handle_id uuid not null references handles,
  state jsonb not null,
  -- How many versions of the row this stands for: what an earlier release saved is one entry.
  versions integer not null default 1,
  saved_at timestamptz not null default clock_timestamp()
);
create index journey_states_handle on journey_states (handle_id, id);

insert into journey_states (handle_id, state, versions, saved_at)
  select h.id, to_jsonb(j) - 'person_id' - 'handle_id' - 'version', greatest(j.version, 1), j.since
  from journeys j join lateral (
    select id from handles where person_id = j.person_id order by created_at, id limit 1) h on true;

-- Kept by the database, so that no writer can forget it. What links derive is nobody's move and is not written down again.
create function keep_journey_state() returns trigger language plpgsql as $$
begin
  if current_setting('throughline.deriving', true) = 'on' then
    return null;
  end if;
  insert into journey_states (handle_id, state)
    select h.id, to_jsonb(new) - 'person_id' - 'handle_id' - 'version' from handles h
    where h.person_id = new.person_id order by h.id is distinct from new.handle_id, h.created_at, h.id limit 1;
  return null;
end $$;
create trigger journeys_kept after insert or update on journeys
  for each row execute function keep_journey_state();

-- What was told about how to speak to a person, and what they consented to, by the handle that told it. The row in
-- `persons` is what all of a person's handles told, the last word counting. `platformLocale`: what the platform says of a
-- newcomer, which counts as long as nothing else is known.
create table told (
  id bigint generated always as identity primary key,
  handle_id uuid not null references handles,
  told jsonb not null,
  told_at timestamptz not null default clock_timestamp()
);
create index told_handle on told (handle_id, id);

insert into told (handle_id, told, told_at)
  select h.id, t.told, p.created_at
  from handles h join persons p on p.id = h.own_person_id,
    lateral (select jsonb_strip_nulls(jsonb_build_object('platformLocale', p.locale, 'timeZone', p.time_zone,
      'preferences', nullif(p.preferences, '{}'), 'consents', nullif(p.consents, '{}'))) as told) t
  where t.told <> '{}';

-- A summary that was made while two handles were one person may hold words of both; it goes when they part.
alter table thread_summaries add column saved_at timestamptz not null default clock_timestamp();
