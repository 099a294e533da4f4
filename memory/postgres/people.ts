/** People, threads and journeys as rows. */
import { InvalidPayloadError, PermanentError } from '../../core/errors.ts';
import type { HandleId, PersonId } from '../../core/ids.ts';
import { Link, Person } from '../../core/person.ts';
import { Thread } from '../../core/thread.ts';
import type { PeoplePort, ThreadPort } from '../people.ts';
import { createConversations } from './conversation.ts';
import type { Database, Sql } from './database.ts';

/** `defaults` are the organisation's, used until a person's own are known. */
export function createPeople(
  database: Database,
  defaults: { readonly locale: string; readonly timeZone: string },
): PeoplePort {
  return {
    ofHandle: async (handle) => {
      const row = await database.row<{ person: unknown }>(PERSON_OF_HANDLE, [
        handle,
        defaults.locale,
        defaults.timeZone,
      ]);
      if (row?.person) return Person.parse(row.person);
      throw new PermanentError('unknown_name', `There is no handle "${handle}". It may have been erased.`);
    },
    link: (a, b, { proof, reason }) =>
      database.transaction(async (sql) => {
        await sql.rows(ONE_AT_A_TIME);
        const [low, high] = a < b ? [a, b] : [b, a];
        await sql.rows(
          'insert into links (a, b, proof, reason) values ($1, $2, $3, $4) on conflict (a, b) do nothing',
          [low, high, proof, reason],
        );
        await regroup(sql, [a, b]);
      }),
    unlink: (a, b) =>
      database.transaction(async (sql) => {
        await sql.rows(ONE_AT_A_TIME);
        const [low, high] = a < b ? [a, b] : [b, a];
        await sql.rows('delete from links where a = $1 and b = $2', [low, high]);
        await regroup(sql, [a, b]);
      }),
    links: async (person) => {
      const rows = await database.rows<unknown>(LINKS_OF_PERSON, [person]);
      return rows.map((row) => Link.parse(row));
    },
  };
}

const ISO = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;

/** Two links made side by side would not see each other's edge and leave one component with two persons. */
const ONE_AT_A_TIME = 'lock table links in share row exclusive mode';

const PERSON_OF_HANDLE = `
  select json_build_object(
    'id', p.id, 'locale', coalesce(p.locale, $2), 'timeZone', coalesce(p.time_zone, $3),
    'preferences', p.preferences, 'consents', p.consents,
    'handles', (
      select json_agg(json_build_object('id', o.id, 'person', o.person_id, 'channel', o.channel,
        'connection', o.connection, 'externalId', o.external_id, 'displayName', o.display_name,
        'isMember', o.is_member) order by o.id <> $1, o.created_at)
      from handles o where o.person_id = p.id)) as person
  from handles h join persons p on p.id = h.person_id where h.id = $1`;

const LINKS_OF_PERSON = `
  select l.a, l.b, l.proof, l.reason, to_char(l.linked_at at time zone 'utc', ${ISO}) as "linkedAt"
  from links l join handles h on h.id = l.a where h.person_id = $1 order by l.linked_at`;

/**
 * Gives every component that touches these handles the person of its oldest handle. Bumping the fence of the lanes
 * concerned makes a turn that is running on the old grouping fail its commit; the lanes are free, so that it runs again
 * at once on the new one.
 */
async function regroup(sql: Sql, handles: readonly HandleId[]): Promise<void> {
  for (const start of handles) {
    const members = await sql.rows<{ id: HandleId; person_id: PersonId }>(
      `with recursive reached(id) as (
         select $1::uuid union
         select case when l.a = r.id then l.b else l.a end from links l join reached r on r.id in (l.a, l.b))
       select h.id, h.person_id from handles h join reached r on r.id = h.id`,
      [start],
    );
    const ids = members.map((member) => member.id);
    await sql.rows(
      `update lanes set fence = fence + 1, holder = null, leased_until = '-infinity' where lane = any($1)`,
      [members.map((member) => member.person_id)],
    );
    await sql.rows(
      `update handles set person_id = (
         select own_person_id from handles where id = any($1) order by created_at, id limit 1)
       where id = any($1)`,
      [ids],
    );
  }
}

export function createThreads(database: Database): ThreadPort {
  return {
    ...createConversations(database),
    get: async (thread) => {
      const row = await database.row<unknown>(`${THREAD} where id = $1`, [thread]);
      if (row) return Thread.parse(row);
      throw new InvalidPayloadError('not_found', `There is no thread "${thread}".`, { path: 'thread' });
    },
    find: async ({ channel, connection, key }) => {
      const row = await database.row<unknown>(`${THREAD} where channel = $1 and connection = $2 and key = $3`, [
        channel,
        connection,
        key,
      ]);
      return row ? Thread.parse(row) : null;
    },
    setOwnership: async (thread, ownership) => {
      await database.count(SET_OWNERSHIP, [thread, ownership]);
    },
  };
}

/** The right sides see the row as it was: a second return, or one of a thread that nobody held, ends no matter. */
const SET_OWNERSHIP = `
  update threads set ownership = $2,
    episode_at = case when ownership = 'operator' and $2 = 'agents' then now() else episode_at end
  where id = $1`;

const THREAD = 'select id, channel, connection, key, clearance, ownership, subject, agent from threads';
