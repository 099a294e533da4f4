/** remember: gathers what the turn leaves behind. The lane writes it in one transaction under its fence. */

import { leftLines } from '../../core/conversation.ts';
import { deliveryIdOf } from '../../core/ids.ts';
import { mayTeach, personWords } from '../../core/lesson.ts';
import { CONSENTS_OF } from '../../core/outreach.ts';
import type { Fingerprint, Turn, TurnStatus } from '../../core/turn.ts';
import type { NewAlert, NewDelivery, TurnCommit } from '../../memory/turns.ts';
import type { Pass, Step, TurnState } from '../state.ts';
import { advanceAfter } from './advance.ts';
import { choiceOf, outreachWishOf } from './context.ts';

export const remember: Step = async (state, pass) => {
  const deliveries = deliveriesOf(state);
  const journey = journeyOf(state, pass);
  const commit: TurnCommit = {
    turn: turnOf(state, { pass, deliveries, journey }),
    deliveries,
    journey: journey.hasMoved ? journey.state : null,
    alerts: alertsOf(state),
    ...ownershipOf(state),
    ...consentsOf(state, pass),
    ...(state.locale.slice(0, 2) === state.person.locale.slice(0, 2) ? {} : { locale: state.locale }),
    yieldToNewer: pass.yieldToNewer && state.screening.level !== 'crisis',
    toLearn: await isWorthALesson(state, pass),
    ...(state.intent.name === GOODBYE && !state.draft?.handOver ? { endsEpisode: true } : {}),
  };
  return { commit };
};

/** What supervise has answered. */
function consentsOf(state: TurnState, pass: Pass): Pick<TurnCommit, 'consents'> {
  const wish = outreachWishOf(state, pass);
  return wish === null ? {} : { consents: CONSENTS_OF[wish] };
}

/** After it the next message begins a new matter. */
const GOODBYE = 'goodbye';

/**
 * What is learned after the turn, off its path: only from words that screening found clear, and with a model also a
 * summary of lines that have left the window.
 */
async function isWorthALesson(state: TurnState, { ports, conversation }: Pass): Promise<boolean> {
  const { screening, route, draft, burst, lines } = state;
  if (screening.level !== 'clear' || route.kind === 'silence') return false;
  const hasForgotten = draft?.toolCalls.some((call) => call.name === 'forget_facts' && call.outcome === 'ok') ?? false;
  if (hasForgotten) return false;
  const hasModel = ports.models.router !== null;
  const words = personWords(burst.events.map(({ event }) => event));
  return mayTeach(words, { hasModel }) || (hasModel && leftLines(await conversation(), lines).length > 0);
}

function deliveriesOf({ reply, later, burst }: TurnState): readonly NewDelivery[] {
  if (!reply) return [];
  const replyTo = burst.events.at(-1)?.event.answerUnder ?? null;
  return [{ reply, replyTo }, ...(later ?? []).map((one) => ({ ...one, replyTo: null }))];
}

type Journey = { readonly state: Turn['journeyAfter']; readonly moves: Turn['moves']; readonly hasMoved: boolean };

/** What was found out moves the journey once it is known; a person who never moved is stored with the first turn. */
function journeyOf(state: TurnState, pass: Pass): Journey {
  const { state: next, moves } = advanceAfter(state, pass);
  const all = [...state.moves, ...moves];
  return { state: next, moves: all, hasMoved: all.length > 0 || state.journeyBefore.version === 0 };
}

/** An alert names what happened, never the person's words. */
function alertsOf({ screening, draft, thread }: TurnState): readonly NewAlert[] {
  const alerts: NewAlert[] = [];
  if (screening.level === 'crisis') {
    alerts.push({
      kind: 'crisis',
      summary: `Crisis wording on ${thread.channel} (${thread.clearance}). Please take over.`,
    });
  }
  if (screening.level === 'safety') {
    const hazards = [...new Set(screening.findings.map((finding) => finding.hazard))].join(', ');
    alerts.push({ kind: 'safety', summary: `Screening found: ${hazards}.` });
  }
  if (draft?.handOver && screening.level !== 'crisis') {
    alerts.push({ kind: 'hand_over', summary: draft.handOver.summary });
  }
  if (draft?.toolCalls.some((call) => call.name === 'request_refund' && call.outcome === 'ok')) {
    alerts.push({ kind: 'approval', summary: 'A refund was requested and waits for approval.' });
  }
  return alerts;
}

function ownershipOf(state: TurnState): Pick<TurnCommit, 'ownership'> {
  if (state.draft?.handOver) return { ownership: 'waiting' };
  return choiceOf(state.burst) === 'return' && state.thread.ownership === 'waiting' ? { ownership: 'agents' } : {};
}

type Parts = { readonly pass: Pass; readonly deliveries: readonly NewDelivery[]; readonly journey: Journey };

function turnOf(state: TurnState, { pass, deliveries, journey }: Parts): Turn {
  const { burst } = state;
  const milliseconds = pass.recorder.elapsed();
  return {
    id: burst.turn,
    thread: burst.thread,
    person: state.person.id,
    handle: burst.handle,
    status: statusOf(state),
    events: burst.events.map(({ id, event }) => ({ id, event })),
    journeyBefore: state.journeyBefore,
    journeyAfter: journey.state,
    moves: [...journey.moves],
    screening: state.screening,
    intent: state.intent,
    recalled: state.passages.map((passage) => passage.id),
    route: state.route,
    draft: state.draft ?? null,
    check: state.verdict ?? null,
    reply: state.reply ?? null,
    deliveries: deliveries.map((_, position) => deliveryIdOf(burst.turn, position)),
    modelCalls: [...(state.modelCalls ?? [])],
    // The last step is still running here; `runTurn` puts the spans in.
    spans: [],
    fingerprint: fingerprintOf(state, pass),
    error: null,
    startedAt: new Date(pass.ports.clock() - milliseconds).toISOString(),
    milliseconds,
  };
}

function statusOf({ route, draft }: TurnState): TurnStatus {
  if (route.kind === 'silence') return 'silent';
  return draft?.handOver ? 'hand_over' : 'ok';
}

function fingerprintOf(state: TurnState, { ports }: Pass): Fingerprint {
  const last = state.modelCalls?.at(-1);
  return { prompt: last?.prompt ?? null, model: last?.model ?? null, workspace: ports.workspace.version };
}
