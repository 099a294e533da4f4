/** Intent: what is wanted, from a closed list, with the evidence that says so. */
import { z } from 'zod';

/** Names are kebab-case and come from the workspace; two are always there. */
export const IntentName = z.string().regex(/^[a-z][a-z0-9-]{1,39}$/);
export const UNCLEAR = 'unclear';
export const HUMAN_PLEASE = 'human-please';
/** Marks exemplars of what nobody here is asked for. Never an answer: what is near to them is unclear. */
export const OUT_OF_SCOPE = 'oos';

/** A stored utterance near the one that came in. `similarity` is cosine, -1 to 1. */
export const Neighbour = z.object({
  exemplar: z.string(),
  intent: IntentName,
  text: z.string(),
  similarity: z.number(),
});
export type Neighbour = z.infer<typeof Neighbour>;

export const Intent = z.object({
  name: IntentName,
  /** 0 to 1. */
  confidence: z.number().min(0).max(1),
  neighbours: z.array(Neighbour),
  runnersUp: z.array(z.object({ name: IntentName, confidence: z.number() })),
  /** What moved the vote besides the neighbours, e.g. `agent:sales` because sales answered last. */
  priors: z.array(z.string()),
  /** What the trained head alone gives the intent, and the confidence an intent needs; absent when no head was asked. */
  head: z.object({ probability: z.number(), threshold: z.number() }).optional(),
  /** What further clauses of the same message want, in their order, and the clause that says so. */
  others: z.array(z.object({ name: IntentName, confidence: z.number(), text: z.string().optional() })).optional(),
});
export type Intent = z.infer<typeof Intent>;

export type IntentRules = {
  /** Below this similarity a neighbour does not vote. */
  readonly floor: number;
  /** Below this confidence the intent is `unclear`. */
  readonly threshold: number;
  /** Added to the vote of an intent whose agent answered last. */
  readonly prior: number;
};

export const INTENT_RULES: IntentRules = { floor: 0.16, threshold: 0.5, prior: 0.05 };

/** The second neighbour of an intent counts a third of the first, the third a third of that. */
const NEXT_NEIGHBOUR = 1 / 3;
/** A vote of this weight is as often right as wrong; above it gets surer this fast. Fitted to the built-in embedder. */
const EVEN_WEIGHT = 0.62;
const STEEPNESS = 8;

type Vote = { readonly name: string; readonly weight: number };

/**
 * Decides by vote of the nearest exemplars: one near twin says more than many distant cousins. `favoured` names intents
 * that are a little likelier here. The strongest vote wins, ties by name; without a likely one the intent is `unclear`.
 */
export function determineIntent(
  neighbours: readonly Neighbour[],
  options: { readonly favoured?: readonly string[]; readonly rules?: IntentRules } = {},
): Intent {
  const { favoured = [], rules = INTENT_RULES } = options;
  const voters = neighbours.filter((neighbour) => neighbour.similarity >= rules.floor);
  const votes = countVotes(voters).map((vote) => (favoured.includes(vote.name) ? raise(vote, rules.prior) : vote));
  const scored = votes
    .toSorted((a, b) => b.weight - a.weight || (a.name < b.name ? -1 : 1))
    .map(({ name, weight }) => ({ name, confidence: confidenceOf(weight) }));
  const best = scored[0] ?? { name: UNCLEAR, confidence: 0 };
  const isClear = best.confidence >= rules.threshold && best.name !== OUT_OF_SCOPE;
  return {
    name: isClear ? best.name : UNCLEAR,
    confidence: best.confidence,
    neighbours: [...neighbours],
    runnersUp: scored.slice(isClear ? 1 : 0, 4).filter(({ name }) => name !== OUT_OF_SCOPE),
    priors: favoured.includes(best.name) ? [`prior:${best.name}`] : [],
  };
}

function countVotes(voters: readonly Neighbour[]): readonly Vote[] {
  const weights = new Map<string, number[]>();
  for (const { intent, similarity } of voters.toSorted((a, b) => b.similarity - a.similarity)) {
    const earlier = weights.get(intent) ?? [];
    weights.set(intent, [...earlier, similarity * NEXT_NEIGHBOUR ** earlier.length]);
  }
  return [...weights].map(([name, parts]) => ({ name, weight: parts.reduce((sum, part) => sum + part, 0) }));
}

function raise(vote: Vote, by: number): Vote {
  return { ...vote, weight: vote.weight + by };
}

function confidenceOf(weight: number): number {
  return 1 / (1 + Math.exp(STEEPNESS * (EVEN_WEIGHT - weight)));
}
