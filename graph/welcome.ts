/** The turn of somebody who brings a token: it says what became of it, and moves the journey by `linked`. No question is answered. */
import { deliveryIdOf } from '../core/ids.ts';
import { isMember } from '../core/person.ts';
import type { Turn } from '../core/turn.ts';
import type { Burst } from '../memory/inbox.ts';
import type { TurnCommit } from '../memory/turns.ts';
import type { TurnPorts } from './state.ts';
import { fixedReply } from './steps/check.ts';

export type Welcome = {
  readonly text: (locale: string) => string;
  /** True: two handles are one person from now on. */
  readonly isLinked: boolean;
};

/** Makes the commit of such a turn. */
export async function welcome(ports: TurnPorts, burst: Burst, { text, isLinked }: Welcome): Promise<TurnCommit> {
  const person = await ports.memory.people.ofHandle(burst.handle);
  const now = ports.clock();
  const before = (await ports.memory.journeys.get(person.id)) ?? ports.machine.start(now);
  const happenings = isLinked ? [{ kind: 'event', name: 'linked' } as const] : [];
  const { state, moves } = ports.machine.advance(before, happenings, { now, isMember: isMember(person) });
  const reply = fixedReply(text(person.locale), person.locale);
  const turn: Turn = {
    id: burst.turn,
    thread: burst.thread,
    person: person.id,
    handle: burst.handle,
    status: 'ok',
    events: burst.events.map(({ id, event }) => ({ id, event })),
    journeyBefore: before,
    journeyAfter: state,
    moves: [...moves],
    screening: null,
    intent: null,
    recalled: [],
    route: null,
    draft: null,
    check: null,
    reply,
    deliveries: [deliveryIdOf(burst.turn, 0)],
    modelCalls: [],
    spans: [],
    fingerprint: { prompt: null, model: null, workspace: ports.workspace.version },
    error: null,
    startedAt: new Date(now).toISOString(),
    milliseconds: 0,
  };
  return {
    turn,
    deliveries: [{ reply, replyTo: burst.events.at(-1)?.event.answerUnder ?? null }],
    journey: moves.length > 0 || before.version === 0 ? state : null,
    alerts: [],
    yieldToNewer: false,
    toLearn: false,
  };
}
