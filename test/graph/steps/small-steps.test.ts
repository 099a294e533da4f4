/** The small steps: identify, advance, classify, recall, supervise, compose, and the ports an agent gets. */
import { describe, expect, it } from 'vitest';
import type { Hearing } from '../../../core/audience.ts';
import type { InboundEvent } from '../../../core/event.ts';
import type { Neighbour } from '../../../core/intent.ts';
import type { TurnState } from '../../../graph/state.ts';
import { advance } from '../../../graph/steps/advance.ts';
import { classify } from '../../../graph/steps/classify.ts';
import { compose } from '../../../graph/steps/compose.ts';
import { portsOf as agentPortsOf, contextOf } from '../../../graph/steps/context.ts';
import { identify } from '../../../graph/steps/identify.ts';
import { recall } from '../../../graph/steps/recall.ts';
import { supervise } from '../../../graph/steps/supervise.ts';
import {
  burstOf,
  chooses,
  draftOf,
  found,
  ids,
  intentOf,
  memoryOf,
  NOW,
  passageOf,
  passOf,
  personOf,
  portsOf,
  quietMemory,
  says,
  stateOf,
  threadOf,
  wordsOf,
} from '../support.ts';

describe('identify', () => {
  const localeOf = async (text: string, locale: string) => {
    const memory = quietMemory({}, { person: personOf({ locale }) });
    return (await identify(stateOf(), passOf({ ports: portsOf({ memory }), text }))).locale;
  };

  it('finds the person and the thread of the burst', async () => {
    const { person, thread } = await identify(stateOf(), passOf());
    expect(person?.id).toBe(ids.person);
    expect(thread?.id).toBe(ids.thread);
  });

  it('speaks the language of the words, and keeps a region while it is the same', async () => {
    expect(await localeOf('How long is the course?', 'en-US')).toBe('en-US');
    expect(await localeOf('Wie lange dauert der Kurs und was kostet er?', 'en-US')).toBe('de');
    expect(await localeOf('asdf', 'de-AT')).toBe('de-AT');
  });
});

describe('advance', () => {
  it('begins a journey that was never stored, and moves it by what happened', async () => {
    const update = await advance(stateOf({ burst: burstOf([says('hi'), says('there')]) }), passOf());
    expect(update.journeyBefore).toMatchObject({ stage: 'stranger', version: 0 });
    expect(update.journey).toMatchObject({ stage: 'curious', since: new Date(NOW).toISOString() });
    expect(update.moves).toHaveLength(1);
  });

  it('goes on where the person stands', async () => {
    const stored = { stage: 'lead', definition: 1, since: new Date(NOW).toISOString(), version: 7, tags: ['a'] };
    const memory = quietMemory({ journeys: { get: () => Promise.resolve(stored) } });
    expect(await advance(stateOf(), passOf({ ports: portsOf({ memory }) }))).toEqual({
      journeyBefore: stored,
      journey: stored,
      moves: [],
    });
  });
});

describe('classify', () => {
  const near = (intent: string, similarity: number): Neighbour => ({
    exemplar: intent,
    intent,
    text: intent,
    similarity,
  });

  it('asks for neighbours of the burst’s vector and lets them vote', async () => {
    const asked: unknown[] = [];
    const nearest = (embedding: readonly number[]) => {
      asked.push(embedding);
      return Promise.resolve([near('price', 0.95), near('opening-hours', 0.2)]);
    };
    const ports = portsOf({ memory: quietMemory({ exemplars: { nearest } }) });
    const embedding = () => Promise.resolve([0.5, 0.5]);
    const { intent } = await classify(stateOf(), passOf({ ports, text: 'how much', embedding }));
    expect(asked).toEqual([[0.5, 0.5]]);
    expect(intent).toMatchObject({ name: 'price', priors: [] });
  });

  it('favours the agent that spoke last', async () => {
    const memory = quietMemory({ exemplars: { nearest: () => Promise.resolve([near('price', 0.9)]) } });
    const state = stateOf({ thread: threadOf({ agent: 'sales' }) });
    const { intent } = await classify(state, passOf({ ports: portsOf({ memory }) }));
    expect(intent?.priors).toEqual(['prior:price']);
  });

  it.each([
    ['start', 'greeting'],
    ['help', 'about-assistant'],
    ['human', 'human-please'],
  ])('takes the command /%s for what it is', async (name, intent) => {
    const ports = portsOf({ memory: memoryOf({}) });
    const event = { ...says(`/${name}`), kind: 'message', command: { name, argument: '' } } as InboundEvent;
    const update = await classify(stateOf({ burst: burstOf([event]) }), passOf({ ports, text: `/${name}` }));
    expect(update.intent).toMatchObject({ name: intent, confidence: 1 });
    // Words beside it are what the person wants.
    const beside = stateOf({ burst: burstOf([event, says('what does it cost?')]) });
    expect((await classify(beside, passOf({ text: 'what does it cost?' }))).intent?.priors).toEqual([]);
  });

  it('asks nobody about nothing', async () => {
    const ports = portsOf({ memory: memoryOf({}) });
    const { intent } = await classify(stateOf(), passOf({ ports, text: ' \n' }));
    expect(intent).toMatchObject({ name: 'unclear', neighbours: [] });
  });
});

describe('recall', () => {
  it('asks for what this thread may hear of this person, and for nothing else', async () => {
    const asked: Hearing[] = [];
    const memory = quietMemory({
      facts: {
        recall: (hearing) => {
          asked.push(hearing);
          return Promise.resolve([]);
        },
      },
      knowledge: {
        search: ({ hearing }) => {
          asked.push(hearing);
          return Promise.resolve([passageOf()]);
        },
      },
    });
    const state = stateOf({ person: personOf({ isMember: true }), thread: threadOf({ clearance: 'public' }) });
    const { passages } = await recall(state, passOf({ ports: portsOf({ memory }) }));
    const hearing = { clearance: 'public', isMember: true, person: ids.person };
    expect(asked).toEqual([hearing, hearing]);
    expect(passages).toHaveLength(1);
  });

  it('searches nothing for a burst without words', async () => {
    const memory = quietMemory({ knowledge: {} });
    const { passages } = await recall(stateOf(), passOf({ ports: portsOf({ memory }), text: '' }));
    expect(passages).toEqual([]);
  });
});

describe('supervise', () => {
  const asksModel = portsOf();
  const refusesModel = portsOf({ supervise: () => Promise.reject(new Error('nobody needs the supervisor here')) });
  const waiting = { thread: threadOf({ ownership: 'waiting' }) };
  const line = (from: 'person' | 'agent', text: string) => ({ from, text, at: '2026-11-22T09:00:00.000Z' });

  const routeOf = async (state: Partial<TurnState>, ports = refusesModel) =>
    (await supervise(stateOf(state), passOf({ ports }))).route;

  it('asks nobody when the table knows', async () => {
    expect(await routeOf({ intent: intentOf('price') })).toMatchObject({ kind: 'agent', agent: 'sales' });
  });

  it('asks the supervisor when the table does not', async () => {
    expect(await routeOf({ intent: intentOf('unclear') }, asksModel)).toMatchObject({
      kind: 'clarify',
      because: 'test',
    });
  });

  it('reads a pressed option, and gives no agent what no option says', async () => {
    expect(await routeOf({ burst: burstOf([chooses('hold:foundation')]) })).toMatchObject({
      agent: 'sales',
      because: 'choice',
    });
    expect(await routeOf({ burst: burstOf([chooses('human')]) })).toMatchObject({ kind: 'hand_over' });
    const forged = { burst: burstOf([chooses('topic:safety')]), intent: intentOf('unclear') };
    expect(await routeOf(forged, asksModel)).toMatchObject({ because: 'test' });
  });

  it('says once that a thread waits for a person, then leaves the floor', async () => {
    const first = await routeOf(waiting);
    expect(first).toMatchObject({ kind: 'clarify', because: 'the thread waits for an operator' });
    expect(first?.kind === 'clarify' && wordsOf(first.draft)).toContain('[hand_over_waiting]');
    const lines = [line('person', 'a human!'), line('agent', '[hand_over_waiting]'), line('person', 'hello?')];
    expect(await routeOf({ ...waiting, lines })).toMatchObject({ kind: 'silence' });
  });

  it.each([
    ['en', 'Talk to the assistant again'],
    ['de-AT', 'Wieder mit dem Assistenten sprechen'],
    ['es', 'Volver a hablar con el asistente'],
  ])('offers the way back to software in %s', async (locale, label) => {
    const route = await routeOf({ ...waiting, locale });
    const options = [{ label, token: 'return' }];
    expect(route?.kind === 'clarify' && route.draft.blocks).toContainEqual({ kind: 'choices', options });
  });

  it('answers a crisis whoever is waited for', async () => {
    const lines = [line('agent', '[hand_over_waiting]')];
    expect(await routeOf({ ...waiting, lines, screening: found('crisis') })).toMatchObject({ agent: 'safety' });
  });

  it('goes on with software when the person presses that they want to', async () => {
    const route = await routeOf({ ...waiting, burst: burstOf([chooses('return')]), intent: intentOf('price') });
    expect(route).toMatchObject({ kind: 'agent', agent: 'sales' });
  });

  it('does not take the words of that button for a wish for a human', async () => {
    const state = { ...waiting, burst: burstOf([chooses('return')]), intent: intentOf('human-please') };
    expect((await supervise(stateOf(state), passOf({ ports: asksModel }))).route?.kind).toBe('clarify');
  });
});

describe('compose', () => {
  const three = draftOf({ blocks: [{ kind: 'text', text: 'One. Two? Three!' }], citations: ['help/hours#0'] });
  const curious = { journey: { ...stateOf().journey, stage: 'curious' } };
  const blocksOf = async (state: Partial<TurnState>) =>
    (await compose(stateOf({ ...curious, draft: three, ...state }), passOf())).draft?.blocks;
  const link = { kind: 'link', label: 'See all courses', url: 'https://school.example/courses' };
  const since = '2026-11-20T09:00:00.000Z';

  it('makes it short for those who want it short', async () => {
    const person = personOf({ preferences: { length: 'short' } });
    expect((await blocksOf({ person }))?.[0]).toEqual({ kind: 'text', text: 'One. Two?' });
    expect((await blocksOf({}))?.[0]).toEqual({ kind: 'text', text: 'One. Two? Three!' });
  });

  it('invites under a plain answer with a source', async () => {
    expect((await blocksOf({}))?.[1]).toEqual(link);
  });

  it('invites first to what another region calls for', async () => {
    const journey = { ...curious.journey, regions: { care: { stage: 'watched', since } } };
    expect((await blocksOf({ journey }))?.[1]).toMatchObject({ kind: 'link', label: 'Talk to us' });
  });

  it.each<[string, Partial<TurnState>]>([
    ['in public', { thread: threadOf({ clearance: 'public' }) }],
    ['among members', { thread: threadOf({ clearance: 'members' }) }],
    ['after trouble', { screening: found('injection') }],
    ['without a source', { draft: { ...three, citations: [] } }],
    ['when another agent answers', { draft: { ...three, agent: 'support' } }],
    [
      'beside other buttons',
      { draft: { ...three, blocks: [...three.blocks, { kind: 'choices', options: [{ label: 'a', token: 'a' }] }] } },
    ],
    ['at a stage without an invitation', { journey: { ...stateOf().journey, stage: 'lead' } }],
    [
      'who is in care',
      { journey: { ...stateOf().journey, stage: 'curious', regions: { care: { stage: 'in-care', since } } } },
    ],
    ['on another channel', { thread: threadOf({ channel: 'telegram' }) }],
    ['twice', { lines: [{ from: 'agent', text: 'Hi. See all courses', at: '2026-11-22T09:00:00.000Z' }] }],
  ])('invites nobody %s', async (_when, state) => {
    expect(await blocksOf(state)).not.toContainEqual(link);
  });
});

describe('what an agent gets', () => {
  it('knows the person only by what the turn knows', () => {
    const context = contextOf(
      stateOf({ person: personOf({ isMember: true }), locale: 'de-AT' }),
      passOf({ text: 'hi' }),
    );
    expect(context).toMatchObject({
      text: 'hi',
      locale: 'de-AT',
      choice: null,
      person: { isMember: true, name: 'Ann', stage: 'stranger' },
      now: '2026-11-22T10:00:00.000Z',
    });
    expect(context.phrase('clarify')).toBe('[clarify auf Deutsch]');
    expect(JSON.stringify(context)).not.toContain(ids.person);
  });

  it('reaches this person’s rows, whatever it is asked', async () => {
    const asked: unknown[] = [];
    const note = (...input: readonly unknown[]): Promise<never[]> => {
      asked.push(...input);
      return Promise.resolve([]);
    };
    const memory = memoryOf({ catalogue: { orders: note, enrolments: note, tickets: note } });
    const ports = agentPortsOf(stateOf(), passOf({ ports: portsOf({ memory }) }));
    await Promise.all([ports.myOrders(), ports.myEnrolments(), ports.myTickets()]);
    expect(asked).toEqual([ids.person, ids.person, ids.person]);
  });

  it('keys every write by turn, tool and arguments', async () => {
    const keys: unknown[] = [];
    const memory = memoryOf({
      catalogue: {
        holdPlace: (_person, offer, key) => {
          keys.push(key);
          return Promise.resolve({ offer, until: '2026-11-29T10:00:00.000Z' });
        },
        markLessonDone: (_person, _lesson, key) => {
          keys.push(key);
          return Promise.resolve(null);
        },
      },
    });
    const ports = agentPortsOf(stateOf(), passOf({ ports: portsOf({ memory }) }));
    await ports.holdPlace('foundation');
    await ports.markLessonDone('foundation', 'arriving');
    expect(keys).toEqual([
      { turn: ids.turn, tool: 'hold_place', arguments: { offer: 'foundation' } },
      { turn: ids.turn, tool: 'mark_done', arguments: { course: 'foundation', lesson: 'arriving' } },
    ]);
  });

  it('searches and opens with the hearing of the thread', async () => {
    const heard: Hearing[] = [];
    const memory = memoryOf({
      knowledge: {
        search: ({ hearing }) => {
          heard.push(hearing);
          return Promise.resolve([]);
        },
        open: (_document, hearing) => {
          heard.push(hearing);
          return Promise.resolve(null);
        },
      },
    });
    const state = stateOf({ thread: threadOf({ clearance: 'members' }) });
    const ports = agentPortsOf(state, passOf({ ports: portsOf({ memory }) }));
    await ports.searchKnowledge('x');
    await ports.openDocument('y');
    const hearing = { clearance: 'members', isMember: false, person: ids.person };
    expect(heard).toEqual([hearing, hearing]);
  });
});
