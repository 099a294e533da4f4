/** Gaps: asked in many words, shown once. */
import { describe, expect, it } from 'vitest';
import { ThreadId, TurnId } from '../../core/ids.ts';
import type { Gap } from '../../memory/gaps.ts';
import { clusterGaps } from '../../server/gaps.ts';

function gap(text: string, minute: number): Gap {
  const id = `01a204f3-9885-7190-9ef2-0000000000${String(minute).padStart(2, '0')}`;
  const askedAt = new Date(minute * 60_000).toISOString();
  return { turn: TurnId.parse(id), thread: ThreadId.parse(id), channel: 'web', text, askedAt };
}

describe('clusterGaps', () => {
  it('counts the same question in other words, and keeps the way to every turn', () => {
    const clusters = clusterGaps([
      gap('do you have a studio in Lisbon?', 1),
      gap('may my dog come?', 2),
      gap('a studio in Lisbon?', 3),
    ]);
    expect(clusters).toMatchObject([
      { asked: 2, lastAskedAt: '1970-01-01T00:03:00.000Z', questions: [{ text: 'a studio in Lisbon?' }, {}] },
      { asked: 1, example: 'may my dog come?' },
    ]);
    expect(JSON.stringify(clusters)).not.toContain('vector');
  });
});
