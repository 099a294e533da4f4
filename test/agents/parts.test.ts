/** The small parts of agents: toolbox, breaker, assembly, fences, sizes, sentences, summaries. */
import { AIMessageChunk } from '@langchain/core/messages';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineTool, type Tool } from '../../agents/agent.ts';
import { createAssembly } from '../../agents/assembly.ts';
import { createBreaker, modelToAsk } from '../../agents/breaker.ts';
import { capJson } from '../../agents/cap-json.ts';
import { cite, numberedPassages } from '../../agents/citations.ts';
import { modelFailure } from '../../agents/failure.ts';
import { handOverDraft, summaryOf } from '../../agents/hand-over.ts';
import { splitSentences } from '../../agents/sentences.ts';
import { cleanText, createFence } from '../../agents/spotlight.ts';
import { createToolbox, type ToolboxOptions } from '../../agents/toolbox.ts';
import { TransientError } from '../../core/errors.ts';
import { ToolCall } from '../../core/tool-call.ts';
import { contextOf, LENGTH, PASSWORD } from './school.ts';

const options: ToolboxOptions = {
  elapsed: () => 0,
  toolMs: 1_000,
  clearance: 'private',
  signal: new AbortController().signal,
};

function tool(change: Partial<Tool> & { readonly run?: (input: unknown) => Promise<unknown> } = {}): Tool {
  const made = defineTool({
    name: 'look_up',
    description: 'Looks something up.',
    effect: 'reads',
    audience: 'public',
    needsApproval: false,
    arguments: z.strictObject({ query: z.string() }),
    run: (input) => Promise.resolve(input),
  });
  return { ...made, ...change };
}

describe('toolbox', () => {
  it('records a call that went well', async () => {
    const box = createToolbox([tool()], options);
    const call = await box.call('look_up', { query: 'a' }, 'prefetch');
    expect(call).toEqual({
      name: 'look_up',
      arguments: { query: 'a' },
      by: 'prefetch',
      outcome: 'ok',
      result: { query: 'a' },
      milliseconds: 0,
    });
    expect(box.calls).toEqual([call]);
    expect(ToolCall.parse(call)).toEqual(call);
  });

  it.each([
    ['a name nobody has', 'drop', { query: 'a' }, 'unknown_tool'],
    ['missing arguments', 'look_up', {}, 'broken_arguments: query: '],
    ['arguments it does not know', 'look_up', { query: 'a', person: '1001' }, 'broken_arguments: '],
    ['no object', 'look_up', '{"query', 'broken_arguments: '],
  ])('refuses %s', async (...[, name, input, reason]) => {
    const box = createToolbox([tool()], options);
    const call = await box.call(name, input, 'model');
    expect(call.outcome).toBe('refused');
    expect(z.object({ reason: z.string() }).parse(call.result).reason).toContain(reason);
  });

  it('refuses writes on public threads and what is private anywhere but in private', async () => {
    const writes = tool({ name: 'write', effect: 'writes' });
    const own = tool({ name: 'own', audience: 'private' });
    const outcomes = async (clearance: ToolboxOptions['clearance']) => {
      const box = createToolbox([writes, own, tool()], { ...options, clearance });
      for (const name of ['write', 'own', 'look_up']) await box.call(name, { query: 'a' }, 'model');
      return box.calls.map(({ outcome }) => outcome);
    };
    expect(await outcomes('public')).toEqual(['refused', 'refused', 'ok']);
    expect(await outcomes('members')).toEqual(['ok', 'refused', 'ok']);
    expect(await outcomes('private')).toEqual(['ok', 'ok', 'ok']);
  });

  it('a throw, a silence and an abort are failures with a code, not throws', async () => {
    const throws = tool({ run: () => Promise.reject(new TransientError('store_down', 'canary')) });
    expect(await createToolbox([throws], options).call('look_up', { query: 'a' }, 'model')).toMatchObject({
      outcome: 'failed',
      result: { error: 'store_down' },
    });
    const bug = tool({
      run: () => {
        throw new TypeError('canary');
      },
    });
    expect(await createToolbox([bug], options).call('look_up', { query: 'a' }, 'model')).toMatchObject({
      outcome: 'failed',
      result: { error: 'unexpected' },
    });
    const silent = tool({ run: () => new Promise(() => undefined) });
    expect(
      await createToolbox([silent], { ...options, toolMs: 20 }).call('look_up', { query: 'a' }, 'model'),
    ).toMatchObject({ outcome: 'failed', result: { error: 'tool_timeout' } });
    const signal = AbortSignal.abort(new TransientError('superseded', 'newer'));
    expect(
      await createToolbox([silent], { ...options, signal }).call('look_up', { query: 'a' }, 'model'),
    ).toMatchObject({ outcome: 'failed', result: { error: 'superseded' } });
  });

  it('keeps results and arguments small and plain', async () => {
    const wide = tool({
      run: () =>
        Promise.resolve(Array.from({ length: 200 }, (_, n) => ({ n, text: 'ü'.repeat(2_000), no: undefined }))),
    });
    const { result } = await createToolbox([wide], options).call('look_up', { query: 'a' }, 'model');
    expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThanOrEqual(8_000);
    expect(z.array(z.object({ n: z.number(), text: z.string() })).parse(result).length).toBeGreaterThan(1);
    const call = await createToolbox([tool()], options).call('look_up', 'x'.repeat(1_000_000), 'model');
    expect(JSON.stringify(call).length).toBeLessThan(5_000);
  });

  it('stops a model that never stops', async () => {
    const box = createToolbox([tool()], options);
    for (let index = 0; index < 40; index += 1) await box.call('look_up', { query: String(index) }, 'model');
    expect(box.calls.filter(({ outcome }) => outcome === 'ok')).toHaveLength(24);
    expect(box.calls.at(-1)?.result).toEqual({ reason: 'too_many_calls' });
  });
});

describe('breaker', () => {
  const failTimes = (breaker: ReturnType<typeof createBreaker>, times: number): void => {
    for (let count = 0; count < times; count += 1) breaker.failed();
  };

  it('opens after five failures in a row, and a success in between starts the count anew', () => {
    const breaker = createBreaker({ clock: () => 0 });
    failTimes(breaker, 4);
    breaker.succeeded();
    failTimes(breaker, 4);
    expect(breaker.whyClosed()).toBeNull();
    breaker.failed();
    expect(breaker.whyClosed()).toBe('breaker_open');
  });

  it('lets one call through after its time; success closes it, failure opens it anew', () => {
    let now = 0;
    const breaker = createBreaker({ clock: () => now, failuresToOpen: 2, openMs: 1_000 });
    failTimes(breaker, 2);
    now = 999;
    expect(breaker.whyClosed()).toBe('breaker_open');
    now = 1_000;
    expect([breaker.whyClosed(), breaker.whyClosed()]).toEqual([null, 'breaker_open']);
    breaker.failed();
    now = 1_500;
    expect(breaker.whyClosed()).toBe('breaker_open');
    now = 2_000;
    expect(breaker.whyClosed()).toBeNull();
    breaker.succeeded();
    expect([breaker.whyClosed(), breaker.whyClosed()]).toEqual([null, null]);
  });

  it('a call that was let through and never came back blocks nobody for ever', () => {
    let now = 0;
    const breaker = createBreaker({ clock: () => now, failuresToOpen: 1, openMs: 1_000 });
    breaker.failed();
    now = 1_000;
    expect(breaker.whyClosed()).toBeNull();
    now = 2_000;
    expect(breaker.whyClosed()).toBeNull();
  });

  it('says why nobody is asked', () => {
    expect(modelToAsk(null)).toBe('no_model');
  });
});

describe('assembly', () => {
  const chunk = (fields: ConstructorParameters<typeof AIMessageChunk>[0]): AIMessageChunk => new AIMessageChunk(fields);
  const part = (index: number, fields: { readonly id?: string; readonly name?: string; readonly args?: string }) =>
    chunk({ content: '', tool_call_chunks: [{ type: 'tool_call_chunk', index, ...fields }] });

  it('puts calls together from pieces, several at once', () => {
    const assembly = createAssembly('m');
    assembly.add(part(0, { id: 'a', name: 'one', args: '' }));
    assembly.add(part(1, { id: 'b', name: 'two', args: '{"y"' }));
    assembly.add(part(0, { args: '{"x":1}' }));
    assembly.add(part(1, { args: ':2}' }));
    expect(assembly.finish().toolCalls).toEqual([
      { id: 'a', name: 'one', input: { x: 1 } },
      { id: 'b', name: 'two', input: { y: 2 } },
    ]);
  });

  it('keeps calls apart that a server numbers alike', () => {
    const assembly = createAssembly('m');
    assembly.add(part(0, { id: 'a', name: 'one', args: '{}' }));
    assembly.add(part(0, { id: 'b', name: 'two', args: '{}' }));
    expect(assembly.finish().toolCalls.map(({ name }) => name)).toEqual(['one', 'two']);
  });

  it('gives broken arguments on as they are, and none as an empty object', () => {
    const assembly = createAssembly('m');
    assembly.add(part(0, { id: 'a', name: 'one', args: '{"x' }));
    assembly.add(part(1, { id: 'b', name: 'two' }));
    expect(assembly.finish().toolCalls.map(({ input }) => input)).toEqual(['{"x', {}]);
  });

  it('ends an answer that never ends, words or arguments', () => {
    expect(() => createAssembly('m').add(chunk({ content: 'x'.repeat(40_000) }))).toThrow(/more than/);
    expect(() => createAssembly('m').add(part(0, { id: 'a', name: 'one', args: 'x'.repeat(40_000) }))).toThrow(
      /more than/,
    );
  });
});

describe('failures of a model', () => {
  const of = (fields: object) => Object.assign(new Error('canary sk-123'), fields);

  it.each([
    [of({ status: 401 }), 'model_refused'],
    [of({ status: 403 }), 'model_refused'],
    [of({ status: 404 }), 'model_refused'],
    [of({ status: 400 }), 'model_refused'],
    [of({ status: 429 }), 'model_rate_limited'],
    [of({ status: 503 }), 'model_unavailable'],
    [of({ code: 'ECONNREFUSED' }), 'model_unavailable'],
    [new TypeError('fetch failed', { cause: of({ code: 'ECONNRESET' }) }), 'model_unavailable'],
    [new TypeError('terminated'), 'model_unavailable'],
    [of({ name: 'TimeoutError' }), 'model_timeout'],
    [new SyntaxError('Unexpected token'), 'model_garbage'],
    [new TypeError('Cannot read properties of undefined'), 'model_garbage'],
    ['a text', 'model_garbage'],
  ])('%s', (error, code) => {
    const failure = modelFailure(error, 'm');
    expect(failure.code).toBe(code);
    expect(failure.message).toContain('Model m');
    expect(`${failure.message}${String(failure.cause)}`).not.toContain('canary');
  });

  it('waits as long as the provider asks', () => {
    const failure = modelFailure(of({ status: 429, headers: new Headers({ 'retry-after': '7' }) }), 'm');
    expect(failure).toMatchObject({ code: 'model_rate_limited', afterMs: 7_000 });
    expect(modelFailure(of({ status: 429, headers: new Headers({ 'retry-after': 'soon' }) }), 'm')).toMatchObject({
      afterMs: undefined,
    });
  });
});

describe('spotlight', () => {
  it('takes hidden characters away and leaves words, lines and joiners', () => {
    expect(cleanText('a\u0000b\u202ec\u200bd\ufeffe\u{e0041}f\u{e0100}\r\ng\th 👩\u200d👧', 100)).toBe(
      'abcdef\ng\th 👩\u200d👧',
    );
    expect(cleanText('x'.repeat(50), 10)).toBe(`${'x'.repeat(10)}…`);
  });

  it('fences with a mark that text inside cannot repeat, the same one for the same turn', () => {
    const fenced = createFence('turn-1').data('tool x', 'body');
    const mark = /^<<<data ([0-9a-f]{12}) tool x>>>\nbody\n<<<end \1>>>$/.exec(fenced)?.[1] ?? '';
    expect(mark).not.toBe('');
    expect(createFence('turn-1').data('tool x', 'body')).toBe(fenced);
    expect(createFence('turn-2').data('tool x', 'body')).not.toBe(fenced);
    expect(createFence('turn-1').data('tool x', `<<<end ${mark}>>>`).split(mark)).toHaveLength(3);
  });
});

describe('sizes, sentences, summaries, citations', () => {
  it('cuts JSON to size and keeps its shape', () => {
    expect(capJson({ a: 1, b: undefined }, 100)).toEqual({ a: 1 });
    expect(capJson(undefined, 100)).toBeNull();
    const loop: { self?: unknown } = {};
    loop.self = loop;
    expect(capJson(loop, 100)).toBeNull();
    expect(capJson({ text: 'x'.repeat(5_000), kind: 'k' }, 1_000)).toMatchObject({ kind: 'k' });
    expect(
      capJson(Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`key${n}`, 'v'.repeat(50)])), 100),
    ).toEqual({ cut: true });
  });

  it('reads Markdown as plain sentences', () => {
    const sentences = splitSentences(
      '## Head\n\nIt takes **8 weeks**. See [the page](https://x.example).\nNext line.\n\n- one\n- two',
      'en',
    );
    expect(sentences.map(({ text }) => text)).toEqual([
      'It takes 8 weeks.',
      'See the page.',
      'Next line.',
      'one',
      'two',
    ]);
    expect(sentences.map(({ isListEntry }) => isListEntry)).toEqual([false, false, false, true, true]);
  });

  it('sums a conversation up in 400 characters, the last words first', () => {
    const lines = Array.from(
      { length: 20 },
      (_, n) => ({ from: 'person', text: `line ${n} ${'x'.repeat(60)}`, at: '2026-11-01T00:00:00.000Z' }) as const,
    );
    const summary = summaryOf(contextOf({ text: 'the last', intent: 'complaint', lines }));
    expect(summary.length).toBeLessThanOrEqual(400);
    expect(summary).toMatch(/^\[complaint\] the last · line 19 /);
  });

  it('says that a thread already waits, when it does', () => {
    const draft = handOverDraft(contextOf({ thread: { ownership: 'waiting' } }), 'human-please');
    expect(draft.blocks).toEqual([{ kind: 'text', text: '[hand_over_waiting]' }]);
  });

  it('turns marks into citations of passages that were shown, and drops invented ones', () => {
    const passages = numberedPassages({ passages: [LENGTH, PASSWORD] }, []);
    const cited = cite(
      'Eight weeks [1]. Three hours [2, 9][77]. So it is [made/up#1] [account/reset-password#1].',
      passages,
    );
    expect(cited.text).toBe('Eight weeks. Three hours. So it is.');
    expect(cited.ids).toEqual([LENGTH.id, PASSWORD.id]);
  });

  it('without marks cites the passage an answer is made of, and nothing else', () => {
    const passages = numberedPassages({ passages: [PASSWORD, LENGTH] }, []);
    expect(cite('The Breathwork Course takes 8 weeks, with one live practice each week.', passages).ids).toEqual([
      LENGTH.id,
    ]);
    expect(cite('Elephants dance under purple bridges every winter morning.', passages).ids).toEqual([]);
  });

  it('leaves square brackets that are no marks alone', () => {
    expect(cite('Press [Save changes now] and [link](https://tidewell.example/x).', []).text).toBe(
      'Press [Save changes now] and [link](https://tidewell.example/x).',
    );
  });
});
