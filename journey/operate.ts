/** What operators do to a journey by hand: move somebody, or dispute a move that was made. Pure; every act is a move with its cause. */
import type { JourneyDefinition, JourneyState, Move, RecordedMove } from '../core/journey.ts';
import { MAIN, regionOf, regionsOf, standingIn } from './definition.ts';

/** Who does it, why, and when (milliseconds). */
export type ByHand = { readonly operator: string; readonly reason: string; readonly now: number };

export type Operated =
  | { readonly kind: 'moved'; readonly state: JourneyState; readonly move: Move }
  | { readonly kind: 'refused'; readonly reason: string };

/** Puts the person into a stage, whatever the transitions say. Refused: an unknown stage, the stage they are in, no reason. */
export function moveByHand(
  definition: JourneyDefinition,
  state: JourneyState,
  { to, ...hand }: ByHand & { readonly to: string },
): Operated {
  const region = regionOf(definition, to);
  if (region === null) {
    const names = regionsOf(definition).flatMap(({ stages }) => stages.map(({ name }) => name));
    return refused(`there is no stage "${to}": write one of ${names.join(', ')}`);
  }
  const { stage: from } = standingIn(state, region);
  if (from === to) return refused(`the person is in "${to}" already`);
  const says = sayings(hand);
  if (says === null) return refused('a reason is missing: say why, for whoever reads this later');
  const move = { transition: 'operator', from, to, cause: 'operator', ...named(region.name), ...says };
  return { kind: 'moved', move, state: placed(definition, state, { region: region.name, stage: to, now: hand.now }) };
}

/** The person's moves as kept, in any order, and the one that is disputed. */
export type Dispute = ByHand & { readonly moves: readonly RecordedMove[]; readonly of: string };

/**
 * Says that a move was wrong. Puts the person back to the stage before it and takes back its tags, unless they moved on
 * since: then only the dispute is kept. Refused: an unknown move, one that is disputed already, an act by hand, no reason.
 */
export function disputeMove(
  definition: JourneyDefinition,
  state: JourneyState,
  { moves, of, ...hand }: Dispute,
): Operated {
  const disputed = moves.find(({ id }) => id === of);
  if (!disputed) return refused(`the person has no move "${of}": "throughline journey moves" lists them`);
  if (disputed.of !== undefined) return refused(`move ${of} is itself a dispute; move the person instead`);
  if (moves.some((one) => one.of === of)) return refused(`move ${of} was disputed before`);
  const says = sayings(hand);
  if (says === null) return refused('a reason is missing: say why, for whoever reads this later');
  const region = disputed.region ?? MAIN;
  const stage = stageIn(definition, state, region);
  const goesBack =
    !hasMovedOn(moves, disputed) && stage === disputed.to && isStageOf(definition, region, disputed.from);
  const to = goesBack ? disputed.from : stage;
  const move = {
    transition: 'dispute',
    from: stage,
    to,
    cause: `dispute:${disputed.cause}`,
    ...named(region),
    ...says,
    of,
  };
  if (!goesBack) return { kind: 'moved', move, state };
  const tags = tagsWithout(definition, state, { disputed, moves });
  return { kind: 'moved', move, state: { ...placed(definition, state, { region, stage: to, now: hand.now }), tags } };
}

function refused(reason: string): Operated {
  return { kind: 'refused', reason };
}

/** What is kept of the act; null without a reason. */
function sayings({ operator, reason }: ByHand): Pick<Move, 'operator' | 'reason'> | null {
  const words = reason.trim();
  return words === '' ? null : { operator: operator.slice(0, 200), reason: words.slice(0, 500) };
}

function named(region: string): Pick<Move, 'region'> {
  return region === MAIN ? {} : { region };
}

function placed(
  definition: JourneyDefinition,
  state: JourneyState,
  { region, stage, now }: { readonly region: string; readonly stage: string; readonly now: number },
): JourneyState {
  const since = new Date(now).toISOString();
  const moved = { ...state, definition: definition.version };
  if (region === MAIN) return { ...moved, stage, since };
  return { ...moved, regions: { ...state.regions, [region]: { stage, since } } };
}

function stageIn(definition: JourneyDefinition, state: JourneyState, name: string): string {
  const region = regionsOf(definition).find((one) => one.name === name);
  return region ? standingIn(state, region).stage : (state.regions?.[name]?.stage ?? state.stage);
}

function isStageOf(definition: JourneyDefinition, region: string, stage: string): boolean {
  return regionOf(definition, stage)?.name === region;
}

/** A later move of the same region that still counts; what was taken back by a dispute does not. */
function hasMovedOn(moves: readonly RecordedMove[], disputed: RecordedMove): boolean {
  return moves.some(
    (one) =>
      BigInt(one.id) > BigInt(disputed.id) &&
      (one.region ?? MAIN) === (disputed.region ?? MAIN) &&
      one.of === undefined &&
      !moves.some(({ of }) => of === one.id),
  );
}

/** Tags that another move gave too are kept. */
function tagsWithout(
  definition: JourneyDefinition,
  state: JourneyState,
  { disputed, moves }: Pick<Dispute, 'moves'> & { readonly disputed: RecordedMove },
): string[] {
  const tagsOf = ({ transition }: RecordedMove): readonly string[] =>
    [...definition.exits, ...definition.transitions]
      .filter(({ id }) => id === transition)
      .flatMap(({ effects }) => effects.flatMap((effect) => (effect.kind === 'tag' ? [effect.tag] : [])));
  const others = moves.filter((one) => one.id !== disputed.id && !moves.some(({ of }) => of === one.id));
  const kept = new Set(others.flatMap(tagsOf));
  const taken = new Set(tagsOf(disputed).filter((tag) => !kept.has(tag)));
  return state.tags.filter((tag) => !taken.has(tag));
}
