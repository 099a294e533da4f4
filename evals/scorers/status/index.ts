/** status: how the turn ended. The only way to expect an error: without it an errored turn is an error of the trial. */
import { TurnStatus } from '../../../core/turn.ts';
import { compared, defineScorer, lastTurn, unscored } from '../../scorer.ts';

export const status = defineScorer({
  name: 'status',
  reads: 'turn',
  schema: TurnStatus,
  score: (expected, played) => {
    const turn = lastTurn(played);
    return turn ? compared(`status ${expected}`, `status ${turn.status}`) : unscored('no turn was made');
  },
});
