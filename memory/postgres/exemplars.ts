/** Exemplars as rows: utterances with their intent and their vector, and the model trained on them. */
import pgvector from 'pgvector';
import { Neighbour } from '../../core/intent.ts';
import type { ExemplarPort, IntentLedger } from '../exemplars.ts';
import { createCandidates } from './candidates.ts';
import type { Database } from './database.ts';
import { vectorParameter } from './vector.ts';

/** $1 days. A call of the supervisor is a question what somebody wants. */
const LEDGER = `
  select count(*) filter (where intent <> 'unclear')::int as clear,
    count(*) filter (where calls.n > 0)::int as asked,
    coalesce(sum(calls.tokens), 0)::int as tokens,
    coalesce(sum(calls.milliseconds), 0)::float8 as milliseconds
  from turns t, lateral (
    select count(*) as n, sum((c->>'inputTokens')::int + (c->>'outputTokens')::int) as tokens,
      sum((c->>'milliseconds')::float8) as milliseconds
    from jsonb_array_elements(t.record->'modelCalls') c where c->>'agent' = 'supervisor') calls
  where t.started_at > now() - $1 * interval '1 day' and t.intent is not null`;

/** $1 vector, $2 limit. The index is read in about the right order (hnsw.iterative_scan), so the few it gave are put in order again. */
const NEAREST = `
  select id::text as exemplar, intent, text, (1 - distance)::float8 as similarity
  from (select id, intent, text, embedding <=> $1::vector as distance from exemplars order by distance limit $2) n
  order by distance, id`;

type LedgerRow = Pick<IntentLedger, 'clear' | 'asked'> & { readonly tokens: number; readonly milliseconds: number };

export function createExemplars(database: Database): ExemplarPort {
  return {
    ...createCandidates(database),
    ledger: async (days) => {
      const row = await database.row<LedgerRow>(LEDGER, [days]);
      const { clear = 0, asked = 0, tokens = 0, milliseconds = 0 } = row ?? {};
      const savedTokens = asked === 0 ? null : Math.round((tokens / asked) * clear);
      return { days, clear, asked, askedTokens: tokens, askedMilliseconds: Math.round(milliseconds), savedTokens };
    },
    nearest: async (embedding, limit) => {
      if (embedding.length === 0) return [];
      const rows = await database.rows<unknown>(NEAREST, [vectorParameter(embedding), limit]);
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
