/** Threads: the list, the conversation that is open, and the turn behind one of its replies. */
import type { Desk } from './desk.ts';
import { Empty } from './parts.tsx';
import { ThreadList } from './thread-list.tsx';
import { ThreadView } from './thread-view.tsx';
import { TurnPane } from './turn-pane.tsx';

type ThreadsPageProps = { readonly desk: Desk; readonly thread: string | null; readonly turn: string | null };

/** On narrow screens only the innermost of the three that is open shows. */
export function ThreadsPage({ desk, thread, turn }: ThreadsPageProps) {
  const depth = turn !== null ? 'turn' : thread !== null ? 'thread' : 'list';
  return (
    <main class={`columns at-${depth}`}>
      <ThreadList desk={desk} open={thread} />
      {thread === null ? (
        <div class="column reading">
          <NothingOpen desk={desk} />
        </div>
      ) : (
        <ThreadView desk={desk} id={thread} openTurn={turn} key={thread} />
      )}
      {thread !== null && turn !== null && <TurnPane desk={desk} thread={thread} id={turn} key={turn} />}
    </main>
  );
}

function NothingOpen({ desk }: { readonly desk: Desk }) {
  const threads = desk.threads.value.value;
  if (threads === null) return null;
  if (threads.length === 0) {
    return (
      <Empty title="Nobody has written yet">
        Open <a href="/">the sample page</a> and say hello in the chat. The thread appears here at once.
      </Empty>
    );
  }
  return (
    <Empty title="Choose a thread">
      Press <kbd>j</kbd> and <kbd>k</kbd> to go through the list, <kbd>w</kbd> to see why the last reply was sent,{' '}
      <kbd>Esc</kbd> to go back.
    </Empty>
  );
}
