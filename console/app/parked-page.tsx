/** Parked: messages that failed three times and were set aside, so that the lane could go on. */
import type { Desk } from './desk.ts';
import { Ago, Badge, Empty, ProblemNote } from './parts.tsx';
import { threadLink } from './route.ts';

export function ParkedPage({ desk }: { readonly desk: Desk }) {
  const parked = desk.parked.value.value;
  return (
    <main class="page">
      <h1>Parked</h1>
      <p class="hint">
        These messages ended in an error each time they were tried. Open the thread to read why, and write to the person
        yourself.
      </p>
      <ProblemNote problem={desk.parked.problem.value} />
      {parked?.length === 0 && <Empty title="Nothing is parked">Every message so far came to its end.</Empty>}
      <ul class="rows">
        {parked?.map((event) => (
          <li class="row" key={event.id}>
            <Badge tone="bad">
              {event.attempts} {event.attempts === 1 ? 'attempt' : 'attempts'}
            </Badge>
            <span class="row-text" dir="auto">
              {event.text}
            </span>
            <Ago at={event.receivedAt} now={desk.now.value} />
            <a href={threadLink(event.thread)}>Open</a>
          </li>
        ))}
      </ul>
    </main>
  );
}
