/** intent: what the classifier took the words for, with its nearest rivals when it was wrong. */
import { type Intent, IntentName } from '../../../core/intent.ts';
import { defineScorer, lastTurn, unscored } from '../../scorer.ts';

export const intent = defineScorer({
  name: 'intent',
  reads: 'turn',
  schema: IntentName,
  refersTo: (name) => [{ kind: 'intent', name }],
  score: (expected, played) => {
    const found = lastTurn(played)?.intent;
    if (!found) return unscored('no intent was found: the turn ended before it was asked for');
    const verdict = found.name === expected ? 'pass' : 'fail';
    return { verdict, expected: `intent ${expected}`, got: `intent ${withRivals(found)}` };
  },
});

function withRivals({ name, confidence, runnersUp }: Intent): string {
  const rivals = runnersUp.slice(0, 3).map((rival) => `${rival.name} ${rival.confidence.toFixed(2)}`);
  const next = rivals.length > 0 ? `, then ${rivals.join(', ')}` : '';
  return `${name} ${confidence.toFixed(2)}${next}`;
}
