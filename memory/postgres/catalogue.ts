/** The sample school's books as rows. Every write goes through the effects ledger. */
import { Course, Enrolment, Offer, Order, Ticket } from '../../core/catalogue.ts';
import type { Workspace } from '../../core/workspace.ts';
import type { CataloguePort } from '../catalogue.ts';
import { type Database, type Sql, toJson } from './database.ts';
import { once } from './effects.ts';

/** How long a held place stays held. */
const HOLD = '48 hours';

export function createCatalogue(database: Database): CataloguePort {
  const records = async (text: string, values: readonly unknown[] = []): Promise<readonly unknown[]> =>
    (await database.rows<{ record: unknown }>(text, values)).map((row) => row.record);
  return {
    offers: async () =>
      (await records(`select record from offers where audience = 'public' order by position`)).map((row) =>
        Offer.parse(row),
      ),
    courses: async () =>
      (await records('select record from courses order by position')).map((row) => Course.parse(row)),
    enrolments: async (person) =>
      (await database.rows<unknown>(`${ENROLMENTS} order by e.started_at, e.course_id`, [person])).map((row) =>
        Enrolment.parse(row),
      ),
    orders: async (person) => (await records(ORDERS, [person])).map((row) => Order.parse(row)),
    tickets: async (person) => (await database.rows<unknown>(TICKETS, [person])).map((row) => Ticket.parse(row)),
    markLessonDone: (person, lesson, key) =>
      once(database, key, async (sql) => {
        await sql.count(MARK_DONE, [person, lesson.course, lesson.lesson]);
        const row = await sql.row<unknown>(`${ENROLMENTS} and e.course_id = $2`, [person, lesson.course]);
        const enrolment = row === undefined ? null : Enrolment.parse(row);
        return enrolment?.completed.includes(lesson.lesson) ? enrolment : null;
      }),
    openTicket: (person, ticket, key) =>
      once(database, key, async (sql) => {
        const row = await sql.row<unknown>(
          `insert into tickets (handle_id, thread_id, kind, subject, summary)
           values (${handleOfTurn('$6')}, $2, $3, $4, $5) returning ${TICKET}`,
          [person, ticket.thread, ticket.kind, ticket.subject, ticket.summary, key.turn],
        );
        return Ticket.parse(row);
      }),
    holdPlace: (person, offer, key) =>
      once(database, key, async (sql) => {
        const row = await sql.row<{ offer: string; until: string }>(HOLD_PLACE, [person, offer, key.turn]);
        return row ?? { offer, until: '' };
      }),
    replaceAll: (workspace) => database.transaction((sql) => replaceBooks(sql, workspace)),
  };
}

const ISO = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;
/** The handle that asked for it, so that it stays with them when a link is taken away; else the person's oldest. */
const handleOfTurn = (turn: string): string => `coalesce(
  (select i.handle_id from handles h join inbox i on i.handle_id = h.id and i.state = 'pending'
    where h.person_id = $1 and i.turn_id = ${turn} order by i.arrival desc limit 1),
  (select id from handles where person_id = $1 order by created_at, id limit 1))`;
/** A row of `tickets` as the core says it. */
export const TICKET = `'T-' || number as number, subject, summary, status, to_char(opened_at at time zone 'utc', ${ISO}) as "openedAt"`;
const TICKETS = `
  select ${TICKET} from tickets t join handles h on h.id = t.handle_id where h.person_id = $1 order by t.number desc limit 20`;
/** A member may have proven two handles of one person; their books are still one. */
const MEMBER_REFS = '(select member_ref from member_handles where person_id = $1)';
const ENROLMENTS = `
  select e.course_id as course, e.completed, to_char(e.started_at, 'YYYY-MM-DD') as "startedAt"
  from enrolments e where e.member_ref in ${MEMBER_REFS}`;
const ORDERS = `
  select o.record from orders o where o.member_ref in ${MEMBER_REFS} order by o.number`;
const MARK_DONE = `
  update enrolments e set completed = e.completed || to_jsonb($3::text)
  where e.member_ref in ${MEMBER_REFS} and e.course_id = $2 and not e.completed ? $3
    and exists (select 1 from courses c, jsonb_array_elements(c.record->'lessons') l
      where c.id = $2 and l->>'id' = $3)`;
const HOLD_PLACE = `
  with held as materialized (
    select k.offer_id, k.held_until from holds k join handles h on h.id = k.handle_id
    where h.person_id = $1 and k.offer_id = $2 and k.held_until > now() order by k.held_until limit 1
  ), made as (
    insert into holds (handle_id, offer_id, held_until)
    select ${handleOfTurn('$3')}, $2, now() + interval '${HOLD}' where not exists (select from held)
    on conflict (handle_id, offer_id) do update set held_until = excluded.held_until
    returning offer_id, held_until
  )
  select offer_id as offer, to_char(held_until at time zone 'utc', ${ISO}) as until
  from (select * from held union all select * from made) one`;

/** Members' books are loaded once: a later load never overwrites progress somebody made meanwhile. */
async function replaceBooks(sql: Sql, workspace: Workspace): Promise<void> {
  await sql.rows('delete from offers');
  for (const [position, offer] of workspace.offers.entries()) {
    await sql.rows('insert into offers (id, position, audience, record) values ($1, $2, $3, $4)', [
      offer.id,
      position,
      offer.audience,
      toJson(offer),
    ]);
  }
  for (const [position, course] of workspace.courses.entries()) {
    await sql.rows(
      `insert into courses (id, position, record) values ($1, $2, $3)
       on conflict (id) do update set position = excluded.position, record = excluded.record`,
      [course.id, position, toJson(course)],
    );
  }
  for (const member of workspace.members) {
    for (const { course, completed, startedAt } of member.enrolments) {
      await sql.rows(
        `insert into enrolments (member_ref, course_id, completed, started_at) values ($1, $2, $3, $4)
         on conflict do nothing`,
        [member.member, course, toJson(completed), startedAt],
      );
    }
    for (const order of member.orders) {
      await sql.rows(
        `insert into orders (number, member_ref, record) values ($1, $2, $3)
         on conflict (number) do update set record = excluded.record`,
        [order.number, member.member, toJson(order)],
      );
    }
  }
}
