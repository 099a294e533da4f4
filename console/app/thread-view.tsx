/** One thread as a conversation, with who holds it and the operator's own place to write. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Ownership } from '../../core/thread.ts';
import type { Problem } from './api.ts';
import type { Desk } from './desk.ts';
import { DeliveryEntry, EventEntry, RunningEntry } from './entries.tsx';
import { OperatorComposer } from './operator-composer.tsx';
import { Badge, Empty, ProblemNote } from './parts.tsx';
import { personLink } from './route.ts';
import type { ThreadView as View } from './views.ts';

type ThreadViewProps = { readonly desk: Desk; readonly id: string; readonly openTurn: string | null };

export function ThreadView({ desk, id, openTurn }: ThreadViewProps) {
  const view = desk.thread.value.value;
  const problem = desk.thread.problem.value;
  return (
    <section class="column reading" aria-label="Conversation">
      {view && <ThreadHead desk={desk} view={view} />}
      <ProblemNote problem={problem} />
      {view && <Conversation desk={desk} view={view} openTurn={openTurn} />}
      {view && <OperatorComposer desk={desk} thread={id} ownership={view.thread.ownership} />}
    </section>
  );
}

const HOLDS: Readonly<Record<Ownership, string>> = {
  agents: 'Agents answer.',
  waiting: 'Handed over: the person waits for one of you.',
  operator: 'An operator holds it; the agents are silent.',
};

function ThreadHead({ desk, view }: { readonly desk: Desk; readonly view: View }) {
  const [problem, setProblem] = useState<Problem | null>(null);
  const { thread } = view;
  const summary = desk.threads.value.value?.find((one) => one.id === thread.id);
  const isHeld = thread.ownership === 'operator';
  const act = async () => setProblem(await (isHeld ? desk.giveBack(thread.id) : desk.take(thread.id)));
  return (
    <header class="pane-head">
      <a class="back" href="#/threads">
        ← Threads
      </a>
      <div class="pane-title">
        <h2 dir="auto">{summary?.name ?? `Visitor ${(summary?.person ?? thread.id).slice(-4)}`}</h2>
        <p>
          {thread.channel}/{thread.connection} · {thread.clearance}
          {summary?.stage && ` · ${summary.stage}`} ·{' '}
          {summary && (
            <>
              <a href={personLink(summary.person)}>the person</a> ·{' '}
            </>
          )}
          <span class={`holds ${thread.ownership}`}>{HOLDS[thread.ownership]}</span>
        </p>
        {thread.subject?.excerpt && <p dir="auto">Under the post “{thread.subject.excerpt}”</p>}
        <Tickets desk={desk} tickets={view.tickets} />
        <ProblemNote problem={problem} />
      </div>
      <button type="button" class={isHeld ? undefined : 'main'} onClick={() => void act()}>
        {isHeld ? 'Return to agents' : 'Take over'}
      </button>
    </header>
  );
}

/** What waits for the team on this thread. Closing one ends its matter: the agents begin afresh. */
function Tickets({ desk, tickets }: { readonly desk: Desk; readonly tickets: View['tickets'] }) {
  const [problem, setProblem] = useState<Problem | null>(null);
  const close = async (number: string) => setProblem(await desk.closeTicket(number));
  return (
    <>
      {tickets
        .filter(({ status }) => status === 'open')
        .map(({ number, subject, summary }) => (
          <p class="ticket" key={number}>
            <span dir="auto" title={summary}>
              Ticket {number}: {subject}
            </span>
            <button type="button" onClick={() => void close(number)}>
              Close the ticket
            </button>
          </p>
        ))}
      <ProblemNote problem={problem} />
    </>
  );
}

type ConversationProps = { readonly desk: Desk; readonly view: View; readonly openTurn: string | null };

function Conversation({ desk, view, openTurn }: ConversationProps) {
  const { entries, turns, thread } = view;
  const running = [...desk.running.value.values()].filter((one) => one.thread === thread.id);
  const box = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  useLayoutEffect(() => {
    if (box.current && isAtEnd.current) box.current.scrollTop = box.current.scrollHeight;
  }, [entries.length, running.length]);
  const onScroll = () => {
    const { current } = box;
    if (current) isAtEnd.current = current.scrollHeight - current.scrollTop - current.clientHeight < 80;
  };
  const answered = new Set(entries.flatMap((entry) => (entry.kind === 'delivery' ? [entry.delivery.turn] : [])));
  return (
    <div class="conversation" ref={box} onScroll={onScroll}>
      {entries.length === 0 && <Empty title="Nothing to read yet">The first message will stand here.</Empty>}
      {entries.map((entry) =>
        entry.kind === 'event' ? (
          <EventEntry
            key={entry.id}
            entry={entry}
            thread={thread.id}
            // A turn that sent nothing still has a reason: it is told on the event it ended.
            silentTurn={turns.find((turn) => turn.id === entry.turn && !answered.has(turn.id)) ?? null}
            openTurn={openTurn}
          />
        ) : (
          <DeliveryEntry key={entry.delivery.id} delivery={entry.delivery} thread={thread.id} openTurn={openTurn} />
        ),
      )}
      {running.map((one) => (
        <RunningEntry key={one.turn} running={one} openTurn={openTurn} />
      ))}
      {thread.ownership === 'waiting' && (
        <p class="waiting-note">
          <Badge tone="warn">waiting</Badge> The agents have handed this over. Take over, or write below.
        </p>
      )}
    </div>
  );
}
