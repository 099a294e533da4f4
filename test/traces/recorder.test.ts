/** The recorder: parent first, every span ends, and a throw leaves its code. */
import { describe, expect, it } from 'vitest';
import { TransientError } from '../../core/errors.ts';
import { TurnId } from '../../core/ids.ts';
import { TraceSpan } from '../../core/span.ts';
import { createRecorder } from '../../traces/recorder.ts';

const turn = TurnId.parse('01996d2e-8a4b-7c3d-9e5f-0123456789ab');
const step = { kind: 'step' } as const;

/** A recorder whose clock moves only when a test says so. */
function record() {
  const time = { now: 1_000 };
  const seen: TraceSpan[] = [];
  const recorder = createRecorder({ turn, events: 2, monotonic: () => time.now, onChange: (span) => seen.push(span) });
  return { time, seen, recorder };
}

describe('the recorder', () => {
  it('begins with the turn itself, shown while it runs', () => {
    const { seen } = record();
    expect(seen).toEqual([
      {
        id: '0',
        turn,
        parent: null,
        name: 'turn',
        startMs: 0,
        endMs: null,
        outcome: 'running',
        data: { kind: 'turn', events: 2 },
      },
    ]);
  });

  it('measures a span from its beginning to its end', async () => {
    const { time, seen, recorder } = record();
    time.now += 5;
    const result = await recorder.span('identify', step, async () => {
      expect(seen.at(-1)).toMatchObject({ name: 'identify', parent: '0', endMs: null, outcome: 'running' });
      time.now += 7.123456;
      return 'made';
    });
    expect(result).toBe('made');
    expect(seen.at(-1)).toMatchObject({ name: 'identify', startMs: 5, endMs: 12.12, outcome: 'ok', data: step });
  });

  it('ends a span with the code of what was thrown, and throws it on', async () => {
    const { recorder } = record();
    const error = new TransientError('store_down', 'away');
    await expect(recorder.span('recall', step, () => Promise.reject(error))).rejects.toBe(error);
    await expect(recorder.span('screen', step, () => Promise.reject(new Error('secret words')))).rejects.toThrow();
    expect(recorder.finish().slice(1)).toMatchObject([
      { name: 'recall', outcome: 'store_down', endMs: 0 },
      { name: 'screen', outcome: 'unexpected', endMs: 0 },
    ]);
    expect(JSON.stringify(recorder.finish())).not.toContain('secret words');
  });

  it('keeps spans that run side by side apart', async () => {
    const { time, recorder } = record();
    const gate = Promise.withResolvers<void>();
    const slow = recorder.span('slow', step, () => gate.promise);
    time.now += 1;
    await recorder.span('quick', step, () => Promise.resolve());
    time.now += 1;
    gate.resolve();
    await slow;
    const spans = recorder.finish();
    expect(spans.map(({ id, name, startMs, endMs }) => ({ id, name, startMs, endMs }))).toEqual([
      { id: '0', name: 'turn', startMs: 0, endMs: 2 },
      { id: '1', name: 'slow', startMs: 0, endMs: 2 },
      { id: '2', name: 'quick', startMs: 1, endMs: 1 },
    ]);
  });

  it('hangs what is recorded in a span below it, and nowhere else', async () => {
    const { recorder } = record();
    const gate = Promise.withResolvers<void>();
    const tool = { name: 'tool', startMs: 0, endMs: 0, outcome: 'ok', data: { kind: 'tool', tool: 'tool' } } as const;
    const act = recorder.span('act', step, async (below) => {
      await gate.promise;
      below.add(tool);
      await below.span('inner', step, (deeper) => Promise.resolve(deeper.add(tool)));
    });
    // Another step begins before the first one records what it did.
    await recorder.span('recall', step, (below) => Promise.resolve(below.add(tool)));
    gate.resolve();
    await act;
    expect(recorder.finish().map(({ id, name, parent }) => `${parent} > ${id} ${name}`)).toEqual([
      'null > 0 turn',
      '0 > 1 act',
      '0 > 2 recall',
      '2 > 3 tool',
      '1 > 4 tool',
      '1 > 5 inner',
      '5 > 6 tool',
    ]);
  });

  it('takes spans that were measured elsewhere', () => {
    const { recorder } = record();
    recorder.add({ name: 'my_orders', startMs: 3, endMs: 9, outcome: 'ok', data: { kind: 'tool', tool: 'my_orders' } });
    expect(recorder.finish().at(-1)).toMatchObject({
      id: '1',
      turn,
      parent: '0',
      name: 'my_orders',
      startMs: 3,
      endMs: 9,
    });
  });

  it('ends the turn when asked, parent first, each span a span', async () => {
    const { time, recorder } = record();
    await recorder.span('identify', step, () => Promise.resolve());
    time.now += 20;
    const spans = recorder.finish();
    expect(spans[0]).toMatchObject({ name: 'turn', endMs: 20, outcome: 'ok' });
    expect(spans.map((span) => TraceSpan.safeParse(span).success)).toEqual([true, true]);
    expect(recorder.elapsed()).toBe(20);
  });
});
