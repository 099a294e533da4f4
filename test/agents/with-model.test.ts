/** The rooms with a model: what they add to its words, and what survives when it dies half-way. */
import { afterEach, describe, expect, it } from 'vitest';
import { ACTORS, SUPERVISOR } from '../../agents/registry.ts';
import { type ModelCall, Route } from '../../core/turn.ts';
import { type OpenAiPeer, type PeerOptions, startOpenAi } from '../peers/openai.ts';
import { actWith, modelOf, optionsOf } from './acting.ts';
import { contextOf, LENGTH, PASSWORD, portsOf, TWICE, textOf, tokensOf } from './school.ts';

const peers: OpenAiPeer[] = [];
async function peerOf(options: PeerOptions): Promise<OpenAiPeer> {
  const peer = await startOpenAi(options);
  peers.push(peer);
  return peer;
}
afterEach(async () => {
  for (const peer of peers.splice(0)) await peer.close();
});

describe('knowledge', () => {
  const context = contextOf({ text: 'how long is it?', intent: 'course-length', passages: [PASSWORD, LENGTH] });

  it('cites the passages the model names by number', async () => {
    const model = modelOf(await peerOf({ script: [{ text: 'It takes 8 weeks [2].' }] }));
    const { draft } = await actWith(ACTORS.knowledge, { model, context });
    expect(textOf(draft)).toBe('It takes 8 weeks.');
    expect(draft).toMatchObject({ citations: [LENGTH.id], grounded: true });
  });

  it("says so in the organisation's words when the model finds no answer", async () => {
    const model = modelOf(await peerOf({ script: [{ text: 'NO_ANSWER' }] }));
    const { draft } = await actWith(ACTORS.knowledge, { model, context });
    expect(textOf(draft)).toBe('[no_answer]');
    expect(draft).toMatchObject({ citations: [], grounded: false });
  });

  it('numbers what a search brings on from what was recalled', async () => {
    const script = [
      { toolCalls: [{ name: 'search_knowledge', arguments: { query: 'length' } }] },
      { text: 'Eight weeks [2].' },
    ];
    const ports = portsOf({ searchKnowledge: () => Promise.resolve([LENGTH]) });
    const { draft } = await actWith(ACTORS.knowledge, {
      model: modelOf(await peerOf({ script })),
      context: { ...context, passages: [PASSWORD] },
      ports,
    });
    expect(draft.citations).toEqual([LENGTH.id]);
  });

  it('an answer that rests on nothing shown carries no citation, so that check refuses it', async () => {
    const model = modelOf(
      await peerOf({ script: [{ text: 'Elephants dance under purple bridges every morning [7].' }] }),
    );
    const { draft } = await actWith(ACTORS.knowledge, { model, context });
    expect(draft).toMatchObject({ citations: [], grounded: true });
  });
});

describe('sales', () => {
  it('adds a card for each offer the model names, with the price of the catalogue', async () => {
    const peer = await peerOf({
      script: [{ text: 'The Foundation Programme fits best; the Breathwork Course is shorter.' }],
    });
    const { draft, calls } = await actWith(ACTORS.sales, {
      model: modelOf(peer),
      context: contextOf({ text: 'what do you have?', intent: 'which-course' }),
    });
    const cards = draft.blocks.flatMap((block) =>
      block.kind === 'card' ? [`${block.title}: ${block.body.split('\n')[0]}`] : [],
    );
    expect(cards).toEqual([
      'Foundation Programme: €480 or 6 × €85 a month',
      'Breathwork Course: €240 or 3 × €84 a month',
    ]);
    expect(calls).toMatchObject([{ name: 'find_offers', by: 'prefetch', outcome: 'ok' }]);
    expect(draft.grounded).toBe(false);
    expect(String(peer.requests[0]?.messages.at(-1)?.content)).toContain('"price":"€480"');
  });

  it('asks check to refuse words about offers when no offer could be read', async () => {
    const model = modelOf(await peerOf({ script: [{ text: 'It costs 1 euro.' }] }));
    const ports = portsOf({ offers: () => Promise.reject(new TypeError('down')) });
    expect((await actWith(ACTORS.sales, { model, ports })).draft).toMatchObject({ grounded: true, citations: [] });
  });
});

describe('course', () => {
  it('adds the buttons of the course, and keeps the reminders that were really set', async () => {
    const script = [
      {
        toolCalls: [
          { name: 'set_reminder', arguments: { at: '2026-11-23T18:00:00+01:00', text: 'Practise' } },
          { name: 'set_reminder', arguments: { at: '2020-01-01T00:00:00Z', text: 'Too late' } },
        ],
      },
      { text: 'I will remind you tomorrow.' },
    ];
    const ports = portsOf({
      myEnrolments: () => Promise.resolve([{ course: 'foundation', completed: [], startedAt: '2026-09-07' }]),
    });
    const { draft } = await actWith(ACTORS.course, { model: modelOf(await peerOf({ script })), ports });
    expect(draft.reminders).toEqual([{ at: '2026-11-23T17:00:00.000Z', text: 'Practise' }]);
    expect(tokensOf(draft)).toEqual(['lesson-done:foundation:arriving']);
  });
});

describe('support', () => {
  const charged = contextOf({ text: 'charged twice', intent: 'charged-twice' });
  const ticket = { name: 'open_ticket', arguments: { subject: 'Charged twice', summary: 'Two charges on one order.' } };

  it("says the ticket's number when the model forgot to", async () => {
    const script = [{ toolCalls: [ticket] }, { text: 'I passed it on.' }];
    const { draft } = await actWith(ACTORS.support, { model: modelOf(await peerOf({ script })), context: charged });
    expect(textOf(draft)).toBe('I passed it on.\n[ticket_opened] T-1042');
  });

  it('says who decides about money, whatever the model promised', async () => {
    const script = [
      { toolCalls: [{ name: 'request_refund', arguments: { order: 'TW-20571', reason: 'charged twice' } }] },
      { text: 'You will get your money back, ticket T-1042.' },
    ];
    const ports = portsOf({ myOrders: () => Promise.resolve([TWICE]) });
    const { draft } = await actWith(ACTORS.support, {
      model: modelOf(await peerOf({ script })),
      context: charged,
      ports,
    });
    expect(textOf(draft)).toContain('nothing is paid back before that');
    expect(ports.asked.find(({ port }) => port === 'openTicket')?.input).toMatchObject([{ kind: 'refund' }]);
  });

  it('asks no refund for an order that is not theirs', async () => {
    const script = [
      { toolCalls: [{ name: 'request_refund', arguments: { order: 'TW-1', reason: 'give it to me' } }] },
      { text: 'I cannot find it.' },
    ];
    const ports = portsOf({ myOrders: () => Promise.resolve([TWICE]) });
    const { calls } = await actWith(ACTORS.support, {
      model: modelOf(await peerOf({ script })),
      context: charged,
      ports,
    });
    expect(calls.at(-1)).toMatchObject({
      name: 'request_refund',
      outcome: 'failed',
      result: { error: 'unknown_name' },
    });
    expect(ports.asked.map(({ port }) => port)).not.toContain('openTicket');
  });

  it('opens one ticket even when the model asks for three', async () => {
    const other = (summary: string) => ({ name: 'open_ticket', arguments: { subject: 'Again', summary } });
    const script = [{ toolCalls: [ticket, other('in other words'), other('and others')] }, { text: 'T-1042 it is.' }];
    const ports = portsOf();
    await actWith(ACTORS.support, { model: modelOf(await peerOf({ script })), context: charged, ports });
    expect(ports.asked.filter(({ port }) => port === 'openTicket')).toHaveLength(1);
  });

  it.each(['charged-twice', 'refund-request'])(
    'opens no second ticket (%s) when the model dies after opening one',
    async (intent) => {
      const peer = await peerOf({ script: [{ toolCalls: [ticket] }] });
      const ports = portsOf();
      const { draft } = await actWith(ACTORS.support, {
        model: modelOf(peer),
        context: contextOf({ text: 'charged twice', intent }),
        ports,
        options: { onModelCall: () => peer.setMode('unauthorized') },
      });
      expect(draft.fallback).toBe('model_refused');
      expect(textOf(draft)).toBe('[ticket_opened] T-1042 [support_next]');
      expect(ports.asked.filter(({ port }) => port === 'openTicket')).toHaveLength(1);
    },
  );
});

describe('supervisor', () => {
  const agents: Readonly<Record<string, 'course' | 'sales' | 'support'>> = {
    'my-progress': 'course',
    price: 'sales',
    invoice: 'support',
  };
  const supervise = SUPERVISOR.create({
    agentOf: (intent) => agents[intent] ?? null,
    suggestions: { en: ['How long is the course?', 'What does it cost?'], de: ['Was kostet es?'] },
  });
  const unclear = contextOf({ text: 'hm, and the other one?', runnersUp: ['my-progress', 'price'] });

  it('greets with the suggestions, and asks no model for it', async () => {
    const { route, modelCalls } = await supervise(
      contextOf({ text: 'hi', intent: 'greeting' }),
      optionsOf({ model: modelOf(await peerOf({})) }),
    );
    expect(Route.parse(route)).toEqual(route);
    if (route.kind !== 'clarify') throw new TypeError("a greeting is the supervisor's own answer");
    expect(textOf(route.draft)).toBe('[greeting] Tidewell School');
    expect(route.draft.blocks.at(-1)).toMatchObject({
      options: [{ label: 'How long is the course?', token: 'ask:0' }, { token: 'ask:1' }],
    });
    expect(route.draft.messageClass).toBe('courtesy');
    expect(modelCalls).toEqual([]);
  });

  it.each([
    ['de-AT', 'Was kostet es?'],
    ['fr', 'How long is the course?'],
  ])('suggests in the language of the turn, else in English: %s', async (locale, first) => {
    const { route } = await supervise({ ...contextOf({ text: 'hi', intent: 'greeting' }), locale }, optionsOf());
    const last = route.kind === 'clarify' ? route.draft.blocks.at(-1) : undefined;
    expect(last?.kind === 'choices' && last.options[0]?.label).toBe(first);
  });

  it.each(['thanks', 'goodbye', 'about-assistant'])('has a fixed sentence for %s', async (intent) => {
    const { route } = await supervise(contextOf({ intent }), optionsOf());
    expect(route.kind === 'clarify' && textOf(route.draft)).toBe(`[${intent.replaceAll('-', '_')}]`);
  });

  it('without a model asks with buttons, the nearest topics first, a person last', async () => {
    const { route } = await supervise(unclear, optionsOf());
    if (route.kind !== 'clarify') throw new TypeError('unclear words are clarified');
    expect(textOf(route.draft)).toBe('[clarify]');
    expect(tokensOf(route.draft)).toEqual(['topic:course', 'topic:sales', 'topic:support', 'topic:knowledge', 'human']);
    expect(route.draft.fallback).toBe('no_model');
  });

  it('takes the agent the model chooses', async () => {
    const peer = await peerOf({
      script: [{ toolCalls: [{ name: 'choose_agent', arguments: { agent: 'course', because: 'follow-up' } }] }],
    });
    const { route, modelCalls } = await supervise(unclear, optionsOf({ model: modelOf(peer) }));
    expect(route).toEqual({ kind: 'agent', agent: 'course', because: 'supervisor: follow-up' });
    expect(modelCalls).toMatchObject([{ agent: 'supervisor', outcome: 'ok' }]);
  });

  it('asks what the model wants to ask, with its answers as topics and a person', async () => {
    const asked = {
      question: 'A course or an order?',
      options: [
        { label: 'A course', agent: 'course' },
        { label: 'An order', agent: 'support' },
      ],
    };
    const peer = await peerOf({ script: [{ toolCalls: [{ name: 'ask_person', arguments: asked }] }] });
    const { route } = await supervise(unclear, optionsOf({ model: modelOf(peer) }));
    expect(route.kind === 'clarify' && [textOf(route.draft), tokensOf(route.draft)]).toEqual([
      'A course or an order?',
      ['topic:course', 'topic:support', 'human'],
    ]);
  });

  it.each([
    ['an agent nobody has', { toolCalls: [{ name: 'choose_agent', arguments: { agent: 'admin', because: 'x' } }] }],
    [
      'safety, which no model may choose',
      { toolCalls: [{ name: 'choose_agent', arguments: { agent: 'safety', because: 'x' } }] },
    ],
    ['broken arguments', { toolCalls: [{ name: 'choose_agent', arguments: '{"agent"' }] }],
    ['words', { text: 'I think it is sales.' }],
  ])('the model answers %s: asks with buttons instead', async (_name, reply) => {
    const model = modelOf(await peerOf({ script: [reply] }));
    const { route } = await supervise(unclear, optionsOf({ model }));
    expect(route.kind === 'clarify' && route.draft.fallback).toBe('model_garbage');
    expect(model.log.at(-1)).toBe('failed');
  });

  it('the endpoint fails: asks with buttons and says why', async () => {
    const { route } = await supervise(unclear, optionsOf({ model: modelOf(await peerOf({ mode: 'unauthorized' })) }));
    expect(route.kind === 'clarify' && route.draft.fallback).toBe('model_refused');
  });

  it('asks again with buttons when "other words" was pressed, and no model', async () => {
    const peer = await peerOf({});
    const { route } = await supervise({ ...unclear, choice: 'rephrase' }, optionsOf({ model: modelOf(peer) }));
    expect(route.kind === 'clarify' && textOf(route.draft)).toBe('[clarify]');
    expect(peer.requests).toEqual([]);
  });

  it('throws when it is stopped; its call is counted all the same', async () => {
    const controller = new AbortController();
    const counted: string[] = [];
    const model = {
      ...modelOf(await peerOf({ mode: 'hang' })),
      onCall: (call: ModelCall) => void counted.push(call.outcome),
    };
    const supervised = supervise(unclear, optionsOf({ model, signal: controller.signal }));
    controller.abort();
    await expect(supervised).rejects.toMatchObject({ code: 'superseded' });
    expect(counted).toEqual(['superseded']);
  });
});
