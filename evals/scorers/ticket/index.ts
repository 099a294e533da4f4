/** ticket: the person was told the number of a ticket, or, with `false`, was told none. */
import { z } from 'zod';
import { defineScorer } from '../../scorer.ts';
import { sentText } from '../../sent-text.ts';

export const ticket = defineScorer({
  name: 'ticket',
  reads: 'sent',
  schema: z.boolean(),
  score: (expected, played) => {
    const number = /\bT-\d+\b/.exec(sentText(played))?.[0];
    return {
      verdict: (number !== undefined) === expected ? 'pass' : 'fail',
      expected: expected ? 'ticket number said' : 'no ticket number said',
      got: number ?? 'no ticket number said',
    };
  },
});
