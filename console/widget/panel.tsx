/** The lazily loaded part of the widget: draws the panel into the loader's shadow root and opens the chat behind it. */
import { effect, signal } from '@preact/signals';
import { render } from 'preact';
import blocksCss from '../prose/blocks.css?inline';
import { browserClock } from '../stream/clock.ts';
import { mintId } from '../stream/mint-id.ts';
import { type Chat, openChat } from './chat.ts';
import type { Panel, PanelHost } from './contract.ts';
import conversationCss from './conversation.css?inline';
import { browserStorage, createKeep } from './keep.ts';
import panelCss from './panel.css?inline';
import { PanelView } from './panel-view.tsx';
import { openTabs } from './tabs.ts';
import { followViewport } from './viewport.ts';
import { wordsFor } from './words.ts';

const DRAFT = 'draft';
/** A browser gives one site six connections over HTTP/1.1: tabs that nobody looks at must not hold them all. */
const HIDDEN_MS = 30_000;

/** Called once by the loader. */
export function mountPanel(host: PanelHost): Panel {
  const { base, locale } = host.settings;
  const keep = createKeep(browserStorage(window), base);
  const chat = openChat({
    base,
    locale,
    keep,
    fetch: (input, init) => fetch(input, init),
    clock: browserClock,
    random: Math.random,
    mintId: () => mintId(crypto),
    tabs: openTabs(base),
  });
  const draft = signal(keep.get(DRAFT) ?? '');
  const isOpen = signal(false);
  const focusRequest = signal(0);
  const close = () => {
    host.onClose();
    isOpen.value = false;
  };

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(panelCss + conversationCss + blocksCss);
  host.root.adoptedStyleSheets = [...host.root.adoptedStyleSheets, sheet];
  const place = document.createElement('div');
  host.root.prepend(place);
  render(
    <PanelView
      chat={chat}
      words={wordsFor(locale)}
      locale={locale}
      draft={draft}
      isOpen={isOpen}
      focusRequest={focusRequest}
      close={close}
    />,
    place,
  );
  effect(() => {
    if (isOpen.value && chat.unread.value > 0) chat.markSeen();
    host.showUnread(isOpen.value ? 0 : chat.unread.value);
  });
  effect(() => {
    if (draft.value === '') keep.remove(DRAFT);
    else keep.set(DRAFT, draft.value);
  });
  followViewport(host.element);
  followAttention(chat);
  chat.connect();

  return {
    open: ({ takeFocus }) => {
      isOpen.value = true;
      if (takeFocus) focusRequest.value += 1;
      chat.connect();
    },
    close,
    send: (text) => chat.say(text),
  };
}

/** Rests while the tab is hidden, comes back at once with the tab or the network. */
function followAttention(chat: Chat): void {
  let keepAwake = () => {};
  document.addEventListener('visibilitychange', () => {
    keepAwake();
    if (document.hidden) keepAwake = browserClock.after(HIDDEN_MS, () => chat.rest());
    else chat.connect();
  });
  window.addEventListener('online', () => {
    chat.connect();
    chat.tryAgain();
  });
}
