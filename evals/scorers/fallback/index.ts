/** fallback: whether the agent answered without a model, and why. */
import { z } from 'zod';
import { defineScorer, lastTurn, unscored } from '../../scorer.ts';

export const fallback = defineScorer({
  name: 'fallback',
  reads: 'turn',
  /** `true`: for whatever reason · `false`: a model wrote it, or none was needed · a code such as `no_model`. */
  schema: z.union([z.boolean(), z.string().min(1)]),
  score: (expected, played) => {
    const draft = lastTurn(played)?.draft;
    if (!draft) return unscored('no draft was made');
    const why = draft.fallback;
    const isAsExpected = typeof expected === 'string' ? why === expected : (why !== undefined) === expected;
    return {
      verdict: isAsExpected ? 'pass' : 'fail',
      expected: typeof expected === 'string' ? `fallback ${expected}` : expected ? 'a fallback' : 'no fallback',
      got: why === undefined ? 'no fallback' : `fallback ${why}`,
    };
  },
});
