-- When the next call of a connection, or on one thread of it, may leave: shared by all senders, on the database's clock.
create table send_paces (
  key text primary key,
  -- The last slot that was given away.
  slot_at timestamptz not null default '-infinity',
  -- The platform said: nothing before.
  closed_until timestamptz not null default '-infinity'
);

-- How often a claim ended in waiting only; that is no try of the delivery.
alter table deliveries add column waits integer not null default 0;

create index inbox_parked on inbox (finished_at) where state = 'parked';

-- What is counted at every look at the installation's health.
create index deliveries_unknown on deliveries (id) where state = 'unknown';
create index alerts_open on alerts (raised_at) where acknowledged_at is null;
