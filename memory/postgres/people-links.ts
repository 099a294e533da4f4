/** Links as rows: edges with their proof, the claims that block them, and the cases operators decide. */
import { InvalidPayloadError, PermanentError } from '../../core/errors.ts';
import type { HandleId, MintId } from '../../core/ids.ts';
import {
  Claim,
  type ClaimKind,
  claimKindOf,
  conflictsOf,
  LinkCase,
  type LinkOutcome,
  type LinkSide,
  normaliseClaim,
} from '../../core/link.ts';
import { componentsOf, type MergeStates } from '../../core/link-fold.ts';
import type { NewLink, PeoplePort } from '../people.ts';
import { type Database, type Sql, toJson } from './database.ts';
import { derive, readTouched, type Touched } from './people-derive.ts';

type LinkPort = Pick<PeoplePort, 'link' | 'unlink' | 'split' | 'prove' | 'claims' | 'suggest' | 'cases' | 'decide'>;
export type LinkParts = { readonly mint: MintId; readonly mergeStates: MergeStates };
type Parts = LinkParts;

/** Every change is a fixed number of statements, however many handles a person has. */
export function createLinks(database: Database, parts: Parts): LinkPort {
  const change: Change = (handles, work) =>
    database.transaction(async (sql) => {
      await sql.rows(ONE_AT_A_TIME);
      return work(sql, await readTouched(sql, handles));
    });
  return { ...createEdges(database, { ...parts, change }), ...createDecisions(database, parts) };
}

type Change = <T>(handles: readonly HandleId[], work: (sql: Sql, touched: Touched) => Promise<T>) => Promise<T>;
type Changing = Parts & { readonly change: Change };

function createEdges(
  database: Database,
  { change, ...parts }: Changing,
): Pick<LinkPort, 'link' | 'unlink' | 'split' | 'prove' | 'claims'> {
  return {
    link: (a, b, why) =>
      database.transaction(async (sql) => {
        await sql.rows(ONE_AT_A_TIME);
        return linkWithin(sql, { ...parts, a, b, why });
      }),
    unlink: (a, b) =>
      change([a, b], async (sql, touched) => {
        const [low, high] = inOrder(a, b);
        const gone = await sql.count('delete from links where a = $1 and b = $2', [low, high]);
        if (gone > 0)
          await derive(
            sql,
            without(touched, (edge) => edge.a === low && edge.b === high),
            parts,
          );
        return gone > 0;
      }),
    split: (handle) =>
      change([handle], async (sql, touched) => {
        const gone = await sql.count('delete from links where $1 in (a, b)', [handle]);
        if (gone > 0)
          await derive(
            sql,
            without(touched, ({ a, b }) => a === handle || b === handle),
            parts,
          );
        return gone;
      }),
    prove: (handle, { proof, value }) => {
      const kind = claimKindOf(proof);
      if (kind === null) throw new PermanentError('broken_invariant', `The proof "${proof}" binds no claim.`);
      const claim = { kind, value: normaliseClaim(kind, value), proof };
      return database.transaction(async (sql) => {
        await sql.rows(ONE_AT_A_TIME);
        const same = await sql.row<{ id: HandleId }>(SAME_CLAIM, [kind, claim.value, handle]);
        const touched = await readTouched(sql, same ? [handle, same.id] : [handle]);
        return bind(sql, touched, { ...parts, handle, claim, other: same?.id ?? null });
      });
    },
    claims: async (person) => (await database.rows<unknown>(CLAIMS_OF_PERSON, [person])).map((row) => Claim.parse(row)),
  };
}

function createDecisions(database: Database, parts: Parts): Pick<LinkPort, 'suggest' | 'cases' | 'decide'> {
  return {
    suggest: (a, b, reason) =>
      database.transaction(async (sql) => {
        await sql.rows(ONE_AT_A_TIME);
        await suggestWithin(sql, { ...parts, a, b, reason });
      }),
    cases: async ({ open, limit }) =>
      (await database.rows<unknown>(CASES, [open, limit])).map((row) => LinkCase.parse(row)),
    decide: (id, decision) => decide(database, id, { ...decision, ...parts }),
  };
}

const KNOWN = 'select 1 from links where a = $1 and b = $2';

/** `link` inside a transaction that holds `ONE_AT_A_TIME`. */
export async function linkWithin(sql: Sql, adding: Adding): Promise<LinkOutcome> {
  const { a, b } = adding;
  // What is there already must disturb no turn that runs.
  if (await sql.row(KNOWN, inOrder(a, b))) return { kind: 'known' };
  return addLink(sql, await readTouched(sql, [a, b]), adding);
}

/** `suggest` inside a transaction that holds `ONE_AT_A_TIME`. */
export async function suggestWithin(
  sql: Sql,
  { a, b, reason, ...parts }: Omit<Adding, 'why'> & { readonly reason: string },
): Promise<void> {
  const touched = await readTouched(sql, [a, b]);
  const why = { proof: 'suggestion', reason } as const;
  if (sidesOf(touched, { a, b })[0] !== null) await openCase(sql, touched, { ...parts, a, b, why, kind: 'suggestion' });
}

/** Two links made side by side would not see each other's edge and leave one component with two persons. */
export const ONE_AT_A_TIME = 'lock table links in share row exclusive mode';

const ISO = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;

type Adding = Parts & { readonly a: HandleId; readonly b: HandleId; readonly why: NewLink };

async function addLink(sql: Sql, touched: Touched, adding: Adding): Promise<LinkOutcome> {
  const { a, b, why } = adding;
  if (a === b) throw new InvalidPayloadError('malformed', `Handle ${a} cannot be linked with itself.`, { path: 'b' });
  const [left, right] = sidesOf(touched, { a, b });
  const conflicts = left && right ? conflictsOf(left.claims, right.claims) : [];
  if (conflicts.length > 0) {
    return { kind: 'blocked', case: await openCase(sql, touched, { ...adding, kind: 'conflict' }), conflicts };
  }
  return insertLink(sql, touched, { ...adding, why });
}

async function insertLink(sql: Sql, touched: Touched, { a, b, why, ...parts }: Adding): Promise<LinkOutcome> {
  const [low, high] = inOrder(a, b);
  const row = await sql.row<{ at: number }>(INSERT_LINK, [low, high, why.proof, why.reason.slice(0, 300)]);
  if (!row) return { kind: 'known' };
  await derive(sql, { ...touched, edges: [...touched.edges, { a: low, b: high, at: row.at }] }, parts);
  return { kind: 'linked' };
}

/** The clock, not the transaction's beginning: a move that was waited for was made before this link. */
const INSERT_LINK = `
  insert into links (a, b, proof, reason, linked_at) values ($1, $2, $3, $4, clock_timestamp()) on conflict (a, b) do nothing
  returning extract(epoch from linked_at)::float8 as at`;

type Binding = Parts & {
  readonly handle: HandleId;
  readonly claim: { readonly kind: ClaimKind; readonly value: string; readonly proof: NewLink['proof'] };
  /** Somebody who has proven the same before. */
  readonly other: HandleId | null;
};

async function bind(sql: Sql, touched: Touched, { handle, claim, other, ...parts }: Binding): Promise<LinkOutcome> {
  const { kind, value, proof } = claim;
  const provenAt = new Date(0).toISOString();
  const own = sideOf(touched, handle).claims;
  const why = { proof, reason: `proved the ${kind.replace('_', ' ')} ${value}` };
  const conflicts = conflictsOf(own, [{ handle, kind, value, proof, provenAt }]);
  if (conflicts.length > 0) {
    const against = own.find((one) => one.kind === kind)?.handle ?? handle;
    const b = other ?? against;
    if (b === handle)
      throw new InvalidPayloadError('malformed', `Handle ${handle} has proven another ${kind} already.`, {
        path: 'value',
      });
    const id = await openCase(sql, touched, { ...parts, a: handle, b, why, kind: 'conflict' });
    return { kind: 'blocked', case: id, conflicts };
  }
  await sql.rows('insert into claims (handle_id, kind, value, proof) values ($1, $2, $3, $4) on conflict do nothing', [
    handle,
    kind,
    value,
    proof,
  ]);
  return other === null ? { kind: 'known' } : addLink(sql, touched, { ...parts, a: handle, b: other, why });
}

const SAME_CLAIM = `
  select c.handle_id as id from handle_claims c join handles h on h.id = c.handle_id
  where c.kind = $1 and c.value = $2 and c.handle_id <> $3 order by h.created_at, h.id limit 1`;

const CLAIM = `c.handle_id as handle, c.kind, c.value, c.proof, to_char(c.proven_at at time zone 'utc', ${ISO}) as "provenAt"`;
const CLAIMS_OF_PERSON = `
  select ${CLAIM} from handle_claims c join handles h on h.id = c.handle_id where h.person_id = $1 order by c.proven_at, c.kind, c.value`;

const CASES = `
  select id, kind, a, b, proof, reason, sides, to_char(raised_at at time zone 'utc', ${ISO}) as "raisedAt",
    to_char(decided_at at time zone 'utc', ${ISO}) as "decidedAt", decision, decided_by as "decidedBy"
  from link_cases where not $1 or decided_at is null order by raised_at desc, id limit $2`;

type Opening = Adding & { readonly kind: LinkCase['kind'] };

/** The same two asked about again while nobody has decided are one case. */
async function openCase(sql: Sql, touched: Touched, { a, b, why, kind, mint }: Opening): Promise<string> {
  const [low, high] = inOrder(a, b);
  const sides = toJson([sideOf(touched, low), sideOf(touched, high)]);
  const row = await sql.row<{ id: string }>(OPEN_CASE, [
    mint(),
    kind,
    low,
    high,
    why.proof,
    why.reason.slice(0, 300),
    sides,
  ]);
  if (row) return row.id;
  throw new PermanentError('broken_invariant', 'A case between two handles was neither opened nor found.');
}

const OPEN_CASE = `
  insert into link_cases (id, kind, a, b, proof, reason, sides) values ($1, $2, $3, $4, $5, $6, $7)
  on conflict (a, b, kind) where decided_at is null do update set sides = excluded.sides, reason = excluded.reason
  returning id`;

type Deciding = Parts & { readonly outcome: 'linked' | 'kept_apart'; readonly by: string };

async function decide(database: Database, id: string, { outcome, by, ...parts }: Deciding): Promise<void> {
  await database.transaction(async (sql) => {
    await sql.rows(ONE_AT_A_TIME);
    const row = await sql.row<{ kind: string; a: HandleId; b: HandleId }>(DECIDE, [id, outcome, by]);
    if (!row) {
      throw new InvalidPayloadError('not_found', `There is no open case "${id.slice(0, 60)}".`, { path: 'id' });
    }
    if (outcome !== 'linked') return;
    const proof = row.kind === 'suggestion' ? 'suggestion' : 'operator';
    const touched = await readTouched(sql, [row.a, row.b]);
    await insertLink(sql, touched, { ...parts, a: row.a, b: row.b, why: { proof, reason: `decided by ${by}` } });
  });
}

const DECIDE = `
  update link_cases set decided_at = clock_timestamp(), decision = $2, decided_by = $3
  where id::text = $1 and decided_at is null returning kind, a, b`;

type Sides = readonly [LinkSide, LinkSide] | readonly [null, null];

/** Both sides of a link, or nulls when the two are one person already. */
function sidesOf(touched: Touched, { a, b }: { readonly a: HandleId; readonly b: HandleId }): Sides {
  const parts = componentsOf(
    touched.handles.map(({ id }) => id),
    touched.edges,
  );
  const isOne = parts.some((part) => part.includes(a) && part.includes(b));
  return isOne ? [null, null] : [sideOf(touched, a), sideOf(touched, b)];
}

function sideOf({ handles, edges, claims }: Touched, handle: HandleId): LinkSide {
  const ids = handles.map(({ id }) => id);
  const members = new Set(componentsOf(ids, edges).find((part) => part.includes(handle)));
  return {
    handles: handles
      .filter(({ id }) => members.has(id))
      .map(({ id, channel, externalId, displayName }) => ({ id, channel, externalId, displayName })),
    claims: claims.filter((claim) => members.has(claim.handle)),
  };
}

function without(touched: Touched, isGone: (edge: Touched['edges'][number]) => boolean): Touched {
  return { ...touched, edges: touched.edges.filter((edge) => !isGone(edge)), parted: touched.edges.filter(isGone) };
}

function inOrder(a: HandleId, b: HandleId): readonly [HandleId, HandleId] {
  return a < b ? [a, b] : [b, a];
}
