-- Work that only one process may do at a time, e.g. asking Telegram for updates.
create table leases (
  name text primary key,
  holder text not null,
  leased_until timestamptz not null
);
