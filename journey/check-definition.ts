/** What is wrong with a definition that is well-formed: names that lead nowhere, ways that nobody can go, words that are missing. Pure. */
import type { JourneyDefinition } from '../core/journey.ts';
import { type KnownToJourney, nameProblems, type OneOf } from './check-names.ts';
import { wayProblems } from './check-ways.ts';
import { regionOf } from './definition.ts';
import { type DefinitionProblem, effectsOf, written } from './problem.ts';

/** Every problem, in no particular order; none for a definition that can be run. */
export function definitionProblems(
  definition: JourneyDefinition,
  { known, oneOf }: { readonly known: KnownToJourney; readonly oneOf: OneOf },
): readonly DefinitionProblem[] {
  const problems = [
    ...nameProblems(definition, { known, oneOf }),
    ...effectProblems(definition, known),
    ...migrationProblems(definition),
  ];
  // Ways are only followed where every name leads somewhere, and no way leaves its region.
  if (problems.length > 0) return problems;
  const regions = regionProblems(definition);
  return [...regions, ...guardProblems(definition), ...(regions.length > 0 ? [] : wayProblems(definition))];
}

function effectProblems(definition: JourneyDefinition, { language }: KnownToJourney): readonly DefinitionProblem[] {
  return effectsOf(definition).flatMap(({ effect, path }) => {
    if (!('text' in effect) || language === null || language in effect.text) return [];
    return [{ path: [...path, 'text'], says: `has no words in "${language}", the first of locales: add them` }];
  });
}

function migrationProblems({ version, migrations }: JourneyDefinition): readonly DefinitionProblem[] {
  return migrations.flatMap(({ from }, index) =>
    from < version
      ? []
      : [
          {
            path: ['migrations', index, 'from'],
            says: `is ${from}; write a version before ${version}, which this one is`,
          },
        ],
  );
}

/** A move stays in one region; what is not left by time has no time of arrival. */
function regionProblems(definition: JourneyDefinition): readonly DefinitionProblem[] {
  const started = new Set(definition.regions.map(({ initial }) => initial));
  return written(definition).flatMap((one) => {
    const region = regionOf(definition, one.to)?.name;
    const starts = ('from' in one ? one.from : []).map((name, at) => ({ name, path: [...one.path, 'from', at] }));
    const others = ('except' in one ? one.except : []).map((name, at) => ({ name, path: [...one.path, 'except', at] }));
    return [
      ...[...starts, ...others]
        .filter(({ name }) => regionOf(definition, name)?.name !== region)
        .map(({ name, path }) => {
          const says = `is "${name}", which is no stage of "${region}" where "${one.to}" is; use a guard: when`;
          return { path, says };
        }),
      ...starts
        .filter(({ name }) => one.on.kind === 'time' && started.has(name))
        .map(({ name, path }) => {
          const says = `is "${name}", where everybody always was; time cannot lead out of it: wait for a flag instead`;
          return { path, says };
        }),
    ];
  });
}

/** A guard that can never be true, or always is. */
function guardProblems(definition: JourneyDefinition): readonly DefinitionProblem[] {
  const tags = new Set(effectsOf(definition).flatMap(({ effect }) => (effect.kind === 'tag' ? [effect.tag] : [])));
  return written(definition).flatMap(({ when, to, path }) =>
    when.flatMap((guard, at) => {
      if (guard.kind === 'tagged' && !tags.has(guard.tag)) {
        const says = `is "${guard.tag}"; no effect gives this tag: add { kind: tag, tag: ${guard.tag} } where it is earned`;
        return [{ path: [...path, 'when', at, 'tag'], says }];
      }
      if (!('stage' in guard) || regionOf(definition, guard.stage)?.name !== regionOf(definition, to)?.name) return [];
      const says = `is "${guard.stage}", a stage of the same region; write it into from, or name a stage of another region`;
      return [{ path: [...path, 'when', at, 'stage'], says }];
    }),
  );
}
