/** Facts about people as rows. Owner and audience are in every WHERE. */
import { audiencesHeard, type Hearing } from '../../core/audience.ts';
import { Fact } from '../../core/knowledge.ts';
import type { FactPort } from '../facts.ts';
import type { Database } from './database.ts';

export function createFacts(database: Database): FactPort {
  return {
    recall: async (hearing: Hearing, limit) => {
      const rows = await database.rows<unknown>(
        `select f.id, f.kind, f.text, f.audience, f.confidence,
           to_char(f.learned_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "learnedAt"
         from facts f join handles h on h.id = f.handle_id
         where h.person_id = $1 and f.audience = any($2) and f.superseded_by is null
           and (f.expires_at is null or f.expires_at > now())
         order by f.learned_at desc limit $3`,
        [hearing.person, audiencesHeard(hearing), limit],
      );
      return rows.map((row) => Fact.parse(row));
    },
  };
}
