/** What the console reads, as rows. */
import { Ticket } from '../../core/catalogue.ts';
import { DeliveryRecord } from '../../core/delivery.ts';
import { InvalidPayloadError } from '../../core/errors.ts';
import type { Alert, OperatorPort, ParkedEvent, ThreadEntry, ThreadSummary } from '../operators.ts';
import { TICKET } from './catalogue.ts';
import { type Database, toJson } from './database.ts';
import { DELIVERY } from './outbox-lists.ts';

const ISO = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;
const iso = (column: string): string => `to_char(${column} at time zone 'utc', ${ISO})`;

export function createOperators(database: Database): OperatorPort {
  return {
    threads: (limit) => database.rows<ThreadSummary>(THREADS, [limit]),
    entries: async (thread, limit) => {
      const rows = await database.rows<{ entry: unknown; at: string }>(ENTRIES, [thread, limit]);
      return rows.map((row) => toEntry(row)).toReversed();
    },
    alerts: ({ open, limit }) => database.rows<Alert>(ALERTS, [open, limit]),
    acknowledge: async (alert) =>
      (await database.count('update alerts set acknowledged_at = now() where id = $1 and acknowledged_at is null', [
        alert,
      ])) === 1,
    parked: (limit) => database.rows<ParkedEvent>(PARKED, [limit]),
    tickets: async (thread) => (await database.rows<unknown>(TICKETS, [thread])).map((row) => Ticket.parse(row)),
    closeTicket: async (number) => {
      const digits = /^T-(\d{1,15})$/i.exec(number)?.[1];
      return digits !== undefined && (await database.rows(CLOSE_TICKET, [digits])).length === 1;
    },
    write: async (thread, message) => {
      const reply = {
        agent: 'support',
        messageClass: 'hand_over',
        blocks: [{ kind: 'text', text: message.text }],
        citations: [],
      };
      await database.rows(WRITE, [`${message.id}.0`, thread, toJson(reply)]);
      const row = await database.row<{ delivery: unknown }>(
        `select ${DELIVERY} as delivery from deliveries d
         join threads t on t.id = d.thread_id join handles h on h.id = d.handle_id where d.id = $1`,
        [`${message.id}.0`],
      );
      if (row) return DeliveryRecord.parse(row.delivery);
      throw new InvalidPayloadError('not_found', `Thread "${thread}" does not exist or nobody wrote on it yet.`, {
        path: 'thread',
      });
    },
    counts: async () => (await database.row<Record<string, number>>(COUNTS)) ?? {},
  };
}

const THREADS = `
  select t.id, t.channel, t.clearance, t.ownership, last.person_id as person, last.display_name as name,
    j.stage, left(coalesce(last.event->>'text', last.event->>'label', last.kind), 160) as preview,
    ${iso('last.received_at')} as "lastAt",
    (select count(*)::int from turns where thread_id = t.id) as turns,
    (select count(*)::int from alerts where thread_id = t.id and acknowledged_at is null) as "openAlerts"
  from threads t
  join lateral (
    select i.event, i.kind, i.received_at, h.person_id, h.display_name from inbox i join handles h on h.id = i.handle_id
    where i.thread_id = t.id order by i.arrival desc limit 1) last on true
  left join journeys j on j.person_id = last.person_id
  order by last.received_at desc limit $1`;

/** Events of one request and deliveries of one turn share their time; their number tells them apart. */
const ENTRIES = `
  select entry, at from (
    select json_build_object('kind', 'event', 'id', i.id, 'externalId', i.external_id, 'eventKind', i.kind,
      'name', h.display_name, 'text', coalesce(i.event->>'text', i.event->>'label', i.event->>'reason', ''), 'state', i.state,
      'turn', i.turn_id) as entry, ${iso('i.received_at')} as at, i.received_at as stamp, i.arrival as n
    from inbox i join handles h on h.id = i.handle_id where i.thread_id = $1
    union all
    select ${DELIVERY}, ${iso('d.created_at')}, coalesce(d.sent_at, d.created_at), d.sequence
    from deliveries d join threads t on t.id = d.thread_id join handles h on h.id = d.handle_id where d.thread_id = $1
  ) entries order by stamp desc, n desc limit $2`;

const ALERTS = `
  select id, kind, thread_id as thread, turn_id as turn, summary, ${iso('raised_at')} as "raisedAt",
    ${iso('acknowledged_at')} as "acknowledgedAt"
  from alerts where not $1 or acknowledged_at is null order by raised_at desc limit $2`;

const PARKED = `
  select id, thread_id as thread, left(coalesce(event->>'text', kind), 200) as text, attempts,
    ${iso('received_at')} as "receivedAt"
  from inbox where state = 'parked' order by arrival desc limit $1`;

/** Addressed to whoever wrote last on the thread, under their words; writing the same message id twice is one delivery. */
const WRITE = `
  insert into deliveries (id, thread_id, handle_id, message_class, reply, reply_to)
  select $1, $2, i.handle_id, 'hand_over', $3, i.event->>'answerUnder' from inbox i where i.thread_id = $2 order by i.arrival desc limit 1
  on conflict (id) do nothing`;

const TICKETS = `select ${TICKET} from tickets where thread_id = $1 order by number desc limit 20`;

/** A ticket that was closed before ends nothing: the thread may be about something else by now. */
const CLOSE_TICKET = `
  with asked as (select number, thread_id, status from tickets where number = $1),
    closed as (update tickets t set status = 'closed' from asked a
      where t.number = a.number and a.status = 'open' returning t.thread_id),
    ended as (update threads set episode_at = now() where id in (select thread_id from closed))
  select number from asked`;

const COUNTS = `
  select (select count(*)::int from persons p where exists (select from handles where person_id = p.id)) as persons, (select count(*)::int from threads) as threads,
    (select count(*)::int from turns) as turns, (select count(*)::int from passages) as passages,
    (select count(*)::int from exemplars) as exemplars,
    (select count(*)::int from inbox where state = 'pending') as pending,
    (select count(*)::int from inbox where state = 'parked') as parked,
    (select count(*)::int from deliveries where state = 'unknown') as unknown`;

function toEntry({ entry, at }: { readonly entry: unknown; readonly at: string }): ThreadEntry {
  const record = entry as { readonly kind?: string };
  // The database built this object from the columns named above.
  if (record.kind === 'event') return { ...(entry as Extract<ThreadEntry, { kind: 'event' }>), at };
  return { kind: 'delivery', at, delivery: DeliveryRecord.parse(entry) };
}
