/** Exemplars: messages the agents were unsure about; what is accepted here teaches from the next start. */
import { useState } from 'preact/hooks';
import type { Candidate, IntentLedger } from '../../memory/exemplars.ts';
import type { Problem } from './api.ts';
import type { Desk } from './desk.ts';
import { Ago, Badge, Empty, ProblemNote } from './parts.tsx';

export function ExemplarsPage({ desk }: { readonly desk: Desk }) {
  const [problem, setProblem] = useState<Problem | null>(null);
  const review = desk.review.value.value;
  const decide = async (candidate: string, intent: string | null) =>
    setProblem(await desk.decideCandidate(candidate, intent));
  return (
    <main class="page">
      <h1>Candidate exemplars</h1>
      <p class="hint">
        Messages whose intent was not clear, with what a model or an operator took them for. Accept one under the right
        intent, and it teaches from the next start on.
      </p>
      {review && <Ledger ledger={review.ledger} />}
      <ProblemNote problem={desk.review.problem.value ?? problem} />
      {review?.candidates.length === 0 && (
        <Empty title="Nothing to review">Messages the agents are unsure about come here by themselves.</Empty>
      )}
      <ul class="rows">
        {review?.candidates.map((candidate) => (
          <CandidateRow
            key={candidate.id}
            candidate={candidate}
            intents={review.intents}
            now={desk.now.value}
            decide={(intent) => void decide(candidate.id, intent)}
          />
        ))}
      </ul>
    </main>
  );
}

function Ledger({ ledger }: { readonly ledger: IntentLedger }) {
  const { days, clear, asked, askedTokens, savedTokens } = ledger;
  return (
    <p class="hint">
      In {days} days {clear} intents were clear without a model; a model was asked about {asked}
      {savedTokens === null
        ? '.'
        : `, for ${askedTokens} tokens. At that price the others would have cost ${savedTokens}.`}
    </p>
  );
}

type CandidateRowProps = {
  readonly candidate: Candidate;
  readonly intents: readonly string[];
  readonly now: number;
  readonly decide: (intent: string | null) => void;
};

function CandidateRow({ candidate, intents, now, decide }: CandidateRowProps) {
  const [intent, setIntent] = useState(candidate.intent ?? '');
  return (
    <li class="row">
      <Badge tone="info">{candidate.reason}</Badge>
      <span class="row-text" dir="auto">
        {candidate.text}
      </span>
      <Ago at={candidate.createdAt} now={now} />
      <select aria-label="Intent" value={intent} onChange={(event) => setIntent(event.currentTarget.value)}>
        <option value="">choose an intent</option>
        {intents.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
      <button type="button" disabled={intent === ''} onClick={() => decide(intent)}>
        Accept
      </button>
      <button type="button" class="plain" onClick={() => decide(null)}>
        Reject
      </button>
    </li>
  );
}
