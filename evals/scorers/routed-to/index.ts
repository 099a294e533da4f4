/** routed_to: which agent answered, or that the thread was handed over, a question was asked back, or nothing was said. */
import { z } from 'zod';
import { AgentName } from '../../../core/agent-name.ts';
import type { Route } from '../../../core/turn.ts';
import { compared, defineScorer, lastTurn, unscored } from '../../scorer.ts';

export const routedTo = defineScorer({
  name: 'routed_to',
  reads: 'turn',
  schema: z.enum([...AgentName.options, 'hand_over', 'clarify', 'silence']),
  score: (expected, played) => {
    const route = lastTurn(played)?.route;
    return route ? compared(`route ${expected}`, `route ${destinationOf(route)}`) : unscored('no route was chosen');
  },
});

function destinationOf(route: Route): string {
  return route.kind === 'agent' ? route.agent : route.kind;
}
