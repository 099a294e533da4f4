/** Where an operator says that a turn was about something else: its words become a candidate exemplar of that intent. */
import { useState } from 'preact/hooks';
import type { Turn } from '../../core/turn.ts';
import type { Problem } from './api.ts';
import type { Desk } from './desk.ts';
import { ProblemNote } from './parts.tsx';

/** Nothing for a turn without words of the person: a pressed button teaches nothing. */
export function Correction({ desk, turn }: { readonly desk: Desk; readonly turn: Turn }) {
  const review = desk.review.value.value;
  const noted = review?.candidates.find((one) => one.turn === turn.id && one.reason === 'correction')?.intent ?? null;
  const [chosen, setChosen] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isBusy, setBusy] = useState(false);
  if (review === null || !hasWords(turn)) return null;
  const intent = chosen ?? noted ?? '';
  const send = async () => {
    setBusy(true);
    setProblem(await desk.correct(turn.id, intent));
    setBusy(false);
  };
  const names = review.intents.filter((name) => name !== turn.intent?.name);
  return (
    <form
      class="correction"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <label>
        This was about something else:
        <select value={intent} disabled={isBusy} onChange={(event) => setChosen(event.currentTarget.value)}>
          <option value="">choose what</option>
          {names.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" disabled={isBusy || intent === '' || intent === noted}>
        {isBusy ? 'Noting…' : 'Note it'}
      </button>
      {noted !== null && (
        <p class="hint" role="status">
          Noted as <strong>{noted}</strong>. It teaches once it is accepted under <a href="#/exemplars">Exemplars</a>.
        </p>
      )}
      <ProblemNote problem={problem} />
    </form>
  );
}

function hasWords({ events }: Turn): boolean {
  return events.some(({ event }) => (event.kind === 'message' || event.kind === 'edit') && event.text.trim() !== '');
}
