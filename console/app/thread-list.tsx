/** The list of threads, newest first, kept live. */
import { useState } from 'preact/hooks';
import type { ThreadSummary } from '../../memory/operators.ts';
import type { Desk } from './desk.ts';
import { Ago, Badge, ProblemNote } from './parts.tsx';
import { threadLink } from './route.ts';

export function ThreadList({ desk, open }: { readonly desk: Desk; readonly open: string | null }) {
  const [filter, setFilter] = useState('');
  const threads = (desk.threads.value.value ?? []).filter((thread) => matches(thread, filter));
  const busy = new Set([...desk.running.value.values()].map((one) => one.thread));
  return (
    <nav class="column list" aria-label="Threads">
      <input
        type="search"
        class="filter"
        placeholder="Filter: name, channel, stage, words"
        aria-label="Filter the threads"
        value={filter}
        onInput={(event) => setFilter(event.currentTarget.value)}
      />
      <ProblemNote problem={desk.threads.problem.value} />
      <ul>
        {threads.map((thread) => (
          <li key={thread.id}>
            <Row thread={thread} isOpen={thread.id === open} isBusy={busy.has(thread.id)} now={desk.now.value} />
          </li>
        ))}
      </ul>
      {threads.length === 0 && filter !== '' && <p class="hint">No thread matches “{filter}”.</p>}
    </nav>
  );
}

type RowProps = {
  readonly thread: ThreadSummary;
  readonly isOpen: boolean;
  readonly isBusy: boolean;
  readonly now: number;
};

function Row({ thread, isOpen, isBusy, now }: RowProps) {
  return (
    <a class="thread-row" href={threadLink(thread.id)} aria-current={isOpen ? 'true' : undefined}>
      <span class="row-head">
        <strong dir="auto">{thread.name ?? nameless(thread)}</strong>
        {isBusy && <span class="pulse" title="A turn is running" />}
        <Ago at={thread.lastAt} now={now} />
      </span>
      <span class="preview" dir="auto">
        {thread.preview}
      </span>
      <span class="row-facts">
        <span>{thread.channel}</span>
        {thread.clearance !== 'private' && <span>{thread.clearance}</span>}
        {thread.stage && <span>{thread.stage}</span>}
        <span class="badges">
          {thread.openAlerts > 0 && (
            <Badge tone="bad">
              {thread.openAlerts} {thread.openAlerts === 1 ? 'alert' : 'alerts'}
            </Badge>
          )}
          {thread.ownership === 'waiting' && <Badge tone="warn">waiting</Badge>}
          {thread.ownership === 'operator' && <Badge tone="info">operator</Badge>}
        </span>
      </span>
    </a>
  );
}

/** Most visitors give no name; the end of the person's id tells them apart. */
function nameless(thread: ThreadSummary): string {
  return `Visitor ${thread.person.slice(-4)}`;
}

function matches(thread: ThreadSummary, filter: string): boolean {
  const { name, channel, stage, preview, ownership, clearance } = thread;
  const all = [name ?? nameless(thread), channel, stage, preview, ownership, clearance].join(' ').toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word));
}
