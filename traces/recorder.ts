/** The recorder: spans of a running turn, parent first, for the Turn record and for whoever watches live. */
import { errorCode } from '../core/errors.ts';
import type { TurnId } from '../core/ids.ts';
import type { SpanData, TraceSpan } from '../core/span.ts';

/** A place in the trace: what is recorded here hangs under one span. */
export type Spans = {
  /** Milliseconds since the turn began. */
  readonly elapsed: () => number;
  /** Runs `work` inside a span, with the place below it; a throw ends the span with its code and goes on up. */
  readonly span: <T>(name: string, data: SpanData, work: (below: Spans) => Promise<T>) => Promise<T>;
  /** A span that was measured elsewhere. */
  readonly add: (span: Pick<TraceSpan, 'name' | 'startMs' | 'endMs' | 'outcome' | 'data'>) => void;
};

/** The place right below the turn. */
export type Recorder = Spans & {
  /** All spans so far; the root ends when this is called. */
  readonly finish: () => readonly TraceSpan[];
};

export type RecorderParts = {
  readonly turn: TurnId;
  readonly events: number;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
  readonly onChange?: (span: TraceSpan) => void;
};

export function createRecorder({ turn, events, monotonic, onChange }: RecorderParts): Recorder {
  const begun = monotonic();
  const elapsed = (): number => round(monotonic() - begun);
  const spans: TraceSpan[] = [];
  const put = (span: TraceSpan): void => {
    const index = spans.findIndex((known) => known.id === span.id);
    if (index < 0) spans.push(span);
    else spans[index] = span;
    onChange?.(span);
  };
  const root: TraceSpan = {
    id: '0',
    turn,
    parent: null,
    name: 'turn',
    startMs: 0,
    endMs: null,
    outcome: 'running',
    data: { kind: 'turn', events },
  };
  put(root);
  const spansBelow = (parent: string): Spans => ({
    elapsed,
    span: async (name, data, work) => {
      const open: TraceSpan = { ...root, id: String(spans.length), parent, name, startMs: elapsed(), data };
      put(open);
      try {
        const result = await work(spansBelow(open.id));
        put({ ...open, endMs: elapsed(), outcome: 'ok' });
        return result;
      } catch (error) {
        put({ ...open, endMs: elapsed(), outcome: errorCode(error) });
        throw error;
      }
    },
    add: (span) => put({ id: String(spans.length), turn, parent, ...span }),
  });
  const finish = (): readonly TraceSpan[] => {
    put({ ...root, endMs: elapsed(), outcome: 'ok' });
    return [...spans];
  };
  return { ...spansBelow(root.id), finish };
}

/** A hundredth of a millisecond is more than enough. */
function round(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}
