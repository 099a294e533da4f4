/** By hand: operators move and dispute, with a reason; whoever moved on since is left where they are. */
import { describe, expect, it } from 'vitest';
import { JourneyDefinition, type JourneyState, type RecordedMove } from '../../core/journey.ts';
import { disputeMove, moveByHand, type Operated } from '../../journey/operate.ts';

const stage = (name: string) => ({ name, about: name });
const definition = JourneyDefinition.parse({
  version: 2,
  initial: 'stranger',
  stages: ['stranger', 'lead', 'student'].map(stage),
  regions: [{ name: 'care', about: 'care', initial: 'well', stages: ['well', 'in-care'].map(stage) }],
  transitions: [
    {
      id: 'asks',
      from: ['stranger'],
      to: 'lead',
      on: { kind: 'intent', name: 'price' },
      effects: [
        { kind: 'tag', tag: 'warm' },
        { kind: 'tag', tag: 'priced' },
      ],
    },
    {
      id: 'warms',
      from: ['lead'],
      to: 'student',
      on: { kind: 'event', name: 'enrolled' },
      effects: [{ kind: 'tag', tag: 'warm' }],
    },
  ],
});
const now = Date.parse('2026-11-20T10:00:00.000Z');
const NOW = '2026-11-20T10:00:00.000Z';
const hand = { operator: 'Ines', reason: 'They told me on the telephone.', now };

const at = (name: string, change: Partial<JourneyState> = {}): JourneyState => ({
  stage: name,
  definition: 1,
  since: '2026-11-01T10:00:00.000Z',
  version: 3,
  tags: [],
  ...change,
});
const kept = (id: string, [from, to]: readonly [string, string], change: Partial<RecordedMove> = {}): RecordedMove => ({
  id,
  transition: 'asks',
  from,
  to,
  cause: 'intent:price',
  movedAt: '2026-11-02T10:00:00.000Z',
  ...change,
});
const refusal = (result: Operated): string => (result.kind === 'refused' ? result.reason : 'was not refused');

describe('moveByHand', () => {
  it('puts the person there, whatever the transitions say, and keeps who and why', () => {
    expect(moveByHand(definition, at('stranger', { tags: ['a'] }), { to: 'student', ...hand })).toEqual({
      kind: 'moved',
      state: at('student', { tags: ['a'], definition: 2, since: NOW }),
      move: {
        transition: 'operator',
        from: 'stranger',
        to: 'student',
        cause: 'operator',
        operator: 'Ines',
        reason: hand.reason,
      },
    });
  });

  it('moves in the region that has the stage', () => {
    const result = moveByHand(definition, at('lead'), { to: 'in-care', ...hand });
    expect(result).toMatchObject({
      state: { stage: 'lead', since: '2026-11-01T10:00:00.000Z', regions: { care: { stage: 'in-care', since: NOW } } },
      move: { from: 'well', to: 'in-care', region: 'care' },
    });
  });

  it('is refused without a reason, to nowhere, and to where the person is', () => {
    expect(refusal(moveByHand(definition, at('lead'), { ...hand, to: 'student', reason: ' ' }))).toMatch(
      /^a reason is missing/,
    );
    expect(refusal(moveByHand(definition, at('lead'), { ...hand, to: 'baron' }))).toBe(
      'there is no stage "baron": write one of stranger, lead, student, well, in-care',
    );
    expect(refusal(moveByHand(definition, at('lead'), { ...hand, to: 'lead' }))).toBe(
      'the person is in "lead" already',
    );
    expect(refusal(moveByHand(definition, at('lead'), { ...hand, to: 'well' }))).toBe(
      'the person is in "well" already',
    );
  });
});

describe('disputeMove', () => {
  const asked = kept('7', ['stranger', 'lead']);
  const dispute = (
    state: JourneyState,
    moves: readonly RecordedMove[],
    change: { of?: string; reason?: string } = {},
  ) => disputeMove(definition, state, { ...hand, moves, of: '7', ...change });

  it('puts the person back to the stage before that move and takes back its tags', () => {
    expect(dispute(at('lead', { tags: ['old', 'warm', 'priced'] }), [asked])).toEqual({
      kind: 'moved',
      state: at('stranger', { tags: ['old'], definition: 2, since: NOW }),
      move: {
        transition: 'dispute',
        from: 'lead',
        to: 'stranger',
        cause: 'dispute:intent:price',
        operator: 'Ines',
        reason: hand.reason,
        of: '7',
      },
    });
  });

  it('leaves who moved on since where they are, and is kept all the same', () => {
    const state = at('student', { tags: ['warm', 'priced'] });
    const moves = [kept('10', ['lead', 'student'], { transition: 'warms' }), asked];
    expect(dispute(state, moves)).toMatchObject({ state, move: { from: 'student', to: 'student', of: '7' } });
  });

  it('sees that somebody left and came back: the stage alone does not tell', () => {
    const moves = [asked, kept('8', ['lead', 'stranger']), kept('9', ['stranger', 'lead'])];
    expect(dispute(at('lead'), moves)).toMatchObject({ state: { stage: 'lead' }, move: { to: 'lead' } });
  });

  it('does not count what was disputed itself, nor moves of other regions', () => {
    const later = kept('8', ['lead', 'student'], { transition: 'warms' });
    const disputed = kept('9', ['student', 'lead'], { transition: 'dispute', of: '8' });
    const beside = kept('10', ['well', 'in-care'], { region: 'care' });
    const care = { care: { stage: 'in-care', since: NOW } };
    const result = dispute(at('lead', { regions: care }), [asked, later, disputed, beside]);
    expect(result).toMatchObject({ state: { stage: 'stranger', regions: care } });
    expect(dispute(at('lead', { regions: care }), [asked, later, disputed, beside], { of: '10' })).toMatchObject({
      state: { stage: 'lead', regions: { care: { stage: 'well' } } },
    });
  });

  it('keeps a tag that another move gave too', () => {
    const moves = [kept('5', ['lead', 'student'], { transition: 'warms' }), asked];
    expect(dispute(at('lead', { tags: ['warm', 'priced'] }), moves)).toMatchObject({
      state: { stage: 'stranger', tags: ['warm'] },
    });
  });

  it('orders moves by number, not by text', () => {
    const moves = [kept('9', ['stranger', 'lead']), kept('10', ['lead', 'student'])];
    expect(dispute(at('student'), moves, { of: '9' })).toMatchObject({ move: { to: 'student' } });
    expect(dispute(at('student'), moves, { of: '10' })).toMatchObject({ move: { to: 'lead' } });
  });

  it('does not go back to a stage that is no more', () => {
    expect(dispute(at('lead'), [kept('7', ['baron', 'lead'])])).toMatchObject({
      state: { stage: 'lead' },
      move: { to: 'lead' },
    });
  });

  it.each<[string, readonly RecordedMove[], { of?: string; reason?: string }, RegExp]>([
    ['a move the person does not have', [asked], { of: '8' }, /^the person has no move "8"/],
    ['a dispute', [asked, kept('8', ['lead', 'stranger'], { of: '7' })], { of: '8' }, /^move 8 is itself a dispute/],
    [
      'what was disputed before',
      [asked, kept('8', ['lead', 'stranger'], { of: '7' })],
      {},
      /^move 7 was disputed before$/,
    ],
    ['no reason', [asked], { reason: '' }, /^a reason is missing/],
  ])('is refused for %s', (...[, moves, change, says]) => {
    expect(refusal(dispute(at('lead'), moves, change))).toMatch(says);
  });
});
