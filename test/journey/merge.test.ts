/** Merging two states: the further stage wins, whatever the order and however often. */
import { assert, constantFrom, option, property, record, tuple, uniqueArray } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JourneyDefinition, type JourneyState } from '../../core/journey.ts';
import { mergeStates } from '../../journey/merge.ts';

const definition = JourneyDefinition.parse({
  version: 2,
  initial: 'stranger',
  stages: ['stranger', 'lead', 'member'].map((name) => ({ name, about: name })),
  transitions: [],
  regions: [
    {
      name: 'care',
      about: 'care',
      initial: 'well',
      stages: ['well', 'in-care'].map((name) => ({ name, about: name })),
    },
  ],
});

const TIMES = [
  '2026-11-01T08:00:00.000Z',
  '2026-11-01T08:00:00Z',
  '2026-11-02T08:00:00.000Z',
  '2026-10-02T08:00:00.000Z',
];
const standing = record({ stage: constantFrom('well', 'in-care', 'gone'), since: constantFrom(...TIMES) });
const regions = record({ care: standing, left: standing }, { requiredKeys: [] });
const state = record(
  {
    stage: constantFrom('stranger', 'lead', 'member', 'gone', 'lost'),
    definition: constantFrom(1, 2),
    since: constantFrom(...TIMES),
    version: constantFrom(0, 1, 5),
    tags: uniqueArray(constantFrom('a', 'b', 'c')),
    regions,
  },
  { requiredKeys: ['stage', 'definition', 'since', 'version', 'tags'] },
);

const merge = (a: JourneyState, b: JourneyState): JourneyState => mergeStates(definition, a, b);

describe('mergeStates', () => {
  it('does not ask which of the two comes first', () => {
    assert(property(tuple(state, state), ([a, b]) => void expect(merge(a, b)).toEqual(merge(b, a))));
  });

  it('does not ask in which order three are merged', () => {
    assert(
      property(tuple(state, state, state), ([a, b, c]) => {
        expect(merge(merge(a, b), c)).toEqual(merge(a, merge(b, c)));
      }),
    );
  });

  it('changes nothing when it is done again', () => {
    assert(property(state, (a) => void expect(merge(a, a)).toEqual(a)));
    assert(property(tuple(state, state), ([a, b]) => void expect(merge(merge(a, b), b)).toEqual(merge(a, b))));
  });

  it('always says the same in the same bytes', () => {
    assert(
      property(tuple(state, option(state)), ([a, b]) => {
        const other = b ?? a;
        expect(JSON.stringify(merge(a, other))).toBe(JSON.stringify(merge(structuredClone(a), structuredClone(other))));
        expect(JSON.stringify(merge(a, other))).toBe(JSON.stringify(merge(merge(a, other), merge(other, a))));
      }),
    );
  });
});

describe('of two states', () => {
  const at = (change: Partial<JourneyState>): JourneyState => ({
    stage: 'stranger',
    definition: 2,
    since: '2026-11-01T08:00:00.000Z',
    version: 1,
    tags: [],
    ...change,
  });
  const later = '2026-11-09T08:00:00.000Z';

  it('the stage further on in the definition wins, with its own arrival', () => {
    expect(merge(at({ stage: 'lead', since: later }), at({ stage: 'stranger' }))).toMatchObject({
      stage: 'lead',
      since: later,
    });
  });

  it('the earlier arrival in the same stage counts', () => {
    expect(merge(at({ since: later }), at({})).since).toBe('2026-11-01T08:00:00.000Z');
  });

  it('arrivals are compared as times, however they are written', () => {
    const [whole, half] = [at({ since: '2026-11-01T08:00:00Z' }), at({ since: '2026-11-01T08:00:00.500Z' })];
    expect(merge(whole, half).since).toBe('2026-11-01T08:00:00Z');
  });

  it('a stage that is gone gives way to any other', () => {
    expect(merge(at({ stage: 'zzz' }), at({})).stage).toBe('stranger');
  });

  it('all tags are kept', () => {
    expect(merge(at({ tags: ['warm'] }), at({ tags: ['cold', 'warm'] })).tags).toEqual(['cold', 'warm']);
  });

  it('each region is merged by itself, and one that only one of them has is taken over', () => {
    const care = { stage: 'in-care', since: later };
    expect(merge(at({ stage: 'member' }), at({ regions: { care } }))).toMatchObject({
      stage: 'member',
      regions: { care },
    });
    expect(merge(at({}), at({}))).not.toHaveProperty('regions');
  });
});
