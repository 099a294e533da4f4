/** The operator's desk: everything the pages show, kept fresh by the live stream, and everything that can be done. */
import { computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { Clock } from '../stream/clock.ts';
import { type Api, createApi, type Problem } from './api.ts';
import { followLive } from './live.ts';
import { type Page, readRoute } from './route.ts';
import type { Running } from './running.ts';
import { createViews, showPage, type Views } from './views.ts';

export type Desk = Views & {
  readonly isSignedIn: ReadonlySignal<boolean>;
  readonly isLive: ReadonlySignal<boolean>;
  readonly page: ReadonlySignal<Page>;
  readonly running: ReadonlySignal<Running>;
  /** Milliseconds since 1970; moves on every ten seconds. */
  readonly now: ReadonlySignal<number>;
  /** Mints a UUID. */
  readonly mintId: () => string;
  readonly signIn: (token: string) => Promise<Problem | null>;
  readonly signOut: () => Promise<void>;
  readonly take: (thread: string) => Promise<Problem | null>;
  readonly giveBack: (thread: string) => Promise<Problem | null>;
  /** The same id again is the same message: safe to repeat after a failure. */
  readonly write: (thread: string, message: { readonly id: string; readonly text: string }) => Promise<Problem | null>;
  readonly acknowledge: (alert: string) => Promise<Problem | null>;
  readonly closeTicket: (number: string) => Promise<Problem | null>;
  /** What the person wrote in this turn was about this intent; it waits for a review. */
  readonly correct: (turn: string, intent: string) => Promise<Problem | null>;
  /** An utterance teaches this intent from the next start; null: it teaches nothing. */
  readonly decideCandidate: (candidate: string, intent: string | null) => Promise<Problem | null>;
  readonly decideLink: (id: string, decision: LinkDecision) => Promise<Problem | null>;
  /** Puts a person into a stage, or disputes one of their moves. */
  readonly moveByHand: (person: string, act: ByHand) => Promise<Problem | null>;
  /** Takes a person out of every store, for ever. */
  readonly erase: (person: string, by: string) => Promise<Problem | null>;
};

export type LinkDecision = { readonly outcome: 'linked' | 'kept_apart'; readonly by: string };
export type ByHand = ({ readonly to: string } | { readonly of: string }) & {
  readonly by: string;
  readonly reason: string;
};

export type DeskPorts = {
  readonly window: Window;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly random: () => number;
  readonly mintId: () => string;
};

const TICK_MS = 10_000;

/** Starts with what the cookie allows; without one, the sign-in page shows. */
export function openDesk(ports: DeskPorts): Desk {
  const isSignedIn = signal(true);
  const isLive = signal(true);
  const running = signal<Running>(new Map());
  const page = followHash(ports.window);
  const api = createApi(ports.fetch, () => {
    isSignedIn.value = false;
  });
  const views = createViews(api, ports.clock);
  const isKnown = computed(() => isSignedIn.value && views.overview.value.value !== null);
  effect(() => showPage(views, { page: page.value, isSignedIn: isSignedIn.value, running: running.value }));
  effect(() => {
    if (!isKnown.value) return;
    return followLive({ ...ports, views, running, isLive, onSignedOut: () => void views.overview.refresh() });
  });
  return {
    ...views,
    ...createActions({ api, views, isSignedIn }),
    isSignedIn,
    isLive: computed(() => isLive.value),
    page,
    running,
    now: tick(ports.clock),
    mintId: ports.mintId,
  };
}

type Acting = { readonly api: Api; readonly views: Views; readonly isSignedIn: Signal<boolean> };
type Actions = Pick<
  Desk,
  | 'signIn'
  | 'signOut'
  | 'take'
  | 'giveBack'
  | 'write'
  | 'acknowledge'
  | 'closeTicket'
  | 'correct'
  | 'decideCandidate'
  | 'decideLink'
  | 'moveByHand'
  | 'erase'
>;

function createActions({ api, views, isSignedIn }: Acting): Actions {
  const act = async (path: string, body?: object): Promise<Problem | null> => {
    const answer = await api.send(path, body && { body });
    for (const view of [views.thread, views.threads, views.alerts, views.overview]) view.refresh();
    return answer.ok ? null : answer.problem;
  };
  const ofThread = (thread: string) => `/api/threads/${encodeURIComponent(thread)}`;
  return {
    signIn: async (token) => {
      const answer = await api.send('/api/sign-in', { body: { token } });
      if (answer.ok) isSignedIn.value = true;
      return answer.ok ? null : answer.problem;
    },
    signOut: async () => {
      await api.send('/api/sign-in', { method: 'DELETE' });
      isSignedIn.value = false;
    },
    take: (thread) => act(`${ofThread(thread)}/take`),
    giveBack: (thread) => act(`${ofThread(thread)}/return`),
    write: (thread, message) => act(`${ofThread(thread)}/messages`, message),
    acknowledge: (alert) => act(`/api/alerts/${encodeURIComponent(alert)}/acknowledge`),
    closeTicket: (number) => act(`/api/tickets/${encodeURIComponent(number)}/close`),
    ...peopleActions(act, views),
    correct: async (turn, intent) => {
      const problem = await act('/api/exemplar-candidates', { turn, intent });
      views.review.refresh();
      return problem;
    },
    decideCandidate: async (candidate, intent) => {
      const path = `/api/exemplar-candidates/${encodeURIComponent(candidate)}`;
      const problem = await (intent === null ? act(`${path}/reject`) : act(`${path}/accept`, { intent }));
      views.review.refresh();
      return problem;
    },
  };
}

type Act = (path: string, body?: object) => Promise<Problem | null>;

function peopleActions(act: Act, views: Views): Pick<Actions, 'decideLink' | 'moveByHand' | 'erase'> {
  const ofPerson = (person: string) => `/api/persons/${encodeURIComponent(person)}`;
  const acted = async (path: string, body: object): Promise<Problem | null> => {
    const problem = await act(path, body);
    for (const view of [views.person, views.cases]) view.refresh();
    return problem;
  };
  return {
    decideLink: (id, decision) => acted(`/api/link-cases/${encodeURIComponent(id)}/decide`, decision),
    moveByHand: (person, byHand) => acted(`${ofPerson(person)}/journey`, byHand),
    erase: (person, by) => acted(`${ofPerson(person)}/erase`, { by }),
  };
}

function followHash(page: Window): ReadonlySignal<Page> {
  const route = signal(readRoute(page.location.hash));
  page.addEventListener('hashchange', () => {
    route.value = readRoute(page.location.hash);
  });
  return route;
}

function tick(clock: Clock): ReadonlySignal<number> {
  const now = signal(clock.now());
  const next = () => {
    now.value = clock.now();
    clock.after(TICK_MS, next);
  };
  clock.after(TICK_MS, next);
  return now;
}
