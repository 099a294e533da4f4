-- Set right before a request goes out. A claim whose sender died without it has sent nothing, and may simply go again.
alter table deliveries add column leaving boolean not null default false;
