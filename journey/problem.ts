/** What a check of a definition reports, and the places it looks at. */
import type { JourneyDefinition } from '../core/journey.ts';

/** Keys and positions from the top of the definition down to a part of it. */
export type Path = readonly (string | number)[];

/** What is to be said of the part at `path`. `<first>` in the words stands for the place of `first`. */
export type DefinitionProblem = { readonly path: Path; readonly says: string; readonly first?: Path };

/** A name at its place. */
export type Named = { readonly name: string; readonly path: Path };

/** The names of a list. */
export function listNamed<K extends string>(
  items: readonly Readonly<Record<K, unknown>>[],
  path: Path,
  key: K,
): readonly Named[] {
  return items.map((item, index) => ({ name: String(item[key]), path: [...path, index, key] }));
}

/** Every place that moves somebody, with its path. */
export function written(definition: JourneyDefinition) {
  return [
    ...definition.exits.map((one, index) => ({ ...one, path: ['exits', index] as const })),
    ...definition.transitions.map((one, index) => ({ ...one, path: ['transitions', index] as const })),
  ];
}

/** Every effect, with its path. */
export function effectsOf(definition: JourneyDefinition) {
  return written(definition).flatMap(({ effects, path }) =>
    effects.map((effect, at) => ({ effect, path: [...path, 'effects', at] })),
  );
}
