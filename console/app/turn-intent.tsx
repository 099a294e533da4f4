/** The intent with its evidence: the stored utterances it is near, and what else it could have been. */
import type { ComponentChildren } from 'preact';
import type { Intent } from '../../core/intent.ts';
import { percent } from './explain.ts';
import { Part } from './parts.tsx';

type IntentPartProps = { readonly intent: Intent; readonly children: ComponentChildren };

export function IntentPart({ intent, children }: IntentPartProps) {
  const nearest = intent.neighbours.toSorted((a, b) => b.similarity - a.similarity).slice(0, 8);
  return (
    <Part title="Intent" aside={`${intent.name} · ${percent(intent.confidence)}`}>
      {nearest.length === 0 ? (
        <p class="hint">No exemplar was near. Add some to the workspace's intents.</p>
      ) : (
        <ol class="exemplars">
          {nearest.map((one) => (
            <li key={one.exemplar} class={one.intent === intent.name ? 'votes' : undefined}>
              <span class="exemplar-text" dir="auto">
                {one.text}
              </span>
              <span class="exemplar-intent">{one.intent}</span>
              <span class="similarity" aria-hidden="true">
                <span style={{ inlineSize: `${Math.max(0, Math.min(1, one.similarity)) * 100}%` }} />
              </span>
              <span class="number">{one.similarity.toFixed(2)}</span>
            </li>
          ))}
        </ol>
      )}
      <p class="hint">
        {intent.runnersUp.length > 0 &&
          `Runners-up: ${intent.runnersUp.map((one) => `${one.name} ${percent(one.confidence)}`).join(', ')}. `}
        {intent.priors.length > 0 && `Moved by ${intent.priors.join(', ')}. `}
        {intent.head &&
          `The trained reader alone gives it ${percent(intent.head.probability)}; ${percent(intent.head.threshold)} is needed. `}
        {intent.others &&
          intent.others.length > 0 &&
          `Also wanted: ${intent.others.map((one) => `${one.name} ${percent(one.confidence)}`).join(', ')}.`}
      </p>
      {children}
    </Part>
  );
}
