/** recall: facts, passages and the thread so far; the store filters by owner and audience before anything is ranked. */
import type { Hearing } from '../../core/audience.ts';
import { isMember } from '../../core/person.ts';
import type { Step, TurnState } from '../state.ts';

const PASSAGES = 6;
const FACTS = 12;

export const recall: Step = async ({ person, thread }, pass) => {
  const hearing = hearingOf({ person, thread });
  const { ports, text, embedding, lines } = pass;
  const { memory } = ports;
  const [said, facts, passages] = await Promise.all([
    lines(),
    memory.facts.recall(hearing, FACTS),
    text.trim() === ''
      ? []
      : embedding().then((vector) => memory.knowledge.search({ text, embedding: vector, hearing, limit: PASSAGES })),
  ]);
  return { lines: said, facts, passages };
};

/** What this thread may hear about this person. */
export function hearingOf({ person, thread }: Pick<TurnState, 'person' | 'thread'>): Hearing {
  return { clearance: thread.clearance, isMember: isMember(person), person: person.id };
}
