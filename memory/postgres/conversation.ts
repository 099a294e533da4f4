/** One person's part of a thread in one statement: lines, earlier turns and the summary, all by owner. */
import { Conversation } from '../../core/conversation.ts';
import { InvalidPayloadError } from '../../core/errors.ts';
import type { ThreadPort } from '../people.ts';
import type { Database } from './database.ts';

export function createConversations(database: Database): Pick<ThreadPort, 'conversation' | 'saveSummary'> {
  return {
    conversation: async ({ thread, handle, limit }) => {
      const row = await database.row<{ conversation: unknown }>(CONVERSATION, [thread, handle, limit]);
      if (row) return Conversation.parse(row.conversation);
      throw new InvalidPayloadError('not_found', `There is no thread "${thread}".`, { path: 'thread' });
    },
    saveSummary: async ({ thread, handle, text, through, since }) => {
      await database.rows(SAVE_SUMMARY, [thread, handle, text, through, since]);
    },
  };
}

const ISO = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;
/** The handles of the person this handle belongs to now. */
const OWN = '(select o.id from handles o join handles h on h.person_id = o.person_id where h.id = $2)';
const PAST = 8;

/** What was said and answered; pending events are the burst itself and come separately. */
const linesOf = (
  thread: string,
  { limit, until = 'true' }: { readonly limit: string; readonly until?: string },
): string => `
  select "from", text, at, n from (
    select 'person' as "from", coalesce(event->>'text', event->>'label', '') as text, received_at as at, arrival as n
    from inbox where thread_id = ${thread} and handle_id in ${OWN} and state = 'done' and kind in ('message', 'choice', 'edit')
      and event->'command'->>'name' is distinct from 'start'
    union all
    select case when turn_id is null then 'operator' else 'agent' end,
      (select string_agg(coalesce(b->>'text', b->>'title', b->>'prompt'), E'\\n')
       from jsonb_array_elements(reply->'blocks') b where b->>'kind' in ('text', 'card', 'choices')),
      created_at, sequence
    from deliveries where thread_id = ${thread} and handle_id in ${OWN} and (state in ('sent', 'queued', 'claimed', 'unknown') or parts_sent > 0)
  ) lines where coalesce(text, '') <> '' and ${until} order by lines.at desc, lines.n desc limit ${limit}`;

/** Lines a thread is told of the one it continues, and letters of each. */
const CARRIED = { lines: '8', letters: 300 };

/**
 * What was said on the thread this one continues, as long as both are one person's, and only what this thread may hear. Read
 * anew each time: nothing of it is left here when the two part.
 */
const CARRIED_SUMMARY = `
  select c.continued_at as through, 'Before this, on ' || o.channel || ', the same person: ' || (
    select string_agg(case l."from" when 'person' then 'they: "' else 'we: "' end || left(l.text, ${CARRIED.letters}) || '"', ' '
      order by l.at, l.n) from (${linesOf('o.id', { limit: CARRIED.lines, until: 'lines.at <= c.continued_at' })}) l) as text
  from continuations c join threads o on o.id = c.from_thread_id
  where c.thread_id = $1 and c.handle_id in ${OWN} and c.from_handle_id in ${OWN}
    and (o.clearance = 'public' or o.clearance = t.clearance or t.clearance = 'private')`;

const OWN_SUMMARY = `
  select s.through, s.text from thread_summaries s
  where s.thread_id = $1 and s.handle_id in ${OWN} and s.clearance = t.clearance`;

const CONVERSATION = `
  select json_build_object(
    'episodeAt', to_char(t.episode_at at time zone 'utc', ${ISO}),
    'lines', (select coalesce(json_agg(json_build_object('from', l."from", 'text', l.text,
        'at', to_char(l.at at time zone 'utc', ${ISO})) order by l.at, l.n), '[]') from (${linesOf('$1', { limit: '$3' })}) l),
    'past', (select coalesce(json_agg(json_build_object('at', to_char(p.started_at at time zone 'utc', ${ISO}),
        'intent', p.intent, 'agent', p.agent, 'status', p.status) order by p.started_at desc), '[]')
      from (select started_at, intent, agent, status from turns
        where thread_id = $1 and handle_id in ${OWN} order by started_at desc limit ${PAST}) p),
    'summary', (select json_build_object('text', s.text, 'through', to_char(s.through at time zone 'utc', ${ISO}))
      from (${OWN_SUMMARY} union all ${CARRIED_SUMMARY}) s where s.text is not null
      order by s.through desc limit 1)) as conversation
  from threads t where t.id = $1`;

/** Not when something was forgotten since the lines were read: the summary would bring it back. */
const SAVE_SUMMARY = `
  insert into thread_summaries (thread_id, handle_id, clearance, text, through)
  select t.id, $2, t.clearance, $3, $4 from threads t
  where t.id = $1 and date_trunc('milliseconds', t.episode_at) is not distinct from $5::timestamptz
  on conflict (thread_id, handle_id) do update
    set clearance = excluded.clearance, text = excluded.text, through = excluded.through, saved_at = clock_timestamp()`;
