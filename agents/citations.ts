/** Turns the `[1]` marks a model writes into citations of passages it was really shown. */

import { z } from 'zod';
import type { Block } from '../core/block.ts';
import { FoundPassage } from '../core/knowledge.ts';
import type { ToolCall } from '../core/tool-call.ts';
import type { AgentContext } from './agent.ts';
import { contentTerms, hasTerm, termSet } from './question.ts';
import { citationOf } from './quote.ts';

/** Passages beyond these are not shown to a model. */
const MAX_SHOWN = 6;
const MAX_CITED = 3;

/** A passage as `search_knowledge` and `open_document` return it; `n` is the number a model cites it by. */
export const NumberedPassage = z.object({
  n: z.number().int(),
  id: z.string(),
  title: z.string(),
  headings: z.array(z.string()),
  text: z.string(),
  language: z.string(),
  url: z.string().nullable(),
  similarity: z.number(),
  parts: FoundPassage.shape.parts,
});
export type NumberedPassage = z.infer<typeof NumberedPassage>;

export type Cited = {
  /** The words without marks. */
  readonly text: string;
  readonly blocks: readonly Block[];
  readonly ids: readonly string[];
};

/** The recalled passages a model sees, numbered from 1 in this order. */
export function shownPassages(context: Pick<AgentContext, 'passages'>): readonly FoundPassage[] {
  return context.passages.slice(0, MAX_SHOWN);
}

/** Every passage this turn brought, by recall and by tools, each number once. */
export function numberedPassages(
  context: Pick<AgentContext, 'passages'>,
  calls: readonly ToolCall[],
): readonly NumberedPassage[] {
  const recalled = shownPassages(context).map((passage, index) => ({ ...passage, n: index + 1 }));
  const read = calls
    .filter((call) => call.outcome === 'ok' && (call.name === 'search_knowledge' || call.name === 'open_document'))
    .flatMap((call) => {
      const parsed = z.array(NumberedPassage).safeParse(Array.isArray(call.result) ? call.result : [call.result]);
      return parsed.success ? parsed.data : [];
    });
  return [...recalled, ...read];
}

const MARK = /\s*\[(?:passages?\s+)?((?:\d{1,2}|[a-z0-9][a-z0-9/_-]*(?:#\d+)?)(?:\s*[,;]\s*\d{1,2})*)\](?!\()/gi;

/**
 * Marks that name a shown passage become citations, at most three; all marks leave the text, invented ones too. An answer
 * without marks cites the passage that holds most of its words, if one does.
 */
export function cite(text: string, passages: readonly NumberedPassage[]): Cited {
  const named = [...text.matchAll(MARK)].flatMap((match) => (match[1] ?? '').split(/[,;]/).map((name) => name.trim()));
  const marked = named.flatMap((name) => passages.find(({ n, id }) => String(n) === name || id === name) ?? []);
  const plain = text.replaceAll(MARK, '').trim();
  const cited = uniqueById(marked.length > 0 ? marked : restsOn(plain, passages)).slice(0, MAX_CITED);
  return { text: plain, blocks: cited.map(citationOf), ids: cited.map(({ id }) => id) };
}

/** Share of an answer's content words that a passage must hold to count as its source. */
const ENOUGH_SHARED = 0.6;

function restsOn(text: string, passages: readonly NumberedPassage[]): readonly NumberedPassage[] {
  const terms = contentTerms(text);
  if (terms.length < 3) return [];
  const shares = passages.map((passage) => {
    const said = termSet([passage.title, ...passage.headings, passage.text].join(' '));
    return { passage, share: terms.filter((term) => hasTerm(said, term)).length / terms.length };
  });
  const best = shares.toSorted((a, b) => b.share - a.share)[0];
  return best && best.share >= ENOUGH_SHARED ? [best.passage] : [];
}

function uniqueById(passages: readonly NumberedPassage[]): readonly NumberedPassage[] {
  return [...new Map(passages.map((passage) => [passage.id, passage])).values()];
}
