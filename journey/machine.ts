/** The journey machine: state and what happened in, next state and moves out. Pure; XState interprets the definition. */
import { createMachine, transition as step } from 'xstate';
import { hoursOf, type JourneyDefinition, type JourneyState, type Move, type Transition } from '../core/journey.ts';

/** What happened, in the words of the definition's triggers. Time passes by itself. */
export type Happening =
  | { readonly kind: 'event'; readonly name: string }
  | { readonly kind: 'intent'; readonly name: string }
  | { readonly kind: 'evidence'; readonly about: string; readonly confidence: number };

export type JourneyNow = { readonly now: number; readonly isMember: boolean };

export type Advance = {
  readonly state: JourneyState;
  readonly moves: readonly Move[];
  /** Transitions that matched by trigger but not by stage or guard, with the reason. */
  readonly refusals: readonly { readonly transition: string; readonly reason: string }[];
};

export type JourneyMachine = {
  readonly start: (now: number) => JourneyState;
  /** Applies due time transitions first, then each happening in order; at most one move for each. */
  readonly advance: (state: JourneyState, happenings: readonly Happening[], now: JourneyNow) => Advance;
};

type Signal = { readonly type: string };

/** Builds the machine once per definition. */
export function createJourneyMachine(definition: JourneyDefinition): JourneyMachine {
  const machine = createMachine({
    id: 'journey',
    initial: definition.initial,
    states: Object.fromEntries(
      definition.stages.map((stage) => [stage.name, { on: targetsOf(definition, stage.name) }]),
    ),
  });
  const stageAfter = (stage: string, transition: Transition): string => {
    const [next] = step(machine, machine.resolveState({ value: stage }), { type: transition.id } satisfies Signal);
    return String(next.value);
  };
  return {
    start: (now) => ({
      stage: definition.initial,
      definition: definition.version,
      since: new Date(now).toISOString(),
      version: 0,
      tags: [],
    }),
    advance: (state, happenings, now) => {
      const signals = [null, ...happenings];
      return signals.reduce<Advance>(
        (done, happening) => {
          const next = applyOne({ definition, stageAfter }, { state: done.state, happening, now });
          return {
            state: next.state,
            moves: [...done.moves, ...next.moves],
            refusals: [...done.refusals, ...next.refusals],
          };
        },
        { state, moves: [], refusals: [] },
      );
    },
  };
}

/** One XState event per transition id: which of them fires is decided by trigger and guard below. */
function targetsOf(definition: JourneyDefinition, stage: string): Record<string, string> {
  const outgoing = definition.transitions.filter((transition) => transition.from.includes(stage));
  return Object.fromEntries(outgoing.map((transition) => [transition.id, transition.to]));
}

type Interpreter = {
  readonly definition: JourneyDefinition;
  readonly stageAfter: (stage: string, transition: Transition) => string;
};
/** `happening` null stands for time alone. */
type Moment = { readonly state: JourneyState; readonly happening: Happening | null; readonly now: JourneyNow };

function applyOne({ definition, stageAfter }: Interpreter, { state, happening, now }: Moment): Advance {
  const refusals: { transition: string; reason: string }[] = [];
  for (const transition of definition.transitions) {
    if (!isTriggered(transition, { state, happening, now })) continue;
    const reason = refusalOf(transition, { state, now });
    if (reason !== null) {
      refusals.push({ transition: transition.id, reason });
      continue;
    }
    const to = stageAfter(state.stage, transition);
    const tags = transition.effects.flatMap((effect) => (effect.kind === 'tag' ? [effect.tag] : []));
    const moved: JourneyState = {
      ...state,
      stage: to,
      definition: definition.version,
      since: new Date(now.now).toISOString(),
      tags: [...new Set([...state.tags, ...tags])],
    };
    const move = { transition: transition.id, from: state.stage, to, cause: causeOf(happening) };
    return { state: moved, moves: [move], refusals };
  }
  return { state, moves: [], refusals };
}

function refusalOf(transition: Transition, { state, now }: Pick<Moment, 'state' | 'now'>): string | null {
  if (!transition.from.includes(state.stage)) {
    return `stage is ${state.stage}, not ${transition.from.join(' or ')}`;
  }
  return transition.membersOnly && !now.isMember ? 'only for members' : null;
}

function isTriggered({ on, from }: Transition, { state, happening, now }: Moment): boolean {
  if (on.kind === 'time') {
    const dueAt = Date.parse(state.since) + hoursOf(on.after) * 3_600_000;
    return happening === null && from.includes(state.stage) && now.now >= dueAt;
  }
  if (happening?.kind !== on.kind) return false;
  if (happening.kind === 'evidence') {
    return on.kind === 'evidence' && happening.about === on.about && happening.confidence >= on.confidence;
  }
  return on.kind !== 'evidence' && happening.name === on.name;
}

function causeOf(happening: Happening | null): string {
  if (happening === null) return 'time';
  return `${happening.kind}:${happening.kind === 'evidence' ? happening.about : happening.name}`;
}
