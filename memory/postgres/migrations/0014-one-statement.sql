-- One thread, one sender: kept by the database, so that a claim is one statement instead of a locked transaction.
create unique index deliveries_one_claim on deliveries (thread_id) where state = 'claimed';

-- Ends the statement it is called from, and with it everything that statement wrote. The reason is the error's message.
create function refuse(reason text) returns text language plpgsql as $$
begin
  raise exception using errcode = 'TL001', message = reason;
end $$;
