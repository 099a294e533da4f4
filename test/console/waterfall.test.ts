/** The waterfall: parents first, times in per cent, what ran side by side marked as such. */
import { describe, expect, it } from 'vitest';
import { layoutWaterfall } from '../../console/app/waterfall.ts';
import { TurnId } from '../../core/ids.ts';
import type { TraceSpan } from '../../core/span.ts';

const turn = TurnId.parse('0198c5a0-0000-7000-8000-000000000001');

function span(id: string, times: readonly [number, number | null], parent: string | null = 'turn'): TraceSpan {
  const [startMs, endMs] = times;
  return { id, turn, parent, name: id, startMs, endMs, outcome: 'ok', data: { kind: 'step' } };
}

const pipeline = [
  span('turn', [0, 100], null),
  span('identify', [0, 10]),
  span('screen', [10, 12]),
  span('classify', [10, 30]),
  span('recall', [10.2, 40]),
  span('act', [40, 90]),
  span('tool', [41, 50], 'act'),
  span('model', [50, 90], 'act'),
];

describe('layoutWaterfall', () => {
  it('puts parents before their children, whatever order they came in', () => {
    const rows = layoutWaterfall(pipeline.toReversed(), 100).rows;
    expect(rows.map(({ span: { id }, depth }) => `${depth} ${id}`)).toEqual([
      '0 turn',
      '1 identify',
      '1 classify',
      '1 screen',
      '1 recall',
      '1 act',
      '2 tool',
      '2 model',
    ]);
  });

  it('marks what ran side by side, and not what only followed', () => {
    const beside = layoutWaterfall(pipeline, 100).rows.map((row) => row.beside);
    expect(beside).toEqual([null, null, 'first', 'middle', 'last', null, null, null]);
  });

  it('does not take a rounding error for two at a time', () => {
    const rows = layoutWaterfall([span('a', [0, 10.02], null), span('b', [10, 20], null)], 20).rows;
    expect(rows.map((row) => row.beside)).toEqual([null, null]);
  });

  it('gives the bars their place in per cent', () => {
    const [, , , , recall, act] = layoutWaterfall(pipeline, 100).rows;
    expect(act).toMatchObject({ left: 40, width: 50, milliseconds: 50 });
    expect(recall?.width).toBeCloseTo(29.8);
  });

  it('keeps every bar visible and inside', () => {
    const { rows } = layoutWaterfall([span('turn', [0, 1000], null), span('end', [1000, 1000])], 1000);
    for (const { left, width } of rows) {
      expect(width).toBeGreaterThan(0);
      expect(left + width).toBeLessThanOrEqual(100);
    }
  });

  it('lets what runs reach to now', () => {
    const { rows, totalMs } = layoutWaterfall([span('turn', [0, null], null), span('act', [50, null])], 200);
    expect(totalMs).toBe(200);
    expect(rows[1]).toMatchObject({ left: 25, width: 75, milliseconds: null });
  });

  it('shows a span whose parent never came at the top', () => {
    expect(layoutWaterfall([span('model', [5, 9], 'lost')], 10).rows).toMatchObject([{ depth: 0 }]);
  });

  it('shows spans that call each other their parent, once each', () => {
    const rows = layoutWaterfall([span('a', [0, 5], 'b'), span('b', [0, 5], 'a')], 10).rows;
    expect(rows.map((row) => row.span.id).toSorted()).toEqual(['a', 'b']);
  });

  it('is empty without spans', () => {
    expect(layoutWaterfall([], 0).rows).toEqual([]);
  });
});
