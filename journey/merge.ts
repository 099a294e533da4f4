/** One state of two: what a person's journey is once two of their handles are known to be one person's. Pure. */
import type { JourneyDefinition, JourneyState, Standing } from '../core/journey.ts';
import { MAIN, regionsOf } from './definition.ts';

/**
 * Per region the stage that is further in the definition's order wins, and of two equal stages the earlier arrival; tags
 * of both. Order and number of merges make no difference: commutative, associative, idempotent.
 */
export function mergeStates(definition: JourneyDefinition, a: JourneyState, b: JourneyState): JourneyState {
  const main = further(placesOf(definition, MAIN), a, b);
  const regions = mergeRegions(definition, a, b);
  return {
    stage: main.stage,
    since: main.since,
    definition: Math.max(a.definition, b.definition),
    version: Math.max(a.version, b.version),
    tags: mergeTags(a.tags, b.tags),
    ...(regions === null ? {} : { regions }),
  };
}

/** Null: neither moved in any region besides the main one. */
function mergeRegions(
  definition: JourneyDefinition,
  { regions: a }: JourneyState,
  { regions: b }: JourneyState,
): JourneyState['regions'] | null {
  if (a === undefined && b === undefined) return null;
  const names = [...new Set([...Object.keys(a ?? {}), ...Object.keys(b ?? {})])].toSorted();
  return Object.fromEntries(
    names.flatMap((name) => {
      const [left, right] = [a?.[name], b?.[name]];
      const standing = left && right ? further(placesOf(definition, name), left, right) : (left ?? right);
      return standing ? [[name, { stage: standing.stage, since: standing.since }]] : [];
    }),
  );
}

/** Stage → its place in the region. A stage that is not in the definition any more is behind all others. */
function placesOf(definition: JourneyDefinition, region: string): ReadonlyMap<string, number> {
  const stages = regionsOf(definition).find(({ name }) => name === region)?.stages ?? [];
  return new Map(stages.map(({ name }, index) => [name, index]));
}

/** The greater in one total order of stage, then arrival: that is what makes merging independent of order. */
function further(places: ReadonlyMap<string, number>, a: Standing, b: Standing): Standing {
  const byPlace = (places.get(a.stage) ?? -1) - (places.get(b.stage) ?? -1);
  if (byPlace !== 0) return byPlace > 0 ? a : b;
  if (a.stage !== b.stage) return a.stage > b.stage ? a : b;
  const byTime = Date.parse(a.since) - Date.parse(b.since);
  if (byTime !== 0) return byTime < 0 ? a : b;
  return a.since <= b.since ? a : b;
}

/** Their own order while all are the same, else the alphabet's. */
function mergeTags(a: readonly string[], b: readonly string[]): string[] {
  const isSame = a.length === b.length && a.every((tag, index) => tag === b[index]);
  return isSame ? [...a] : [...new Set([...a, ...b])].toSorted();
}
