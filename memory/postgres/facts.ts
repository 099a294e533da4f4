/** Facts about people as rows. Owner and audience are in every WHERE. */
import { audiencesHeard } from '../../core/audience.ts';
import { Fact, IMPORTANCE } from '../../core/fact.ts';
import { type MintId, TurnId } from '../../core/ids.ts';
import type { FactPort, FactVector, Lesson, NewFact } from '../facts.ts';
import type { Database, Sql } from './database.ts';
import { once } from './effects.ts';
import { vectorParameter } from './vector.ts';

/** What the column holds; a vector of another size is not stored and not compared. */
const DIMENSIONS = 512;

export function createFacts(database: Database, mint: MintId): FactPort {
  return {
    recall: async (hearing, { limit, near }) => {
      const values = [hearing.person, audiencesHeard(hearing), limit, near?.embedder ?? null, toVector(near)];
      return (await database.rows<unknown>(RECALL, values)).map((row) => Fact.parse(row));
    },
    learn: (lesson) =>
      database.transaction(async (sql) => {
        const isOpen = await sql.count('update turns set to_learn = false where id = $1 and to_learn', [lesson.turn]);
        return isOpen === 0 ? 0 : saveFacts(sql, { lesson, mint });
      }),
    correct: (lesson) => database.transaction((sql) => saveFacts(sql, { lesson, mint })),
    forget: (person, facts, key) =>
      once(database, key, async (sql) => {
        const ids = facts === 'all' ? null : [...facts];
        const gone = await sql.rows<{ what: string; turn: string | null }>(FORGET, [person, ids]);
        await sql.rows(
          'update turns set to_learn = false where to_learn and handle_id in (select id from handles where person_id = $1)',
          [person],
        );
        await sql.rows(
          'delete from thread_summaries where handle_id in (select id from handles where person_id = $1)',
          [person],
        );
        await sql.rows(
          'update threads set episode_at = now() where id in (select thread_id from turns where id = any($1))',
          [gone.flatMap(({ turn }) => turn ?? [])],
        );
        return new Set(gone.map(({ what }) => what)).size;
      }),
    listUnlearned: async (limit) => {
      const rows = await database.rows<{ id: string }>(UNLEARNED, [limit]);
      return rows.map(({ id }) => TurnId.parse(id));
    },
  };
}

const ISO = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;

/** Weights found by trying; that the three are multiplied follows Park et al. 2023, "Generative Agents", section 4.1. */
const RECALL = `
  with mine as (
    select f.*, h.channel,
      row_number() over (partition by f.kind, f.subject order by f.learned_at desc, f.id desc) as place
    from facts f join handles h on h.id = f.handle_id
    where h.person_id = $1 and f.forgotten_at is null)
  select id, kind, subject, text, quote, audience, confidence,
    to_char(learned_at at time zone 'utc', ${ISO}) as "learnedAt",
    to_char(expires_at at time zone 'utc', ${ISO}) as "expiresAt",
    superseded_by as "supersededBy", channel, handle_id as handle, turn_id as turn
  from mine
  where place = 1 and audience = any($2) and (expires_at is null or expires_at > now())
  order by importance
    * case when kind in ('name', 'language') then 1
        else greatest(0.3, 0.5 ^ (extract(epoch from now() - learned_at) / 86400 / 60)) end
    * case when embedder = $4 and embedding is not null and $5::vector is not null
        then 0.2 + 0.8 * greatest(0, 1 - (embedding <=> $5::vector)) else 0.5 end desc,
    learned_at desc, id desc
  limit $3`;

/** A fact goes with everything it superseded: what the person wants gone is the matter, not its last wording. */
const FORGET = `
  with gone as (
    select f.id, f.kind || '/' || f.subject as what, f.turn_id as turn
    from facts f join handles h on h.id = f.handle_id
    where h.person_id = $1 and f.forgotten_at is null and ($2::uuid[] is null or exists (
      select 1 from facts g join handles o on o.id = g.handle_id
      where o.person_id = $1 and g.id = any($2) and g.kind = f.kind and g.subject = f.subject
        and g.forgotten_at is null)))
  update facts f set text = '', quote = '', subject = 'other', embedding = null, forgotten_at = now()
  from gone where f.id = gone.id returning gone.what, gone.turn`;

/** A minute: the process that committed the turn comes first. */
const UNLEARNED = `
  select id from turns where to_learn and started_at < now() - interval '1 minute'
    and started_at > now() - interval '1 day' order by started_at limit $1`;

type Saving = { readonly lesson: Lesson; readonly mint: MintId };

async function saveFacts(sql: Sql, { lesson, mint }: Saving): Promise<number> {
  let saved = 0;
  for (const fact of lesson.facts) saved += await saveFact(sql, { lesson, fact, id: mint() });
  return saved;
}

type Row = { readonly text: string; readonly isExpired: boolean; readonly later: string | null };

/** Lessons may come out of order: a fact said before the newest one is written as superseded by it. */
async function saveFact(
  sql: Sql,
  { lesson, fact, id }: { readonly lesson: Lesson; readonly fact: NewFact; readonly id: string },
): Promise<number> {
  const { handle, turn, learnedAt } = lesson;
  const newest = await sql.row<Row>(NEWEST, [handle, fact.kind, fact.subject, learnedAt]);
  if (newest && !newest.isExpired && newest.text.toLowerCase() === fact.text.toLowerCase()) return 0;
  const { embedder = null } = fact.vector ?? {};
  await sql.rows(
    `insert into facts (id, handle_id, turn_id, kind, subject, text, quote, audience, confidence, learned_at,
       expires_at, superseded_by, importance, embedder, embedding)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
    [
      ...[id, handle, turn, fact.kind, fact.subject, fact.text, fact.quote, fact.audience, fact.confidence],
      ...[learnedAt, fact.expiresAt, newest?.later ?? null, IMPORTANCE[fact.kind], embedder, toVector(fact.vector)],
    ],
  );
  if (!newest?.later) await sql.rows(SUPERSEDE, [handle, fact.kind, fact.subject, id]);
  return 1;
}

/** The one that holds now of the handle's person, and its id when it was said later than this one. */
const NEWEST = `
  select f.text, coalesce(f.expires_at <= now(), false) as "isExpired",
    case when f.learned_at > $4 then f.id end as later
  from facts f join handles h on h.id = f.handle_id
  where h.person_id = (select person_id from handles where id = $1) and f.kind = $2 and f.subject = $3
    and f.forgotten_at is null
  order by f.learned_at desc, f.id desc limit 1`;

const SUPERSEDE = `
  update facts f set superseded_by = $4 from handles h
  where h.id = f.handle_id and h.person_id = (select person_id from handles where id = $1)
    and f.kind = $2 and f.subject = $3 and f.id <> $4 and f.superseded_by is null and f.forgotten_at is null`;

function toVector(vector: FactVector | undefined): Buffer | null {
  return vector?.vector.length === DIMENSIONS ? vectorParameter(vector.vector) : null;
}
