/** Lays the spans of a turn out as a waterfall: rows in the order of the work, bars in per cent of its time. Pure. */
import type { TraceSpan } from '../../core/span.ts';

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

type Placed = Pick<WaterfallRow, 'span' | 'depth' | 'beside'>;

/** `nowMs` is the time since the turn began: the end, for now, of what still runs. */
export function layoutWaterfall(spans: readonly TraceSpan[], nowMs: number): Waterfall {
  const endOf = (span: TraceSpan) => Math.max(span.endMs ?? nowMs, span.startMs);
  const totalMs = Math.max(nowMs, ...spans.map(endOf), 0.001);
  const rows = place(spans, endOf).map(({ span, depth, beside }) => {
    const left = Math.min(100 - MIN_WIDTH, Math.max(0, (span.startMs / totalMs) * 100));
    const width = ((endOf(span) - span.startMs) / totalMs) * 100;
    const milliseconds = span.endMs === null ? null : endOf(span) - span.startMs;
    return { span, depth, beside, left, width: Math.min(100 - left, Math.max(MIN_WIDTH, width)), milliseconds };
  });
  return { rows, totalMs };
}

type End = (span: TraceSpan) => number;

/** Parents before their children, siblings by their start. A span without a known parent stands at the top. */
function place(spans: readonly TraceSpan[], endOf: End): readonly Placed[] {
  const children = Map.groupBy(spans, (span) => parentOf(span, { spans, endOf }));
  const placed: Placed[] = [];
  const seen = new Set<string>();
  const visit = (siblings: readonly TraceSpan[], depth: number) => {
    const inOrder = siblings.toSorted((a, b) => a.startMs - b.startMs || a.id.localeCompare(b.id));
    for (const { span, beside } of markBeside(inOrder, endOf)) {
      if (seen.has(span.id)) continue;
      seen.add(span.id);
      placed.push({ span, depth, beside });
      visit(children.get(span.id) ?? [], depth + 1);
    }
  };
  visit(children.get(null) ?? [], 0);
  // Parents in a circle lead nowhere; their spans must be seen all the same.
  visit(
    spans.filter((span) => !seen.has(span.id)),
    0,
  );
  return placed;
}

type Among = { readonly spans: readonly TraceSpan[]; readonly endOf: End };

/** A tool or model call told as a child of the turn itself belongs to the step in whose time it ran, if there is one only. */
function parentOf(span: TraceSpan, { spans, endOf }: Among): string | null {
  const parent = spans.find((one) => one.id === span.parent);
  const isCall = span.data.kind === 'tool' || span.data.kind === 'model';
  if (!isCall || parent?.data.kind !== 'turn') return parent?.id ?? null;
  const around = spans
    .filter(({ data, startMs }) => data.kind === 'step' && startMs <= span.startMs + TOUCH_MS)
    .filter((step) => endOf(step) >= endOf(span) - TOUCH_MS);
  return around.length === 1 ? (around[0]?.id ?? parent.id) : parent.id;
}

/** Siblings in the order of their start, each with its place in the group that ran side by side with it. */
function markBeside(siblings: readonly TraceSpan[], endOf: End): readonly Omit<Placed, 'depth'>[] {
  const groups: TraceSpan[][] = [];
  let groupEnd = Number.NEGATIVE_INFINITY;
  for (const span of siblings) {
    const isBeside = span.startMs + TOUCH_MS < groupEnd && endOf(span) > span.startMs;
    if (isBeside) groups.at(-1)?.push(span);
    else groups.push([span]);
    groupEnd = isBeside ? Math.max(groupEnd, endOf(span)) : endOf(span);
  }
  return groups.flatMap((group) => group.map((span, index) => ({ span, beside: placeIn(index, group.length) })));
}

function placeIn(index: number, length: number): WaterfallRow['beside'] {
  if (length === 1) return null;
  if (index === 0) return 'first';
  return index === length - 1 ? 'last' : 'middle';
}
