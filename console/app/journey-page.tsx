/** The journey as a picture: who stands where now, and how often each way was walked; every number again as a table. */
import type { DrawnEdge, DrawnRegion } from '../../core/journey-picture.ts';
import type { Desk } from './desk.ts';
import { type Arc, BOX, drawRegion } from './journey-arcs.ts';
import { Badge, ProblemNote } from './parts.tsx';

const TITLES: Readonly<Record<string, string>> = { main: 'Where people stand' };

export function JourneyPage({ desk }: { readonly desk: Desk }) {
  const picture = desk.journey.value.value;
  return (
    <main class="page wide">
      <h1>Journey</h1>
      {picture && (
        <p class="hint">
          Version {picture.version} of the workspace’s journey. In the boxes: how many people stand there now. On the
          lines: how often that way was walked.
        </p>
      )}
      <ProblemNote problem={desk.journey.problem.value} />
      {picture?.regions.map((region) => (
        <RegionPart key={region.name} region={region} />
      ))}
    </main>
  );
}

function RegionPart({ region }: { readonly region: DrawnRegion }) {
  const title = TITLES[region.name] ?? `Beside it: ${region.name}`;
  return (
    <section class="journey-region">
      <h2>{title}</h2>
      <RegionPicture region={region} title={title} />
      <Moves edges={region.edges} />
    </section>
  );
}

function RegionPicture({ region, title }: { readonly region: DrawnRegion; readonly title: string }) {
  const { width, height, boxes, arcs } = drawRegion(region);
  const peopleIn = new Map(region.stages.map(({ name, people }) => [name, people]));
  const aboutOf = new Map(region.stages.map(({ name, about }) => [name, about]));
  return (
    <div class="journey-picture">
      <svg
        width={width}
        height={height}
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={`${title}; the table below tells the same`}
      >
        <defs>
          <marker
            id={`arrow-${region.name}`}
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="7"
            markerHeight="7"
            orient="auto"
          >
            <path d="M 0 0 L 8 4 L 0 8 z" class="journey-head" />
          </marker>
        </defs>
        {arcs.map((arc) => (
          <Way key={`${arc.from} ${arc.to}`} arc={arc} head={`url(#arrow-${region.name})`} />
        ))}
        {boxes.map(({ name, x, y }) => (
          <g key={name} class={peopleIn.get(name) ? 'journey-stage peopled' : 'journey-stage'}>
            <title>{aboutOf.get(name)}</title>
            <rect x={x} y={y} width={BOX.width} height={BOX.height} rx="9" />
            <text x={x + BOX.width / 2} y={y + 22}>
              {name}
            </text>
            <text x={x + BOX.width / 2} y={y + 41} class="journey-people">
              {peopleIn.get(name) ?? 0}
            </text>
          </g>
        ))}
      </svg>
    </div>
  );
}

function Way({ arc, head }: { readonly arc: Arc; readonly head: string }) {
  return (
    <g class={arc.count > 0 ? 'journey-way walked' : 'journey-way'}>
      <title>
        {arc.edges.map(({ transition, trigger, count }) => `${transition} (${trigger}): ${count}`).join('\n')}
      </title>
      <path d={arc.path} marker-end={head} />
      <text x={arc.label.x} y={arc.label.y}>
        {arc.count}
      </text>
    </g>
  );
}

function Moves({ edges }: { readonly edges: readonly DrawnEdge[] }) {
  return (
    <div class="journey-moves">
      <table>
        <thead>
          <tr>
            <th scope="col">transition</th>
            <th scope="col">from</th>
            <th scope="col">to</th>
            <th scope="col">when</th>
            <th scope="col" class="number">
              walked
            </th>
          </tr>
        </thead>
        <tbody>
          {edges.map(({ transition, from, to, trigger, count, disputed }) => (
            <tr key={`${transition} ${from}`}>
              <td>{transition}</td>
              <td>{from}</td>
              <td>{to}</td>
              <td>{trigger}</td>
              <td class="number">
                {count} {disputed > 0 && <Badge tone="warn">{disputed} disputed</Badge>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
