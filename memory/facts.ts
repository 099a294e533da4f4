/** Facts: what was learned about a person, filtered by owner and audience in SQL. */
import type { Hearing } from '../core/audience.ts';
import type { Fact } from '../core/fact.ts';
import type { HandleId, PersonId, TurnId } from '../core/ids.ts';
import type { EffectKey } from './catalogue.ts';

/** A vector and the name of the embedder that made it; those of two embedders are never compared. */
export type FactVector = { readonly embedder: string; readonly vector: readonly number[] };

export type FactQuery = {
  readonly limit: number;
  /** What the person just said; without it only age and importance rank. */
  readonly near?: FactVector;
};

export type NewFact = Pick<Fact, 'kind' | 'subject' | 'text' | 'quote' | 'audience' | 'confidence' | 'expiresAt'> & {
  readonly vector?: FactVector;
};

/** What one turn taught. `learnedAt` is when it was said, not when it was understood. */
export type Lesson = {
  readonly turn: TurnId;
  readonly handle: HandleId;
  readonly learnedAt: string;
  readonly facts: readonly NewFact[];
};

export type FactPort = {
  /**
   * What holds about this person and this thread may hear, by relevance × recency × importance. Superseded, expired and
   * forgotten facts are left out in SQL; which of two supersedes is asked anew, because links come and go.
   */
  recall(hearing: Hearing, query: FactQuery): Promise<readonly Fact[]>;
  /** Ends the lesson of a committed turn and writes its facts, once: a second run writes nothing. Returns how many. */
  learn(lesson: Lesson): Promise<number>;
  /** Writes what the person corrected while their turn runs. What is known already is not written again. */
  correct(lesson: Lesson): Promise<number>;
  /**
   * Empties facts of this person, with what they superseded, and what was made of the lines they came from; lessons of
   * theirs that wait are not learned. Ids of somebody else are passed over. Returns how many subjects were forgotten.
   */
  forget(person: PersonId, facts: readonly string[] | 'all', key: EffectKey): Promise<number>;
  /** Turns whose lesson nobody has finished for a minute, of the last day, oldest first. */
  listUnlearned(limit: number): Promise<readonly TurnId[]>;
};
