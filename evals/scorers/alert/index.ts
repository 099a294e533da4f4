/** alert: operators were called, and for what. */
import { z } from 'zod';
import type { NewAlert } from '../../../memory/turns.ts';
import { defineScorer } from '../../scorer.ts';

const kinds = ['crisis', 'safety', 'hand_over', 'parked', 'approval'] as const satisfies readonly NewAlert['kind'][];

export const alert = defineScorer({
  name: 'alert',
  reads: 'turn',
  schema: z.enum(kinds),
  score: (expected, { alerts }) => {
    const raised = alerts.map((one) => one.kind);
    return {
      verdict: raised.includes(expected) ? 'pass' : 'fail',
      expected: `alert ${expected}`,
      got: raised.length > 0 ? `alert ${raised.join(', ')}` : 'no alert',
    };
  },
});
