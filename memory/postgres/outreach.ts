/** Writing first, as rows: who of a segment gets a broadcast, and which unasked words may leave now. */

import type { ThreadId } from '../../core/ids.ts';
import type { OutreachRules } from '../../core/outreach.ts';
import type { OutreachPort } from '../outreach.ts';
import { type Database, type Sql, toJson } from './database.ts';

/** The private thread a person wrote on last, and the handle they did it with: where we may write first. */
export const LAST_PRIVATE = `
  select distinct on (h.person_id) h.person_id, i.thread_id, i.handle_id, t.channel
  from inbox i join handles h on h.id = i.handle_id join threads t on t.id = i.thread_id
  where t.clearance = 'private'`;

/** A plain text as a stored reply; `words` and `locale` are SQL. Nothing in it comes from a person or a model. */
export const plainReply = (words: string, locale: string): string => `jsonb_build_object('agent', 'sales',
  'messageClass', 'sales', 'blocks', jsonb_build_array(jsonb_build_object('kind', 'text', 'text', ${words})),
  'citations', '[]'::jsonb, 'locale', ${locale})`;

const SEGMENT = `
  select a.*, coalesce(p.locale, 'en') as locale, coalesce((p.consents->>'news')::boolean, false) as consents
  from (${LAST_PRIVATE} order by h.person_id, i.arrival desc) a
  join persons p on p.id = a.person_id left join journeys j on j.person_id = p.id
  where ($1::text[] is null or j.stage = any($1)) and ($2::text[] is null or j.tags ?| $2)
    and ($3::text[] is null or a.channel = any($3))`;

const ANNOUNCE = `
  insert into deliveries (id, thread_id, handle_id, message_class, reply, purpose)
  select md5($4::text || s.person_id::text)::uuid || '.0', s.thread_id, s.handle_id, 'sales',
    ${plainReply(`coalesce($5::jsonb->>left(lower(s.locale), 2), $5::jsonb->>'en')`, 's.locale')}, 'broadcast'
  from (${SEGMENT}) s where s.consents
  on conflict (id) do nothing`;

export function createOutreach(database: Database): OutreachPort {
  return {
    announce: ({ id, name, texts, segment }, { isDryRun }) =>
      database.transaction(async (sql) => {
        const { stages = null, tags = null, channels = null } = segment;
        const known = await sql.row('select 1 from broadcasts where id = $1', [id]);
        const count = `select count(*)::int as people, count(*) filter (where consents)::int as consenting from (${SEGMENT}) s`;
        const found = await sql.row<{ people: number; consenting: number }>(count, [stages, tags, channels]);
        const { people = 0, consenting = 0 } = found ?? {};
        if (known || isDryRun) return { people, consenting, isNew: !known };
        const isNew = await sql.count(
          'insert into broadcasts (id, name, texts, segment) values ($1, $2, $3, $4) on conflict do nothing',
          [id, name, toJson(texts), toJson(segment)],
        );
        if (isNew === 1) await sql.count(ANNOUNCE, [stages, tags, channels, id, toJson(texts)]);
        return { people, consenting, isNew: isNew === 1 };
      }),
  };
}

export type OutreachNow = { readonly rules: OutreachRules; readonly timeZone: string };

/** Two threads of one person never decide at the same time: the budget is theirs together. */
const LOCK_PERSONS = `
  select p.id from persons p where p.id in (
    select h.person_id from deliveries d join handles h on h.id = d.handle_id
    where d.thread_id = $1 and d.state = 'queued' and d.purpose is not null and d.due_at <= now())
  order by p.id for update`;

/**
 * $1 thread, $2 time zone, $3 quiet from, $4 quiet until, $5 messages in $6 days. What may not leave ends as suppressed with
 * the reason; what comes at night waits for the morning. A reminder was asked for: only a withdrawn consent stops it.
 */
const SETTLE = `
  with due as (
    select d.id, d.purpose, p.id as person, p.consents, zone,
      now() at time zone zone as local,
      row_number() over (partition by p.id order by d.sequence) as place
    from deliveries d join handles h on h.id = d.handle_id join persons p on p.id = h.person_id,
      lateral (select coalesce(p.time_zone, $2) as zone) z
    where d.thread_id = $1 and d.state = 'queued' and d.purpose is not null and d.due_at <= now()
  ), judged as (
    select id, case
      when consents->>'outreach' = 'false' then 'no_consent'
      when purpose = 'reminder' then null
      when consents->>'news' is distinct from 'true' then 'no_consent'
      when place + (
        select count(*) from deliveries s join handles o on o.id = s.handle_id
        where o.person_id = person and s.purpose in ('journey', 'broadcast') and s.state in ('claimed', 'sent', 'unknown')
          and coalesce(s.sent_at, now()) > now() - $6 * interval '1 day') > $5 then 'outreach_budget'
      when case when $3::time <= $4::time then local::time >= $3::time and local::time < $4::time
        else local::time >= $3::time or local::time < $4::time end then 'quiet_hours'
      end as why,
      (local::date + case when $3::time > $4::time and local::time >= $3::time then 1 else 0 end + $4::time)
        at time zone zone as morning
    from due
  )
  update deliveries d set failure = why,
    state = case when why = 'quiet_hours' then d.state else 'suppressed' end,
    due_at = case when why = 'quiet_hours' then morning else d.due_at end
  from judged j where j.id = d.id and why is not null`;

/** Before a claim, in its transaction: settles what of this thread's unasked words may not leave now. */
export async function settleUnasked(sql: Sql, thread: ThreadId, { rules, timeZone }: OutreachNow): Promise<void> {
  const persons = await sql.rows(LOCK_PERSONS, [thread]);
  if (persons.length === 0) return;
  const { quietFrom, quietUntil, budget } = rules;
  await sql.count(SETTLE, [thread, timeZone, quietFrom, quietUntil, budget.messages, budget.days]);
}
