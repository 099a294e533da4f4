/** The queue's spans know no turn. The wake-up that made one, or sent its words, is moved into that turn's trace; the rest is noise. */
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace';

export type Place = { readonly traceId: string; readonly parentSpanId: string | null };

export type WakeUpJoiner = {
  readonly processor: SpanProcessor;
  /** Gives the running wake-up its place. False when it has another one: the first turn of a run keeps it. */
  readonly join: (spanId: string, place: Place) => boolean;
};

const QUEUE_SCOPE = 'bullmq';

export function createWakeUpJoiner(next: SpanProcessor): WakeUpJoiner {
  const places = new Map<string, Place>();
  // Only wake-ups that run are kept: each leaves at its end.
  const running = new Set<string>();
  const isQueues = ({ instrumentationScope }: ReadableSpan): boolean => instrumentationScope.name === QUEUE_SCOPE;
  return {
    processor: {
      onStart: (span, parent) => {
        if (isQueues(span)) running.add(span.spanContext().spanId);
        else next.onStart(span, parent);
      },
      onEnd: (span) => {
        if (!isQueues(span)) return next.onEnd(span);
        const { spanId } = span.spanContext();
        const place = places.get(spanId);
        running.delete(spanId);
        places.delete(spanId);
        if (place) next.onEnd(moved(span, place));
      },
      forceFlush: () => next.forceFlush(),
      shutdown: () => next.shutdown(),
    },
    join: (spanId, place) => {
      const known = places.get(spanId);
      if (known) return known.traceId === place.traceId;
      if (!running.has(spanId)) return false;
      places.set(spanId, place);
      return true;
    },
  };
}

/** Without its events and links: an error's message may hold words. */
function moved(span: ReadableSpan, { traceId, parentSpanId }: Place): ReadableSpan {
  const own = span.spanContext();
  const { name, kind, startTime, endTime, duration, status, attributes, resource, instrumentationScope } = span;
  return {
    name,
    kind,
    startTime,
    endTime,
    duration,
    attributes,
    resource,
    instrumentationScope,
    status: { code: status.code },
    spanContext: () => ({ ...own, traceId }),
    ...(parentSpanId === null
      ? {}
      : { parentSpanContext: { traceId, spanId: parentSpanId, traceFlags: own.traceFlags } }),
    links: [],
    events: [],
    ended: true,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}
