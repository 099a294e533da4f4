/** Simulation: the script's lines, the passing of days, and a reason for whatever did not move. */
import { describe, expect, it } from 'vitest';
import { InvalidPayloadError } from '../../core/errors.ts';
import { JourneyDefinition, type JourneyState } from '../../core/journey.ts';
import { mermaidOf, pictureOf } from '../../journey/draw.ts';
import { createJourneyMachine, type JourneyNow } from '../../journey/machine.ts';
import { parseStep, simulate } from '../../journey/simulate.ts';

const stage = (name: string) => ({ name, about: name });
const definition = JourneyDefinition.parse({
  version: 1,
  initial: 'stranger',
  stages: ['stranger', 'lead', 'member'].map(stage),
  regions: [{ name: 'risk', about: 'risk', initial: 'steady', stages: ['steady', 'at-risk'].map(stage) }],
  evidence: [{ name: 'ready', about: 'ready', says: { en: ['count me in'] } }],
  flags: [{ name: 'inactive', about: 'inactive' }],
  exits: [{ id: 'stops', to: 'stranger', on: { kind: 'event', name: 'stopped' } }],
  transitions: [
    {
      id: 'asks',
      from: ['stranger'],
      to: 'lead',
      on: { kind: 'intent', name: 'price' },
      effects: [{ kind: 'tag', tag: 'warm' }],
    },
    {
      id: 'decides',
      from: ['lead'],
      to: 'member',
      on: { kind: 'evidence', about: 'ready', confidence: 0.85 },
      membersOnly: true,
    },
    {
      id: 'fades',
      from: ['lead'],
      to: 'stranger',
      on: { kind: 'time', after: '3d' },
      when: [{ kind: 'consent', purpose: 'news' }],
    },
    { id: 'misses', from: ['steady'], to: 'at-risk', on: { kind: 'flag', name: 'inactive' } },
    { id: 'heals', from: ['at-risk'], to: 'steady', on: { kind: 'time', after: '12h' } },
  ],
});
const start = Date.parse('2026-01-05T09:00:00Z');

function play(lines: readonly string[], change: { state?: Partial<JourneyState>; now?: Partial<JourneyNow> } = {}) {
  return simulate(definition, {
    state: { ...createJourneyMachine(definition).start(start), ...change.state },
    now: { now: start, isMember: false, ...change.now },
    steps: lines.map((text) => ({ text, step: parseStep(text, '-e') })),
  });
}

describe('a step', () => {
  it.each([
    ['message', { kind: 'event', name: 'message' }],
    ['event:course_finished', { kind: 'event', name: 'course_finished' }],
    ['intent:price', { kind: 'intent', name: 'price' }],
    ['flag:inactive', { kind: 'flag', name: 'inactive' }],
    ['click:talk', { kind: 'click', name: 'talk' }],
    ['tool:hold_place', { kind: 'tool', name: 'hold_place', outcome: 'ok' }],
    ['tool:hold_place=refused', { kind: 'tool', name: 'hold_place', outcome: 'refused' }],
    ['evidence:ready@0.7', { kind: 'evidence', about: 'ready', confidence: 0.7 }],
  ])('is %s', (text, happening) => {
    expect(parseStep(text, '-e')).toEqual({ kind: 'happens', happenings: [happening] });
  });

  it.each([
    '',
    'two words',
    'tool:x=fine',
    'evidence:x@2',
    'evidence:x@many',
    'intent:',
    'intent:a=b',
    'song:x',
    '99999d',
    '3w',
    'consent:tea',
  ])('is not %j', (text) => {
    expect(() => parseStep(text, 'events.txt:3')).toThrow(InvalidPayloadError);
    expect(() => parseStep(text, 'events.txt:3')).toThrow(
      `events.txt:3: "${text}" is no step: write one of message · `,
    );
  });
});

describe('simulate', () => {
  it('moves, and keeps what was asked for', () => {
    const [asked, decided] = play(['intent:price', 'member', 'say:Thanks. Count me in!']).filter(
      ({ moves }) => moves.length > 0,
    );
    expect(asked).toMatchObject({
      at: '2026-01-05T09:00:00.000Z',
      moves: [{ transition: 'asks', to: 'lead' }],
      effects: [{ effect: { kind: 'tag', tag: 'warm' } }],
    });
    expect(decided).toMatchObject({
      moves: [{ transition: 'decides', quote: 'Count me in!' }],
      state: { stage: 'member', tags: ['warm'] },
    });
  });

  it('says which guard or stage refused', () => {
    const played = play(['evidence:ready', 'intent:price', 'evidence:ready']);
    expect(played.map(({ refusals }) => refusals.map(({ reason }) => reason))).toEqual([
      ['stage is stranger, not lead'],
      [],
      ['only for members'],
    ]);
  });

  it('lets time pass hour by hour: each time transition comes when it is due', () => {
    const [, , waited] = play(['consent:news', 'flag:inactive', '1d']);
    expect(waited).toMatchObject({ at: '2026-01-06T09:00:00.000Z', moves: [{ transition: 'heals' }] });
    const [, , , gone] = play(['intent:price', 'flag:inactive', 'consent:news', '100d']);
    expect(gone?.moves.map(({ transition }) => transition)).toEqual(['heals', 'fades']);
    expect(gone?.state.since).toBe('2026-01-08T09:00:00.000Z');
  });

  it('waits for the morning where hours are quiet, and tells a refusal of time once', () => {
    const now = { quiet: { from: '08:00', until: '12:00' } };
    const [, faded] = play(['intent:price', '4d'], { now: { ...now, consents: { news: true } } });
    expect(faded?.state.since).toBe('2026-01-08T12:00:00.000Z');
    const [, held] = play(['intent:price', '9d']);
    expect(held).toMatchObject({
      moves: [],
      refusals: [{ transition: 'fades', reason: 'only with the consent to news' }],
    });
    const [, , , withdrawn] = play(['intent:price', 'consent:news', 'consent:news=no', '9d']);
    expect(withdrawn?.refusals).toHaveLength(1);
  });

  it('tells what nothing waits for', () => {
    expect(
      play(['click:nowhere', 'evidence:ready@0.2', '1d', 'say:Good morning', 'member']).map(({ unheard }) => unheard),
    ).toEqual([
      'no transition waits for this',
      'decides: not sure enough, or another outcome',
      'no time transition is due',
      'no transition waits for a message or these words here',
      undefined,
    ]);
  });
});

describe('pictureOf', () => {
  it('has every region with its stages and ways, who stands there and how often each was walked', () => {
    const picture = pictureOf(definition, {
      people: [{ region: 'risk', stage: 'at-risk', count: 4 }],
      moves: [{ transition: 'asks', from: 'stranger', to: 'lead', count: 7, disputed: 1 }],
    });
    expect(picture.regions.map(({ name, edges }) => [name, edges.length])).toEqual([
      ['main', 5],
      ['risk', 2],
    ]);
    expect(picture.regions[0]?.edges[2]).toEqual({
      ...{ transition: 'asks', from: 'stranger', to: 'lead', trigger: 'intent price', count: 7, disputed: 1 },
    });
    expect(picture.regions[1]?.stages.map(({ name, people }) => [name, people])).toEqual([
      ['steady', 0],
      ['at-risk', 4],
    ]);
  });
});

describe('mermaidOf', () => {
  it('draws every region, every way and every count', () => {
    const counted = {
      people: [
        { region: null, stage: 'lead', count: 2 },
        { region: null, stage: 'lead', count: 1 },
        { region: 'risk', stage: 'at-risk', count: 4 },
      ],
      moves: [{ transition: 'asks', from: 'stranger', to: 'lead', count: 7 }],
    };
    expect(mermaidOf(definition, counted)).toBe(`stateDiagram-v2
  state "journey, version 1" as journey {
    state "stranger (0)" as stranger
    state "lead (3)" as lead
    state "member (0)" as member
    [*] --> stranger
    lead --> stranger : stops, event stopped ×0
    member --> stranger : stops, event stopped ×0
    stranger --> lead : asks, intent price ×7
    lead --> member : decides, evidence ready ≥ 0.85 ×0
    lead --> stranger : fades, after 3d ×0
    --
    state "steady (0)" as steady
    state "at-risk (4)" as at_risk
    [*] --> steady
    steady --> at_risk : misses, flag inactive ×0
    at_risk --> steady : heals, after 12h ×0
  }
`);
  });

  it('has no numbers where nothing was counted', () => {
    expect(mermaidOf(definition, null)).not.toMatch(/\(\d+\)|×/);
  });
});
