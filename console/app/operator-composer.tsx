/** Where an operator writes in person. Writing takes the thread; the words stay until the server has them. */
import { useState } from 'preact/hooks';
import type { Ownership } from '../../core/thread.ts';
import type { Problem } from './api.ts';
import type { Desk } from './desk.ts';
import { ProblemNote } from './parts.tsx';

type OperatorComposerProps = { readonly desk: Desk; readonly thread: string; readonly ownership: Ownership };

/** What the server takes in one message. */
const MAX_CHARACTERS = 4000;

export function OperatorComposer({ desk, thread, ownership }: OperatorComposerProps) {
  const [message, setMessage] = useState(() => ({ id: desk.mintId(), text: '' }));
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isBusy, setBusy] = useState(false);
  const excess = message.text.length - MAX_CHARACTERS;
  const canSend = !isBusy && message.text.trim() !== '' && excess <= 0;
  const send = async () => {
    if (!canSend) return;
    setBusy(true);
    // The id stays with the words: sent again after a lost answer, it is still one message.
    const failed = await desk.write(thread, { id: message.id, text: message.text.trim() });
    setProblem(failed);
    if (failed === null) setMessage({ id: desk.mintId(), text: '' });
    setBusy(false);
  };
  return (
    <form
      class="operator-composer"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <textarea
        rows={2}
        dir="auto"
        value={message.text}
        readOnly={isBusy}
        placeholder={ownership === 'operator' ? 'Write to the person' : 'Write to the person (this takes the thread)'}
        aria-label="Write to the person"
        onInput={(event) => setMessage({ ...message, text: event.currentTarget.value })}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          void send();
        }}
      />
      <button type="submit" class="main" disabled={!canSend}>
        {isBusy ? 'Sending…' : 'Send'}
      </button>
      {excess > 0 && <p class="problem-note">{excess} characters too long. Send it in two parts.</p>}
      <ProblemNote problem={problem} />
    </form>
  );
}
