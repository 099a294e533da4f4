/** What changed between draft and reply. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Change, diffWords } from '../../console/app/diff.ts';

const without = (kind: Change['kind'], changes: readonly Change[]) =>
  changes
    .filter((change) => change.kind !== kind)
    .map(({ text }) => text)
    .join('');

describe('diffWords', () => {
  it('finds nothing where nothing changed', () => {
    expect(diffWords('Eight weeks.', 'Eight weeks.')).toEqual([{ kind: 'same', text: 'Eight weeks.' }]);
  });

  it('shows what was cut out', () => {
    expect(diffWords('Compare at evil.example now.', 'Compare now.')).toEqual([
      { kind: 'same', text: 'Compare' },
      { kind: 'removed', text: ' at evil.example' },
      { kind: 'same', text: ' now.' },
    ]);
  });

  it('shows what was replaced and what was added', () => {
    expect(diffWords('a b', 'a c d').map(({ kind }) => kind)).toEqual(['same', 'removed', 'added']);
    expect(diffWords('', 'new')).toEqual([{ kind: 'added', text: 'new' }]);
    expect(diffWords('old', '')).toEqual([{ kind: 'removed', text: 'old' }]);
  });

  it('always holds both texts, blanks and all', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\n'), maxLength: 40 });
    fc.assert(
      fc.property(text, text, (before, after) => {
        const changes = diffWords(before, after);
        expect(without('added', changes)).toBe(before);
        expect(without('removed', changes)).toBe(after);
      }),
    );
  });

  it('sets very long texts one after the other', () => {
    const long = 'word '.repeat(5_000);
    expect(diffWords(long, `${long}end`).map(({ kind }) => kind)).toEqual(['removed', 'added']);
  });
});
