/** Alerts: what wants a human, open ones first. */
import { useState } from 'preact/hooks';
import type { Alert } from '../../memory/operators.ts';
import type { Problem } from './api.ts';
import type { Desk } from './desk.ts';
import { Ago, Badge, Empty, ProblemNote, type Tone } from './parts.tsx';
import { threadLink } from './route.ts';

const TONES: Readonly<Record<Alert['kind'], Tone>> = {
  crisis: 'bad',
  safety: 'bad',
  hand_over: 'warn',
  parked: 'warn',
  approval: 'info',
};

export function AlertsPage({ desk }: { readonly desk: Desk }) {
  const [problem, setProblem] = useState<Problem | null>(null);
  const alerts = desk.alerts.value.value;
  const open = alerts?.filter((alert) => alert.acknowledgedAt === null) ?? [];
  const done = alerts?.filter((alert) => alert.acknowledgedAt !== null) ?? [];
  const acknowledge = async (alert: Alert) => setProblem(await desk.acknowledge(alert.id));
  return (
    <main class="page">
      <h1>Alerts</h1>
      <ProblemNote problem={desk.alerts.problem.value ?? problem} />
      {alerts?.length === 0 && (
        <Empty title="All quiet">A crisis, a hand-over or a parked message would stand here, and in the header.</Empty>
      )}
      {alerts && alerts.length > 0 && open.length === 0 && <p class="hint">Nothing is open.</p>}
      <ul class="rows">
        {open.map((alert) => (
          <AlertRow key={alert.id} alert={alert} now={desk.now.value} acknowledge={() => void acknowledge(alert)} />
        ))}
      </ul>
      {done.length > 0 && <h2>Acknowledged</h2>}
      <ul class="rows done">
        {done.map((alert) => (
          <AlertRow key={alert.id} alert={alert} now={desk.now.value} />
        ))}
      </ul>
    </main>
  );
}

type AlertRowProps = { readonly alert: Alert; readonly now: number; readonly acknowledge?: () => void };

function AlertRow({ alert, now, acknowledge }: AlertRowProps) {
  return (
    <li class="row">
      <Badge tone={acknowledge ? TONES[alert.kind] : 'quiet'}>{alert.kind.replace('_', '-')}</Badge>
      <span class="row-text" dir="auto">
        {alert.summary}
      </span>
      <Ago at={alert.raisedAt} now={now} />
      <a href={threadLink(alert.thread, alert.turn)}>Open</a>
      {acknowledge && (
        <button type="button" onClick={acknowledge}>
          Acknowledge
        </button>
      )}
    </li>
  );
}
