/** Ways through a definition: no stage that nobody reaches, no circle of time, no transition that another always precedes. Pure. */
import { type Guard, hoursOf, type JourneyDefinition, type Trigger } from '../core/journey.ts';
import { MAIN, type PlacedTransition, regionsOf, transitionsOf } from './definition.ts';
import type { DefinitionProblem, Path } from './problem.ts';

/** For a definition whose every name leads somewhere. */
export function wayProblems(definition: JourneyDefinition): readonly DefinitionProblem[] {
  const transitions = transitionsOf(definition);
  return [...unreachable(definition, transitions), ...timeCycles(transitions), ...shadowProblems(transitions)];
}

function unreachable(
  definition: JourneyDefinition,
  transitions: readonly PlacedTransition[],
): readonly DefinitionProblem[] {
  return regionsOf(definition).flatMap(({ name: region, initial, stages }, at) => {
    const reached = reachedFrom([initial], transitions);
    const path: Path = region === MAIN ? ['stages'] : ['regions', at - 1, 'stages'];
    return stages.flatMap(({ name }, index) => {
      const says = `is "${name}"; no way leads there from "${initial}": add a transition or remove the stage`;
      return reached.has(name) ? [] : [{ path: [...path, index, 'name'], says }];
    });
  });
}

/** A set visits what is added while it is walked, which makes this a breadth-first search. */
function reachedFrom(stages: readonly string[], transitions: readonly PlacedTransition[]): ReadonlySet<string> {
  const reached = new Set(stages);
  for (const stage of reached) for (const { from, to } of transitions) if (from.includes(stage)) reached.add(to);
  return reached;
}

/** Time alone would move somebody round and round, and write to them each time. */
function timeCycles(transitions: readonly PlacedTransition[]): readonly DefinitionProblem[] {
  const byTime = transitions.filter(({ on }) => on.kind === 'time');
  const circles = byTime.flatMap(({ from, to, on, place, region }) => {
    const start = from.find((stage) => reachedFrom([to], byTime).has(stage));
    if (start === undefined || on.kind !== 'time') return [];
    const says = `is ${on.after}; time alone leads from "${to}" back to "${start}": break the circle with another trigger`;
    return [{ region, path: [place.list, place.index, 'on', 'after'], says }];
  });
  // Every transition of a circle is at fault; one of them is enough to say so.
  return circles.filter(({ region }, index) => circles.findIndex((one) => one.region === region) === index);
}

/** One problem for each stage in which a transition can never be taken; where it can be in another stage, it says in which. */
function shadowProblems(transitions: readonly PlacedTransition[]): readonly DefinitionProblem[] {
  return transitions.flatMap((later, position) => {
    const earlier = transitions.slice(0, position);
    const found = later.from.flatMap((stage) => {
      const first = earlier.find((one) => one.from.includes(stage) && covers(one, later));
      return first ? [{ stage, first }] : [];
    })[0];
    const sooner = found ?? soonerIn(transitions, later);
    if (!sooner) return [];
    const { id, place } = sooner.first;
    const way = `is "${later.id}", which never happens in "${sooner.stage}"`;
    const says = `${way}: "${id}" at <first> always comes first; give one of them another trigger or a guard`;
    return [{ path: [later.place.list, later.place.index, 'id'], says, first: [place.list, place.index] }];
  });
}

/** Time is not tried in order alone: what waits shorter comes first wherever it stands. */
function soonerIn(transitions: readonly PlacedTransition[], later: PlacedTransition) {
  const { on } = later;
  if (on.kind !== 'time') return undefined;
  return later.from.flatMap((stage) => {
    const first = transitions.find(
      (one) =>
        one.on.kind === 'time' &&
        hoursOf(one.on.after) < hoursOf(on.after) &&
        one.from.includes(stage) &&
        areGuardsWithin(one, later),
    );
    return first ? [{ stage, first }] : [];
  })[0];
}

function covers(one: PlacedTransition, other: PlacedTransition): boolean {
  return one.region === other.region && includesTrigger(one.on, other.on) && areGuardsWithin(one, other);
}

/** Whatever sets `other` off sets `one` off too. */
function includesTrigger(one: Trigger, other: Trigger): boolean {
  if (one.kind === 'evidence' && other.kind === 'evidence') {
    return one.about === other.about && one.confidence <= other.confidence;
  }
  if (one.kind === 'time' && other.kind === 'time') return hoursOf(one.after) <= hoursOf(other.after);
  return JSON.stringify(keyed(one)) === JSON.stringify(keyed(other));
}

function keyed(on: Trigger): readonly string[] {
  return Object.entries(on)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${String(value)}`);
}

/** Every guard of `one` is a guard of `other` too: where `other` may go, `one` may. */
function areGuardsWithin(one: PlacedTransition, other: PlacedTransition): boolean {
  if (one.membersOnly && !other.membersOnly) return false;
  const texts = new Set(other.when.map(guardText));
  return one.when.every((guard) => texts.has(guardText(guard)));
}

function guardText(guard: Guard): string {
  return Object.values(guard).join(' ');
}
