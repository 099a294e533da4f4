/** What agents get of a turn: its data as AgentContext, and ports already bound to its person, thread and hearing. */
import type { AgentContext, AgentPorts } from '../../agents/agent.ts';
import { say } from '../../agents/words.ts';
import { foldText } from '../../core/embedding.ts';
import { audienceOfSaid, expiryOf, type SaidFact } from '../../core/fact.ts';
import { type OutreachWish, outreachWish } from '../../core/outreach.ts';
import { isMember } from '../../core/person.ts';
import type { Draft } from '../../core/reply.ts';
import { phrase } from '../../core/workspace.ts';
import type { EffectKey } from '../../memory/catalogue.ts';
import type { Lesson } from '../../memory/facts.ts';
import type { Pass, TurnState } from '../state.ts';
import { hearingOf, searchFor } from './recall.ts';
import { vectorOf } from './vector.ts';

type Spoken = Pick<AgentContext, 'phrase'>;

/** The organisation's fixed sentences in the turn's language. */
export function spoken(state: Pick<TurnState, 'locale'>, pass: Pick<Pass, 'ports'>): Spoken {
  const { tone, organisation } = pass.ports.workspace;
  return {
    phrase: (key, values = {}) => phrase(tone.phrases[key], state.locale, { school: organisation.name, ...values }),
  };
}

export function contextOf(state: TurnState, pass: Pass): AgentContext {
  const { workspace, clock } = pass.ports;
  return {
    ...spoken(state, pass),
    turn: pass.turn,
    choice: choiceOf(state.burst),
    organisation: {
      name: workspace.organisation.name,
      about: workspace.organisation.about,
      voice: workspace.tone.voice,
      country: workspace.organisation.country,
    },
    text: pass.text,
    locale: state.locale,
    person: {
      isMember: isMember(state.person),
      name: state.facts.find(({ kind }) => kind === 'name')?.text ?? state.person.handles[0]?.displayName ?? null,
      stage: state.journey.stage,
    },
    thread: { channel: state.thread.channel, clearance: state.thread.clearance, ownership: state.thread.ownership },
    intent: state.intent,
    screening: state.screening,
    lines: state.lines,
    earlier: state.earlier,
    facts: state.facts,
    passages: state.passages,
    safety: workspace.safety,
    now: new Date(clock()).toISOString(),
  };
}

/** The pressed option's token, when the burst's last event is a choice. */
export function choiceOf(burst: TurnState['burst']): string | null {
  const last = burst.events.at(-1)?.event;
  return last?.kind === 'choice' ? last.token : null;
}

/** "stop" or "subscribe", when these words are clear and nothing else was meant: it is answered at once and kept as a consent. */
export function outreachWishOf({ burst, screening }: TurnState, { text }: Pick<Pass, 'text'>): OutreachWish | null {
  return choiceOf(burst) === null && screening.level === 'clear' ? outreachWish(foldText(text)) : null;
}

/** Ports with the person built in: a model has no argument by which it could name another one. */
export function portsOf(state: TurnState, pass: Pass): AgentPorts {
  const { memory } = pass.ports;
  const person = state.person.id;
  const hearing = hearingOf(state);
  const key = (tool: string, input: unknown): EffectKey => ({ turn: pass.turn, tool, arguments: input });
  return {
    searchKnowledge: async (query) => {
      const vector = await vectorOf(query, pass);
      return searchFor(query, { vector, hearing, locale: state.locale, ports: pass.ports });
    },
    openDocument: (document) => memory.knowledge.open(document, hearing),
    offers: () => memory.catalogue.offers(),
    courses: () => memory.catalogue.courses(),
    myEnrolments: () => memory.catalogue.enrolments(person),
    myOrders: () => memory.catalogue.orders(person),
    myTickets: () => memory.catalogue.tickets(person),
    markLessonDone: (course, lesson) =>
      memory.catalogue.markLessonDone(person, { course, lesson }, key('mark_done', { course, lesson })),
    openTicket: (ticket) =>
      memory.catalogue.openTicket(
        person,
        { ...ticket, thread: state.thread.id },
        // One of a kind per turn: a turn that runs again may word it differently.
        key('open_ticket', { kind: ticket.kind }),
      ),
    myFacts: () => memory.facts.recall(hearing, { limit: MAX_LISTED }),
    noteFacts: (said) => memory.facts.correct(lessonOf(state, { pass, said })),
    // One forgetting per turn: what "that" is may look different when the turn runs again.
    forgetFacts: (facts) => memory.facts.forget(person, facts, key('forget_facts', {})),
    holdPlace: (offer) => memory.catalogue.holdPlace(person, offer, key('hold_place', { offer })),
  };
}

/** Facts a person is shown of themself. */
const MAX_LISTED = 16;

function lessonOf(
  state: TurnState,
  { pass, said }: { readonly pass: Pass; readonly said: readonly SaidFact[] },
): Lesson {
  const learnedAt = new Date(pass.ports.clock()).toISOString();
  const audience = audienceOfSaid(state.thread.clearance);
  const facts = said.map(({ days, ...fact }) => ({ ...fact, audience, expiresAt: expiryOf(days, learnedAt) }));
  return { turn: pass.turn, handle: state.burst.handle, learnedAt, facts };
}

/** What software says on a thread that waits for an operator. */
export function waitingDraft(state: TurnState, pass: Pass): Draft {
  const back = { label: say('ask_assistant', state.locale), token: 'return' };
  return fixedDraft(spoken(state, pass).phrase('hand_over_waiting'), [back]);
}

/** Words of the organisation, not of a model. */
export function fixedDraft(
  text: string,
  options: readonly { readonly label: string; readonly token: string }[] = [],
): Draft {
  return {
    agent: 'supervisor',
    messageClass: 'courtesy',
    blocks: [
      { kind: 'text', text },
      ...(options.length > 0 ? [{ kind: 'choices' as const, options: [...options] }] : []),
    ],
    citations: [],
    toolCalls: [],
    grounded: false,
  };
}
