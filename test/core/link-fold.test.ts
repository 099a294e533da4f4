/** Components and folded states: the same edges always make the same, and what a link brings goes with it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HandleId } from '../../core/ids.ts';
import type { JourneyState } from '../../core/journey.ts';
import { componentsOf, foldStates, type LinkEdge, laterState, type SavedState } from '../../core/link-fold.ts';

const handles = Array.from({ length: 6 }, (_, n) => HandleId.parse(`01900000-0000-7000-8000-00000000000${n}`));
const handleAt = (n: number): HandleId => handles[n] ?? HandleId.parse('');

function edge(a: number, b: number, at = 0): LinkEdge {
  return { a: handleAt(a), b: handleAt(b), at };
}

function saved(handle: number, at: number, state: string): SavedState<string> {
  return { handle: handleAt(handle), at, order: at, state };
}

/** Whichever is further in the alphabet. */
const further = (a: string, b: string): string => (a > b ? a : b);
const fold = (states: readonly SavedState<string>[], edges: readonly LinkEdge[]): string | null =>
  foldStates(states, { edges, merge: further });

describe('components', () => {
  it('are what edges reach, cycles and repeated edges included', () => {
    const edges = [edge(0, 2), edge(2, 4), edge(4, 0), edge(0, 2), edge(1, 3)];
    expect(componentsOf(handles, edges)).toEqual([
      [handles[0], handles[2], handles[4]],
      [handles[1], handles[3]],
      [handles[5]],
    ]);
  });

  it('of ten thousand handles in one chain, given from its end, are found', () => {
    const chain = Array.from({ length: 10_000 }, (_, n) =>
      HandleId.parse(`01900000-0000-7000-8000-${String(n).padStart(12, '0')}`),
    );
    const edges = chain.slice(1).map((a, index) => ({ a, b: chain[index] ?? a }));
    expect(componentsOf(chain, edges.toReversed())).toHaveLength(1);
  });
});

describe('states', () => {
  it('of a handle alone are the last one saved', () => {
    expect(fold([], [])).toBeNull();
    expect(fold([saved(0, 1, 'm'), saved(0, 2, 'c')], [])).toBe('c');
  });

  it('merge at the moment of the link, and later moves of either win over that', () => {
    const states = [saved(0, 1, 'm'), saved(1, 2, 'c')];
    expect(fold(states, [edge(0, 1, 3)])).toBe('m');
    expect(fold([...states, saved(1, 4, 'b')], [edge(0, 1, 3)])).toBe('b');
    expect(fold([...states, saved(1, 4, 'b')], [edge(0, 1, 5)])).toBe('m');
  });

  it('that only one side has are both sides’', () => {
    expect(fold([saved(1, 1, 'c')], [edge(0, 1, 2)])).toBe('c');
  });

  it('saved in the same moment as the link are not lost by it', () => {
    expect(fold([saved(0, 3, 'm'), saved(1, 3, 'c')], [edge(0, 1, 3)])).toBe('m');
  });

  it('do not change by an edge that closes a cycle', () => {
    const states = [saved(0, 1, 'm'), saved(1, 2, 'c'), saved(2, 6, 'b')];
    const tree = [edge(0, 1, 3), edge(1, 2, 4)];
    expect(fold(states, [...tree, edge(2, 0, 7)])).toBe(fold(states, tree));
  });

  it('come out the same in whatever order rows are read', () => {
    const step = fc.record({
      handle: fc.nat({ max: 5 }),
      at: fc.nat({ max: 50 }),
      state: fc.constantFrom('a', 'b', 'c', 'd'),
    });
    const link = fc.record({ a: fc.nat({ max: 5 }), b: fc.nat({ max: 5 }), at: fc.nat({ max: 50 }) });
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 12 }),
        fc.array(link, { maxLength: 8 }),
        fc.nat(),
        (steps, links, seed) => {
          // A star of old edges keeps all of it one component.
          const star = [1, 2, 3, 4, 5].map((n) => edge(0, n, 60));
          const states = steps.map(({ handle, at, state }, order) => ({ ...saved(handle, at, state), order }));
          const edges = [...links.filter(({ a, b }) => a !== b).map(({ a, b, at }) => edge(a, b, at)), ...star];
          const turned = <T>(list: readonly T[]): readonly T[] =>
            list.length === 0
              ? list
              : [...list.slice(seed % list.length), ...list.slice(0, seed % list.length)].toReversed();
          expect(fold(turned(states), turned(edges))).toBe(fold(states, edges));
        },
      ),
    );
  });
});

describe('the later state', () => {
  const state = fc.record({
    stage: fc.constantFrom('stranger', 'lead', 'member'),
    definition: fc.constant(1),
    since: fc.nat({ max: 3 }).map((day) => `2026-11-2${day}T09:00:00.000Z`),
    version: fc.nat({ max: 4 }),
    tags: fc.uniqueArray(fc.constantFrom('a', 'b', 'c')),
  });
  const plain = ({ stage, since, tags }: JourneyState): object => ({ stage, since, tags: tags.toSorted() });

  it('does not depend on who is named first, nor on the order three come together, nor on being asked twice', () => {
    fc.assert(
      fc.property(state, state, state, (a, b, c) => {
        expect(plain(laterState(a, b))).toEqual(plain(laterState(b, a)));
        expect(plain(laterState(laterState(a, b), c))).toEqual(plain(laterState(a, laterState(b, c))));
        expect(plain(laterState(a, a))).toEqual(plain(a));
      }),
    );
  });
});
