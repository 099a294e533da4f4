-- The place of a delivery among those that were sent on its thread: a reminder that was written long before the next answer
-- may leave long after it. One claim at a time holds a thread, so that numbers and commits have the same order there.
create sequence deliveries_sent;
alter table deliveries add column sent_sequence bigint;
-- As readers of earlier releases counted.
update deliveries set sent_sequence = sequence where state = 'sent';
select setval('deliveries_sent', (select coalesce(max(sequence), 1) from deliveries));
create index deliveries_sent_order on deliveries (thread_id, sent_sequence) where sent_sequence is not null;
