/** What the graph tests share: a small school, a person, a burst, ports that refuse what was not foreseen, an agent with fixed words. */
import type { Agent } from '../../agents/agent.ts';
import { type Block, blocksToText } from '../../core/block.ts';
import type { Conversation } from '../../core/conversation.ts';
import { createLexicalEmbedder } from '../../core/embedding.ts';
import type { InboundEvent } from '../../core/event.ts';
import { EventId, HandleId, PersonId, ThreadId, TurnId } from '../../core/ids.ts';
import type { Intent } from '../../core/intent.ts';
import { JourneyDefinition } from '../../core/journey.ts';
import type { FoundPassage } from '../../core/knowledge.ts';
import type { Person } from '../../core/person.ts';
import type { Draft, Reply } from '../../core/reply.ts';
import { type Hazard, type Screening, screeningOf } from '../../core/screening.ts';
import type { Thread } from '../../core/thread.ts';
import { PhraseKey, ToneFile, type Workspace } from '../../core/workspace.ts';
import type { Pass, TurnPorts, TurnState } from '../../graph/state.ts';
import { createJourneyMachine } from '../../journey/machine.ts';
import type { Burst } from '../../memory/inbox.ts';
import type { Memory } from '../../memory/memory.ts';
import { createRecorder } from '../../traces/recorder.ts';

export const NOW = Date.parse('2026-11-22T10:00:00.000Z');
const uuid = (last: number): string => `01996d2e-8a4b-7c3d-9e5f-${String(last).padStart(12, '0')}`;
export const ids = {
  turn: TurnId.parse(uuid(1)),
  thread: ThreadId.parse(uuid(2)),
  person: PersonId.parse(uuid(3)),
  handle: HandleId.parse(uuid(4)),
};

const tone = ToneFile.parse({
  voice: 'Plain.',
  phrases: Object.fromEntries(PhraseKey.options.map((key) => [key, { en: `[${key}]`, de: `[${key} auf Deutsch]` }])),
});

const journey = JourneyDefinition.parse({
  version: 1,
  initial: 'stranger',
  stages: [
    { name: 'stranger', about: 'has not written' },
    {
      name: 'curious',
      about: 'has written',
      callsToAction: [{ label: 'See all courses', url: 'https://school.example/courses', channels: ['web'] }],
    },
    { name: 'lead', about: 'has asked for a price' },
  ],
  regions: [
    {
      name: 'care',
      about: 'who needs people',
      initial: 'well',
      stages: [
        { name: 'well', about: 'fine' },
        {
          name: 'watched',
          about: 'a little',
          callsToAction: [{ label: 'Talk to us', url: 'https://school.example/talk' }],
        },
        { name: 'in-care', about: 'in trouble', invites: false },
      ],
    },
  ],
  transitions: [
    { id: 'first-words', from: ['stranger'], to: 'curious', on: { kind: 'event', name: 'message' } },
    { id: 'asks-price', from: ['curious'], to: 'lead', on: { kind: 'intent', name: 'price' } },
  ],
});

const en = (text: string) => ({ en: text });
const safety: Workspace['safety'] = {
  texts: {
    crisis: en('CRISIS'),
    crisis_public: en('CRISIS IN PUBLIC'),
    harm: en('HARM'),
    abuse: en('ABUSE'),
    minors: en('MINORS'),
    line: en('{name}: {phone} ({hours}), {emergency}'),
    anywhere: en('ANYWHERE'),
  },
  lines: [{ country: 'DE', name: 'Crisis line', phone: '0800 1', hours: '24/7', emergency: '112' }],
};

const intents: Workspace['intents'] = (
  [
    ['knowledge', ['opening-hours']],
    ['sales', ['price']],
    ['support', ['charged-twice']],
    ['supervisor', ['greeting', 'human-please']],
  ] as const
).map(([agent, names]) => ({
  agent,
  intents: names.map((name) => ({ name, about: name, exemplars: ['a', 'b', 'c'] })),
}));

export const workspace: Workspace = {
  version: 'school-1',
  organisation: {
    name: 'A School',
    about: 'A small school.',
    locales: ['en', 'de'],
    timeZone: 'Europe/Berlin',
    country: 'DE',
    allowedHosts: ['school.example'],
    suggestions: { en: ['What does it cost?'] },
  },
  tone,
  safety,
  journey,
  intents,
  offers: [],
  courses: [],
  members: [],
  documents: [],
};

const machine = createJourneyMachine(journey);

export function personOf(change: Partial<Person> & { readonly isMember?: boolean } = {}): Person {
  const { isMember = false, ...rest } = change;
  return {
    id: ids.person,
    handles: [
      {
        id: ids.handle,
        person: ids.person,
        channel: 'web',
        connection: 'main',
        externalId: 'visitor-1',
        displayName: 'Ann',
        isMember,
      },
    ],
    locale: 'en',
    timeZone: 'Europe/Berlin',
    preferences: {},
    consents: {},
    ...rest,
  };
}

export function threadOf(change: Partial<Thread> = {}): Thread {
  return {
    id: ids.thread,
    channel: 'web',
    connection: 'main',
    key: 'visitor-1',
    clearance: 'private',
    ownership: 'agents',
    subject: null,
    agent: null,
    ...change,
  };
}

const common = {
  channel: 'web',
  connection: 'main',
  thread: { key: 'visitor-1', clearance: 'private' },
  sender: { externalId: 'visitor-1', isMember: false },
  occurredAt: new Date(NOW).toISOString(),
} as const;

export function says(text: string, externalId = `said:${text}`): InboundEvent {
  return { ...common, kind: 'message', externalId, text, attachments: [] };
}

export function chooses(token: string, label = token): InboundEvent {
  return { ...common, kind: 'choice', externalId: `chose:${token}`, token, label };
}

export function burstOf(events: readonly InboundEvent[], change: Partial<Burst> = {}): Burst {
  return {
    turn: ids.turn,
    lane: ids.person,
    thread: ids.thread,
    handle: ids.handle,
    events: events.map((event, index) => ({ id: EventId.parse(uuid(100 + index)), event })),
    attempt: 1,
    joins: 0,
    ...change,
  };
}

export function intentOf(name: string): Intent {
  return { name, confidence: 0.9, neighbours: [], runnersUp: [], priors: [] };
}

export function found(...hazards: readonly Hazard[]): Screening {
  return screeningOf(hazards.map((hazard) => ({ hazard, rule: 'test' })));
}

export function passageOf(change: Partial<FoundPassage> = {}): FoundPassage {
  return {
    id: 'help/hours#0',
    document: 'help/hours',
    title: 'Opening hours',
    headings: [],
    text: 'We are open from nine to five.',
    audience: 'public',
    language: 'en',
    url: 'https://school.example/help/hours',
    score: 1,
    similarity: 0.8,
    ...change,
  };
}

export function draftOf(change: Partial<Draft> = {}): Draft {
  return {
    agent: 'knowledge',
    messageClass: 'answer',
    blocks: [{ kind: 'text', text: 'We are open from nine to five.' }],
    citations: [],
    toolCalls: [],
    grounded: false,
    ...change,
  };
}

export function wordsOf({ blocks }: { readonly blocks: readonly Block[] }): string {
  return blocksToText(blocks);
}

type Ports = { readonly [Port in keyof Memory]?: Memory[Port] extends object ? Partial<Memory[Port]> : never };

/** A memory of these methods only; any other call is a failure that names it. */
export function memoryOf(ports: Ports): Memory {
  const strict = (port: string) =>
    new Proxy(ports[port as keyof Ports] ?? {}, {
      get: (methods, method) => {
        if (method in methods) return Reflect.get(methods, method) as unknown;
        throw new TypeError(`nobody expected ${port}.${String(method)}`);
      },
    });
  return new Proxy({}, { get: (_, port) => strict(String(port)) }) as Memory;
}

/** A memory that knows the person and the thread, and nothing else to say. */
export function quietMemory(more: Ports = {}, { person = personOf(), thread = threadOf() } = {}): Memory {
  return memoryOf({
    people: { ofHandle: () => Promise.resolve(person) },
    threads: { get: () => Promise.resolve(thread), conversation: () => Promise.resolve(conversationOf()) },
    journeys: { get: () => Promise.resolve(null) },
    exemplars: { nearest: () => Promise.resolve([]) },
    facts: { recall: () => Promise.resolve([]) },
    knowledge: { search: () => Promise.resolve([]) },
    ...more,
  });
}

/** An agent that says what it was given and asks nobody. */
export function speakerOf(name: Agent['name'], draft: (text: string) => Draft = () => draftOf({ agent: name })): Agent {
  return {
    name,
    limits: { rounds: 0, deadlineMs: 5_000, toolMs: 1_000 },
    usesModel: false,
    prompt: () => '',
    tools: () => [],
    prefetch: () => [],
    draft: () => draft(''),
    fallback: (context) => Promise.resolve(draft(context.text)),
  };
}

export function portsOf(change: Partial<TurnPorts> = {}): TurnPorts {
  const actors = {
    knowledge: speakerOf('knowledge'),
    sales: speakerOf('sales'),
    course: speakerOf('course'),
    support: speakerOf('support'),
    safety: speakerOf('safety', () => draftOf({ agent: 'safety', messageClass: 'crisis' })),
  };
  return {
    memory: quietMemory(),
    workspace,
    machine,
    embedder: createLexicalEmbedder(),
    actors,
    supervise: () =>
      Promise.resolve({
        route: { kind: 'clarify', because: 'test', draft: draftOf({ agent: 'supervisor' }) },
        modelCalls: [],
      }),
    models: { agent: null, router: null },
    clock: () => NOW,
    ...change,
  };
}

/** What was said before, as the store tells it. */
export function conversationOf(change: Partial<Conversation> = {}): Conversation {
  return { lines: [], episodeAt: null, past: [], summary: null, ...change };
}

export function recorderOf() {
  return createRecorder({ turn: ids.turn, events: 1, monotonic: () => 0 });
}

export function passOf(change: Partial<Pass> = {}): Pass {
  const ports = change.ports ?? portsOf();
  return {
    ports,
    turn: ids.turn,
    text: 'hello',
    embedding: () => Promise.resolve([]),
    conversation: () => ports.memory.threads.conversation({ thread: ids.thread, handle: ids.handle, limit: 12 }),
    recorder: recorderOf(),
    signal: new AbortController().signal,
    yieldToNewer: true,
    ...change,
  };
}

/** The state after all steps of a plain question. */
export function stateOf(change: Partial<TurnState> = {}): TurnState {
  const draft = draftOf();
  const before = machine.start(NOW);
  return {
    burst: burstOf([says('hello')]),
    person: personOf(),
    thread: threadOf(),
    locale: 'en',
    journeyBefore: { ...before, version: 4 },
    journey: { ...before, version: 4 },
    moves: [],
    screening: screeningOf([]),
    intent: intentOf('opening-hours'),
    lines: [],
    earlier: null,
    facts: [],
    passages: [],
    route: { kind: 'agent', agent: 'knowledge', because: 'intent:opening-hours' },
    draft,
    verdict: { outcome: 'allowed', objections: [] },
    reply: replyOf(draft),
    later: [],
    modelCalls: [],
    commit: undefined as never,
    ...change,
  };
}

/** As `check` makes it. */
export function replyOf(draft: Draft = draftOf()): Reply {
  const { agent, messageClass, blocks, citations } = draft;
  return { agent, messageClass, blocks, citations } as unknown as Reply;
}
