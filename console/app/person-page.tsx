/** One person: their addresses and what links them, where they stand and why, their own copy of everything, and the end of it. */
import { useState } from 'preact/hooks';
import type { RecordedMove } from '../../core/journey.ts';
import type { PersonView } from '../../memory/people.ts';
import type { Problem } from './api.ts';
import type { Desk } from './desk.ts';
import { Ago, Badge, Part, ProblemNote } from './parts.tsx';

export function PersonPage({ desk, name }: { readonly desk: Desk; readonly name: string }) {
  const view = desk.person.value.value;
  return (
    <main class="page">
      <a href="#/people">← People</a>
      <h1 dir="auto">{view?.person.handles.find(({ displayName }) => displayName)?.displayName ?? name}</h1>
      <ProblemNote problem={desk.person.problem.value} />
      {view && <Addresses view={view} />}
      {view && <Stands desk={desk} view={view} />}
      {view && <Owning desk={desk} view={view} />}
    </main>
  );
}

function Addresses({ view: { person, links, claims } }: { readonly view: PersonView }) {
  const addressOf = new Map(person.handles.map(({ id, channel, externalId }) => [id, `${channel}:${externalId}`]));
  return (
    <Part title="Addresses">
      <ul>
        {person.handles.map(({ id, isMember }) => (
          <li key={id}>
            {addressOf.get(id)} {isMember && <Badge tone="good">member</Badge>}
          </li>
        ))}
      </ul>
      {links.map(({ a, b, proof, strength, reason, linkedAt }) => (
        <p key={`${a} ${b}`}>
          {addressOf.get(a)} – {addressOf.get(b)}: {proof} ({strength}), {linkedAt.slice(0, 10)}, {reason}
        </p>
      ))}
      {claims.map(({ kind, value, proof }) => (
        <p key={`${kind} ${value}`}>
          {kind} {value}, by {proof}
        </p>
      ))}
      <p class="hint">
        {person.locale}, {person.timeZone}
        {Object.entries(person.preferences).map(([key, value]) => ` · ${key}: ${String(value)}`)}
        {Object.entries(person.consents).map(([key, value]) => ` · ${key}: ${value ? 'yes' : 'no'}`)}
      </p>
    </Part>
  );
}

type PartProps = { readonly desk: Desk; readonly view: PersonView };

function Stands({ desk, view: { person, journey, moves } }: PartProps) {
  const [hand, setHand] = useState({ to: '', by: '', reason: '' });
  const [problem, setProblem] = useState<Problem | null>(null);
  const isSaid = hand.by.trim() !== '' && hand.reason.trim() !== '';
  const says = { by: hand.by, reason: hand.reason };
  const regions = Object.entries(journey?.regions ?? {}).map(([region, { stage }]) => ` · ${region}: ${stage}`);
  const disputed = new Set(moves.flatMap(({ of }) => of ?? []));
  return (
    <Part title="Journey">
      <p>
        <strong>{journey?.stage ?? 'never moved'}</strong>
        {regions}
        {journey?.tags.map((tag) => ` · ${tag}`)}
      </p>
      <ul class="rows">
        {moves.map((move) => (
          <MoveRow
            key={move.id}
            move={move}
            now={desk.now.value}
            isDisputed={disputed.has(move.id)}
            dispute={isSaid ? async () => setProblem(await desk.moveByHand(person.id, { of: move.id, ...says })) : null}
          />
        ))}
      </ul>
      <form
        class="by-hand"
        onSubmit={(event) => {
          event.preventDefault();
          void desk.moveByHand(person.id, { to: hand.to, ...says }).then(setProblem);
        }}
      >
        <label>
          Your name <input value={hand.by} onInput={(event) => setHand({ ...hand, by: event.currentTarget.value })} />
        </label>
        <label>
          Reason{' '}
          <input value={hand.reason} onInput={(event) => setHand({ ...hand, reason: event.currentTarget.value })} />
        </label>
        <label>
          Stage <input value={hand.to} onInput={(event) => setHand({ ...hand, to: event.currentTarget.value })} />
        </label>
        <button type="submit" disabled={!isSaid || hand.to.trim() === ''}>
          Move there
        </button>
      </form>
      <p class="hint">To move somebody, or to dispute a move, say who you are and why: both are kept with it.</p>
      <ProblemNote problem={problem} />
    </Part>
  );
}

type MoveRowProps = {
  readonly move: RecordedMove;
  readonly now: number;
  readonly isDisputed: boolean;
  /** Null: nobody said yet who and why. */
  readonly dispute: (() => Promise<void>) | null;
};

function MoveRow({ move, now, isDisputed, dispute }: MoveRowProps) {
  const { from, to, cause, quote, confidence, operator, reason } = move;
  return (
    <li class="row">
      <span class="row-text" dir="auto">
        <strong>
          {from} → {to}
        </strong>{' '}
        {cause}
        {quote && ` “${quote}”`}
        {confidence !== undefined && ` (${confidence.toFixed(2)})`}
        {operator && `, ${operator}: ${reason ?? ''}`}
      </span>
      {isDisputed && <Badge tone="warn">disputed</Badge>}
      <Ago at={move.movedAt} now={now} />
      {!isDisputed && move.of === undefined && operator === undefined && (
        <button type="button" class="plain" disabled={dispute === null} onClick={() => void dispute?.()}>
          Dispute
        </button>
      )}
    </li>
  );
}

function Owning({ desk, view: { person } }: PartProps) {
  const [by, setBy] = useState('');
  const [word, setWord] = useState('');
  const [problem, setProblem] = useState<Problem | null>(null);
  const erase = async (): Promise<void> => {
    const found = await desk.erase(person.id, by);
    setProblem(found);
    if (found === null) window.location.hash = '#/people';
  };
  return (
    <Part title="Everything of theirs">
      <p>
        <a href={`/api/persons/${encodeURIComponent(person.id)}/export`}>Download their copy</a> (ZIP: a readable page,
        and JSON)
      </p>
      <form
        class="by-hand"
        onSubmit={(event) => {
          event.preventDefault();
          void erase();
        }}
      >
        <label>
          Your name <input value={by} onInput={(event) => setBy(event.currentTarget.value)} />
        </label>
        <label>
          Write “erase” <input value={word} onInput={(event) => setWord(event.currentTarget.value)} />
        </label>
        <button type="submit" disabled={by.trim() === '' || word !== 'erase'}>
          Erase for ever
        </button>
      </form>
      <p class="hint">
        Out of every store, also while a turn runs. What remains is a receipt without anything of the person.
      </p>
      <ProblemNote problem={problem} />
    </Part>
  );
}
