/** Draws a waterfall: one row for each span, its bar where its time was. */
import type { TraceSpan } from '../../core/span.ts';
import { duration } from './time.ts';
import { layoutWaterfall, type WaterfallRow } from './waterfall.ts';

type WaterfallProps = {
  readonly spans: readonly TraceSpan[];
  /** Milliseconds since the turn began. */
  readonly nowMs: number;
};

export function Waterfall({ spans, nowMs }: WaterfallProps) {
  const { rows, totalMs } = layoutWaterfall(spans, nowMs);
  return (
    <div class="waterfall">
      <ol>
        {rows.map((row) => (
          <Row key={row.span.id} row={row} />
        ))}
      </ol>
      <p class="waterfall-scale" aria-hidden="true">
        <span>0</span>
        <span>{duration(totalMs / 2)}</span>
        <span>{duration(totalMs)}</span>
      </p>
      {rows.some((row) => row.beside !== null) && (
        <p class="hint">
          <span class="beside-sign" aria-hidden="true" /> ran side by side
        </p>
      )}
    </div>
  );
}

function Row({ row }: { readonly row: WaterfallRow }) {
  const { span, depth, left, width, milliseconds, beside } = row;
  const isBad = span.endMs !== null && span.outcome !== 'ok';
  const classes = ['bar', span.data.kind, milliseconds === null && 'open', isBad && 'bad'].filter(Boolean).join(' ');
  return (
    <li class="span-row" title={describe(span)}>
      <span class="span-name" style={{ paddingInlineStart: `${depth * 12}px` }}>
        {beside !== null && <span class={`beside ${beside}`} aria-hidden="true" />}
        {span.name}
        {isBad && <span class="span-outcome">{span.outcome}</span>}
      </span>
      <span class="track" aria-hidden="true">
        <span class={classes} style={{ insetInlineStart: `${left}%`, inlineSize: `${width}%` }} />
      </span>
      <span class="span-time">{milliseconds === null ? 'running' : duration(milliseconds)}</span>
    </li>
  );
}

function describe(span: TraceSpan): string {
  const from = `from ${duration(span.startMs)}${span.endMs === null ? ', running' : ` to ${duration(span.endMs)}`}`;
  switch (span.data.kind) {
    case 'model':
      return `${span.data.model}: ${span.data.inputTokens} tokens in, ${span.data.outputTokens} out, ${from}`;
    case 'tool':
      return `tool ${span.data.tool}: ${span.outcome}, ${from}`;
    case 'turn':
    case 'step':
      return `${span.name}: ${span.outcome}, ${from}`;
  }
}
