/** hand_over: the thread went to the operators, or, with `false`, stayed with the agents. */
import { z } from 'zod';
import { compared, defineScorer } from '../../scorer.ts';

export const handOver = defineScorer({
  name: 'hand_over',
  reads: 'turn',
  schema: z.boolean(),
  score: (expected, { turns }) => {
    const handed = turns.some((turn) => turn.status === 'hand_over' || turn.draft?.handOver !== undefined);
    return compared(wordsFor(expected), wordsFor(handed));
  },
});

function wordsFor(isHandedOver: boolean): string {
  return isHandedOver ? 'handed over' : 'kept by the agents';
}
