/** The turn behind a reply: why it was sent, step by step. */
import { useState } from 'preact/hooks';
import type { Turn } from '../../core/turn.ts';
import type { Desk } from './desk.ts';
import { askedIn, explainTurn } from './explain.ts';
import { Badge, Part, ProblemNote, Raw, type Tone } from './parts.tsx';
import { threadLink } from './route.ts';
import { duration, moment } from './time.ts';
import { JourneyPart, RecalledPart, ScreeningPart } from './turn-context.tsx';
import { Correction } from './turn-correction.tsx';
import { IntentPart } from './turn-intent.tsx';
import { DeliveriesPart, ReplyPart } from './turn-reply.tsx';
import { RunningTurnView } from './turn-running.tsx';
import { ModelCallsPart, ToolCallsPart } from './turn-tools.tsx';
import { Waterfall } from './waterfall-view.tsx';

type TurnPaneProps = { readonly desk: Desk; readonly thread: string; readonly id: string };

export function TurnPane({ desk, thread, id }: TurnPaneProps) {
  const turn = desk.turn.value.value;
  const running = desk.running.value.get(id);
  const [isRaw, setRaw] = useState(false);
  return (
    <aside class="column turn" aria-label="Why this reply was sent">
      <header class="pane-head">
        <a class="back always" href={threadLink(thread)} aria-label="Close the turn">
          ✕
        </a>
        <div class="pane-title">
          <h2>Why this reply?</h2>
          <p>{turn && moment(turn.startedAt)}</p>
        </div>
        {turn && (
          <button type="button" aria-pressed={isRaw} onClick={() => setRaw(!isRaw)}>
            Raw
          </button>
        )}
      </header>
      <div class="turn-body">
        {!turn && running && <RunningTurnView desk={desk} running={running} />}
        {!turn && !running && <ProblemNote problem={desk.turn.problem.value} />}
        {turn && (isRaw ? <Raw value={turn} /> : <WholeTurn desk={desk} turn={turn} />)}
      </div>
    </aside>
  );
}

const STATUS_TONES: Readonly<Record<Turn['status'], Tone>> = {
  ok: 'good',
  hand_over: 'warn',
  silent: 'quiet',
  error: 'bad',
  superseded: 'quiet',
};

function WholeTurn({ desk, turn }: { readonly desk: Desk; readonly turn: Turn }) {
  return (
    <>
      <Summary turn={turn} />
      <Part title="Steps" aside={duration(turn.milliseconds)}>
        <Waterfall spans={turn.spans} nowMs={turn.milliseconds} />
      </Part>
      {turn.intent && (
        <IntentPart intent={turn.intent}>
          <Correction desk={desk} turn={turn} />
        </IntentPart>
      )}
      {turn.screening && <ScreeningPart screening={turn.screening} />}
      <JourneyPart turn={turn} />
      <RecalledPart turn={turn} />
      <ToolCallsPart calls={turn.draft?.toolCalls ?? []} />
      <ModelCallsPart calls={turn.modelCalls} />
      <ReplyPart turn={turn} />
      <DeliveriesPart turn={turn} entries={desk.thread.value.value?.entries ?? []} />
      <Fingerprint turn={turn} />
    </>
  );
}

function Summary({ turn }: { readonly turn: Turn }) {
  const agent = turn.route?.kind === 'agent' ? turn.route.agent : turn.route?.kind.replace('_', '-');
  return (
    <section class="summary">
      <p class="summary-badges">
        <Badge tone={STATUS_TONES[turn.status]}>{turn.status.replace('_', '-')}</Badge>
        {turn.intent && <Badge tone="quiet">{turn.intent.name}</Badge>}
        {agent && <Badge tone="info">{agent}</Badge>}
        {turn.draft?.fallback !== undefined && (
          <Badge tone={turn.draft.fallback === 'fixed_text' ? 'quiet' : 'warn'}>fallback: {turn.draft.fallback}</Badge>
        )}
        <span class="summary-time">{duration(turn.milliseconds)}</span>
      </p>
      <p class="asked" dir="auto">
        {askedIn(turn).join('\n')}
      </p>
      <ul>
        {explainTurn(turn).map((sentence) => (
          <li>{sentence}</li>
        ))}
      </ul>
    </section>
  );
}

/** What the reply was made with, so that a later change can be told apart. */
function Fingerprint({ turn }: { readonly turn: Turn }) {
  const { prompt, model, workspace } = turn.fingerprint;
  return (
    <Part title="Made with">
      <dl class="facts-list">
        <dt>Turn</dt>
        <dd>
          <code>{turn.id}</code>
        </dd>
        <dt>Model</dt>
        <dd>{model ?? 'none'}</dd>
        <dt>Prompt</dt>
        <dd>{prompt === null ? 'none' : <code>{prompt}</code>}</dd>
        <dt>Workspace</dt>
        <dd>
          <code>{workspace}</code>
        </dd>
      </dl>
    </Part>
  );
}
