/** A definition as a picture: a mermaid state diagram, one side of it for each region, with counts where there are any. Pure. */
import type { JourneyDefinition } from '../core/journey.ts';
import type { JourneyPicture } from '../core/journey-picture.ts';
import { MAIN, type PlacedTransition, regionsOf, transitionsOf, triggerText } from './definition.ts';

/** What the picture counts. */
export type Counted = {
  readonly people: readonly { readonly region: string | null; readonly stage: string; readonly count: number }[];
  readonly moves: readonly {
    readonly transition: string;
    readonly from: string;
    readonly to: string;
    readonly count: number;
    readonly disputed?: number;
  }[];
};

/** How many people stand in a stage now, of every version. */
export function peopleIn({ people }: Pick<Counted, 'people'>, region: string, stage: string): number {
  return people
    .filter((one) => (one.region ?? MAIN) === region && one.stage === stage)
    .reduce((sum, { count }) => sum + count, 0);
}

/** The same for a page that draws it itself. Moves of stages and transitions that are gone are left out. */
export function pictureOf(definition: JourneyDefinition, counted: Counted): JourneyPicture {
  const transitions = transitionsOf(definition);
  const regions = regionsOf(definition).map(({ name: region, stages }) => ({
    name: region,
    stages: stages.map(({ name, about }) => ({ name, about, people: peopleIn(counted, region, name) })),
    edges: transitions
      .filter((one) => one.region === region)
      .flatMap(({ id, from, to, on }) =>
        from.map((start) => {
          const { count = 0, disputed = 0 } = walked(counted, { transition: id, from: start, to }) ?? {};
          return { transition: id, from: start, to, trigger: triggerText(on), count, disputed };
        }),
      ),
  }));
  return { version: definition.version, regions };
}

type Edge = Pick<Counted['moves'][number], 'transition' | 'from' | 'to'>;

function walked({ moves }: Counted, { transition, from, to }: Edge): Counted['moves'][number] | undefined {
  return moves.find((one) => one.transition === transition && one.from === from && one.to === to);
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
    const times = counted === null ? '' : ` ×${walked(counted, { transition: id, from: start, to })?.count ?? 0}`;
    return `    ${idOf(start)} --> ${idOf(to)} : ${id}, ${triggerText(on)}${times}`;
  });
}

/** Mermaid takes a hyphen for the beginning of an arrow. */
function idOf(stage: string): string {
  return stage.replaceAll('-', '_');
}
