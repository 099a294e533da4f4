/** Facts: what was learned about a person, filtered by owner and audience in SQL. */
import type { Hearing } from '../core/audience.ts';
import type { Fact } from '../core/knowledge.ts';

export type FactPort = {
  /** Facts about this person that this thread may hear, newest first. */
  recall(hearing: Hearing, limit: number): Promise<readonly Fact[]>;
};
