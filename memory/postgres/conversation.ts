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
const LINES = `
  select "from", text, at, n from (
    select 'person' as "from", coalesce(event->>'text', event->>'label', '') as text, received_at as at, arrival as n
    from inbox where thread_id = $1 and handle_id in ${OWN} and state = 'done' and kind in ('message', 'choice', 'edit')
    union all
    select case when turn_id is null then 'operator' else 'agent' end,
      (select string_agg(coalesce(b->>'text', b->>'title', b->>'prompt'), E'\\n')
       from jsonb_array_elements(reply->'blocks') b where b->>'kind' in ('text', 'card', 'choices')),
      created_at, sequence
    from deliveries where thread_id = $1 and handle_id in ${OWN} 
      and (state in ('sent', 'queued', 'claimed', 'unknown') or parts_sent > 0)
  ) lines where coalesce(text, '') <> '' order by lines.at desc, lines.n desc limit $3`;

const CONVERSATION = `
  select json_build_object(
    'episodeAt', to_char(t.episode_at at time zone 'utc', ${ISO}),
    'lines', (select coalesce(json_agg(json_build_object('from', l."from", 'text', l.text,
        'at', to_char(l.at at time zone 'utc', ${ISO})) order by l.at, l.n), '[]') from (${LINES}) l),
    'past', (select coalesce(json_agg(json_build_object('at', to_char(p.started_at at time zone 'utc', ${ISO}),
        'intent', p.intent, 'agent', p.agent, 'status', p.status) order by p.started_at desc), '[]')
      from (select started_at, intent, agent, status from turns
        where thread_id = $1 and handle_id in ${OWN} order by started_at desc limit ${PAST}) p),
    'summary', (select json_build_object('text', s.text, 'through', to_char(s.through at time zone 'utc', ${ISO}))
      from thread_summaries s
      where s.thread_id = $1 and s.handle_id in ${OWN} and s.clearance = t.clearance
      order by s.through desc limit 1)) as conversation
  from threads t where t.id = $1`;

/** Not when something was forgotten since the lines were read: the summary would bring it back. */
const SAVE_SUMMARY = `
  insert into thread_summaries (thread_id, handle_id, clearance, text, through)
  select t.id, $2, t.clearance, $3, $4 from threads t
  where t.id = $1 and date_trunc('milliseconds', t.episode_at) is not distinct from $5::timestamptz
  on conflict (thread_id, handle_id) do update
    set clearance = excluded.clearance, text = excluded.text, through = excluded.through`;
