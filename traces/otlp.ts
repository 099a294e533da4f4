/** Turns as spans of OpenTelemetry: ids derived from the turn, attributes of ids and counts, never a word anybody said. */
import { createHash } from 'node:crypto';
import type { Delivery } from '../core/delivery.ts';
import type { TurnId } from '../core/ids.ts';
import type { SpanData, TraceSpan } from '../core/span.ts';
import type { Turn } from '../core/turn.ts';

/** Times are milliseconds since 1970. */
export type OtlpSpan = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, string | number>>;
  /** The code of what ended it; null: it went well. */
  readonly failure: string | null;
};

const ROOT = '0';

/** The turn's id without dashes: whoever has the one has the other. */
export function traceIdOf(turn: TurnId): string {
  return turn.replaceAll('-', '');
}

/** The same in every process, so that a delivery hangs under a turn that was made elsewhere. */
export function spanIdOf(turn: TurnId, span: string = ROOT): string {
  return createHash('sha256').update(`${turn}/${span}`).digest('hex').slice(0, 16);
}

/** The turn and its steps, the turn first. */
export function turnToSpans(turn: Turn): readonly OtlpSpan[] {
  const startMs = Date.parse(turn.startedAt);
  const root: TraceSpan = {
    id: ROOT,
    turn: turn.id,
    parent: null,
    name: 'turn',
    startMs: 0,
    endMs: turn.milliseconds,
    outcome: turn.error?.code ?? 'ok',
    data: { kind: 'turn', events: turn.events.length },
  };
  const below = turn.spans.filter(({ id }) => id !== ROOT);
  return [root, ...below].map((span) => ({
    traceId: traceIdOf(turn.id),
    spanId: spanIdOf(turn.id, span.id),
    parentSpanId: span.parent === null ? null : spanIdOf(turn.id, span.parent),
    name: span.name,
    startMs: startMs + span.startMs,
    endMs: startMs + (span.endMs ?? turn.milliseconds),
    attributes: { ...dataOf(span.data), ...(span.id === ROOT ? turnAttributes(turn) : {}) },
    failure: span.outcome === 'ok' ? null : span.outcome,
  }));
}

/** From the commit that wrote it to its last part having left. Null for an operator's words: they belong to no turn. */
export function deliveryToSpan(delivery: Delivery, sentMs: number): OtlpSpan | null {
  const { turn, id } = delivery;
  if (turn === null) return null;
  return {
    traceId: traceIdOf(turn),
    spanId: spanIdOf(turn, id),
    parentSpanId: spanIdOf(turn),
    name: 'delivery',
    startMs: Date.parse(delivery.createdAt),
    endMs: sentMs,
    attributes: {
      'throughline.delivery': id,
      'throughline.thread': delivery.thread,
      'throughline.channel': delivery.channel,
      'throughline.message_class': delivery.messageClass,
      'throughline.attempts': delivery.attempts,
    },
    failure: null,
  };
}

function turnAttributes(turn: Turn): OtlpSpan['attributes'] {
  return {
    'throughline.turn': turn.id,
    'throughline.thread': turn.thread,
    'throughline.channel': turn.events.at(-1)?.event.channel ?? 'none',
    'throughline.status': turn.status,
    'throughline.agent': turn.draft?.agent ?? 'none',
    'throughline.intent': turn.intent?.name ?? 'none',
    'throughline.workspace': turn.fingerprint.workspace,
  };
}

function dataOf(data: SpanData): OtlpSpan['attributes'] {
  switch (data.kind) {
    case 'turn':
      return { 'throughline.events': data.events };
    case 'step':
      return {};
    case 'model':
      return {
        'gen_ai.operation.name': 'chat',
        'gen_ai.request.model': data.model,
        'gen_ai.usage.input_tokens': data.inputTokens,
        'gen_ai.usage.output_tokens': data.outputTokens,
      };
    case 'tool':
      return { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': data.tool };
  }
}
