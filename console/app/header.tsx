/** The header: where we are, who answers, what waits. */
import type { Desk } from './desk.ts';
import { Mark } from './mark.tsx';
import { Badge } from './parts.tsx';
import { nextTheme, theme } from './theme.ts';
import type { Overview } from './views.ts';

export function Header({ desk }: { readonly desk: Desk }) {
  const overview = desk.overview.value.value;
  const openAlerts = (desk.alerts.value.value ?? []).filter((alert) => alert.acknowledgedAt === null).length;
  const parked = desk.parked.value.value?.length ?? 0;
  const { name } = desk.page.value;
  return (
    <header class="header">
      <a class="home" href="#/threads" title={overview ? `Throughline ${overview.version}` : 'Throughline'}>
        <Mark />
        <span>{overview?.organisation ?? 'Throughline'}</span>
      </a>
      <nav aria-label="Pages">
        <Tab href="#/threads" isHere={name === 'threads'} label="Threads" count={desk.running.value.size} tone="info" />
        <Tab href="#/alerts" isHere={name === 'alerts'} label="Alerts" count={openAlerts} tone="bad" />
        <Tab href="#/parked" isHere={name === 'parked'} label="Parked" count={parked} tone="warn" />
        <Tab href="#/people" isHere={name === 'people'} label="People" count={0} tone="info" />
        <Tab href="#/journey" isHere={name === 'journey'} label="Journey" count={0} tone="info" />
        <Tab href="#/gaps" isHere={name === 'gaps'} label="Gaps" count={0} tone="info" />
        <Tab href="#/exemplars" isHere={name === 'exemplars'} label="Exemplars" count={0} tone="info" />
      </nav>
      {overview && <Facts overview={overview} />}
      {!desk.isLive.value && <Badge tone="warn">not live, reconnecting…</Badge>}
      <div class="header-actions">
        <button type="button" class="plain" onClick={nextTheme} title="Colours: as the system says, light, dark">
          {theme.value === 'auto' ? 'Auto' : theme.value === 'light' ? 'Light' : 'Dark'}
        </button>
        <button type="button" class="plain" onClick={() => void desk.signOut()}>
          Sign out
        </button>
      </div>
    </header>
  );
}

type TabProps = {
  readonly href: string;
  readonly isHere: boolean;
  readonly label: string;
  readonly count: number;
  readonly tone: 'info' | 'bad' | 'warn';
};

function Tab({ href, isHere, label, count, tone }: TabProps) {
  return (
    <a href={href} aria-current={isHere ? 'page' : undefined}>
      {label}
      {count > 0 && <Badge tone={tone}>{count}</Badge>}
    </a>
  );
}

/** The counts that say whether all is well; zero troubles are not worth a word. */
function Facts({ overview }: { readonly overview: Overview }) {
  const { counts } = overview;
  const [threads, turns, persons] = [counts['threads'] ?? 0, counts['turns'] ?? 0, counts['persons'] ?? 0];
  const [pending, unknown] = [counts['pending'] ?? 0, counts['unknown'] ?? 0];
  const where = `${overview.store} database, queue on ${overview.queue}`;
  const channels = overview.connections.map(({ channel, name }) => `${channel}/${name}`).join(', ');
  return (
    <div class="facts">
      {overview.model === null ? (
        <Badge tone="warn">no model: fallbacks answer</Badge>
      ) : (
        <span title="The model that writes">{overview.model}</span>
      )}
      <span title={`Channels: ${channels || 'none'}. Runs on: ${where}.`}>
        {counted(persons, 'person', 'persons')} · {counted(threads, 'thread', 'threads')} ·{' '}
        {counted(turns, 'turn', 'turns')}
      </span>
      {pending > 0 && <span title="Events that wait for their turn">{pending} waiting</span>}
      {unknown > 0 && (
        <span title="Deliveries that may or may not have arrived">
          <Badge tone="warn">{unknown} may not have arrived</Badge>
        </span>
      )}
    </div>
  );
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
