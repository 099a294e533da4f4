/** What a step asked of models and tools, as spans below it, recorded as each call ends. */
import type { ActOptions } from '../../agents/model.ts';
import type { SpanData } from '../../core/span.ts';
import type { Spans } from '../../traces/recorder.ts';

type Ended = {
  readonly name: string;
  readonly outcome: string;
  readonly milliseconds: number;
  readonly data: SpanData;
};

/** The part of an act's options by which its calls are measured and told. */
export function recordCalls({
  elapsed,
  add,
}: Pick<Spans, 'elapsed' | 'add'>): Required<Pick<ActOptions, 'elapsed' | 'onModelCall' | 'onToolCall'>> {
  const put = ({ milliseconds, ...span }: Ended): void => {
    const endMs = elapsed();
    add({ ...span, startMs: Math.max(0, endMs - milliseconds), endMs });
  };
  return {
    elapsed,
    onModelCall: ({ model, outcome, milliseconds, inputTokens, outputTokens }) =>
      put({ name: model, outcome, milliseconds, data: { kind: 'model', model, inputTokens, outputTokens } }),
    onToolCall: ({ name, outcome, milliseconds }) =>
      put({ name, outcome, milliseconds, data: { kind: 'tool', tool: name } }),
  };
}
