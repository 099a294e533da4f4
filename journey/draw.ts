/** A definition as a picture: a mermaid state diagram, one side of it for each region, with counts where there are any. Pure. */
import type { JourneyDefinition } from '../core/journey.ts';
import { MAIN, type PlacedTransition, regionsOf, transitionsOf, triggerText } from './definition.ts';

/** What the picture counts. */
export type Counted = {
  readonly people: readonly { readonly region: string | null; readonly stage: string; readonly count: number }[];
  readonly moves: readonly {
    readonly transition: string;
    readonly from: string;
    readonly to: string;
    readonly count: number;
  }[];
};

/** How many people stand in a stage now, of every version. */
export function peopleIn({ people }: Pick<Counted, 'people'>, region: string, stage: string): number {
  return people
    .filter((one) => (one.region ?? MAIN) === region && one.stage === stage)
    .reduce((sum, { count }) => sum + count, 0);
}

/** The text of a `stateDiagram-v2`; mermaid draws regions beside each other. `counted` null: without numbers. */
export function mermaidOf(definition: JourneyDefinition, counted: Counted | null): string {
  const transitions = transitionsOf(definition);
  const sides = regionsOf(definition).map(({ name: region, initial, stages }) => [
    ...stages.map(({ name }) => {
      const people = counted === null ? '' : ` (${peopleIn(counted, region, name)})`;
      return `    state "${name}${people}" as ${idOf(name)}`;
    }),
    `    [*] --> ${idOf(initial)}`,
    ...transitions.filter((one) => one.region === region).flatMap((one) => edgesOf(one, counted)),
  ]);
  const body = sides.map((lines) => lines.join('\n')).join('\n    --\n');
  return `stateDiagram-v2\n  state "journey, version ${definition.version}" as journey {\n${body}\n  }\n`;
}

function edgesOf({ id, from, to, on }: PlacedTransition, counted: Counted | null): readonly string[] {
  return from.map((start) => {
    const count =
      counted?.moves.find((one) => one.transition === id && one.from === start && one.to === to)?.count ?? 0;
    const times = counted === null ? '' : ` ×${count}`;
    return `    ${idOf(start)} --> ${idOf(to)} : ${id}, ${triggerText(on)}${times}`;
  });
}

/** Mermaid takes a hyphen for the beginning of an arrow. */
function idOf(stage: string): string {
  return stage.replaceAll('-', '_');
}
