/** From what the readers found to what is wanted: both readers' votes, the priors, the threshold, and the clauses. Pure. */
import { splitClauses } from './clauses.ts';
import { countLabelVotes } from './exemplar-votes.ts';
import { type Intent, type Neighbour, UNCLEAR } from './intent.ts';
import type { Candidate, IntentReader, Reading } from './intent-model.ts';

/** Makes some intents a little likelier here. `weight` is added to their score: 0.35 raises the odds by 40 %. */
export type Prior = { readonly because: string; readonly intents: readonly string[]; readonly weight: number };

export type Clause = { readonly text: string; readonly neighbours: readonly Neighbour[] };

export type Asked = Clause & {
  /** Its clauses, when there are several; `clausesOf` says which are worth asking about. */
  readonly clauses?: readonly Clause[];
  readonly priors?: readonly Prior[];
  /** Intents that are never a second thing somebody wants: greetings and the like. */
  readonly aside?: ReadonlySet<string>;
};

const RUNNERS_UP = 3;

/** The clauses of a text that may want different things; empty when it has only one. */
export function clausesOf(text: string): readonly string[] {
  const clauses = splitClauses(text);
  return clauses.length > 1 ? clauses : [];
}

/**
 * What the text wants. Below the threshold it is `unclear`, unless one of its clauses is clear by itself. `others` are
 * what further clauses want, in their order.
 */
export function decideIntent(reader: IntentReader, asked: Asked): Intent {
  const { clauses = [], priors = [], aside = new Set() } = asked;
  const { threshold } = reader.model;
  const whole = readOne(reader, asked, priors).candidates;
  const parts = clauses.flatMap((clause) => {
    const [best] = readOne(reader, clause, priors).candidates;
    return best && best.confidence >= threshold && !aside.has(best.name) ? [best] : [];
  });
  const sure = [whole[0], ...parts].find((best) => best && best.confidence >= threshold);
  const best = sure ?? whole[0] ?? { name: UNCLEAR, confidence: 0, headProbability: 0 };
  const name = sure?.name ?? UNCLEAR;
  return {
    name,
    confidence: best.confidence,
    neighbours: [...asked.neighbours],
    runnersUp: runnersUpOf(whole, { name, confidence: best.confidence }),
    priors: priors.filter(({ intents }) => intents.includes(best.name)).map(({ because }) => because),
    head: { probability: best.headProbability, threshold },
    ...othersThan(name, parts),
  };
}

/** Each candidate is calibrated by itself; beside a sure winner none of the others can be likelier than what is left. */
function runnersUpOf(whole: readonly Candidate[], best: Intent['runnersUp'][number]): Intent['runnersUp'] {
  const rest = best.name === UNCLEAR ? 1 : 1 - best.confidence;
  return whole
    .filter((one) => one.name !== best.name)
    .slice(0, RUNNERS_UP)
    .map(({ name, confidence }) => ({ name, confidence: Math.min(confidence, rest) }));
}

function othersThan(name: string, parts: readonly Candidate[]): Pick<Intent, 'others'> {
  const others = new Map(
    parts.filter((part) => part.name !== name).map((part) => [part.name, nameAndConfidence(part)]),
  );
  return others.size === 0 ? {} : { others: [...others.values()] };
}

function nameAndConfidence({ name, confidence }: Candidate) {
  return { name, confidence };
}

function readOne(reader: IntentReader, { text, neighbours }: Clause, priors: readonly Prior[]): Reading {
  const { names, head } = reader.model;
  const placed = neighbours.map(({ intent, similarity }, row) => {
    const place = names.indexOf(intent);
    return { row, label: place === -1 ? names.length : place, similarity };
  });
  const added = new Float32Array(head.classes);
  for (const { intents, weight } of priors) {
    for (const intent of intents) {
      const place = names.indexOf(intent);
      if (place !== -1) added[place] = (added[place] ?? 0) + weight;
    }
  }
  return reader.read(reader.vector(text), { votes: countLabelVotes(placed, head.classes), priors: added });
}
