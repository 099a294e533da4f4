/** A small school, a person and ports for the tests of agents. Nothing here is shared with the sample workspace. */
import type { AgentContext, AgentPorts } from '../../agents/agent.ts';
import { Course, Offer, type Order, type Ticket } from '../../core/catalogue.ts';
import type { Fact } from '../../core/fact.ts';
import { HandleId, TurnId } from '../../core/ids.ts';
import type { FoundPassage } from '../../core/knowledge.ts';
import type { Draft } from '../../core/reply.ts';
import { screeningOf } from '../../core/screening.ts';
import type { SafetyFile } from '../../core/workspace.ts';

const OFFERS = [
  {
    id: 'foundation-programme',
    name: 'Foundation Programme',
    aliases: ['foundation'],
    summary: 'Sixteen weeks of breath, movement and rest.',
    price: { amount: 48_000, currency: 'EUR' },
    plans: [{ label: '6 monthly payments', months: 6, amount: 8_500 }],
    course: 'foundation',
    url: 'https://tidewell.example/courses/foundation-programme',
  },
  {
    id: 'breathwork-course',
    name: 'Breathwork Course',
    aliases: ['breathwork', 'Atemkurs'],
    summary: 'Eight weeks on breathing alone.',
    price: { amount: 24_000, currency: 'EUR' },
    plans: [{ label: '3 monthly payments', months: 3, amount: 8_400 }],
    course: 'breathwork',
    url: 'https://tidewell.example/courses/breathwork-course',
  },
  {
    id: 'membership',
    name: 'Tidewell Membership',
    aliases: ['subscription'],
    summary: 'Live practice three times a week; cancel in any month.',
    price: { amount: 1_800, currency: 'EUR' },
    url: 'https://tidewell.example/membership',
  },
  {
    id: 'taster-evening',
    name: 'Breathwork Taster Evening',
    aliases: ['taster'],
    summary: 'One live evening online.',
    price: { amount: 1_500, currency: 'EUR' },
    url: 'https://tidewell.example/taster-evening',
  },
].map((offer) => Offer.parse(offer));

const COURSES = [
  {
    id: 'foundation',
    title: 'Foundation Programme',
    aliases: ['foundation'],
    summary: 'Four modules.',
    weeks: 16,
    hoursPerWeek: 4,
    url: 'https://learn.tidewell.example/my-courses/foundation',
    lessons: [
      { id: 'arriving', title: 'Arriving', minutes: 55 },
      { id: 'ground-and-weight', title: 'Ground and Weight', minutes: 60 },
      { id: 'the-art-of-pausing', title: 'The Art of Pausing', minutes: 60 },
    ],
  },
  {
    id: 'breathwork',
    title: 'Breathwork Course',
    aliases: ['breathwork'],
    summary: 'All about breathing.',
    weeks: 8,
    hoursPerWeek: 3,
    url: 'https://learn.tidewell.example/my-courses/breathwork',
    lessons: [{ id: 'noticing-your-breath', title: 'Noticing Your Breath', minutes: 45 }],
  },
].map((course) => Course.parse(course));

export const TWICE: Order = {
  number: 'TW-20571',
  offer: 'breathwork-course',
  status: 'paid',
  placedAt: '2026-11-08',
  charges: [
    { at: '2026-11-08', amount: 9_000, currency: 'EUR' },
    { at: '2026-11-09', amount: 9_000, currency: 'EUR' },
  ],
};

const SAFETY: SafetyFile = {
  texts: {
    crisis: { en: 'CRISIS en', de: 'CRISIS de', es: 'CRISIS es' },
    crisis_public: { en: 'PUBLIC en', de: 'PUBLIC de' },
    harm: { en: 'HARM en', de: 'HARM de' },
    abuse: { en: 'ABUSE en' },
    minors: { en: 'MINORS en' },
    line: { en: '{name}: {phone} ({hours}); {emergency}', de: 'Ruf {name}: {phone} ({hours}); {emergency}' },
    anywhere: { en: 'ANYWHERE en', de: 'ANYWHERE de' },
  },
  lines: [
    { country: 'DE', name: 'Krisentelefon', phone: '0800 1', hours: '24/7', emergency: '112' },
    { country: 'US', name: 'Crisis line', phone: '988', hours: '24/7', emergency: '911' },
  ],
};

export function passage(change: Partial<FoundPassage> & { readonly text: string }): FoundPassage {
  return {
    id: 'courses/breathwork-course#1',
    document: 'courses/breathwork-course',
    title: 'Breathwork Course',
    headings: ['How long it takes'],
    audience: 'public',
    language: 'en',
    url: 'https://tidewell.example/help/breathwork-course',
    score: 0.03,
    similarity: 0.4,
    ...change,
  };
}

export const LENGTH = passage({
  text: 'The Breathwork Course takes 8 weeks, with about 3 hours a week. Each week has one lesson and one live practice. Bring a mat. You may also use a chair. Nothing else is needed for it at all.',
});
export const PASSWORD = passage({
  id: 'account/reset-password#1',
  document: 'account/reset-password',
  title: 'Forgotten password',
  headings: ['Set a new password'],
  text: 'Go to the sign-in page and press **Forgotten password**. Open the e-mail we send.',
  url: 'https://tidewell.example/help/reset-password',
});
export const PARTS = passage({
  id: 'payments/pay-in-parts#2',
  document: 'payments/pay-in-parts',
  title: 'Paying in monthly parts',
  headings: ['How it works'],
  text: 'Choose **Pay monthly** in the checkout. The first part is taken on the day you book.',
  url: 'https://tidewell.example/help/pay-in-parts',
});

export function aFact(change: Partial<Fact> = {}): Fact {
  return {
    id: '01996d2e-8a4b-7c3d-9e5f-0000000000f1',
    kind: 'goal',
    subject: 'goal',
    text: 'sleep better',
    quote: 'My goal is to sleep better',
    audience: 'private',
    confidence: 1,
    learnedAt: '2026-11-01T00:00:00.000Z',
    expiresAt: null,
    supersededBy: null,
    channel: 'web',
    handle: HandleId.parse('01996d2e-8a4b-7c3d-9e5f-0000000000b1'),
    turn: null,
    ...change,
  };
}

export type Change = Partial<Omit<AgentContext, 'intent' | 'thread' | 'person'>> & {
  readonly intent?: string;
  readonly runnersUp?: readonly string[];
  readonly thread?: Partial<AgentContext['thread']>;
  readonly person?: Partial<AgentContext['person']>;
};

/** Phrases are shown as `[key] value …`, so that a test sees which sentence was chosen and what was filled in. */
export function contextOf({
  intent = 'unclear',
  runnersUp = [],
  thread,
  person,
  ...change
}: Change = {}): AgentContext {
  return {
    turn: TurnId.parse('01996d2e-8a4b-7c3d-9e5f-0123456789ab'),
    organisation: { name: 'Tidewell School', about: 'A small school.', voice: 'Warm and short.', country: 'DE' },
    text: 'hello there',
    choice: null,
    locale: 'en',
    person: { isMember: false, name: null, stage: 'curious', ...person },
    thread: { channel: 'web', clearance: 'private', ownership: 'agents', ...thread },
    intent: {
      name: intent,
      confidence: 0.9,
      neighbours: [],
      runnersUp: runnersUp.map((name) => ({ name, confidence: 0.3 })),
      priors: [],
    },
    screening: screeningOf([]),
    lines: [],
    earlier: null,
    facts: [],
    passages: [],
    safety: SAFETY,
    phrase: (key, values = {}) => [`[${key}]`, ...Object.values(values)].join(' '),
    now: '2026-11-22T10:00:00.000Z',
    ...change,
  };
}

export type Recording = AgentPorts & { readonly asked: { readonly port: string; readonly input: unknown }[] };

/** Ports that hold nothing of the person unless told otherwise, and record what was asked of them. */
export function portsOf(change: Partial<AgentPorts> = {}): Recording {
  const asked: { port: string; input: unknown }[] = [];
  let tickets = 1041;
  const openTicket: AgentPorts['openTicket'] = ({ subject, summary }) => {
    tickets += 1;
    const ticket: Ticket = {
      number: `T-${tickets}`,
      subject,
      summary,
      status: 'open',
      openedAt: '2026-11-22T10:00:00.000Z',
    };
    return Promise.resolve(ticket);
  };
  const ports: AgentPorts = {
    searchKnowledge: () => Promise.resolve([]),
    openDocument: () => Promise.resolve(null),
    offers: () => Promise.resolve(OFFERS),
    courses: () => Promise.resolve(COURSES),
    myEnrolments: () => Promise.resolve([]),
    myOrders: () => Promise.resolve([]),
    myTickets: () => Promise.resolve([]),
    markLessonDone: (course, lesson) => Promise.resolve({ course, completed: [lesson], startedAt: '2026-09-07' }),
    openTicket,
    myFacts: () => Promise.resolve([]),
    noteFacts: (said) => Promise.resolve(said.length),
    forgetFacts: (facts) => Promise.resolve(facts === 'all' ? 1 : facts.length),
    holdPlace: (offer) => Promise.resolve({ offer, until: '2026-11-29T10:00:00.000Z' }),
    ...change,
  };
  const record = <Arguments extends unknown[], Result>(port: string, run: (...input: Arguments) => Result) => {
    return (...input: Arguments): Result => {
      asked.push({ port, input });
      return run(...input);
    };
  };
  return {
    asked,
    searchKnowledge: record('searchKnowledge', ports.searchKnowledge),
    openDocument: record('openDocument', ports.openDocument),
    offers: record('offers', ports.offers),
    courses: record('courses', ports.courses),
    myEnrolments: record('myEnrolments', ports.myEnrolments),
    myOrders: record('myOrders', ports.myOrders),
    myTickets: record('myTickets', ports.myTickets),
    markLessonDone: record('markLessonDone', ports.markLessonDone),
    openTicket: record('openTicket', ports.openTicket),
    myFacts: record('myFacts', ports.myFacts),
    noteFacts: record('noteFacts', ports.noteFacts),
    forgetFacts: record('forgetFacts', ports.forgetFacts),
    holdPlace: record('holdPlace', ports.holdPlace),
  };
}

export function textOf(draft: Draft): string {
  return draft.blocks
    .map((block) => (block.kind === 'text' ? block.text : ''))
    .filter(Boolean)
    .join('\n');
}

export function tokensOf(draft: Draft): readonly string[] {
  return draft.blocks.flatMap((block) => {
    if (block.kind === 'choices' || block.kind === 'card') return block.options.map(({ token }) => token);
    return [];
  });
}
