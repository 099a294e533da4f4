/** Lays the spans of a turn out as a waterfall: rows in the order of the work, bars in per cent of its time. Pure. */
import type { TraceSpan } from '../../core/span.ts';
import { type PlacedSpan, spansInOrder } from '../../core/span-tree.ts';

export type WaterfallRow = {
  readonly span: TraceSpan;
  /** How deep below the turn, from 0. */
  readonly depth: number;
  /** Where the bar begins and how long it is, in per cent. */
  readonly left: number;
  readonly width: number;
  /** Null while it runs. */
  readonly milliseconds: number | null;
  /** Its place in a row of spans that ran side by side; null: it ran alone. */
  readonly beside: 'first' | 'middle' | 'last' | null;
};

export type Waterfall = { readonly rows: readonly WaterfallRow[]; readonly totalMs: number };

/** Times are rounded: spans that only touch each other did not run side by side. */
const TOUCH_MS = 0.05;
/** A bar that short could not be seen. */
const MIN_WIDTH = 0.4;

/** `nowMs` is the time since the turn began: the end, for now, of what still runs. */
export function layoutWaterfall(spans: readonly TraceSpan[], nowMs: number): Waterfall {
  const endOf = (span: TraceSpan) => Math.max(span.endMs ?? nowMs, span.startMs);
  const totalMs = Math.max(nowMs, ...spans.map(endOf), 0.001);
  const placed = spansInOrder(spans);
  const besides = placesBeside(placed, endOf);
  const rows = placed.map(({ span, depth }) => {
    const beside = besides.get(span.id) ?? null;
    const left = Math.min(100 - MIN_WIDTH, Math.max(0, (span.startMs / totalMs) * 100));
    const width = ((endOf(span) - span.startMs) / totalMs) * 100;
    const milliseconds = span.endMs === null ? null : endOf(span) - span.startMs;
    return { span, depth, beside, left, width: Math.min(100 - left, Math.max(MIN_WIDTH, width)), milliseconds };
  });
  return { rows, totalMs };
}

type End = (span: TraceSpan) => number;

/** For each span that ran side by side with others below the same parent: its place among them. */
function placesBeside(placed: readonly PlacedSpan[], endOf: End): ReadonlyMap<string, WaterfallRow['beside']> {
  const families = Map.groupBy(placed, ({ span, depth }) => (depth === 0 ? null : span.parent));
  return new Map([...families.values()].flatMap((family) => markBeside(family, endOf)));
}

/** Siblings in the order of their start, each with its place in the group that ran side by side with it. */
function markBeside(siblings: readonly PlacedSpan[], endOf: End): [string, WaterfallRow['beside']][] {
  const groups: string[][] = [];
  let groupEnd = Number.NEGATIVE_INFINITY;
  for (const { span } of siblings) {
    const isBeside = span.startMs + TOUCH_MS < groupEnd && endOf(span) > span.startMs;
    if (isBeside) groups.at(-1)?.push(span.id);
    else groups.push([span.id]);
    groupEnd = isBeside ? Math.max(groupEnd, endOf(span)) : endOf(span);
  }
  return groups.flatMap((group) =>
    group.map((id, index): [string, WaterfallRow['beside']] => [id, placeIn(index, group.length)]),
  );
}

function placeIn(index: number, length: number): WaterfallRow['beside'] {
  if (length === 1) return null;
  if (index === 0) return 'first';
  return index === length - 1 ? 'last' : 'middle';
}
