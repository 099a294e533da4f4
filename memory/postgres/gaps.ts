/** Knowledge gaps, read from the turns that could not answer. */
import type { Gap, GapPort } from '../gaps.ts';
import type { Database } from './database.ts';

const LIST = `
  select id as turn, thread_id as thread, channel, record->'draft'->>'unanswered' as text,
    to_char(started_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "askedAt"
  from turns
  where record->'draft'->>'unanswered' is not null and started_at > now() - $1 * interval '1 day'
  order by started_at desc limit $2`;

export function createGaps(database: Database): GapPort {
  return { list: ({ days, limit }) => database.rows<Gap>(LIST, [days, limit]) };
}
