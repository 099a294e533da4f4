/** Exemplars as rows: utterances with their intent and their vector, and the model trained on them. */
import pgvector from 'pgvector';
import { Neighbour } from '../../core/intent.ts';
import type { ExemplarPort } from '../exemplars.ts';
import { createCandidates } from './candidates.ts';
import type { Database } from './database.ts';

export function createExemplars(database: Database): ExemplarPort {
  return {
    ...createCandidates(database),
    nearest: async (embedding, limit) => {
      if (embedding.length === 0) return [];
      const rows = await database.rows<unknown>(
        `select id::text as exemplar, intent, text, (1 - (embedding <=> $1::vector))::float8 as similarity
         from exemplars order by embedding <=> $1::vector limit $2`,
        [pgvector.toSql([...embedding]), limit],
      );
      return rows.map((row) => Neighbour.parse(row));
    },
    replaceAll: ({ exemplars }) =>
      database.transaction(async (sql) => {
        await sql.rows('delete from exemplars');
        await sql.rows(
          `insert into exemplars (intent, text, embedding)
           select intent, text, embedding::vector from unnest($1::text[], $2::text[], $3::text[]) as e(intent, text, embedding)`,
          [
            exemplars.map((exemplar) => exemplar.intent),
            exemplars.map((exemplar) => exemplar.text),
            exemplars.map((exemplar) => pgvector.toSql([...exemplar.embedding])),
          ],
        );
      }),
    model: async (version) => {
      const row = await database.row<{ data: Uint8Array }>('select data from intent_models where version = $1', [
        version,
      ]);
      return row?.data ?? null;
    },
    saveModel: ({ version, data }) =>
      database.transaction(async (sql) => {
        await sql.rows('delete from intent_models');
        await sql.rows('insert into intent_models (version, data) values ($1, $2)', [version, data]);
      }),
  };
}
