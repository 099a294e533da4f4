/** Where the picture of a region puts its stages and edges: stages side by side, ways on above them, ways back below. Pure. */
import type { DrawnEdge, DrawnRegion } from '../../core/journey-picture.ts';

export const BOX = { width: 128, height: 52, gap: 56 };
const MARGIN = 8;
/** The height of the lowest arc, and how much each further stage that it spans adds. */
const ARC = { first: 40, more: 26 };
const LABEL = 16;

/** All transitions from one stage to another as one line; the table below the picture takes them apart. */
export type Arc = {
  readonly from: string;
  readonly to: string;
  readonly count: number;
  readonly edges: readonly DrawnEdge[];
  /** An SVG path, and where its number stands. */
  readonly path: string;
  readonly label: { readonly x: number; readonly y: number };
};

export type Drawing = {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly { readonly name: string; readonly x: number; readonly y: number }[];
  readonly arcs: readonly Arc[];
};

export function drawRegion({ stages, edges }: DrawnRegion): Drawing {
  const places = new Map(stages.map(({ name }, index) => [name, index]));
  const pairs = [...Map.groupBy(edges, ({ from, to }) => `${from} ${to}`).values()].flatMap((group) => {
    const [first] = group;
    const [start, end] = [places.get(first?.from ?? ''), places.get(first?.to ?? '')];
    return start === undefined || end === undefined || start === end ? [] : [{ group, start, end }];
  });
  const reach = (isOn: boolean): number =>
    pairs.reduce((most, { start, end }) => (end > start === isOn ? Math.max(most, heightOf(start, end)) : most), 0);
  const top = MARGIN + LABEL + reach(true);
  const arcs = pairs.map(({ group, start, end }) => arcOf(group, { start, end, top }));
  return {
    width: stages.length * (BOX.width + BOX.gap) - BOX.gap + 2 * MARGIN,
    height: top + BOX.height + reach(false) + LABEL + MARGIN,
    boxes: stages.map(({ name }, index) => ({ name, x: leftOf(index), y: top })),
    arcs,
  };
}

function arcOf(
  group: readonly DrawnEdge[],
  { start, end, top }: { readonly start: number; readonly end: number; readonly top: number },
): Arc {
  const isOn = end > start;
  // Ways that leave and arrive at the same box stand beside each other.
  const lean = isOn ? 0.62 : 0.38;
  const [x1, x2] = [leftOf(start) + BOX.width * lean, leftOf(end) + BOX.width * (1 - lean)];
  const y = isOn ? top : top + BOX.height;
  // A cubic's highest point is at three quarters of its handles.
  const bend = (isOn ? -1 : 1) * (heightOf(start, end) / 0.75);
  const [{ from, to } = { from: '', to: '' }] = group;
  return {
    from,
    to,
    count: group.reduce((sum, { count }) => sum + count, 0),
    edges: group,
    path: `M ${x1} ${y} C ${x1} ${y + bend}, ${x2} ${y + bend}, ${x2} ${y}`,
    label: { x: (x1 + x2) / 2, y: y + bend * 0.75 + (isOn ? -4 : 12) },
  };
}

function leftOf(index: number): number {
  return MARGIN + index * (BOX.width + BOX.gap);
}

function heightOf(start: number, end: number): number {
  return ARC.first + (Math.abs(end - start) - 1) * ARC.more;
}
