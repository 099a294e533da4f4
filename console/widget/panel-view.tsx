/** The panel: title and disclosure, the conversation, the place to write. */
import { useEffect, useRef } from 'preact/hooks';
import { Composer } from './composer.tsx';
import { hasOperator } from './conversation.ts';
import { keepFocusInside } from './focus.ts';
import { MessageList } from './message-list.tsx';
import type { PanelProps } from './panel-props.ts';

const FULL_SCREEN = '(max-width: 480px), (max-height: 480px)';

/** Not modal beside the page, so the focus may leave it; over the whole screen it is, and may not. */
export function PanelView(props: PanelProps) {
  const { chat, words, isOpen, focusRequest, close } = props;
  const panel = useRef<HTMLElement>(null);
  const request = focusRequest.value;
  useEffect(() => {
    if (request > 0) panel.current?.querySelector('textarea')?.focus();
  }, [request]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && !event.isComposing) {
      event.stopPropagation();
      close();
    }
    if (event.key === 'Tab' && panel.current && matchMedia(FULL_SCREEN).matches) keepFocusInside(event, panel.current);
  };
  return (
    <section
      class="panel"
      role="dialog"
      aria-labelledby="title"
      hidden={!isOpen.value}
      ref={panel}
      onKeyDown={onKeyDown}
    >
      <header class="head">
        <h2 id="title" dir="auto">
          {chat.welcome.value?.school || words.title}
        </h2>
        <button type="button" class="close" aria-label={words.close} onClick={close}>
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <path d="M6 6l12 12M18 6L6 18" />
          </svg>
        </button>
        <p class="disclosure" dir="auto">
          {hasOperator(chat.conversation.value) ? words.joined : words.disclosure}
        </p>
      </header>
      <p class="offline" role="status">
        {chat.isConnected.value ? '' : words.reconnecting}
      </p>
      <MessageList {...props} />
      <Composer {...props} />
    </section>
  );
}
