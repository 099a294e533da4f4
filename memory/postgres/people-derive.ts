/** What links derive: who a handle belongs to, where the person stands, how they want to be spoken to. Rows stay with handles. */
import { z } from 'zod';
import { InvalidPayloadError } from '../../core/errors.ts';
import { HandleId, PersonId } from '../../core/ids.ts';
import { JourneyState } from '../../core/journey.ts';
import { Claim } from '../../core/link.ts';
import { componentsOf, foldStates, type LinkEdge, type MergeStates, type SavedState } from '../../core/link-fold.ts';
import { type Sql, toJson } from './database.ts';

const TouchedRow = z.object({
  handles: z.array(
    z.object({
      id: HandleId,
      person: PersonId,
      own: PersonId,
      channel: z.string(),
      externalId: z.string(),
      displayName: z.string().nullable(),
    }),
  ),
  edges: z.array(z.object({ a: HandleId, b: HandleId, at: z.number() })),
  claims: z.array(Claim),
  states: z.array(
    z.object({ handle: HandleId, at: z.number(), order: z.number(), versions: z.number(), state: JourneyState }),
  ),
});

/** Everything of the people some handles belong to, the oldest handle first. `parted`: edges that are going. */
export type Touched = z.infer<typeof TouchedRow> & { readonly parted?: readonly LinkEdge[] };

/**
 * Takes the lanes of these people, then reads them: a turn that was committing is waited for and seen, and one that still
 * runs fails its commit and runs again at once on what comes out. A lane nobody had yet is made, so that whoever takes it
 * meanwhile waits, too. Throws InvalidPayloadError('not_found').
 */
export async function readTouched(sql: Sql, handles: readonly HandleId[]): Promise<Touched> {
  await sql.rows(TAKE_LANES, [handles]);
  const touched = TouchedRow.parse(await sql.row<unknown>(TOUCHED, [handles]));
  const missing = handles.find((handle) => !touched.handles.some(({ id }) => id === handle));
  if (missing === undefined) return touched;
  throw new InvalidPayloadError('not_found', `There is no handle "${missing}". It may have been erased.`, {
    path: 'handle',
  });
}

/** In one order, so that no two wait for each other. */
export const TAKE_LANES = `
  insert into lanes (lane, fence)
  select distinct person_id, 1 from handles where id = any($1) order by 1
  on conflict (lane) do update set fence = lanes.fence + 1, holder = null, leased_until = '-infinity'`;

const ISO = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;

const TOUCHED = `
  with m as materialized (
    select h.* from handles h where h.person_id in (select person_id from handles where id = any($1)))
  select
    (select coalesce(json_agg(json_build_object('id', id, 'person', person_id, 'own', own_person_id, 'channel', channel,
      'externalId', external_id, 'displayName', display_name) order by created_at, id), '[]') from m) as handles,
    (select coalesce(json_agg(json_build_object('a', l.a, 'b', l.b, 'at', extract(epoch from l.linked_at)::float8)), '[]')
      from m join links l on l.a = m.id) as edges,
    (select coalesce(json_agg(json_build_object('handle', c.handle_id, 'kind', c.kind, 'value', c.value, 'proof', c.proof,
      'provenAt', to_char(c.proven_at at time zone 'utc', ${ISO})) order by c.proven_at, c.kind, c.value), '[]')
      from m join handle_claims c on c.handle_id = m.id) as claims,
    (select coalesce(json_agg(json_build_object('handle', s.handle_id, 'at', extract(epoch from s.saved_at)::float8,
      'order', s.id, 'versions', s.versions, 'state', jsonb_strip_nulls(s.state) || jsonb_build_object('version', 0,
        'since', to_char((s.state->>'since')::timestamptz at time zone 'utc', ${ISO})))), '[]')
      from m join journey_states s on s.handle_id = m.id) as states`;

type Derived = {
  readonly person: PersonId;
  readonly handles: readonly HandleId[];
  /** Null: nobody of them ever moved. */
  readonly journey: (JourneyState & { readonly handle_id: HandleId }) | null;
};

/** Writes what the edges make of the people touched: the same edges always make the same, whatever came and went before. */
export async function derive(
  sql: Sql,
  touched: Touched,
  { mergeStates }: { readonly mergeStates: MergeStates },
): Promise<void> {
  const groups = groupsOf(touched, mergeStates);
  const persons = [...new Set([...touched.handles.flatMap(({ person, own }) => [person, own])])];
  const members = groups.flatMap(({ person, handles }) => handles.map((id) => ({ id, person })));
  await sql.rows(REGROUP, [toJson(members)]);
  // Nobody's move: the trigger that keeps moves looks here. Only for this transaction.
  await sql.rows(`select set_config('throughline.deriving', 'on', true)`);
  await sql.rows('delete from journeys where person_id = any($1)', [persons]);
  const journeys = groups.flatMap(({ person, journey }) => (journey ? [{ ...journey, person_id: person }] : []));
  await sql.rows('insert into journeys select * from jsonb_populate_recordset(null::journeys, $1)', [toJson(journeys)]);
  await sql.rows(`select set_config('throughline.deriving', 'off', true)`);
  await sql.rows(TELL, [groups.map(({ person }) => person)]);
  const [first] = touched.parted ?? [];
  if (first) await sql.rows(FORGET_SUMMARIES, [touched.handles.map(({ id }) => id), first.at]);
}

/** Each component is the person of its oldest handle. */
function groupsOf({ handles, edges, states }: Touched, mergeStates: MergeStates): readonly Derived[] {
  const ownOf = new Map(handles.map(({ id, own }) => [id, own]));
  return componentsOf(
    handles.map(({ id }) => id),
    edges,
  ).flatMap((members): Derived[] => {
    const [oldest] = members;
    const person = oldest === undefined ? undefined : ownOf.get(oldest);
    if (person === undefined) return [];
    const isOf = new Set(members);
    const saved = states.filter(({ handle }) => isOf.has(handle));
    const inside = edges.filter(({ a }) => isOf.has(a));
    return [{ person, handles: members, journey: journeyOf(saved, { edges: inside, mergeStates }) }];
  });
}

type Saved = SavedState<JourneyState> & { readonly versions: number };
type Making = { readonly edges: readonly LinkEdge[]; readonly mergeStates: MergeStates };

function journeyOf(saved: readonly Saved[], { edges, mergeStates }: Making): Derived['journey'] {
  const state = foldStates(saved, { edges, merge: mergeStates });
  const mover = saved.toSorted((x, y) => x.at - y.at || x.order - y.order).at(-1);
  if (state === null || mover === undefined) return null;
  // Every save counts, so that what a turn read of one of the two is never the version of both together.
  const version = saved.reduce((sum, { versions }) => sum + versions, 0);
  return { ...state, version, handle_id: mover.handle };
}

const REGROUP = `
  update handles h set person_id = g.person from jsonb_to_recordset($1) as g(id uuid, person uuid)
  where h.id = g.id and h.person_id <> g.person`;

/** What was told last counts; what a platform says of a newcomer counts until something was told. */
const TELL = `
  with t as materialized (
    select h.person_id, h.created_at, h.id as handle_id, t.id, t.told, t.told_at
    from told t join handles h on h.id = t.handle_id where h.person_id = any($1))
  update persons p set
    locale = coalesce(
      (select t.told->>'locale' from t where t.person_id = p.id and t.told ? 'locale' order by t.told_at desc, t.id desc limit 1),
      (select t.told->>'platformLocale' from t where t.person_id = p.id and t.told ? 'platformLocale'
        order by t.created_at, t.handle_id, t.id limit 1)),
    time_zone = (select t.told->>'timeZone' from t where t.person_id = p.id and t.told ? 'timeZone'
      order by t.told_at desc, t.id desc limit 1),
    preferences = (select coalesce(jsonb_object_agg(l.key, l.value), '{}') from (
      select distinct on (e.key) e.key, e.value from t, jsonb_each(t.told->'preferences') e where t.person_id = p.id
      order by e.key, t.told_at desc, t.id desc) l),
    consents = (select coalesce(jsonb_object_agg(l.key, l.value), '{}') from (
      select distinct on (e.key) e.key, e.value from t, jsonb_each(t.told->'consents') e where t.person_id = p.id
      order by e.key, t.told_at desc, t.id desc) l)
  where p.id = any($1)`;

/** What a model made of lines while these were one person may hold words of both. */
const FORGET_SUMMARIES = `
  delete from thread_summaries where handle_id = any($1) and saved_at > to_timestamp($2)`;
