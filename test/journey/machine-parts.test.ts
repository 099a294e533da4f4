/** The machine on a whole definition: every trigger and guard, regions, exits, effects, versions in flight, odd clocks. */
import { describe, expect, it } from 'vitest';
import { JourneyDefinition, JourneyState } from '../../core/journey.ts';
import { callsToActionOf } from '../../journey/definition.ts';
import { createJourneyMachine, type Happening, type JourneyNow } from '../../journey/machine.ts';

const stage = (name: string, more: object = {}) => ({ name, about: name, ...more });
const link = (label: string, more: object = {}) => ({ label, url: 'https://school.example/', ...more });

const definition = JourneyDefinition.parse({
  version: 4,
  initial: 'stranger',
  stages: [
    stage('stranger'),
    stage('curious', { callsToAction: [link('Call', { channels: ['telegram'] }), link('See', { name: 'see' })] }),
    stage('lead'),
    stage('student'),
  ],
  regions: [
    {
      name: 'attendance',
      about: 'a',
      initial: 'active',
      stages: [stage('active'), stage('at-risk', { callsToAction: [link('Talk')] })],
    },
    { name: 'care', about: 'c', initial: 'well', stages: [stage('well'), stage('in-care', { invites: false })] },
  ],
  exits: [
    {
      id: 'stops',
      to: 'stranger',
      except: ['student'],
      on: { kind: 'event', name: 'stopped' },
      effects: [{ kind: 'untag', tag: 'warm' }],
    },
  ],
  transitions: [
    { id: 'clicks', from: ['stranger'], to: 'curious', on: { kind: 'click', name: 'see' } },
    { id: 'holds', from: ['curious'], to: 'lead', on: { kind: 'tool', name: 'hold_place' } },
    { id: 'loses', from: ['lead'], to: 'curious', on: { kind: 'tool', name: 'hold_place', outcome: 'refused' } },
    {
      id: 'decides',
      from: ['lead'],
      to: 'student',
      on: { kind: 'evidence', about: 'decided' },
      when: [
        { kind: 'tagged', tag: 'warm' },
        { kind: 'not-in', stage: 'in-care' },
      ],
      effects: [
        { kind: 'offer', offer: 'gold' },
        { kind: 'tag', tag: 'decided' },
        { kind: 'webhook', name: 'new-student' },
      ],
    },
    {
      id: 'asks',
      from: ['student'],
      to: 'lead',
      on: { kind: 'intent', name: 'refund' },
      when: [{ kind: 'untagged', tag: 'decided' }],
    },
    {
      id: 'fades',
      from: ['lead'],
      to: 'curious',
      on: { kind: 'time', after: '3d' },
      when: [{ kind: 'consent', purpose: 'news' }],
    },
    {
      id: 'misses',
      from: ['active'],
      to: 'at-risk',
      on: { kind: 'flag', name: 'inactive' },
      when: [{ kind: 'in', stage: 'student' }],
    },
    { id: 'returns', from: ['at-risk'], to: 'active', on: { kind: 'event', name: 'message' } },
    { id: 'needs-care', from: ['well'], to: 'in-care', on: { kind: 'event', name: 'crisis' } },
    { id: 'heals', from: ['in-care'], to: 'well', on: { kind: 'time', after: '12h' } },
    { id: 'worries', from: ['active'], to: 'at-risk', on: { kind: 'event', name: 'crisis' } },
  ],
  migrations: [
    { from: 1, stages: { newcomer: 'prospect' } },
    { from: 2, stages: { prospect: 'lead' } },
  ],
});
const machine = createJourneyMachine(definition);
const HOUR = 3_600_000;
const start = Date.parse('2026-11-02T08:00:00.000Z');
const SINCE = '2026-11-02T08:00:00.000Z';

const at = (main: string, change: Partial<JourneyState> = {}): JourneyState => ({
  ...machine.start(start),
  stage: main,
  version: 3,
  ...change,
});
const standing = (name: string, since = SINCE) => ({ stage: name, since });
const advance = (state: JourneyState, happenings: readonly Happening[], change: Partial<JourneyNow> = {}) =>
  machine.advance(state, happenings, { now: start + HOUR, isMember: false, ...change });
const event = (name: string): Happening => ({ kind: 'event', name });
const decided: Happening = { kind: 'evidence', about: 'decided', confidence: 0.9, quote: 'Count me in.' };

describe('a trigger', () => {
  it.each<[string, string, Happening, string, string]>([
    ['a click', 'stranger', { kind: 'click', name: 'see' }, 'curious', 'click:see'],
    [
      'a tool that ended well',
      'curious',
      { kind: 'tool', name: 'hold_place', outcome: 'ok' },
      'lead',
      'tool:hold_place:ok',
    ],
    [
      'a tool that was refused',
      'lead',
      { kind: 'tool', name: 'hold_place', outcome: 'refused' },
      'curious',
      'tool:hold_place:refused',
    ],
  ])('is %s', (...[, from, happening, to, cause]) => {
    const { state, moves } = advance(at(from), [happening]);
    expect(state.stage).toBe(to);
    expect(moves.map((move) => move.cause)).toEqual([cause]);
  });

  it('is a flag of analytics', () => {
    const { moves } = advance(at('student'), [{ kind: 'flag', name: 'inactive' }]);
    expect(moves).toEqual([
      { transition: 'misses', from: 'active', to: 'at-risk', region: 'attendance', cause: 'flag:inactive' },
    ]);
  });

  it('is evidence, whose quote and confidence are kept', () => {
    const { moves } = advance(at('lead', { tags: ['warm'] }), [decided]);
    expect(moves).toEqual([
      {
        transition: 'decides',
        from: 'lead',
        to: 'student',
        cause: 'evidence:decided',
        quote: 'Count me in.',
        confidence: 0.9,
      },
    ]);
  });

  it('is no tool of another outcome', () => {
    expect(advance(at('curious'), [{ kind: 'tool', name: 'hold_place', outcome: 'failed' }]).moves).toEqual([]);
  });
});

describe('a guard refuses, and says which it is', () => {
  it.each<[string, JourneyState, Happening, string, string]>([
    ['a tag that is not there', at('lead'), decided, 'decides', 'only with the tag warm'],
    [
      'a tag that is',
      at('student', { tags: ['decided'] }),
      { kind: 'intent', name: 'refund' },
      'asks',
      'not with the tag decided',
    ],
    [
      'a stage of another region',
      at('lead', { tags: ['warm'], regions: { care: standing('in-care') } }),
      decided,
      'decides',
      'not while in-care',
    ],
    ['a stage that is needed', at('lead'), { kind: 'flag', name: 'inactive' }, 'misses', 'only while student'],
  ])('%s', (...[, state, happening, transition, reason]) => {
    const result = advance(state, [happening]);
    expect(result.state).toEqual(state);
    expect(result.refusals).toEqual([{ transition, reason }]);
  });

  it('a consent that was withdrawn or never given', () => {
    const late = { now: start + 100 * HOUR };
    for (const consents of [undefined, {}, { news: false }, { outreach: true }]) {
      const { moves, refusals } = advance(at('lead'), [], { ...late, ...(consents ? { consents } : {}) });
      expect(moves).toEqual([]);
      expect(refusals).toEqual([{ transition: 'fades', reason: 'only with the consent to news' }]);
    }
    expect(advance(at('lead'), [], { ...late, consents: { news: true } }).state.stage).toBe('curious');
  });
});

describe('regions', () => {
  it('move side by side, each once for one happening', () => {
    const { state, moves } = advance(at('lead'), [event('crisis')]);
    expect(state).toMatchObject({
      stage: 'lead',
      regions: {
        care: standing('in-care', '2026-11-02T09:00:00.000Z'),
        attendance: standing('at-risk', '2026-11-02T09:00:00.000Z'),
      },
    });
    expect(moves.map(({ transition }) => transition)).toEqual(['needs-care', 'worries']);
    expect(state.since).toBe(SINCE);
  });

  it('see what the others did only with the next happening', () => {
    const warm = at('lead', { tags: ['warm'] });
    expect(advance(warm, [event('crisis'), decided]).state.stage).toBe('lead');
    expect(advance(warm, [decided, event('crisis')]).state.stage).toBe('student');
  });

  it('count their own time', () => {
    const state = at('lead', { regions: { care: standing('in-care', '2026-11-02T07:00:00.000Z') } });
    expect(advance(state, [], { now: start + 10 * HOUR }).moves).toEqual([]);
    expect(advance(state, [], { now: start + 11 * HOUR }).moves).toMatchObject([
      { transition: 'heals', cause: 'time' },
    ]);
  });

  it('are not in the state before somebody moves in them', () => {
    expect(advance(at('stranger'), [{ kind: 'click', name: 'see' }]).state).not.toHaveProperty('regions');
  });
});

describe('an exit', () => {
  it('leads out from wherever the person stands, and takes its tags along', () => {
    for (const from of ['curious', 'lead']) {
      const { state, moves } = advance(at(from, { tags: ['warm', 'old'] }), [event('stopped')]);
      expect(state).toMatchObject({ stage: 'stranger', tags: ['old'] });
      expect(moves).toEqual([{ transition: 'stops', from, to: 'stranger', cause: 'event:stopped' }]);
    }
  });

  it('spares the stages it excepts', () => {
    expect(advance(at('student'), [event('stopped')])).toMatchObject({
      moves: [],
      refusals: [{ transition: 'stops', reason: 'stage is student, not curious or lead' }],
    });
  });
});

it('asks for the effects of its moves, in their order', () => {
  const { effects, state } = advance(at('lead', { tags: ['warm'] }), [decided]);
  expect(effects.map(({ transition, effect }) => [transition, effect.kind])).toEqual([
    ['decides', 'offer'],
    ['decides', 'tag'],
    ['decides', 'webhook'],
  ]);
  expect(state.tags).toEqual(['warm', 'decided']);
});

describe('time', () => {
  it('never runs backwards: a clock that was set back moves nobody, and shortens no stay', () => {
    expect(advance(at('lead'), [], { now: start - 1000 * HOUR, consents: { news: true } }).moves).toEqual([]);
    const { state } = advance(at('stranger'), [{ kind: 'click', name: 'see' }], { now: start - HOUR });
    expect(state).toMatchObject({ stage: 'curious', since: SINCE });
  });

  it('counts days by the person’s calendar: the day on which clocks go forward is an hour short', () => {
    // Europe/Berlin goes to summer time in the night to 29 March 2026.
    const state = at('lead', { since: '2026-03-27T11:00:00.000Z' });
    const end = Date.parse('2026-03-30T10:00:00.000Z');
    const news = { consents: { news: true }, timeZone: 'Europe/Berlin' };
    expect(advance(state, [], { ...news, now: end - 1 }).moves).toEqual([]);
    expect(advance(state, [], { ...news, now: end }).moves).toHaveLength(1);
    expect(advance(state, [], { ...news, timeZone: 'UTC', now: end }).moves).toEqual([]);
    expect(advance(state, [], { ...news, timeZone: 'Mars/Base', now: end + HOUR }).moves).toHaveLength(1);
  });

  it.each([
    ['22:30', 'Europe/Berlin', 0],
    ['06:59', 'Europe/Berlin', 0],
    ['07:00', 'Europe/Berlin', 1],
    ['22:30', 'America/New_York', 1],
  ])('moves nobody in their quiet hours: %s UTC in %s', (time, timeZone, moves) => {
    const now = Date.parse(`2026-11-20T${time}:00.000Z`);
    const quiet = { from: '21:00', until: '08:00' };
    expect(advance(at('lead'), [], { now, timeZone, quiet, consents: { news: true } }).moves).toHaveLength(moves);
  });
});

describe('a state of an older version', () => {
  const news = { consents: { news: true } };

  it('stays as it is while its stage exists, and takes the new version with its next move', () => {
    const old = at('curious', { definition: 1 });
    expect(advance(old, []).state).toEqual(old);
    expect(advance(old, [{ kind: 'tool', name: 'hold_place', outcome: 'ok' }]).state).toMatchObject({
      stage: 'lead',
      definition: 4,
    });
  });

  it('is mapped from version to version, by a move with its cause', () => {
    const { state, moves } = advance(at('newcomer', { definition: 1 }), []);
    expect(state).toMatchObject({ stage: 'lead', definition: 4, since: '2026-11-02T09:00:00.000Z' });
    expect(moves).toEqual([{ transition: 'migration', from: 'newcomer', to: 'lead', cause: 'version:1:4' }]);
    expect(advance(at('prospect', { definition: 2 }), []).state.stage).toBe('lead');
    // Version 3 had no such stage: nothing says what it would have meant there.
    expect(advance(at('prospect', { definition: 3 }), []).moves).toEqual([]);
  });

  it('stays where it is when nothing maps its stage, and is refused with the remedy', () => {
    const lost = at('baron', { definition: 2 });
    expect(advance(lost, [event('stopped')], { ...news, now: start + 900 * HOUR })).toEqual({
      state: lost,
      moves: [],
      effects: [],
      refusals: [
        {
          transition: 'migration',
          reason:
            'stage baron of version 2 is gone: raise version and add { from: 2, stages: { baron: … } } to migrations',
        },
      ],
    });
  });

  it('begins again in a region whose stage is gone, and forgets no other', () => {
    const state = at('lead', { definition: 2, regions: { care: standing('asleep'), attendance: standing('at-risk') } });
    const { state: after, moves } = advance(state, []);
    expect(moves).toEqual([
      { transition: 'migration', from: 'asleep', to: 'well', region: 'care', cause: 'version:2:4' },
    ]);
    expect(after.regions).toMatchObject({ care: { stage: 'well' }, attendance: { stage: 'at-risk' } });
  });

  it('without regions reads as ever', () => {
    expect(JourneyState.parse({ stage: 'lead', definition: 1, since: SINCE, version: 2, tags: [] })).toEqual({
      stage: 'lead',
      definition: 1,
      since: SINCE,
      version: 2,
      tags: [],
    });
  });
});

describe('calls to action', () => {
  const labels = (state: JourneyState, channel: string) =>
    callsToActionOf(definition, { state, channel }).map(({ label }) => label);

  it('are those of the stage that the channel may show', () => {
    expect(labels(at('curious'), 'telegram')).toEqual(['Call', 'See']);
    expect(labels(at('curious'), 'facebook')).toEqual(['See']);
  });

  it('of the regions beside come first', () => {
    expect(labels(at('curious', { regions: { attendance: standing('at-risk') } }), 'web')).toEqual(['Talk', 'See']);
  });

  it('are none where nobody is invited', () => {
    const regions = { attendance: standing('at-risk'), care: standing('in-care') };
    expect(labels(at('curious', { regions }), 'web')).toEqual([]);
  });
});
