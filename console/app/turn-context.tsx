/** What the turn knew before it answered: screening, journey, recalled passages. */
import type { Screening } from '../../core/screening.ts';
import type { Turn } from '../../core/turn.ts';
import { Badge, Part, type Tone } from './parts.tsx';

const LEVEL_TONES: Readonly<Record<Screening['level'], Tone>> = {
  clear: 'good',
  note: 'quiet',
  safety: 'warn',
  crisis: 'bad',
};

export function ScreeningPart({ screening }: { readonly screening: Screening }) {
  return (
    <Part title="Screening" aside={<Badge tone={LEVEL_TONES[screening.level]}>{screening.level}</Badge>}>
      {screening.findings.length === 0 ? (
        <p class="hint">Nothing was found.</p>
      ) : (
        <ul class="plain-list">
          {screening.findings.map((finding) => (
            <li>
              <strong>{finding.hazard}</strong> by rule <code>{finding.rule}</code>
              {finding.language && ` (${finding.language})`}
            </li>
          ))}
        </ul>
      )}
    </Part>
  );
}

export function JourneyPart({ turn }: { readonly turn: Turn }) {
  const { journeyBefore: before, journeyAfter: after, moves } = turn;
  if (before === null && after === null) return null;
  const hasMoved = before !== null && after !== null && before.stage !== after.stage;
  const tags = after?.tags ?? [];
  return (
    <Part title="Journey">
      <p class="journey">
        <span class="stage">{before?.stage ?? 'unknown'}</span>
        {hasMoved && (
          <>
            <span>→</span>
            <span class="stage here">{after.stage}</span>
          </>
        )}
        {!hasMoved && <span class="hint">stayed</span>}
      </p>
      <ul class="plain-list">
        {moves.map((move) => (
          <li>
            <strong>{move.transition}</strong>: {move.from} → {move.to}, because of {move.cause}
          </li>
        ))}
      </ul>
      {tags.length > 0 && <p class="hint">Tags: {tags.join(', ')}</p>}
    </Part>
  );
}

export function RecalledPart({ turn }: { readonly turn: Turn }) {
  const cited = new Set(turn.reply?.citations ?? turn.draft?.citations ?? []);
  const all = [...new Set([...turn.recalled, ...cited])];
  return (
    <Part title="Recalled passages" aside={`${all.length}${cited.size > 0 ? `, ${cited.size} cited` : ''}`}>
      {all.length === 0 ? (
        <p class="hint">None. Nothing in the knowledge was near, or this thread may not hear it.</p>
      ) : (
        <ul class="passages">
          {all.map((passage) => (
            <li key={passage}>
              <code>{passage}</code> {cited.has(passage) && <Badge tone="good">cited</Badge>}
              {!turn.recalled.includes(passage) && <span class="hint"> found by a tool</span>}
            </li>
          ))}
        </ul>
      )}
    </Part>
  );
}
