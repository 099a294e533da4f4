/** People, threads and journeys as rows. */
import { z } from 'zod';
import { InvalidPayloadError, PermanentError } from '../../core/errors.ts';
import type { HandleId, MintId } from '../../core/ids.ts';
import type { MergeStates } from '../../core/link-fold.ts';
import { Link, Person } from '../../core/person.ts';
import { Thread } from '../../core/thread.ts';
import type { PeoplePort, ThreadPort } from '../people.ts';
import { createConversations } from './conversation.ts';
import type { Database } from './database.ts';
import { createLinks } from './people-links.ts';

/** `defaults` are the organisation's, used until a person's own are known. */
export type PeopleOptions = {
  readonly defaults: { readonly locale: string; readonly timeZone: string };
  readonly mint: MintId;
  /** How two journeys become one. */
  readonly mergeStates: MergeStates;
};

export function createPeople(database: Database, { defaults, mint, mergeStates }: PeopleOptions): PeoplePort {
  return {
    ...createLinks(database, { mint, mergeStates }),
    ofHandle: async (handle) => {
      const row = await database.row<{ person: unknown }>(PERSON_OF_HANDLE, [
        handle,
        defaults.locale,
        defaults.timeZone,
      ]);
      if (row?.person) return Person.parse(row.person);
      throw new PermanentError('unknown_name', `There is no handle "${handle}". It may have been erased.`);
    },
    find: async (name) => {
      const [, channel = '', address = ''] = /^([a-z]+):(.+)$/s.exec(name) ?? [];
      const id = z.uuid().safeParse(name).data ?? null;
      return (await database.row<{ id: HandleId }>(FIND, [id, channel, address]))?.id ?? null;
    },
    links: async (person) => {
      const rows = await database.rows<unknown>(LINKS_OF_PERSON, [person]);
      return rows.map((row) => Link.parse(row));
    },
  };
}

const ISO = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;

const PERSON_OF_HANDLE = `
  select json_build_object(
    'id', p.id, 'locale', coalesce(p.locale, $2), 'timeZone', coalesce(p.time_zone, $3),
    'preferences', p.preferences, 'consents', p.consents,
    'handles', (
      select json_agg(json_build_object('id', o.id, 'person', o.person_id, 'channel', o.channel,
        'connection', o.connection, 'externalId', o.external_id, 'displayName', o.display_name,
        'isMember', o.is_member) order by o.id <> $1, o.created_at, o.id)
      from handles o where o.person_id = p.id)) as person
  from handles h join persons p on p.id = h.person_id where h.id = $1`;

const FIND = `
  select id from handles where id = $1::uuid or person_id = $1::uuid or own_person_id = $1::uuid
    or (channel = $2 and external_id = $3)
  order by id <> $1::uuid, created_at, id limit 1`;

const LINKS_OF_PERSON = `
  select l.a, l.b, l.proof, l.reason, to_char(l.linked_at at time zone 'utc', ${ISO}) as "linkedAt"
  from links l join handles h on h.id = l.a where h.person_id = $1 order by l.linked_at, l.a, l.b`;

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
