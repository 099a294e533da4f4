/** advance: the journey machine takes what happened, and what the words say by themselves. What the turn finds out moves it later, in remember. */
import { isMember, type Person } from '../../core/person.ts';
import { evidenceIn } from '../../journey/evidence.ts';
import type { Advance, Happening, JourneyNow } from '../../journey/machine.ts';
import type { Pass, Step, TurnState } from '../state.ts';
import { outreachWishOf } from './context.ts';

export const advance: Step = async ({ burst, person }, { ports, text }) => {
  const now = nowOf(person, ports.clock());
  const journeyBefore = (await ports.memory.journeys.get(person.id)) ?? ports.machine.start(now.now);
  const events = burst.events.map(({ event }): Happening => ({ kind: 'event', name: event.kind }));
  const happenings = [...events, ...evidenceIn(ports.workspace.journey, text)];
  const { state, moves } = ports.machine.advance(journeyBefore, happenings, now);
  return { journeyBefore, journey: state, moves };
};

/**
 * What the turn found out, from the state its first step left: a crisis first, because other moves ask whether somebody is
 * in care; then what was wanted, and what tools did about it.
 */
export function advanceAfter(state: TurnState, pass: Pass): Advance {
  const { person, journey } = state;
  return pass.ports.machine.advance(journey, foundOut(state, pass), nowOf(person, pass.ports.clock()));
}

/** No quiet hours: who writes is awake. */
function nowOf(person: Person, now: number): JourneyNow {
  return { now, isMember: isMember(person), consents: person.consents, timeZone: person.timeZone };
}

function foundOut(state: TurnState, pass: Pass): readonly Happening[] {
  const { screening, intent, draft, route } = state;
  const wish = outreachWishOf(state, pass);
  const events = [
    ...(screening.level === 'crisis' ? ['crisis'] : []),
    ...(wish === null ? [] : [wish === 'stop' ? 'stopped' : 'subscribed']),
    ...(draft?.handOver ? ['handed_over'] : []),
  ];
  const calls = draft?.toolCalls ?? [];
  // Plain words that were read by rules want nothing else: what they resemble moves nobody.
  const isPlain = wish !== null || (route.kind === 'agent' && route.because.startsWith('memory:'));
  return [
    ...events.map((name): Happening => ({ kind: 'event', name })),
    ...(isPlain ? [] : wantedBy(intent)),
    ...calls.map(({ name, outcome }): Happening => ({ kind: 'tool', name, outcome })),
  ];
}

/** The message's own wish, then what else it wants in clauses of their own. */
function wantedBy(intent: TurnState['intent']): readonly Happening[] {
  const further = (intent.others ?? []).filter(({ text }) => text !== undefined);
  return [intent, ...further].map(({ name, confidence }) => ({ kind: 'intent', name, confidence }));
}
