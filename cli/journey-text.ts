/** A journey for the terminal: the definition with its counts, and what a simulation played. */
import type { JourneyDefinition, JourneyEffect, Move } from '../core/journey.ts';
import { MAIN, type PlacedTransition, regionsOf, transitionsOf, triggerText } from '../journey/definition.ts';
import { peopleIn } from '../journey/draw.ts';
import type { PlayedStep } from '../journey/simulate.ts';
import type { JourneyCounts } from '../memory/people.ts';

/** Stages by region, then what leads from one to another. `counts` null: without numbers. */
export function definitionText(definition: JourneyDefinition, counts: JourneyCounts | null): string {
  const transitions = transitionsOf(definition);
  const blocks = regionsOf(definition).map(({ name: region, stages }) => {
    const rows = stages.map(({ name, about }) => {
      const people = counts === null ? '' : String(peopleIn(counts, region, name)).padStart(8);
      return `  ${name.padEnd(14)}${people}  ${about}`;
    });
    const moves = transitions.filter((one) => one.region === region).map((one) => transitionLine(one, counts));
    return [region === MAIN ? `journey, version ${definition.version}` : region, ...rows, '', ...moves].join('\n');
  });
  return `${blocks.join('\n\n')}\n`;
}

function transitionLine(transition: PlacedTransition, counts: JourneyCounts | null): string {
  const { id, from, to, on, place } = transition;
  const times = counts === null ? '' : `  ×${movesBy(transition, counts).moves}`;
  const start = place.list === 'exits' ? 'anywhere' : from.join(', ');
  const guards = guardTexts(transition);
  const when = guards.length === 0 ? '' : `  when ${guards.join(', ')}`;
  return `  ${id.padEnd(26)} ${start} → ${to}  ${on.kind === 'time' ? '' : 'on '}${triggerText(on)}${when}${times}`;
}

function guardTexts({ membersOnly, when }: PlacedTransition): readonly string[] {
  const texts = when.map((guard) => Object.values(guard).join(' '));
  return membersOnly ? ['member', ...texts] : texts;
}

function movesBy({ id }: Pick<PlacedTransition, 'id'>, counts: JourneyCounts) {
  const made = counts.moves.filter(({ transition }) => transition === id);
  const sum = (key: 'count' | 'disputed'): number => made.reduce((total, one) => total + one[key], 0);
  return { moves: sum('count'), disputed: sum('disputed') };
}

/** What `journey show --json` prints; keys that count are left out where nothing was counted. */
export function definitionJson(definition: JourneyDefinition, counts: JourneyCounts | null): object {
  return {
    version: definition.version,
    regions: regionsOf(definition).map(({ name: region, initial, stages }) => ({
      name: region,
      initial,
      stages: stages.map(({ name, about, callsToAction }) => ({
        name,
        about,
        callsToAction,
        ...(counts === null ? {} : { people: peopleIn(counts, region, name) }),
      })),
    })),
    transitions: transitionsOf(definition).map((transition) => {
      const { id, region, from, to, on, membersOnly, when, effects, place } = transition;
      const counted = counts === null ? {} : movesBy(transition, counts);
      return { id, region, from, to, on, membersOnly, when, effects, isExit: place.list === 'exits', ...counted };
    }),
    ...(counts === null ? {} : { lost: lostStages(definition, counts) }),
  };
}

/** People who stand in a stage that is no more, and that no migration maps: they are moved by nothing until one does. */
export function lostStages(definition: JourneyDefinition, { people }: JourneyCounts): readonly string[] {
  const known = new Set(definition.stages.map(({ name }) => name));
  const mapped = (stage: string, version: number): boolean =>
    definition.migrations.some(({ from, stages }) => from >= version && stage in stages);
  return people
    .filter(({ region, stage, definition: version }) => region === null && !known.has(stage) && !mapped(stage, version))
    .map(({ stage, definition: version, count }) => {
      const remedy = `add { from: ${version}, stages: { ${stage}: … } } to migrations and raise version`;
      return `${count} ${count === 1 ? 'person stands' : 'people stand'} in "${stage}" of version ${version}, which is gone: ${remedy}`;
    });
}

/** One block for each step: its time, its words, and a line for each move, effect and refusal. */
export function playedText(played: readonly PlayedStep[]): string {
  const lines = played.flatMap(({ step, at, moves, effects, refusals, unheard }) => [
    `${at.slice(0, 16).replace('T', ' ')}  ${step}`,
    ...moves.map((move) => `    moved    ${moveText(move)}`),
    ...effects.map(({ effect }) => `    effect   ${effectText(effect)}`),
    ...refusals.map(({ transition, reason }) => `    refused  ${transition}: ${reason}`),
    ...(unheard === undefined ? [] : [`    nothing  ${unheard}`]),
  ]);
  const state = played.at(-1)?.state;
  const beside = Object.entries(state?.regions ?? {}).map(([region, { stage }]) => `${region} ${stage}`);
  const end = state ? [`ends     ${[state.stage, ...beside].join(' · ')}${tagsText(state.tags)}`] : [];
  return `${[...lines, ...end].join('\n')}\n`;
}

export function moveText({ transition, from, to, quote, confidence, operator, reason }: Move): string {
  const said = quote === undefined ? '' : `  "${quote.replaceAll(/\s+/g, ' ')}"`;
  const sure = confidence === undefined ? '' : ` ${confidence.toFixed(2)}`;
  const why = operator === undefined ? '' : `  by ${operator}: ${reason ?? ''}`;
  return `${from} → ${to}  ${transition}${sure}${said}${why}`;
}

function tagsText(tags: readonly string[]): string {
  return tags.length === 0 ? '' : `  tags ${tags.join(', ')}`;
}

function effectText(effect: JourneyEffect): string {
  switch (effect.kind) {
    case 'tag':
    case 'untag':
      return `${effect.kind} ${effect.tag}`;
    case 'offer':
      return `offer ${effect.offer}`;
    case 'webhook':
      return `webhook ${effect.name}`;
    case 'message':
      return `message "${effect.text['en'] ?? ''}"`;
    case 'reminder':
      return `reminder after ${effect.after} "${effect.text['en'] ?? ''}"`;
  }
}
