/** People: find one, decide who is one person, and see how long what is kept. */
import { useState } from 'preact/hooks';
import type { LinkCase, LinkSide } from '../../core/link.ts';
import type { RetentionRun } from '../../core/retention.ts';
import type { Problem } from './api.ts';
import type { Desk } from './desk.ts';
import { Ago, Badge, Empty, ProblemNote } from './parts.tsx';
import { personLink } from './route.ts';

export function PeoplePage({ desk }: { readonly desk: Desk }) {
  const [problem, setProblem] = useState<Problem | null>(null);
  const [by, setBy] = useState('');
  const cases = desk.cases.value.value;
  const decide = async (id: string, outcome: 'linked' | 'kept_apart') =>
    setProblem(await desk.decideLink(id, { outcome, by }));
  return (
    <main class="page">
      <h1>People</h1>
      <Find />
      <h2>One person or two?</h2>
      <p class="hint">
        Links that were proposed, or stopped because both sides have proven different accounts, addresses or numbers.
        Nobody is linked by what they typed.
      </p>
      <ProblemNote problem={desk.cases.problem.value ?? problem} />
      {cases?.length === 0 && <Empty title="Nothing to decide">Cases come here by themselves.</Empty>}
      {cases !== null && cases.length > 0 && (
        <label class="by">
          Your name, kept with what you decide{' '}
          <input value={by} onInput={(event) => setBy(event.currentTarget.value)} />
        </label>
      )}
      <ul class="rows">
        {cases?.map((one) => (
          <CaseRow
            key={one.id}
            one={one}
            now={desk.now.value}
            isNamed={by.trim() !== ''}
            decide={(outcome) => void decide(one.id, outcome)}
          />
        ))}
      </ul>
      <Retention runs={desk.retention.value.value} now={desk.now.value} />
    </main>
  );
}

function Find() {
  const [name, setName] = useState('');
  const find = (event: Event): void => {
    event.preventDefault();
    if (name.trim() !== '') window.location.hash = personLink(name.trim());
  };
  return (
    <form class="find" onSubmit={find}>
      <label>
        Find somebody{' '}
        <input
          placeholder="telegram:4711, or an id"
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <button type="submit">Show</button>
    </form>
  );
}

type CaseRowProps = {
  readonly one: LinkCase;
  readonly now: number;
  readonly isNamed: boolean;
  readonly decide: (outcome: 'linked' | 'kept_apart') => void;
};

function CaseRow({ one, now, isNamed, decide }: CaseRowProps) {
  return (
    <li class="row">
      <Badge tone={one.kind === 'conflict' ? 'bad' : 'info'}>{one.kind}</Badge>
      <span class="row-text">
        {one.proof}: {one.reason}
      </span>
      <Ago at={one.raisedAt} now={now} />
      <div class="sides">
        {one.sides.map((side) => (
          <Side key={side.handles[0]?.id} side={side} />
        ))}
      </div>
      <button type="button" disabled={!isNamed} onClick={() => decide('linked')}>
        One person
      </button>
      <button type="button" class="plain" disabled={!isNamed} onClick={() => decide('kept_apart')}>
        Two people
      </button>
    </li>
  );
}

function Side({ side }: { readonly side: LinkSide }) {
  return (
    <ul class="side">
      {side.handles.map(({ id, channel, externalId, displayName }) => (
        <li key={id}>
          <a href={personLink(id)}>
            {channel}:{externalId}
          </a>{' '}
          {displayName}
        </li>
      ))}
      {side.claims.map(({ kind, value, proof }) => (
        <li key={`${kind} ${value}`}>
          <strong>
            {kind} {value}
          </strong>{' '}
          by {proof}
        </li>
      ))}
    </ul>
  );
}

function Retention({ runs, now }: { readonly runs: readonly RetentionRun[] | null; readonly now: number }) {
  if (runs === null) return null;
  return (
    <section class="journey-moves">
      <h2>How long what is kept</h2>
      <p class="hint">From retention.yaml of the workspace; a class that is not there is kept for ever.</p>
      <table>
        <thead>
          <tr>
            <th scope="col">class</th>
            <th scope="col" class="number">
              days
            </th>
            <th scope="col" class="number">
              taken away so far
            </th>
            <th scope="col">last look</th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <tr key={run.class}>
              <td>{run.class}</td>
              <td class="number">{run.days}</td>
              <td class="number">{run.totalRows}</td>
              <td>
                <Ago at={run.ranAt} now={now} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
