/** Where one writes. What is typed stays until it is in the queue, also over a reload. */
import type { PanelProps } from './panel-props.ts';
import { withNumber } from './words.ts';

/** What the server takes in one message. */
const MAX_CHARACTERS = 20_000;

export function Composer({ chat, words, draft }: PanelProps) {
  const text = draft.value;
  const excess = text.length - MAX_CHARACTERS;
  const canSend = text.trim() !== '' && excess <= 0;
  const send = () => {
    if (!canSend) return;
    chat.say(text);
    draft.value = '';
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // While a word is being composed (Japanese, Chinese …), Enter belongs to the keyboard.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send();
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <textarea
        rows={1}
        dir="auto"
        value={text}
        placeholder={words.placeholder}
        aria-label={words.placeholder}
        onInput={(event) => {
          draft.value = event.currentTarget.value;
        }}
        onKeyDown={onKeyDown}
      />
      <button type="submit" class="send" aria-label={words.send} disabled={!canSend}>
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M12 19V5M5.5 11.5L12 5l6.5 6.5" />
        </svg>
      </button>
      {excess > 0 && (
        <p class="problem" role="alert">
          {withNumber(words.tooLong, excess)}
        </p>
      )}
    </form>
  );
}
