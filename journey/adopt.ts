/** Versions in flight: a state that was stored under another version of the definition, as this one understands it. Pure. */
import type { JourneyDefinition, JourneyState, Move, Region, Standing } from '../core/journey.ts';
import { MAIN, regionsOf, standingIn } from './definition.ts';

export type Adopted = {
  readonly state: JourneyState;
  /** One for each region whose stage was renamed or taken away. */
  readonly moves: readonly Move[];
  /** Why the person cannot be moved; null when they stand somewhere. */
  readonly lost: string | null;
};

/**
 * A stage that still exists stays as it is. One that does not is mapped by the definition's `migrations`, one version after
 * the other; beside the main region it falls back to the initial stage. A main stage that nothing maps is lost.
 */
export function adopt(definition: JourneyDefinition, state: JourneyState, now: number): Adopted {
  if (state.definition === definition.version && isWhole(definition, state)) return { state, moves: [], lost: null };
  const main = targetOf(definition, state.stage, state.definition);
  if (!hasStage(mainOf(definition), main)) {
    const remedy = `raise version and add { from: ${state.definition}, stages: { ${state.stage}: … } } to migrations`;
    return { state, moves: [], lost: `stage ${state.stage} of version ${state.definition} is gone: ${remedy}` };
  }
  const moved = regionsOf(definition).flatMap((region) => movedIn(definition, { region, state, now }));
  if (moved.length === 0) return { state, moves: [], lost: null };
  const stage = moved.find(({ region }) => region === MAIN)?.standing;
  const others = moved
    .filter(({ region }) => region !== MAIN)
    .map(({ region, standing }) => [region, standing] as const);
  const adopted: JourneyState = {
    ...state,
    ...stage,
    definition: definition.version,
    ...(others.length === 0 ? {} : { regions: { ...state.regions, ...Object.fromEntries(others) } }),
  };
  return { state: adopted, moves: moved.map(({ move }) => move), lost: null };
}

type Migrated = { readonly region: string; readonly standing: Standing; readonly move: Move };
type InFlight = { readonly region: Region; readonly state: JourneyState; readonly now: number };

function movedIn(definition: JourneyDefinition, { region, state, now }: InFlight): readonly Migrated[] {
  const { stage } = standingIn(state, region);
  const target = targetOf(definition, stage, state.definition);
  const to = hasStage(region, target) ? target : region.initial;
  if (to === stage) return [];
  const move: Move = {
    transition: 'migration',
    from: stage,
    to,
    cause: `version:${state.definition}:${definition.version}`,
    ...(region.name === MAIN ? {} : { region: region.name }),
  };
  return [{ region: region.name, standing: { stage: to, since: new Date(now).toISOString() }, move }];
}

/** The stage's name today, by every migration of the state's own version and of those after it. */
function targetOf({ migrations }: JourneyDefinition, stage: string, version: number): string {
  return migrations
    .filter(({ from }) => from >= version)
    .toSorted((a, b) => a.from - b.from)
    .reduce((name, { stages }) => stages[name] ?? name, stage);
}

function isWhole(definition: JourneyDefinition, state: JourneyState): boolean {
  return regionsOf(definition).every((region) => hasStage(region, standingIn(state, region).stage));
}

function mainOf(definition: JourneyDefinition): Pick<Region, 'stages'> {
  return { stages: definition.stages };
}

function hasStage({ stages }: Pick<Region, 'stages'>, stage: string): boolean {
  return stages.some(({ name }) => name === stage);
}
