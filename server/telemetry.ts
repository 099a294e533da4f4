/** Telemetry: every turn as one trace to an OpenTelemetry collector. Loaded only where the configuration names one. */

import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Context, type ContextManager, context, ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, type IdGenerator, RandomIdGenerator, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Clock } from '../core/clock.ts';
import type { Delivery } from '../core/delivery.ts';
import type { TurnId } from '../core/ids.ts';
import type { Turn } from '../core/turn.ts';
import { deliveryToSpan, type OtlpSpan, spanIdOf, traceIdOf, turnToSpans } from '../traces/otlp.ts';
import { createWakeUpJoiner, type WakeUpJoiner } from './wake-up-joiner.ts';

export type Telemetry = {
  /** Inside the wake-up that made it, if there was one: that becomes the trace's beginning. */
  readonly noteTurn: (turn: Turn) => void;
  readonly noteSent: (delivery: Delivery) => void;
  /** Sends what is left. */
  readonly close: () => Promise<void>;
};

export type TelemetryParts = { readonly endpoint: string; readonly clock: Clock };

const CLOSE_MS = 3_000;

/** Takes the process's one place for tracing; the queue's own spans find it there. */
export function openTelemetry({ endpoint, clock }: TelemetryParts): Telemetry {
  const exporter = new OTLPTraceExporter({ url: `${endpoint}/v1/traces`, timeoutMillis: CLOSE_MS });
  const joiner = createWakeUpJoiner(new BatchSpanProcessor({ exporter, scheduledDelayMillis: 1_000 }));
  const ids = createIds();
  const provider = new TracerProvider({
    spanProcessors: [joiner.processor],
    idGenerator: ids.generator,
    resource: resourceFromAttributes({ 'service.name': 'throughline' }),
  });
  context.setGlobalContextManager(createContexts());
  trace.setGlobalTracerProvider(provider);
  const tracer = provider.getTracer('throughline');
  const write = (span: OtlpSpan, parentSpanId: string | null): void => {
    const options = { startTime: span.startMs, attributes: span.attributes };
    const parent = parentSpanId === null ? ROOT_CONTEXT : placeOf(span.traceId, parentSpanId);
    const open = ids.as(span, () => tracer.startSpan(span.name, options, parent));
    if (span.failure !== null) open.setStatus({ code: SpanStatusCode.ERROR, message: span.failure });
    open.end(span.endMs);
  };
  return {
    noteTurn: (turn) => {
      const wakeUp = join(joiner, turn.id, null);
      for (const span of turnToSpans(turn)) write(span, span.parentSpanId ?? wakeUp);
    },
    noteSent: (delivery) => {
      const span = deliveryToSpan(delivery, clock());
      if (span === null || delivery.turn === null) return;
      write(span, join(joiner, delivery.turn, spanIdOf(delivery.turn)) ?? span.parentSpanId);
    },
    close: async () => {
      // A collector that is away is tried again and again; a stop does not wait for it.
      const sent = provider.shutdown().catch(() => undefined);
      await Promise.race([sent, sleep(CLOSE_MS, undefined, { ref: false })]);
      trace.disable();
      context.disable();
    },
  };
}

/** The wake-up that runs now, if it belongs to this turn: its first turn. */
function join(joiner: WakeUpJoiner, turn: TurnId, parentSpanId: string | null): string | null {
  const wakeUp = trace.getSpan(context.active())?.spanContext().spanId;
  if (wakeUp === undefined) return null;
  return joiner.join(wakeUp, { traceId: traceIdOf(turn), parentSpanId }) ? wakeUp : null;
}

function placeOf(traceId: string, spanId: string): Context {
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: 1 });
}

type Ids = Pick<OtlpSpan, 'traceId' | 'spanId'>;

/** Random ids, but for spans that bring their own. */
function createIds(): { readonly generator: IdGenerator; readonly as: <T>(ids: Ids, work: () => T) => T } {
  const random = new RandomIdGenerator();
  let given: Ids | null = null;
  return {
    generator: {
      generateTraceId: () => given?.traceId ?? random.generateTraceId(),
      generateSpanId: () => given?.spanId ?? random.generateSpanId(),
    },
    as: (ids, work) => {
      given = ids;
      try {
        return work();
      } finally {
        given = null;
      }
    },
  };
}

/** Contexts follow the flow of asynchronous work. */
function createContexts(): ContextManager {
  const storage = new AsyncLocalStorage<Context>();
  const contexts: ContextManager = {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (active, work, ...[self, ...args]) => storage.run(active, () => work.apply(self as never, args)),
    bind: (_context, target) => target,
    enable: () => contexts,
    disable: () => {
      storage.disable();
      return contexts;
    },
  };
  return contexts;
}
