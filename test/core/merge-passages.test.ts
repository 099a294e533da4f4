/** Neighbouring passages become one, in reading order; everything else stays as it was found. */
import { describe, expect, it } from 'vitest';
import type { FoundPassage } from '../../core/knowledge.ts';
import { mergePassages } from '../../core/merge-passages.ts';

function passage(id: string, change: Partial<FoundPassage> = {}): FoundPassage {
  const [document = ''] = id.split('#');
  const text = `Text of ${id}.`;
  const common = { title: 'T', headings: [], audience: 'public', language: 'en', url: null, score: 1, similarity: 0.5 };
  return { id, document, text, ...common, ...change } as FoundPassage;
}
const ids = (found: readonly FoundPassage[]): readonly string[] => found.map(({ id }) => id);

describe('mergePassages', () => {
  it('joins neighbours in reading order under the id of the one found first', () => {
    const [one, ...rest] = mergePassages([
      passage('a#2', { score: 9 }),
      passage('b#0'),
      passage('a#1'),
      passage('a#3'),
    ]);
    expect(one).toMatchObject({ id: 'a#2', score: 9, text: 'Text of a#1.\n\nText of a#2.\n\nText of a#3.' });
    expect(ids(rest)).toEqual(['b#0']);
  });

  it('leaves a gap open, and documents apart', () => {
    expect(ids(mergePassages([passage('a#0'), passage('a#2'), passage('b#1')]))).toEqual(['a#0', 'a#2', 'b#1']);
  });

  it('keeps each part under its own heading, and what is above both as theirs', () => {
    const [merged] = mergePassages([
      passage('a#0', { headings: ['Refunds', 'Courses'], text: 'Fourteen days.' }),
      passage('a#1', { headings: ['Refunds', 'Evenings'], text: 'Two days.' }),
    ]);
    expect(merged).toMatchObject({
      headings: ['Refunds'],
      text: '### Courses\n\nFourteen days.\n\n### Evenings\n\nTwo days.',
    });
  });

  it('does not repeat a heading that two parts share', () => {
    const headings = ['Refunds', 'Courses'];
    const [merged] = mergePassages([
      passage('a#0', { headings, text: 'One.' }),
      passage('a#1', { headings, text: 'Two.' }),
    ]);
    expect(merged).toMatchObject({ headings, text: 'One.\n\nTwo.' });
  });

  it('stops before a passage would be about everything', () => {
    const long = 'x'.repeat(900);
    const found = [0, 1, 2].map((position) => passage(`a#${position}`, { text: long }));
    expect(ids(mergePassages(found))).toEqual(['a#0', 'a#2']);
  });
});
