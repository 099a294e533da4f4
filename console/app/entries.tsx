/** The entries of a conversation: what came in, what went out, what is being answered right now. */
import type { DeliveryRecord } from '../../core/delivery.ts';
import type { ThreadEntry } from '../../memory/operators.ts';
import type { TurnSummary } from '../../memory/turns.ts';
import { Blocks } from '../prose/blocks.tsx';
import { Badge, type Tone } from './parts.tsx';
import { threadLink } from './route.ts';
import type { RunningTurn } from './running.ts';
import { clockTime, moment } from './time.ts';

type EventOf = Extract<ThreadEntry, { kind: 'event' }>;

export type EventEntryProps = {
  readonly entry: EventOf;
  readonly thread: string;
  /** The turn of this event, when it sent nothing. */
  readonly silentTurn: TurnSummary | null;
  readonly openTurn: string | null;
};

const EVENT_TONES: Readonly<Record<string, Tone>> = { pending: 'info', ignored: 'quiet', parked: 'bad' };

export function EventEntry({ entry, thread, silentTurn, openTurn }: EventEntryProps) {
  const tone = EVENT_TONES[entry.state];
  return (
    <article class="entry person">
      <div class="bubble" dir="auto">
        {entry.eventKind !== 'message' && <span class="event-kind">{entry.eventKind}</span>}
        {entry.text || (entry.eventKind === 'message' ? <em>no text</em> : null)}
      </div>
      <footer>
        <time dateTime={entry.at} title={moment(entry.at)}>
          {clockTime(entry.at)}
        </time>
        {tone && <Badge tone={tone}>{entry.state}</Badge>}
        {silentTurn && (
          <>
            <span>no reply{silentTurn.status === 'ok' ? '' : `: ${silentTurn.status.replace('_', '-')}`}</span>
            <Why thread={thread} turn={silentTurn.id} openTurn={openTurn} />
          </>
        )}
      </footer>
    </article>
  );
}

type DeliveryEntryProps = {
  readonly delivery: DeliveryRecord;
  readonly thread: string;
  readonly openTurn: string | null;
};

const NOTHING_TAKEN: ReadonlySet<string> = new Set();

export function DeliveryEntry({ delivery, thread, openTurn }: DeliveryEntryProps) {
  const isOperator = delivery.turn === null;
  return (
    <article class={`entry ${isOperator ? 'operator' : 'agent'}`}>
      <div class="bubble">
        <Blocks blocks={delivery.reply.blocks} sourcesLabel="Sources" taken={NOTHING_TAKEN} />
      </div>
      <footer>
        <span>{isOperator ? 'operator' : delivery.reply.agent}</span>
        <time dateTime={delivery.createdAt} title={moment(delivery.createdAt)}>
          {clockTime(delivery.createdAt)}
        </time>
        <DeliveryStateBadge delivery={delivery} />
        {delivery.turn !== null && <Why thread={thread} turn={delivery.turn} openTurn={openTurn} />}
      </footer>
    </article>
  );
}

const DELIVERY_STATES: Readonly<Record<DeliveryRecord['state'], { readonly tone: Tone; readonly words: string }>> = {
  queued: { tone: 'info', words: 'queued' },
  claimed: { tone: 'info', words: 'being sent' },
  sent: { tone: 'good', words: 'sent' },
  unknown: { tone: 'warn', words: 'may have been sent' },
  failed: { tone: 'bad', words: 'failed' },
  suppressed: { tone: 'quiet', words: 'held back' },
};

/** What became of a delivery, with the reason where there is one. */
export function DeliveryStateBadge({ delivery }: { readonly delivery: DeliveryRecord }) {
  const { tone, words } = DELIVERY_STATES[delivery.state];
  const why = delivery.failure === null ? '' : `: ${delivery.failure}`;
  const tries = delivery.attempts > 1 ? ` (${delivery.attempts} attempts)` : '';
  return <Badge tone={tone}>{words + why + tries}</Badge>;
}

type WhyProps = {
  readonly thread: string;
  readonly turn: string;
  readonly openTurn: string | null;
  readonly label?: string;
};

function Why({ thread, turn, openTurn, label = 'Why?' }: WhyProps) {
  const isOpen = turn === openTurn;
  return (
    <a class="why" href={threadLink(thread, isOpen ? null : turn)} aria-current={isOpen ? 'true' : undefined}>
      {label}
    </a>
  );
}

type RunningEntryProps = { readonly running: RunningTurn; readonly openTurn: string | null };

export function RunningEntry({ running, openTurn }: RunningEntryProps) {
  const open = running.spans.filter((span) => span.endMs === null && span.data.kind !== 'turn');
  const innermost = open.filter((span) => !open.some((other) => other.parent === span.id));
  return (
    <article class="entry agent running" aria-live="polite">
      <div class="bubble">
        <span class="pulse" />{' '}
        {innermost.length > 0 ? innermost.map((span) => span.name).join(' ∥ ') : 'a turn is running'}
      </div>
      <footer>
        <Why thread={running.thread} turn={running.turn} openTurn={openTurn} label="Watch" />
      </footer>
    </article>
  );
}
