/** The journey machine: state and what happened in, next state, moves and effects out. Pure; XState interprets the definition. */
import { type AnyStateMachine, createMachine, transition as step } from 'xstate';
import type { JourneyDefinition, JourneyEffect, JourneyState, Move, Region } from '../core/journey.ts';
import { adopt } from './adopt.ts';
import { MAIN, type PlacedTransition, regionsOf, stagesOf, standingIn, transitionsOf } from './definition.ts';
import { causeOf, type Happening, heldBy, isTriggered, type JourneyNow, type Moment } from './happening.ts';

export type { Happening, JourneyNow } from './happening.ts';

/** Something a move asks others to do; tags are in the state already. */
export type AskedEffect = { readonly transition: string; readonly effect: JourneyEffect };

export type Advance = {
  readonly state: JourneyState;
  readonly moves: readonly Move[];
  /** In the order of their moves. */
  readonly effects: readonly AskedEffect[];
  /** Transitions that matched by trigger but not by stage or guard, with the reason. */
  readonly refusals: readonly { readonly transition: string; readonly reason: string }[];
};

export type JourneyMachine = {
  readonly start: (now: number) => JourneyState;
  /**
   * Brings a state of an older version to this one, applies due time transitions, then each happening in order; at most
   * one move for each in every region. A person whose stage is gone without a migration stays there and is refused.
   */
  readonly advance: (state: JourneyState, happenings: readonly Happening[], now: JourneyNow) => Advance;
};

/** Builds the machine once per definition. Throws what XState throws at a definition that was never checked. */
export function createJourneyMachine(definition: JourneyDefinition): JourneyMachine {
  const transitions = transitionsOf(definition);
  const parts = { definition, transitions, chart: chartOf(definition, transitions) };
  return {
    start: (now) => ({
      stage: definition.initial,
      definition: definition.version,
      since: new Date(now).toISOString(),
      version: 0,
      tags: [],
    }),
    advance: (stored, happenings, now) => {
      const adopted = adopt(definition, stored, now.now);
      if (adopted.lost !== null) return stays(stored, adopted.lost);
      const begin: Advance = { state: adopted.state, moves: adopted.moves, effects: [], refusals: [] };
      return [null, ...happenings].reduce<Advance>((done, happening) => {
        const next = applyOne(parts, done.state, { happening, now });
        return {
          state: next.state,
          moves: [...done.moves, ...next.moves],
          effects: [...done.effects, ...next.effects],
          refusals: [...done.refusals, ...next.refusals],
        };
      }, begin);
    },
  };
}

function stays(state: JourneyState, reason: string): Advance {
  return { state, moves: [], effects: [], refusals: [{ transition: 'migration', reason }] };
}

type Parts = {
  readonly definition: JourneyDefinition;
  readonly transitions: readonly PlacedTransition[];
  readonly chart: AnyStateMachine;
};

type Signal = { readonly type: 'happened'; readonly moment: Moment; readonly state: JourneyState };

/** One parallel XState region for each of ours. Every transition is a candidate of the one event, guarded by trigger and guards. */
function chartOf(definition: JourneyDefinition, transitions: readonly PlacedTransition[]): AnyStateMachine {
  const candidates = (stage: string) =>
    transitions
      .filter(({ from }) => from.includes(stage))
      .map((transition) => ({
        target: transition.to,
        guard: ({ event }: { readonly event: Signal }) => fits(definition, transition, event),
        actions: { type: 'moved', params: { id: transition.id } },
      }));
  const region = ({ initial, stages }: Region) => ({
    initial,
    states: Object.fromEntries(stages.map(({ name }) => [name, { on: { happened: candidates(name) } }])),
  });
  return createMachine({
    id: 'journey',
    type: 'parallel',
    types: {} as { events: Signal },
    states: Object.fromEntries(regionsOf(definition).map((one) => [one.name, region(one)])),
  });
}

function fits(definition: JourneyDefinition, transition: PlacedTransition, { moment, state }: Signal): boolean {
  const { since } = standingOf(definition, state, transition.region);
  if (!isTriggered(transition.on, moment, since)) return false;
  return heldBy(transition, guardedOf(definition, state, moment)) === null;
}

/** All regions see the same moment: what one of them does now, the others see at the next happening. */
function applyOne({ definition, transitions, chart }: Parts, state: JourneyState, moment: Moment): Advance {
  const value = Object.fromEntries(
    regionsOf(definition).map((region) => [region.name, standingIn(state, region).stage]),
  );
  const signal: Signal = { type: 'happened', moment, state };
  const [, actions] = step(chart, chart.resolveState({ value, context: {} }), signal);
  const ids = actions.map(({ params }) => (params as { readonly id: string }).id);
  const fired = transitions.filter(({ id }) => ids.includes(id));
  const moves = fired.map((transition) => moveOf(transition, { state, definition, moment }));
  const regions = new Set(fired.map(({ region }) => region));
  const refusals = transitions
    .filter(({ region }) => !regions.has(region))
    .flatMap((transition) => {
      const reason = refusalOf(transition, { state, definition, moment });
      return reason === null ? [] : [{ transition: transition.id, reason }];
    });
  const next = fired.reduce(
    (moved, transition) => stateAfter(moved, transition, { definition, now: moment.now }),
    state,
  );
  return { state: next, moves, effects: fired.flatMap(effectsOf), refusals };
}

type Standpoint = {
  readonly state: JourneyState;
  readonly definition: JourneyDefinition;
  readonly moment: Moment;
};

function moveOf({ id, to, region }: PlacedTransition, { state, definition, moment }: Standpoint): Move {
  const { happening } = moment;
  const { stage: from } = standingOf(definition, state, region);
  const quote = happening?.kind === 'evidence' ? happening.quote : undefined;
  const confidence = happening && 'confidence' in happening ? happening.confidence : undefined;
  return {
    transition: id,
    from,
    to,
    cause: causeOf(happening),
    ...(region === MAIN ? {} : { region }),
    ...(quote === undefined ? {} : { quote: quote.slice(0, 300) }),
    ...(confidence === undefined ? {} : { confidence }),
  };
}

/** A clock that went back does not shorten the time somebody stood where they were. */
function stateAfter(
  state: JourneyState,
  { to, region, effects }: PlacedTransition,
  { definition, now }: { readonly definition: JourneyDefinition; readonly now: JourneyNow },
): JourneyState {
  const before = region === MAIN ? state.since : state.regions?.[region]?.since;
  const since = new Date(Math.max(now.now, before === undefined ? now.now : Date.parse(before))).toISOString();
  const given = effects.flatMap((effect) => (effect.kind === 'tag' ? [effect.tag] : []));
  const taken = new Set(effects.flatMap((effect) => (effect.kind === 'untag' ? [effect.tag] : [])));
  const tags = [...new Set([...state.tags, ...given])].filter((tag) => !taken.has(tag));
  const moved = { ...state, definition: definition.version, tags };
  if (region === MAIN) return { ...moved, stage: to, since };
  return { ...moved, regions: { ...state.regions, [region]: { stage: to, since } } };
}

function effectsOf({ id, effects }: PlacedTransition): readonly AskedEffect[] {
  return effects.map((effect) => ({ transition: id, effect }));
}

/** Null: it was not asked for, or it is not refused. Time asks nobody who stands elsewhere. */
function refusalOf(transition: PlacedTransition, { state, definition, moment }: Standpoint): string | null {
  const { stage, since } = standingOf(definition, state, transition.region);
  const stands = transition.from.includes(stage);
  if (transition.on.kind === 'time' && !stands) return null;
  if (!isTriggered(transition.on, moment, since)) return null;
  if (!stands) return `stage is ${stage}, not ${transition.from.join(' or ')}`;
  return heldBy(transition, guardedOf(definition, state, moment));
}

function standingOf(definition: JourneyDefinition, state: JourneyState, region: string) {
  const found = regionsOf(definition).find(({ name }) => name === region);
  return found ? standingIn(state, found) : { stage: state.stage, since: state.since };
}

function guardedOf(definition: JourneyDefinition, state: JourneyState, { now }: Moment) {
  return { now, tags: state.tags, stages: stagesOf(definition, state) };
}
