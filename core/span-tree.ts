/** The spans of a turn in reading order: parents before their children, siblings by their start. */
import type { TraceSpan } from './span.ts';

export type PlacedSpan = {
  readonly span: TraceSpan;
  /** How deep below the turn, from 0. */
  readonly depth: number;
};

/** Every span once; siblings of the same start stay as they came. One without a known parent stands at the top. */
export function spansInOrder(spans: readonly TraceSpan[]): readonly PlacedSpan[] {
  const ids = new Set(spans.map(({ id }) => id));
  const children = Map.groupBy(spans, ({ parent }) => (parent !== null && ids.has(parent) ? parent : null));
  const placed: PlacedSpan[] = [];
  const seen = new Set<string>();
  const visit = (siblings: readonly TraceSpan[], depth: number): void => {
    for (const span of siblings.toSorted((a, b) => a.startMs - b.startMs)) {
      if (seen.has(span.id)) continue;
      seen.add(span.id);
      placed.push({ span, depth });
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
