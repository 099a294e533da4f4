/** The conversation as it stands: greeting, messages, words on their way, and where one was in it. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { parseMarkdown } from '../prose/markdown.ts';
import { drawNodes } from '../prose/prose.tsx';
import type { Chat } from './chat.ts';
import { takenSince } from './conversation.ts';
import { Message } from './message.tsx';
import type { PanelProps } from './panel-props.ts';
import type { WidgetWords } from './words.ts';

/** Within this many pixels of the end, new messages move the list along. */
const NEAR_END = 60;

/** Only finished messages stand in the log: words on their way would be read out again with every one that is added. */
export function MessageList({ chat, words, locale, draft, isOpen }: PanelProps) {
  const { lines } = chat.conversation.value;
  const { list, isAtEnd, onScroll, toEnd } = useScroll(chat, isOpen.value);
  const isNews = useNews(chat);
  // What was pressed is disabled or gone in a moment: the focus must not be lost with it.
  const press = (act: () => void) => {
    act();
    list.current?.focus({ preventScroll: true });
  };
  const edit = (id: string, text: string) => {
    draft.value = draft.value === '' ? text : `${draft.value}\n${text}`;
    chat.withdraw(id);
  };
  return (
    <div class="list-place">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be within reach of the keyboard */}
      <div class="list" ref={list} onScroll={onScroll} tabIndex={0}>
        <Greeting chat={chat} />
        <div role="log" aria-label={words.log} aria-live={isNews ? 'polite' : 'off'}>
          {lines.map((line, index) => (
            <Message
              key={line.id}
              line={line}
              taken={takenSince(lines, index)}
              next={lines[index + 1] ?? null}
              words={words}
              locale={locale}
              choose={(option) => press(() => chat.choose(option))}
              tryAgain={() => press(() => chat.tryAgain())}
              edit={edit}
            />
          ))}
        </div>
        <OnTheWay chat={chat} words={words} />
        {lines.length === 0 && <Suggestions chat={chat} words={words} say={(text) => press(() => chat.say(text))} />}
      </div>
      {!isAtEnd && (
        <button type="button" class="to-end" onClick={toEnd}>
          {words.latest} ↓
        </button>
      )}
    </div>
  );
}

function Greeting({ chat }: { readonly chat: Chat }) {
  const greeting = chat.welcome.value?.greeting;
  if (!greeting) return null;
  return (
    <div class="message agent">
      <div class="bubble prose" dir="auto">
        {drawNodes(parseMarkdown(greeting))}
      </div>
    </div>
  );
}

type SuggestionsProps = { readonly chat: Chat; readonly words: WidgetWords; readonly say: (text: string) => void };

function Suggestions({ chat, words, say }: SuggestionsProps) {
  const suggestions = chat.welcome.value?.suggestions ?? [];
  if (suggestions.length === 0 || !chat.isReady.value) return null;
  return (
    <ul class="suggestions" aria-label={words.suggestions}>
      {suggestions.map((suggestion) => (
        <li>
          <button type="button" class="option" dir="auto" onClick={() => say(suggestion)}>
            {suggestion}
          </button>
        </li>
      ))}
    </ul>
  );
}

function OnTheWay({ chat, words }: { readonly chat: Chat; readonly words: WidgetWords }) {
  const { words: pieces, isTyping } = chat.conversation.value;
  return (
    <>
      {pieces.map(({ turn, text }) => (
        <div class="message agent" aria-hidden="true" key={turn}>
          <div class="bubble prose" dir="auto">
            {drawNodes(parseMarkdown(text))}
          </div>
        </div>
      ))}
      <div class="typing" role="status">
        {isTyping && <span class="only-heard">{words.typing}</span>}
        {isTyping && (
          <span class="dots" aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
        )}
      </div>
    </>
  );
}

/** True from shortly after the history has been drawn, so that it is not read out as news. */
function useNews(chat: Chat): boolean {
  const [isNews, setNews] = useState(false);
  const isReady = chat.isReady.value;
  useEffect(() => {
    if (!isReady) return;
    const timer = setTimeout(() => setNews(true), 500);
    return () => clearTimeout(timer);
  }, [isReady]);
  return isNews;
}

/** Follows the end of the list while one is there; an own message always leads there, a long reply shows its beginning. */
function useScroll(chat: Chat, isOpen: boolean) {
  const list = useRef<HTMLDivElement>(null);
  const [isAtEnd, setAtEnd] = useState(true);
  const { lines, words, isTyping } = chat.conversation.value;
  const last = lines.at(-1);
  const seen = useRef<string | undefined>(undefined);
  const toEnd = () => list.current?.scrollTo({ top: list.current.scrollHeight });
  useLayoutEffect(() => {
    const box = list.current;
    if (!box || !isOpen) return;
    const isNew = last?.id !== seen.current;
    const isFirst = seen.current === undefined;
    seen.current = last?.id;
    if (!isAtEnd && !(isNew && last?.from === 'person')) return;
    const reply =
      isNew && !isFirst && last?.from !== 'person' ? box.querySelector('[role=log]')?.lastElementChild : null;
    const isLong = reply instanceof HTMLElement && reply.offsetHeight > box.clientHeight - NEAR_END;
    box.scrollTop = isLong ? reply.offsetTop - 12 : box.scrollHeight;
  }, [last?.id, words, isTyping, isOpen]);
  const onScroll = () => {
    const box = list.current;
    if (box) setAtEnd(box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END);
  };
  return { list, isAtEnd, onScroll, toEnd };
}
