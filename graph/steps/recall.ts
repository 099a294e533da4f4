/** recall: facts, passages and the thread so far; the store filters by owner and audience before anything is ranked. */
import type { Hearing } from '../../core/audience.ts';
import { earlierOf, windowOf } from '../../core/conversation.ts';
import type { Fact } from '../../core/fact.ts';
import type { FoundPassage } from '../../core/knowledge.ts';
import { detectLanguage } from '../../core/language.ts';
import { memoryLanguage } from '../../core/memory-wish.ts';
import { mergePassages } from '../../core/merge-passages.ts';
import { isMember } from '../../core/person.ts';
import { saidFacts } from '../../core/said-facts.ts';
import type { Pass, Step, TurnPorts, TurnState } from '../state.ts';

/** Asked for; neighbours among them become one. */
const PASSAGES = 8;
const FACTS = 12;

export const recall: Step = async ({ burst, person, thread, locale }, pass) => {
  const hearing = hearingOf({ person, thread });
  const { text, ports } = pass;
  const [conversation, facts, passages] = await Promise.all([
    pass.conversation(),
    factsOf(hearing, pass),
    text.trim() === '' ? [] : pass.embedding().then((vector) => searchFor(text, { vector, hearing, locale, ports })),
  ]);
  const lines = windowOf(conversation, isPress(burst) ? null : ports.clock());
  const language = wantedLanguage(facts, text);
  return {
    lines,
    earlier: earlierOf(conversation, lines),
    facts,
    passages,
    ...(language === null || locale.toLowerCase().startsWith(language) ? {} : { locale: language }),
  };
};

function isPress({ events }: TurnState['burst']): boolean {
  return events.at(-1)?.event.kind === 'choice';
}

async function factsOf(hearing: Hearing, { ports, text, embedding }: Pass): Promise<readonly Fact[]> {
  const { memory, embedder } = ports;
  if (text.trim() === '') return memory.facts.recall(hearing, { limit: FACTS });
  const near = { embedder: embedder.name, vector: await embedding() };
  return memory.facts.recall(hearing, { limit: FACTS, near });
}

type Search = {
  /** Empty: only the words are looked for. */
  readonly vector: readonly number[];
  readonly hearing: Hearing;
  readonly locale: string;
  readonly ports: Pick<TurnPorts, 'memory' | 'embedder'>;
};

/** Passages for these words, those in the person's language first. */
export async function searchFor(
  text: string,
  { vector, hearing, locale, ports }: Search,
): Promise<readonly FoundPassage[]> {
  const found = await ports.memory.knowledge.search({
    text,
    embedding: vector,
    hearing,
    limit: PASSAGES,
    language: locale.slice(0, 2).toLowerCase(),
    vectorWeight: ports.embedder.searchWeight,
  });
  return mergePassages(found);
}

/** Asked for in this message, else remembered; else that of a plain wish too short to tell by its small words. */
function wantedLanguage(facts: readonly Fact[], text: string): string | null {
  const said = saidFacts(text).find(({ kind }) => kind === 'language');
  const wanted = (said ?? facts.find(({ kind }) => kind === 'language'))?.text;
  return wanted ?? (detectLanguage(text) === null ? memoryLanguage(text) : null);
}

/** What this thread may hear about this person. */
export function hearingOf({ person, thread }: Pick<TurnState, 'person' | 'thread'>): Hearing {
  return { clearance: thread.clearance, isMember: isMember(person), person: person.id };
}
