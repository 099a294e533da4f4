/** What the console reads from the server, each a loaded value of its own. */
import type { Ticket } from '../../core/catalogue.ts';
import type { JourneyPicture } from '../../core/journey-picture.ts';
import type { LinkCase } from '../../core/link.ts';
import type { RetentionRun } from '../../core/retention.ts';
import type { Thread } from '../../core/thread.ts';
import type { Turn } from '../../core/turn.ts';
import type { Candidate, IntentLedger } from '../../memory/exemplars.ts';
import type { GapCluster } from '../../memory/gaps.ts';
import type { Alert, ParkedEvent, ThreadEntry, ThreadSummary } from '../../memory/operators.ts';
import type { PersonView } from '../../memory/people.ts';
import type { TurnSummary } from '../../memory/turns.ts';
import type { Clock } from '../stream/clock.ts';
import type { Answer, Api } from './api.ts';
import { createLoaded, type Loaded } from './loaded.ts';
import type { Page } from './route.ts';
import type { Running } from './running.ts';

export type Overview = {
  readonly organisation: string;
  readonly version: string;
  readonly model: string | null;
  readonly store: 'embedded' | 'postgres';
  readonly queue: 'postgres' | 'redis';
  readonly connections: readonly { readonly channel: string; readonly name: string }[];
  readonly counts: Readonly<Record<string, number>>;
};

export type ThreadView = {
  readonly thread: Thread;
  readonly entries: readonly ThreadEntry[];
  readonly turns: readonly TurnSummary[];
  readonly tickets: readonly Ticket[];
};

export type Review = {
  readonly candidates: readonly Candidate[];
  readonly intents: readonly string[];
  readonly ledger: IntentLedger;
};

export type Views = {
  readonly overview: Loaded<Overview>;
  readonly threads: Loaded<readonly ThreadSummary[]>;
  readonly thread: Loaded<ThreadView>;
  readonly turn: Loaded<Turn>;
  readonly alerts: Loaded<readonly Alert[]>;
  readonly parked: Loaded<readonly ParkedEvent[]>;
  readonly gaps: Loaded<readonly GapCluster[]>;
  readonly review: Loaded<Review>;
  readonly journey: Loaded<JourneyPicture>;
  readonly person: Loaded<PersonView>;
  readonly cases: Loaded<readonly LinkCase[]>;
  readonly retention: Loaded<readonly RetentionRun[]>;
};

/** Nothing is loaded before it is shown. */
export function createViews(api: Api, clock: Clock): Views {
  const list = <Value>(path: string, name: string) =>
    createLoaded(async () => pick(await api.get<Readonly<Record<string, readonly Value[]>>>(path), name), clock);
  return {
    overview: createLoaded(() => api.get<Overview>('/api/overview'), clock),
    threads: list<ThreadSummary>('/api/threads', 'threads'),
    alerts: list<Alert>('/api/alerts', 'alerts'),
    parked: list<ParkedEvent>('/api/parked', 'parked'),
    gaps: list<GapCluster>('/api/gaps', 'gaps'),
    person: createLoaded((name) => api.get<PersonView>(`/api/persons/${encodeURIComponent(name)}`), clock),
    cases: list<LinkCase>('/api/link-cases', 'cases'),
    retention: list<RetentionRun>('/api/retention', 'runs'),
    journey: createLoaded(() => api.get<JourneyPicture>('/api/journey'), clock),
    review: createLoaded(() => api.get<Review>('/api/exemplar-candidates'), clock),
    thread: createLoaded((id) => api.get<ThreadView>(`/api/threads/${encodeURIComponent(id)}`), clock),
    turn: createLoaded((id) => api.get<Turn>(`/api/turns/${encodeURIComponent(id)}`), clock),
  };
}

function pick<Value>(
  answer: Answer<Readonly<Record<string, readonly Value[]>>>,
  name: string,
): Answer<readonly Value[]> {
  return answer.ok ? { ok: true, value: answer.value[name] ?? [] } : answer;
}

type Showing = { readonly page: Page; readonly isSignedIn: boolean; readonly running: Running };

/** Lists are shown while somebody is signed in; the thread and the turn are those of the address. */
export function showPage(views: Views, { page, isSignedIn, running }: Showing): void {
  views.overview.show(isSignedIn ? 'all' : null);
  // The overview tells whether the cookie still holds; only then is the rest worth asking for.
  const isKnown = isSignedIn && views.overview.value.value !== null;
  const here = page.name === 'threads' && isKnown ? page : { thread: null, turn: null };
  const everywhere = isKnown ? 'all' : null;
  views.threads.show(everywhere);
  views.alerts.show(everywhere);
  views.parked.show(everywhere);
  views.journey.show(isKnown && page.name === 'journey' ? 'all' : null);
  const isPeople = isKnown && page.name === 'people';
  views.person.show(isPeople ? page.person : null);
  views.cases.show(isPeople && page.person === null ? 'all' : null);
  views.retention.show(isPeople && page.person === null ? 'all' : null);
  views.gaps.show(isKnown && page.name === 'gaps' ? 'all' : null);
  // A turn is corrected by choosing among the intents that the review knows.
  views.review.show(isKnown && (page.name === 'exemplars' || here.turn !== null) ? 'all' : null);
  views.thread.show(here.thread);
  // A turn that runs is not written yet; the live stream tells of it until it is.
  views.turn.show(here.turn !== null && running.has(here.turn) ? null : here.turn);
}
