/** The turns that are under way right now, put together from what the live stream tells. Pure. */
import type { TraceSpan } from '../../core/span.ts';

export type RunningTurn = {
  readonly turn: string;
  readonly thread: string;
  /** Milliseconds since 1970, by this page's clock. */
  readonly startedAt: number;
  readonly spans: readonly TraceSpan[];
};

export type Running = ReadonlyMap<string, RunningTurn>;

/** What the server tells while it happens: ids and counts; the content is fetched. */
export type LiveNote =
  | { readonly kind: 'event-in'; readonly thread: string }
  | { readonly kind: 'turn-start'; readonly thread: string; readonly turn: string }
  | { readonly kind: 'span'; readonly span: TraceSpan }
  | { readonly kind: 'turn-end'; readonly thread: string; readonly turn: string }
  | { readonly kind: 'delivery'; readonly thread: string }
  | { readonly kind: 'alert'; readonly thread: string };

/** A turn ends in 45 s. One that never told its end (its process died) is not shown for ever. */
const FORGOTTEN_MS = 90_000;

/** The note of one event of the live stream; null for kinds this page does not know. */
export function readNote(name: string, data: string): LiveNote | null {
  try {
    const value = JSON.parse(data) as { readonly thread: string; readonly turn: string };
    if (name === 'span') return { kind: 'span', span: value as unknown as TraceSpan };
    if (name === 'turn-start' || name === 'turn-end') return { kind: name, thread: value.thread, turn: value.turn };
    if (name === 'event-in' || name === 'delivery' || name === 'alert') return { kind: name, thread: value.thread };
    return null;
  } catch {
    return null;
  }
}

/** The running turns after a note that came at `now` (milliseconds since 1970). */
export function withNote(before: Running, note: LiveNote, now: number): Running {
  const running = new Map([...before].filter(([, one]) => now - one.startedAt < FORGOTTEN_MS));
  if (note.kind === 'turn-start') {
    running.set(note.turn, { turn: note.turn, thread: note.thread, startedAt: now, spans: [] });
  }
  if (note.kind === 'turn-end') running.delete(note.turn);
  if (note.kind === 'span') {
    const one = running.get(note.span.turn);
    if (one) running.set(one.turn, { ...one, spans: withSpan(one.spans, note.span) });
  }
  return running;
}

/** A span is told twice: when it begins and when it has ended. */
function withSpan(spans: readonly TraceSpan[], span: TraceSpan): readonly TraceSpan[] {
  const isKnown = spans.some((one) => one.id === span.id);
  return isKnown ? spans.map((one) => (one.id === span.id ? span : one)) : [...spans, span];
}
