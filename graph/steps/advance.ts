/** advance: the journey machine takes what happened. Intents move the journey later, in remember, once they are known. */
import { isMember } from '../../core/person.ts';
import type { Happening } from '../../journey/machine.ts';
import type { Step } from '../state.ts';

export const advance: Step = async ({ burst, person }, { ports }) => {
  const now = ports.clock();
  const journeyBefore = (await ports.memory.journeys.get(person.id)) ?? ports.machine.start(now);
  const happenings = burst.events.map(({ event }): Happening => ({ kind: 'event', name: event.kind }));
  const { state, moves } = ports.machine.advance(journeyBefore, happenings, { now, isMember: isMember(person) });
  return { journeyBefore, journey: state, moves };
};
