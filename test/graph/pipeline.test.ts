/** The pipeline as a whole: it builds, its order, what runs side by side, how it ends when a step or a signal stops it. */
import { describe, expect, it } from 'vitest';
import type { Agent } from '../../agents/agent.ts';
import { TransientError } from '../../core/errors.ts';
import type { TraceSpan } from '../../core/span.ts';
import { Turn } from '../../core/turn.ts';
import { createPipeline } from '../../graph/pipeline.ts';
import { apologise, type RunOptions, runTurn } from '../../graph/run.ts';
import type { TurnPorts } from '../../graph/state.ts';
import { createRecorder } from '../../traces/recorder.ts';
import { failsWith } from '../memory/support.ts';
import {
  burstOf,
  chooses,
  conversationOf,
  ids,
  portsOf,
  quietMemory,
  recorderOf,
  says,
  speakerOf,
  threadOf,
  wordsOf,
} from './support.ts';

const pipeline = createPipeline();

function run(
  ports: TurnPorts = portsOf(),
  options: Partial<RunOptions> & { readonly burst?: ReturnType<typeof burstOf> } = {},
) {
  const { burst = burstOf([says('hello')]), ...rest } = options;
  const signal = new AbortController().signal;
  return runTurn(pipeline, burst, { recorder: recorderOf(), signal, yieldToNewer: true, ports, ...rest });
}

const idOf = (spans: readonly TraceSpan[], name: string) => spans.find((span) => span.name === name)?.id;
const names = (spans: readonly TraceSpan[]): readonly string[] => spans.map((span) => span.name);

describe('a turn', () => {
  it('takes every step once, in order', async () => {
    const { turn } = await run();
    const [first, ...rest] = names(turn.spans);
    expect(first).toBe('turn');
    expect(rest.slice(0, 2)).toEqual(['identify', 'advance']);
    expect(rest.slice(2, 5).toSorted()).toEqual(['classify', 'recall', 'screen']);
    expect(rest.slice(5)).toEqual(['supervise', 'act', 'compose', 'check', 'remember']);
    expect(turn.spans.filter((span) => span.outcome !== 'ok' || span.endMs === null)).toEqual([]);
    expect(Turn.parse(JSON.parse(JSON.stringify(turn)))).toEqual(turn);
  });

  it('screens, classifies and recalls side by side', { timeout: 10_000 }, async () => {
    // Nothing they ask for is answered before all three have begun; one after the other, they would wait for ever.
    const started = new Set<string>();
    const all = Promise.withResolvers<void>();
    const meet = (): Promise<never[]> => all.promise.then(() => []);
    const onChange = ({ name }: TraceSpan): void => {
      if (['screen', 'classify', 'recall'].includes(name)) started.add(name);
      if (started.size === 3) all.resolve();
    };
    const memory = quietMemory({
      threads: { get: () => Promise.resolve(threadOf()), conversation: () => meet().then(() => conversationOf()) },
      exemplars: { nearest: meet },
      facts: { recall: meet },
    });
    const recorder = createRecorder({ turn: ids.turn, events: 1, monotonic: () => 0, onChange });
    await run(portsOf({ memory }), { recorder });
    expect([...started].toSorted()).toEqual(['classify', 'recall', 'screen']);
  });

  it('embeds the words of the burst once', async () => {
    const embedded: unknown[] = [];
    const embedder = {
      name: 'test',
      dimensions: 1,
      searchWeight: 1,
      embed: (texts: readonly string[]) => {
        embedded.push(texts);
        return Promise.resolve([[1]]);
      },
    };
    await run(portsOf({ embedder }), {
      burst: burstOf([says('hello'), says('  '), chooses('hold:a', 'Hold'), says('world')]),
    });
    expect(embedded).toEqual([['hello\nHold\nworld']]);
  });

  it('says nothing, and makes nothing, when the route is silence', async () => {
    const memory = quietMemory({}, { thread: threadOf({ ownership: 'operator' }) });
    const { turn, deliveries } = await run(portsOf({ memory }));
    expect(turn.status).toBe('silent');
    expect(deliveries).toEqual([]);
    expect(names(turn.spans)).not.toContain('act');
  });

  it('answers a crisis on a thread an operator holds', async () => {
    const memory = quietMemory({}, { thread: threadOf({ ownership: 'operator' }) });
    const { deliveries } = await run(portsOf({ memory }), { burst: burstOf([says('I want to die')]) });
    expect(deliveries.map(({ reply }) => reply.messageClass)).toEqual(['crisis']);
  });

  it('records a tool call below the act that made it', async () => {
    const ports = portsOf();
    const sales = { ...speakerOf('sales'), prefetch: () => [{ tool: 'nobody_has_this', input: {} }] };
    const { turn } = await run(
      { ...ports, actors: { ...ports.actors, sales } },
      { burst: burstOf([chooses('hold:a')]) },
    );
    const span = { name: 'nobody_has_this', outcome: 'refused', data: { kind: 'tool', tool: 'nobody_has_this' } };
    expect(turn.spans).toContainEqual(expect.objectContaining({ ...span, parent: idOf(turn.spans, 'act') }));
  });

  it('records when a tool call was, not when the act was over', async () => {
    let now = 0;
    const ports = portsOf();
    const knowledge = {
      ...speakerOf('knowledge'),
      prefetch: () => [{ tool: 'nobody_has_this', input: {} }],
      fallback: (...args: Parameters<Agent['fallback']>) => {
        now = 500;
        return speakerOf('knowledge').fallback(...args);
      },
    };
    const recorder = createRecorder({ turn: ids.turn, events: 1, monotonic: () => now });
    const burst = burstOf([chooses('topic:knowledge')]);
    const { turn } = await run({ ...ports, actors: { ...ports.actors, knowledge } }, { burst, recorder });
    expect(turn.spans.find(({ name }) => name === 'act')).toMatchObject({ startMs: 0, endMs: 500 });
    expect(turn.spans.find(({ name }) => name === 'nobody_has_this')).toMatchObject({ startMs: 0, endMs: 0 });
  });

  it('records a model call below the step that asked', async () => {
    const call = { agent: 'supervisor', model: 'm1', prompt: 'p', outcome: 'model_timeout', milliseconds: 0 } as const;
    const told = { ...call, firstTokenMs: null, inputTokens: 40, outputTokens: 2 };
    const supervise: TurnPorts['supervise'] = (_context, { onModelCall }) => {
      onModelCall?.(told);
      return Promise.resolve({ route: { kind: 'agent', agent: 'knowledge', because: 'test' }, modelCalls: [told] });
    };
    const { turn } = await run(portsOf({ supervise }), { burst: burstOf([says('blorb')]) });
    const data = { kind: 'model', model: 'm1', inputTokens: 40, outputTokens: 2 };
    const parent = idOf(turn.spans, 'supervise');
    expect(turn.spans).toContainEqual(expect.objectContaining({ name: 'm1', outcome: 'model_timeout', parent, data }));
  });
});

describe('a turn that is stopped', () => {
  it('ends the span of the step that threw with its code, and throws on', async () => {
    const error = new TransientError('store_down', 'away');
    const memory = quietMemory({ journeys: { get: () => Promise.reject(error) } });
    const recorder = recorderOf();
    await expect(run(portsOf({ memory }), { recorder })).rejects.toBe(error);
    expect(recorder.finish().map(({ name, outcome }) => [name, outcome])).toEqual([
      ['turn', 'ok'],
      ['identify', 'ok'],
      ['advance', 'store_down'],
    ]);
  });

  it('throws a stranger’s error as it is', async () => {
    const memory = quietMemory({ exemplars: { nearest: () => Promise.reject(new RangeError('odd')) } });
    const recorder = recorderOf();
    await expect(run(portsOf({ memory }), { recorder })).rejects.toBeInstanceOf(RangeError);
    expect(recorder.finish().find(({ name }) => name === 'classify')?.outcome).toBe('unexpected');
  });

  const hanging = () =>
    portsOf({
      supervise: (_context, { signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    });
  const unclear = burstOf([says('asdf')]);

  it.each(['superseded', 'lane_lost'] as const)('says why it was stopped: %s', async (code) => {
    const stop = new AbortController();
    const running = run(hanging(), { burst: unclear, signal: stop.signal });
    const reason = new TransientError(code, 'because');
    stop.abort(reason);
    await expect(running).rejects.toBe(reason);
  });

  it('calls every other reason a deadline', async () => {
    const stop = new AbortController();
    const running = run(hanging(), { burst: unclear, signal: stop.signal });
    stop.abort(new DOMException('too late', 'TimeoutError'));
    await expect(running).rejects.toEqual(failsWith('TransientError', 'model_timeout'));
  });

  it('does not begin when it was stopped before', async () => {
    const reason = new TransientError('superseded', 'because');
    await expect(run(portsOf(), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('apologise', () => {
  const burst = burstOf([says('hello'), { ...says('anybody?'), answerUnder: 'second' }]);

  it('needs the person’s language and nothing else', async () => {
    const { turn, deliveries, alerts, ownership } = await apologise(
      portsOf(),
      burst,
      new TransientError('model_timeout', 'late'),
    );
    expect(deliveries.map(({ reply, replyTo }) => [wordsOf(reply), replyTo])).toEqual([['[failed]', 'second']]);
    expect(turn).toMatchObject({
      id: ids.turn,
      status: 'error',
      error: { code: 'model_timeout' },
      deliveries: [`${ids.turn}.0`],
    });
    expect(alerts).toMatchObject([{ kind: 'parked' }]);
    expect(ownership).toBe('waiting');
  });

  it('keeps what a stranger’s error says out of the alert', async () => {
    const { alerts, turn } = await apologise(portsOf(), burst, new Error('password=1234'));
    expect(JSON.stringify(alerts)).not.toContain('1234');
    expect(turn.error?.code).toBe('unexpected');
  });
});
