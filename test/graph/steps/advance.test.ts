/** advance and what remember does with it: events and words move first, then what the turn found out. */
import { describe, expect, it } from 'vitest';
import { JourneyDefinition } from '../../../core/journey.ts';
import { screeningOf } from '../../../core/screening.ts';
import type { TurnState } from '../../../graph/state.ts';
import { advance, advanceAfter } from '../../../graph/steps/advance.ts';
import { createJourneyMachine } from '../../../journey/machine.ts';
import { burstOf, draftOf, intentOf, NOW, passOf, personOf, portsOf, says, stateOf } from '../support.ts';

const stage = (name: string) => ({ name, about: name });
const definition = JourneyDefinition.parse({
  version: 1,
  initial: 'stranger',
  stages: ['stranger', 'lead', 'buyer'].map(stage),
  regions: [{ name: 'care', about: 'care', initial: 'well', stages: ['well', 'in-care'].map(stage) }],
  evidence: [{ name: 'ready', about: 'ready', says: { en: ['count me in'] } }],
  exits: [{ id: 'stops', to: 'stranger', on: { kind: 'event', name: 'stopped' } }],
  transitions: [
    { id: 'decides', from: ['stranger'], to: 'lead', on: { kind: 'evidence', about: 'ready' } },
    {
      id: 'asks',
      from: ['stranger'],
      to: 'lead',
      on: { kind: 'intent', name: 'price' },
      when: [{ kind: 'not-in', stage: 'in-care' }],
    },
    {
      id: 'holds',
      from: ['lead'],
      to: 'buyer',
      on: { kind: 'tool', name: 'hold_place' },
      when: [{ kind: 'consent', purpose: 'news' }],
    },
    { id: 'needs-care', from: ['well'], to: 'in-care', on: { kind: 'event', name: 'crisis' } },
  ],
});
const machine = createJourneyMachine(definition);
const base = portsOf();
const ports = { ...base, machine, workspace: { ...base.workspace, journey: definition } };
const at = (name: string) => ({ ...machine.start(NOW), stage: name, version: 1 });
const later = (change: Partial<TurnState>, text = 'hello') => {
  const burst = burstOf([says(text)]);
  return advanceAfter(stateOf({ burst, journey: at('stranger'), ...change }), passOf({ ports, text }));
};

describe('advance', () => {
  it('moves by what the words say, with the quote', async () => {
    const text = 'Thanks. Count me in!';
    const update = await advance(stateOf({ burst: burstOf([says(text)]) }), passOf({ ports, text }));
    expect(update.journey).toMatchObject({ stage: 'lead' });
    expect(update.moves).toMatchObject([{ transition: 'decides', quote: 'Count me in!', confidence: 0.9 }]);
  });
});

describe('what the turn found out', () => {
  it('moves by the intent, and how sure it was is kept', () => {
    const { moves } = later({ intent: { ...intentOf('price'), confidence: 0.75 } });
    expect(moves).toEqual([
      { transition: 'asks', from: 'stranger', to: 'lead', cause: 'intent:price', confidence: 0.75 },
    ]);
  });

  it('moves by what a tool did, as far as the person consented', () => {
    const toolCalls = [
      {
        name: 'hold_place',
        arguments: {},
        by: 'model' as const,
        outcome: 'ok' as const,
        result: null,
        milliseconds: 1,
      },
    ];
    const draft = draftOf({ toolCalls });
    const change = { draft, journey: at('lead') };
    expect(later(change).refusals).toMatchObject([{ transition: 'holds', reason: 'only with the consent to news' }]);
    const person = personOf({ consents: { news: true } });
    expect(later({ ...change, person }).moves).toMatchObject([{ transition: 'holds', cause: 'tool:hold_place:ok' }]);
  });

  it('puts a crisis before everything else', () => {
    const { state, refusals } = later({
      screening: screeningOf([{ hazard: 'crisis', rule: 'r', language: 'en' }]),
      intent: intentOf('price'),
    });
    expect(state).toMatchObject({ stage: 'stranger', regions: { care: { stage: 'in-care' } } });
    expect(refusals).toMatchObject([{ transition: 'asks', reason: 'not while in-care' }]);
  });

  it('hears the wish to be left alone', () => {
    expect(later({ journey: at('lead') }, 'STOP').moves).toMatchObject([{ transition: 'stops', from: 'lead' }]);
  });

  it.each(['STOP', 'subscribe'])('takes %s for nothing else, whatever it resembles', (text) => {
    expect(later({ intent: intentOf('price') }, text).moves).toEqual([]);
  });

  it('takes plain words about our memory for nothing else', () => {
    const route = { kind: 'agent', agent: 'support', because: 'memory:note' } as const;
    expect(later({ intent: intentOf('price'), route }, 'reply shorter').moves).toEqual([]);
  });

  it('moves by what else the message wants in a clause of its own', () => {
    const others = [
      { name: 'opening-hours', confidence: 0.9 },
      { name: 'price', confidence: 0.8, text: 'what does it cost?' },
    ];
    const { moves } = later({ intent: { ...intentOf('charged-twice'), others } });
    expect(moves).toMatchObject([{ transition: 'asks', cause: 'intent:price', confidence: 0.8 }]);
    const [passing] = others;
    expect(
      later({ intent: { ...intentOf('charged-twice'), others: passing ? [{ ...passing, name: 'price' }] : [] } }).moves,
    ).toEqual([]);
  });

  it('finds nothing in a plain question', () => {
    expect(later({})).toMatchObject({ moves: [], state: at('stranger') });
  });
});
