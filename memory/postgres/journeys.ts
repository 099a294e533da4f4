/** Journeys as rows: where a person stands, whose time has come, and the moves that time alone makes. */
import type { PersonId } from '../../core/ids.ts';
import { JourneyState } from '../../core/journey.ts';
import type { DueJourney, JourneyPort } from '../people.ts';
import { type Database, type Sql, toJson } from './database.ts';
import { LAST_PRIVATE, plainReply } from './outreach.ts';

const ISO = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;
const STATE = `stage, definition, to_char(since at time zone 'utc', ${ISO}) as since, version, tags`;

const DUE = `
  select j.person_id as person, j.stage, j.definition, to_char(j.since at time zone 'utc', ${ISO}) as since, j.version, j.tags,
    exists (select 1 from handles h where h.person_id = j.person_id and h.is_member) as "isMember"
  from journeys j
  where ($4::uuid is null or j.person_id > $4) and exists (
    select from unnest($1::text[], $2::float8[]) as w(stage, hours)
    where w.stage = j.stage and j.since <= now() - w.hours * interval '1 hour')
  order by j.person_id limit $3`;

const MOVE = `
  update journeys set stage = $3, definition = $4, since = $5, version = version + 1, tags = $6
  where person_id = $1 and version = $2`;

const RECORD = `
  insert into journey_moves (person_id, handle_id, transition, from_stage, to_stage, cause)
  select $1, h.id, $2, $3, $4, $5 from handles h where h.person_id = $1 order by h.created_at limit 1`;

/** Named after what caused it, so that the same move never writes twice. */
const WRITE = `
  insert into deliveries (id, thread_id, handle_id, message_class, reply, purpose)
  select md5($1::text || $2::text || $4::text)::uuid || '.0', s.thread_id, s.handle_id, 'sales',
    ${plainReply(`coalesce($3::jsonb->>left(lower(p.locale), 2), $3::jsonb->>'en')`, `coalesce(p.locale, 'en')`)}, 'journey'
  from (${LAST_PRIVATE} and h.person_id = $1 order by h.person_id, i.arrival desc) s
  join persons p on p.id = s.person_id on conflict (id) do nothing`;

export function createJourneys(database: Database): JourneyPort {
  return {
    get: async (person) => {
      const row = await database.row<unknown>(`select ${STATE} from journeys where person_id = $1`, [person]);
      return row ? JourneyState.parse(row) : null;
    },
    listDue: async (waits, { limit, after }) => {
      const rows = await database.rows<{ person: PersonId; isMember: boolean }>(DUE, [
        waits.map(({ stage }) => stage),
        waits.map(({ hours }) => hours),
        limit,
        after,
      ]);
      return rows.map((row): DueJourney => {
        const { person, isMember, ...state } = row;
        return { person, isMember, state: JourneyState.parse(state) };
      });
    },
    move: (due, moved) => database.transaction((sql) => move(sql, due, moved)),
  };
}

type Moved = Parameters<JourneyPort['move']>[1];

async function move(sql: Sql, { person, state }: DueJourney, { after, moves, messages }: Moved): Promise<boolean> {
  const { stage, definition, since, tags } = after;
  const saved = await sql.count(MOVE, [person, state.version, stage, definition, since, toJson(tags)]);
  // A turn moved them meanwhile; what is due then is found by the next look.
  if (saved === 0) return false;
  for (const one of moves) await sql.rows(RECORD, [person, one.transition, one.from, one.to, one.cause]);
  for (const { transition, texts } of messages) await sql.rows(WRITE, [person, transition, toJson(texts), since]);
  return true;
}
