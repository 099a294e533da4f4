/** Names in a definition: each stands once, and each that points somewhere finds something there. Pure. */
import { FactKind } from '../core/fact.ts';
import type { JourneyDefinition } from '../core/journey.ts';
import { MAIN, regionOf, regionsOf } from './definition.ts';
import { type DefinitionProblem, effectsOf, listNamed, type Named, type Path, written } from './problem.ts';

/** Names that other files define; null while such a file is itself broken, so that nothing is blamed twice. */
export type KnownToJourney = {
  readonly events: readonly string[];
  readonly tools: readonly string[];
  readonly intents: readonly string[] | null;
  readonly offers: readonly string[] | null;
  /** The organisation's first language. */
  readonly language: string | null;
};

/** Says which names would do; the caller knows how to shorten a long list. */
export type OneOf = (names: readonly string[], wanted: string) => string;

type Pointers = { readonly kind: string; readonly names: readonly string[] | null; readonly items: readonly Named[] };

/** Names that stand twice, are taken, or lead nowhere. */
export function nameProblems(
  definition: JourneyDefinition,
  { known, oneOf }: { readonly known: KnownToJourney; readonly oneOf: OneOf },
): readonly DefinitionProblem[] {
  const pointers = [...stageNames(definition), ...triggerNames(definition, known), offerNames(definition, known)];
  return [
    ...repeatedProblems(definition),
    ...pointers.flatMap(({ kind, names, items }) =>
      items.flatMap(({ name, path }) =>
        names === null || names.includes(name)
          ? []
          : [{ path, says: `is "${name}"; there is no such ${kind}: write ${oneOf(names, name)}` }],
      ),
    ),
  ];
}

function offerNames(definition: JourneyDefinition, { offers }: KnownToJourney): Pointers {
  const items = effectsOf(definition).flatMap(({ effect, path }) =>
    effect.kind === 'offer' ? [{ name: effect.offer, path: [...path, 'offer'] }] : [],
  );
  return { kind: 'offer', names: offers, items };
}

function repeatedProblems(definition: JourneyDefinition): readonly DefinitionProblem[] {
  const stages = [
    ...listNamed(definition.stages, ['stages'], 'name'),
    ...definition.regions.flatMap((region, index) => listNamed(region.stages, ['regions', index, 'stages'], 'name')),
  ];
  const calls = [
    ...definition.stages.map((stage, index) => ({ stage, path: ['stages', index] as Path })),
    ...definition.regions.flatMap(({ stages: own }, at) =>
      own.map((stage, index) => ({ stage, path: ['regions', at, 'stages', index] as Path })),
    ),
  ].flatMap(({ stage, path }) =>
    stage.callsToAction.flatMap(({ name }, index) =>
      name === undefined ? [] : [{ name, path: [...path, 'callsToAction', index, 'name'] }],
    ),
  );
  const reserved = ['operator', 'dispute', 'migration'];
  const ids = written(definition).map(({ id, path }) => ({ name: id, path: [...path, 'id'] }));
  return [
    ...repeated(stages),
    ...repeated(calls),
    ...repeated(listNamed(definition.regions, ['regions'], 'name')),
    ...repeated(ids),
    ...repeated(listNamed(definition.evidence, ['evidence'], 'name')),
    ...repeated(listNamed(definition.flags, ['flags'], 'name')),
    ...repeated(
      definition.migrations.map(({ from }, index) => ({ name: `${from}`, path: ['migrations', index, 'from'] })),
    ),
    ...ids
      .filter(({ name }) => reserved.includes(name))
      .map(({ name, path }) => ({ path, says: `is "${name}", which the platform uses itself; choose another id` })),
    ...listNamed(definition.regions, ['regions'], 'name')
      .filter(({ name }) => name === MAIN)
      .map(({ name, path }) => ({ path, says: `is "${name}", which the stages at the top are; choose another name` })),
  ];
}

function repeated(items: readonly Named[]): readonly DefinitionProblem[] {
  const firsts = new Map<string, Path>();
  return items.flatMap(({ name, path }) => {
    const first = firsts.get(name);
    if (first) return [{ path, says: `is "${name}", which <first> has already; change or remove one`, first }];
    firsts.set(name, path);
    return [];
  });
}

/** Every place that names a stage, with the stages that may be named there. */
function stageNames(definition: JourneyDefinition): readonly Pointers[] {
  const all = regionsOf(definition).flatMap(({ stages }) => stages.map(({ name }) => name));
  const ends = written(definition).flatMap((one) => [
    ...('from' in one ? one.from.map((name, at) => ({ name, path: [...one.path, 'from', at] })) : []),
    ...('except' in one ? one.except.map((name, at) => ({ name, path: [...one.path, 'except', at] })) : []),
    ...one.when.flatMap((guard, at) =>
      'stage' in guard ? [{ name: guard.stage, path: [...one.path, 'when', at, 'stage'] }] : [],
    ),
  ]);
  const targets = definition.migrations.flatMap(({ from, stages }, index) =>
    Object.entries(stages)
      .filter(([, name]) => !definition.migrations.some((later) => later.from > from && name in later.stages))
      .map(([old, name]) => ({ name, path: ['migrations', index, 'stages', old] })),
  );
  // Where a move starts says in which region it ends.
  const goals = written(definition).map((one) => {
    const start = 'from' in one ? regionOf(definition, one.from[0] ?? '') : null;
    const names = start?.stages.map(({ name }) => name) ?? all;
    return { kind: 'stage', names, items: [{ name: one.to, path: [...one.path, 'to'] }] };
  });
  return [
    ...goals,
    {
      kind: 'stage',
      names: definition.stages.map(({ name }) => name),
      items: [{ name: definition.initial, path: ['initial'] }],
    },
    ...definition.regions.map(({ initial, stages }, index) => ({
      kind: 'stage',
      names: stages.map(({ name }) => name),
      items: [{ name: initial, path: ['regions', index, 'initial'] }],
    })),
    { kind: 'stage', names: all, items: [...ends, ...targets] },
  ];
}

function triggerNames(definition: JourneyDefinition, known: KnownToJourney): readonly Pointers[] {
  const ofKind = (kind: string): readonly Named[] =>
    written(definition).flatMap(({ on, path }) => {
      if (on.kind !== kind) return [];
      if (on.kind === 'evidence') return [{ name: on.about, path: [...path, 'on', 'about'] }];
      return 'name' in on ? [{ name: on.name, path: [...path, 'on', 'name'] }] : [];
    });
  const stages = regionsOf(definition).flatMap(({ stages: own }) => own);
  const clicks = stages.flatMap(({ callsToAction }) => callsToAction.flatMap(({ name }) => name ?? []));
  const evidence = [...definition.evidence.map(({ name }) => name), ...FactKind.options];
  return [
    { kind: 'event', names: known.events, items: ofKind('event') },
    { kind: 'intent', names: known.intents, items: ofKind('intent') },
    { kind: 'evidence', names: evidence, items: ofKind('evidence') },
    { kind: 'tool', names: known.tools, items: ofKind('tool') },
    { kind: 'call to action with a name', names: clicks, items: ofKind('click') },
    { kind: 'flag', names: definition.flags.map(({ name }) => name), items: ofKind('flag') },
  ];
}
