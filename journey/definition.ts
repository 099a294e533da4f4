/** The definition as the machine and its readers see it: regions with the main one first, exits spelt out as transitions. */
import type {
  CallToAction,
  JourneyDefinition,
  JourneyState,
  Region,
  Standing,
  Transition,
  Trigger,
} from '../core/journey.ts';

/** The region whose stages stand at the top of the file. No other region may be called so. */
export const MAIN = 'main';

/** All regions, the main one first. */
export function regionsOf({ initial, stages, regions }: JourneyDefinition): readonly Region[] {
  return [{ name: MAIN, about: 'Where the person stands.', initial, stages }, ...regions];
}

/** The region that has a stage of this name; names of stages are unique over all regions. */
export function regionOf(definition: JourneyDefinition, stage: string): Region | null {
  return regionsOf(definition).find(({ stages }) => stages.some(({ name }) => name === stage)) ?? null;
}

/** A transition with the region it moves in, and where it is written. */
export type PlacedTransition = Transition & {
  readonly region: string;
  readonly place: { readonly list: 'exits' | 'transitions'; readonly index: number };
};

/** Everything that moves somebody, in the order in which it is tried: exits first. What leads to an unknown stage is left out. */
export function transitionsOf(definition: JourneyDefinition): readonly PlacedTransition[] {
  const exits = definition.exits.flatMap(({ except, ...exit }, index) => {
    const region = regionOf(definition, exit.to);
    const from = (region?.stages ?? []).map(({ name }) => name).filter((name) => name !== exit.to);
    const place = { list: 'exits' as const, index };
    const left = from.filter((name) => !except.includes(name));
    return region ? [{ ...exit, from: left, region: region.name, place }] : [];
  });
  const transitions = definition.transitions.flatMap((transition, index) => {
    const region = regionOf(definition, transition.to);
    return region ? [{ ...transition, region: region.name, place: { list: 'transitions' as const, index } }] : [];
  });
  return [...exits, ...transitions];
}

/** Where the state stands in a region; a region in which nobody moved yet is at its initial stage since the state began. */
export function standingIn(state: JourneyState, region: Region): Standing {
  if (region.name === MAIN) return { stage: state.stage, since: state.since };
  return state.regions?.[region.name] ?? { stage: region.initial, since: state.since };
}

/** Every stage the person stands in, the main one first. */
export function stagesOf(definition: JourneyDefinition, state: JourneyState): readonly string[] {
  return regionsOf(definition).map((region) => standingIn(state, region).stage);
}

/** What may be suggested to somebody who stands there, on that channel; calls of the other regions come before the main one's. */
export function callsToActionOf(
  definition: JourneyDefinition,
  { state, channel }: { readonly state: JourneyState; readonly channel: string },
): readonly CallToAction[] {
  const stood = regionsOf(definition).flatMap((region) => {
    const { stage } = standingIn(state, region);
    return region.stages.filter(({ name }) => name === stage);
  });
  if (stood.some(({ invites }) => !invites)) return [];
  return stood
    .toReversed()
    .flatMap(({ callsToAction }) => callsToAction)
    .filter(({ channels }) => channels === undefined || channels.some((name) => name === channel));
}

/** A trigger in one line, e.g. `intent price`, `tool hold_place ok`, `after 3d`. */
export function triggerText(on: Trigger): string {
  switch (on.kind) {
    case 'time':
      return `after ${on.after}`;
    case 'evidence':
      return `evidence ${on.about} ≥ ${on.confidence}`;
    case 'tool':
      return `tool ${on.name} ${on.outcome}`;
    case 'event':
    case 'intent':
    case 'click':
    case 'flag':
      return `${on.kind} ${on.name}`;
  }
}
