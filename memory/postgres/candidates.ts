/** Candidate exemplars as rows: what waits for a review, and what came of it. */
import { InvalidPayloadError } from '../../core/errors.ts';
import type { Candidate, ExemplarPort } from '../exemplars.ts';
import type { Database } from './database.ts';

const COLUMNS = `id::text as id, text, intent, reason, turn_id as turn, state,
  to_char(created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "createdAt"`;
/** What fits a bigint for sure. */
const ID = /^\d{1,18}$/;

export function createCandidates(database: Database): Pick<ExemplarPort, 'propose' | 'candidates' | 'decide'> {
  return {
    propose: async ({ text, intent, reason, turn }) => {
      await database.rows(PROPOSE, [text, intent, reason, turn]);
    },
    candidates: (state) =>
      database.rows<Candidate>(`select ${COLUMNS} from exemplar_candidates where state = $1 order by id`, [state]),
    decide: async (id, decision) => {
      const intent = decision.state === 'accepted' ? (decision.intent ?? null) : null;
      const candidate = ID.test(id)
        ? await database.row<Candidate>(
            `update exemplar_candidates set state = $2, intent = coalesce($3, intent), decided_at = now()
             where id = $1 and ($2 = 'rejected' or coalesce($3, intent) is not null) returning ${COLUMNS}`,
            [id, decision.state, intent],
          )
        : undefined;
      return candidate ?? (await refuse(database, id));
    },
  };
}

/** Nobody reviews one guess twice; but an operator's word opens again what a guess, or another word, had settled otherwise. */
const PROPOSE = `
  insert into exemplar_candidates as known (text, intent, reason, turn_id) values ($1, $2, $3, $4)
  on conflict (text) do update set intent = excluded.intent, reason = excluded.reason, turn_id = excluded.turn_id,
    state = 'pending', decided_at = null
  where excluded.reason = 'correction' and (known.state <> 'accepted' or known.intent is distinct from excluded.intent)`;

async function refuse(database: Database, id: string): Promise<never> {
  const known = ID.test(id) ? await database.row('select 1 from exemplar_candidates where id = $1', [id]) : undefined;
  if (known === undefined) {
    const said = `There is no candidate "${id}". List them with: throughline exemplars review`;
    throw new InvalidPayloadError('not_found', said, { path: 'id' });
  }
  const said = `Candidate ${id} has no intent yet. Say which one it teaches: throughline exemplars accept ${id} --intent <name>`;
  throw new InvalidPayloadError('malformed', said, { path: 'intent' });
}
