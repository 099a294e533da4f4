/** One message of the conversation, with what became of it. */
import type { Option } from '../../core/block.ts';
import { Blocks } from '../prose/blocks.tsx';
import type { Line, PersonLine, ReplyLine } from './conversation.ts';
import type { WidgetWords } from './words.ts';

export type MessageProps = {
  readonly line: Line;
  /** The line after it, or null: the last of a row shows its time. */
  readonly next: Line | null;
  readonly taken: ReadonlySet<string>;
  readonly words: WidgetWords;
  readonly locale: string;
  readonly choose: (option: Option) => void;
  readonly tryAgain: () => void;
  readonly edit: (id: string, text: string) => void;
};

/** Longer silences show the time also within one row. */
const SAME_TIME_MS = 5 * 60_000;

export function Message(props: MessageProps) {
  const { line, next, locale } = props;
  const isLast = next === null || next.from !== line.from || Date.parse(next.at) - Date.parse(line.at) > SAME_TIME_MS;
  const isSent = line.from !== 'person' || line.state === 'sent';
  return (
    <div class={`message ${line.from}`}>
      {line.from === 'person' ? <Said {...props} line={line} /> : <Answer {...props} line={line} />}
      {isLast && isSent && <Time at={line.at} locale={locale} />}
    </div>
  );
}

function Said({ line, words, tryAgain, edit }: MessageProps & { readonly line: PersonLine }) {
  return (
    <>
      <div class={`bubble said ${line.state}`} dir="auto">
        <span class="only-heard">{words.you}: </span>
        {line.text}
      </div>
      {line.state === 'sending' && <p class="send-state">{words.sending}</p>}
      {line.state === 'retrying' && (
        <p class="send-state problem">
          {words.retrying}{' '}
          <button type="button" class="plain" onClick={tryAgain}>
            {words.tryAgain}
          </button>
        </p>
      )}
      {line.state === 'refused' && (
        <p class="send-state problem">
          {words.refused}{' '}
          <button type="button" class="plain" onClick={() => edit(line.id, line.text)}>
            {words.edit}
          </button>
        </p>
      )}
    </>
  );
}

function Answer({ line, words, taken, choose }: MessageProps & { readonly line: ReplyLine }) {
  const isOperator = line.from === 'operator';
  return (
    <>
      <span class={isOperator ? 'author' : 'only-heard'}>{isOperator ? words.operator : words.assistant}</span>
      <div class="bubble">
        <Blocks blocks={line.blocks} sourcesLabel={words.sources} taken={taken} onChoose={choose} />
      </div>
    </>
  );
}

function Time({ at, locale }: { readonly at: string; readonly locale: string }) {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return null;
  const isToday = date.toDateString() === new Date().toDateString();
  const style: Intl.DateTimeFormatOptions = isToday
    ? { timeStyle: 'short' }
    : { dateStyle: 'medium', timeStyle: 'short' };
  return <time dateTime={at}>{formatDate(date, { locale, style })}</time>;
}

type DateStyle = { readonly locale: string; readonly style: Intl.DateTimeFormatOptions };

/** A page may name a locale that does not exist; the browser's own then serves. */
function formatDate(date: Date, { locale, style }: DateStyle): string {
  try {
    return new Intl.DateTimeFormat(locale, style).format(date);
  } catch {
    return new Intl.DateTimeFormat(undefined, style).format(date);
  }
}
