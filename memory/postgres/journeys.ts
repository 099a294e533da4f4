/** Journeys as rows: where a person stands, whose time has come, and the moves that time or an operator makes. */
import { InvalidPayloadError } from '../../core/errors.ts';
import type { PersonId } from '../../core/ids.ts';
import { JourneyState, type Move, RecordedMove } from '../../core/journey.ts';
import type { DueJourney, JourneyCounts, JourneyPort } from '../people.ts';
import { type Database, type Sql, toJson } from './database.ts';
import { LAST_PRIVATE, plainReply } from './outreach.ts';

const ISO = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;
const STATE = `stage, definition, to_char(since at time zone 'utc', ${ISO}) as since, version, tags, regions`;

const DUE = `
  select j.person_id as person, j.stage, j.definition, to_char(j.since at time zone 'utc', ${ISO}) as since, j.version, j.tags,
    j.regions, p.time_zone as "timeZone", p.consents,
    exists (select 1 from handles h where h.person_id = j.person_id and h.is_member) as "isMember"
  from journeys j join persons p on p.id = j.person_id
  where ($4::uuid is null or j.person_id > $4) and exists (
    select from unnest($1::text[], $2::float8[]) as w(stage, hours), lateral (
      select j.stage, j.since
      union all select r.value->>'stage', (r.value->>'since')::timestamptz from jsonb_each(j.regions) r) as s(stage, since)
    where w.stage = s.stage and s.since <= now() - w.hours * interval '1 hour')
  order by j.person_id limit $3`;

const MOVE = `
  update journeys set stage = $3, definition = $4, since = $5, version = version + 1, tags = $6, regions = $7
  where person_id = $1 and version = $2`;

/** For somebody who never moved. */
const BEGIN = `
  insert into journeys (person_id, version, stage, definition, since, tags, regions)
  select p.id, $2 + 1, $3, $4, $5, $6, $7 from persons p where p.id = $1 on conflict (person_id) do nothing`;

/** With the person's oldest handle: neither time nor an operator comes by one. */
const RECORD = `
  insert into journey_moves (person_id, handle_id, transition, from_stage, to_stage, cause, region, quote, confidence,
    operator, reason, disputes)
  select $1, h.id, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11
  from handles h where h.person_id = $1 order by h.created_at, h.id limit 1`;

const MOVES = `
  select m.id::text as id, m.transition, m.from_stage as "from", m.to_stage as "to", m.cause, m.region, m.quote, m.confidence,
    m.operator, m.reason, m.disputes::text as "of", to_char(m.moved_at at time zone 'utc', ${ISO}) as "movedAt"
  from journey_moves m join handles h on h.id = m.handle_id where h.person_id = $1 order by m.id desc limit $2`;

/** A person whose handles all belong to another one now stands nowhere. */
const PEOPLE = `
  select s.region, s.stage, j.definition, count(*)::int as count
  from journeys j, lateral (
    select null as region, j.stage
    union all select r.key, r.value->>'stage' from jsonb_each(j.regions) r) s
  where exists (select from handles h where h.person_id = j.person_id)
  group by 1, 2, 3 order by 1 nulls first, 2, 3`;

const EDGES = `
  select m.transition, m.from_stage as "from", m.to_stage as "to", count(*)::int as count, count(d.disputes)::int as disputed
  from journey_moves m left join journey_moves d on d.disputes = m.id
  group by 1, 2, 3 order by 1, 2, 3`;

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
      const row = await database.row<object>(`select ${STATE} from journeys where person_id = $1`, [person]);
      return row ? JourneyState.parse(withoutNulls(row)) : null;
    },
    listDue: async (waits, { limit, after }) => {
      const rows = await database.rows<Omit<DueJourney, 'state'>>(DUE, [
        waits.map(({ stage }) => stage),
        waits.map(({ hours }) => hours),
        limit,
        after,
      ]);
      return rows.map((row): DueJourney => {
        const { person, isMember, timeZone = null, consents = {}, ...state } = row;
        return { person, isMember, timeZone, consents, state: JourneyState.parse(withoutNulls(state)) };
      });
    },
    move: (due, moved) => database.transaction((sql) => move(sql, due, moved)),
    moves: async (person, limit) => {
      const rows = await database.rows<object>(MOVES, [person, limit]);
      return rows.map((row) => RecordedMove.parse(withoutNulls(row)));
    },
    operate: (person, operated) => database.transaction((sql) => operate(sql, person, operated)),
    counts: async () => {
      const people = await database.rows<JourneyCounts['people'][number]>(PEOPLE);
      return { people, moves: await database.rows<JourneyCounts['moves'][number]>(EDGES) };
    },
  };
}

/** A column that was left empty is a field that is absent. */
function withoutNulls(row: object): object {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
}

type Moved = Parameters<JourneyPort['move']>[1];

async function move(sql: Sql, { person, state }: DueJourney, { after, moves, messages }: Moved): Promise<boolean> {
  const saved = await sql.count(MOVE, stateValues(person, { before: state, after }));
  // A turn moved them meanwhile; what is due then is found by the next look.
  if (saved === 0) return false;
  for (const one of moves) await sql.rows(RECORD, moveValues(person, one));
  for (const { transition, texts } of messages) await sql.rows(WRITE, [person, transition, toJson(texts), after.since]);
  return true;
}

type Operated = Parameters<JourneyPort['operate']>[1];

async function operate(sql: Sql, person: PersonId, { before, after, move: made }: Operated): Promise<boolean> {
  const saved = await sql.count(before === null ? BEGIN : MOVE, stateValues(person, { before, after }));
  if (saved === 0) return false;
  if ((await sql.count(RECORD, moveValues(person, made))) === 1) return true;
  // Thrown inside the transaction, so that the state is taken back too.
  throw new InvalidPayloadError(
    'not_found',
    `There is no person "${person}" with a handle. They may be linked to another.`,
    {
      path: 'person',
    },
  );
}

type Saved = { readonly before: JourneyState | null; readonly after: JourneyState };

function stateValues(person: PersonId, { before, after }: Saved): readonly unknown[] {
  const { stage, definition, since, tags, regions } = after;
  const kept = regions === undefined ? null : toJson(regions);
  return [person, before?.version ?? 0, stage, definition, since, toJson(tags), kept];
}

function moveValues(person: PersonId, move: Move): readonly unknown[] {
  const { transition, from, to, cause, region, quote, confidence, operator, reason, of } = move;
  const told = [region, quote, confidence, operator, reason, of].map((value) => value ?? null);
  return [person, transition, from, to, cause, ...told];
}
