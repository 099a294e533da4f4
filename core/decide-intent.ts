/** From what the readers found to what is wanted: both readers' votes, the priors, the threshold, and the clauses. Pure. */
import { isRequest, splitClauses } from './clauses.ts';
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
/** A clause that asks for nothing by its form is a wish of its own only from here on: "I was charged twice". */
const SURE_STATEMENT = 0.97;

/** The clauses of a text that may want different things; empty when it has only one. */
export function clausesOf(text: string): readonly string[] {
  const clauses = splitClauses(text);
  return clauses.length > 1 ? clauses : [];
}

type Part = { readonly text: string; readonly best: Candidate };

/**
 * What the text wants. Below the threshold it is `unclear`, unless one of its clauses is clear by itself. `others` are
 * what further clauses want, in their order; what is merely told beside it is no wish.
 */
export function decideIntent(reader: IntentReader, asked: Asked): Intent {
  const { clauses = [], priors = [], aside = new Set() } = asked;
  const { threshold } = reader.model;
  const whole = readOne(reader, asked, priors).candidates;
  const parts = clauses.flatMap((clause): readonly Part[] => {
    const [best] = readOne(reader, clause, priors).candidates;
    return best ? [{ text: clause.text, best }] : [];
  });
  const clear = parts.filter(({ best }) => best.confidence >= threshold && !aside.has(best.name));
  const isAside = clear.length > 0 && aside.has(whole[0]?.name ?? '');
  const first = whole[0] && whole[0].confidence >= threshold && !isAside ? whole[0] : null;
  const own = clear.length === parts.length ? ownPart(first, clear) : null;
  const sure = own && first && own.best.confidence > first.confidence ? own.best : (first ?? clear[0]?.best);
  const best = sure ?? whole[0] ?? { name: UNCLEAR, confidence: 0, headProbability: 0 };
  const name = sure?.name ?? UNCLEAR;
  return {
    name,
    confidence: best.confidence,
    neighbours: [...asked.neighbours],
    runnersUp: runnersUpOf(whole, { name, confidence: best.confidence }),
    priors: priors.filter(({ intents }) => intents.includes(best.name)).map(({ because }) => because),
    head: { probability: best.headProbability, threshold },
    ...othersOf(clear, { name, own }),
  };
}

/**
 * The clause that the whole text's intent comes from although every clause is read as something else: the surest one
 * that asks. Null when a clause is read as the whole is.
 */
function ownPart(whole: Candidate | null, clear: readonly Part[]): Part | null {
  if (whole === null || clear.some(({ best }) => best.name === whole.name)) return null;
  const asking = clear.filter(({ text }) => isRequest(text));
  return asking.toSorted((a, b) => b.best.confidence - a.best.confidence)[0] ?? null;
}

/** Each candidate is calibrated by itself; beside a sure winner none of the others can be likelier than what is left. */
function runnersUpOf(whole: readonly Candidate[], best: Intent['runnersUp'][number]): Intent['runnersUp'] {
  const rest = best.name === UNCLEAR ? 1 : 1 - best.confidence;
  return whole
    .filter((one) => one.name !== best.name)
    .slice(0, RUNNERS_UP)
    .map(({ name, confidence }) => ({ name, confidence: Math.min(confidence, rest) }));
}

type Taken = { readonly name: string; readonly own: Part | null };

function othersOf(clear: readonly Part[], { name, own }: Taken): Pick<Intent, 'others'> {
  const wishes = clear.filter(
    (part) =>
      part !== own && part.best.name !== name && (isRequest(part.text) || part.best.confidence >= SURE_STATEMENT),
  );
  const others = new Map(
    wishes.toReversed().map(({ text, best }) => [best.name, { name: best.name, confidence: best.confidence, text }]),
  );
  return others.size === 0 ? {} : { others: [...others.values()].toReversed() };
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
