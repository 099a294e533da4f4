/** What each room answers without a model: the sample questions of a school, by their words, cards, buttons and tickets. */
import { describe, expect, it } from 'vitest';
import { act } from '../../agents/act.ts';
import type { Agent, AgentPorts } from '../../agents/agent.ts';
import { ACTORS } from '../../agents/registry.ts';
import { Offer } from '../../core/catalogue.ts';
import type { Draft } from '../../core/reply.ts';
import { screeningOf } from '../../core/screening.ts';
import type { ThreadLine } from '../../core/thread.ts';
import { optionsOf } from './acting.ts';
import {
  type Change,
  contextOf,
  LENGTH,
  PARTS,
  PASSWORD,
  passage,
  portsOf,
  TWICE,
  textOf,
  tokensOf,
} from './school.ts';

async function answer(agent: Agent, change: Change, ports: Partial<AgentPorts> = {}) {
  const recording = portsOf(ports);
  const { draft, calls } = await act(agent, contextOf(change), recording, optionsOf());
  return { draft, calls, text: textOf(draft), tokens: tokensOf(draft), asked: recording.asked };
}

function said(...texts: readonly string[]): readonly ThreadLine[] {
  return texts.map((text, index) => ({ from: 'person', text, at: `2026-11-22T09:5${index}:00.000Z` }));
}

const STARTS = passage({
  id: 'courses/breathwork-course#4',
  headings: ['When it starts'],
  text: 'A new group starts on the first Monday of every month. The live practice is on Tuesdays at 19:00.',
});

describe('knowledge', () => {
  const { knowledge } = ACTORS;

  it('quotes the sentence that answers, with its source', async () => {
    const { draft, text } = await answer(knowledge, {
      text: 'how long is the breathwork course?',
      intent: 'course-length',
      passages: [PASSWORD, LENGTH],
    });
    expect(text).toMatch(/^The Breathwork Course takes 8 weeks/);
    expect(text).not.toContain('Nothing else');
    expect(draft.blocks[1]).toEqual({
      kind: 'citation',
      passage: LENGTH.id,
      label: 'Breathwork Course',
      url: LENGTH.url,
    });
    expect(draft).toMatchObject({ citations: [LENGTH.id], grounded: true, messageClass: 'answer' });
  });

  it('says so when nothing answers, and offers other words or a person', async () => {
    const { draft, text, tokens } = await answer(knowledge, {
      text: 'what is the capital of France?',
      passages: [
        { ...LENGTH, similarity: 0.1 },
        { ...PASSWORD, similarity: 0.1 },
      ],
    });
    expect(text).toBe('[no_answer]');
    expect(draft).toMatchObject({ citations: [], grounded: false });
    expect(tokens).toEqual(['rephrase', 'human']);
  });

  it('does not take a near page for an answer that shares no words with the question', async () => {
    const near = [
      { ...LENGTH, similarity: 0.35 },
      { ...PASSWORD, similarity: 0.35 },
    ];
    expect((await answer(knowledge, { text: 'who won the football match?', passages: near })).text).toBe('[no_answer]');
  });

  it('does not take one shared word in a distant text for an answer', async () => {
    const distant = passage({
      title: 'Certificate',
      headings: [],
      text: 'Write the hours in your journal. Two teachers watch.',
      similarity: 0.12,
    });
    expect((await answer(knowledge, { text: 'is there a journal?', passages: [distant] })).text).toBe('[no_answer]');
    const close = await answer(knowledge, { text: 'is there a journal?', passages: [{ ...distant, similarity: 0.4 }] });
    expect(close.draft.citations).toEqual([distant.id]);
  });

  it('takes the page of the thing itself rather than the page of one of its parts', async () => {
    const part = passage({
      id: 'part#1',
      title: 'The breathwork module of the Foundation Programme',
      text: 'The module takes four weeks of the Foundation Programme. It has three lessons.',
    });
    const whole = passage({
      id: 'whole#1',
      title: 'Foundation Programme',
      text: 'The Foundation Programme takes 16 weeks. It has 12 lessons.',
    });
    const { draft } = await answer(knowledge, {
      text: 'how long is the foundation programme?',
      passages: [part, whole],
    });
    expect(draft.citations).toEqual(['whole#1']);
  });

  it('searches a follow-up together with the subject of the question before it, and does not search twice', async () => {
    const followUp = await answer(
      knowledge,
      { text: 'and how long is it?', lines: said('tell me about the breathwork course'), passages: [PASSWORD] },
      { searchKnowledge: () => Promise.resolve([LENGTH]) },
    );
    expect(followUp.asked).toEqual([{ port: 'searchKnowledge', input: ['and how long is it? breathwork course'] }]);
    expect(followUp.text).toContain('8 weeks');
    const direct = await answer(knowledge, { text: 'how long is the breathwork course?', passages: [LENGTH] });
    expect(direct.asked).toEqual([]);
  });

  it('answers what a follow-up asks, not what the question before it asked', async () => {
    const page = [LENGTH, STARTS];
    const second = await answer(
      knowledge,
      { text: 'and when does it start?', intent: 'course-start', lines: said('how long is the breathwork course?') },
      { searchKnowledge: () => Promise.resolve(page) },
    );
    expect(second.text).toMatch(/^A new group starts on the first Monday/);
    expect(second.text).not.toContain('8 weeks');
    const german = await answer(
      knowledge,
      { text: 'und wann fängt er an?', intent: 'course-start', lines: said('wie lange dauert der Breathwork-Kurs?') },
      { searchKnowledge: () => Promise.resolve(page) },
    );
    expect(german.text).toMatch(/^A new group starts/);
  });

  it('finds the subject of a follow-up behind other follow-ups and courtesies', async () => {
    const lines = said('how long is the breathwork course?', 'great, thanks!', 'and when does it start?');
    const { asked } = await answer(knowledge, { text: 'and how many hours is that?', lines });
    expect(asked).toEqual([{ port: 'searchKnowledge', input: ['and how many hours is that? breathwork course'] }]);
  });

  it('takes no subject from before for a question that names its own', async () => {
    const lines = said('how long is the breathwork course?');
    const { asked } = await answer(knowledge, { text: 'and when can I cancel the membership?', lines });
    expect(asked).toEqual([{ port: 'searchKnowledge', input: ['and when can I cancel the membership?'] }]);
  });

  it('prefers the page that says the word itself to a page that says something of the same meaning', async () => {
    const address = passage({
      id: 'account/change-email#1',
      document: 'account/change-email',
      title: 'Changing your email address',
      headings: ['How to change it'],
      text: 'Enter the new address and your password. The old address gets a notice as well.',
      similarity: 0.35,
    });
    const school = passage({
      id: 'help/about#4',
      document: 'help/about',
      title: 'About the school',
      headings: ['Where we are'],
      text: 'The office is in the north, but there is no studio. Everything happens online.',
      similarity: 0.29,
    });
    const { draft } = await answer(knowledge, {
      text: 'is there a studio?',
      intent: 'location',
      passages: [address, school],
    });
    expect(draft.citations).toEqual([school.id]);
  });

  it('reads on below the few words with which a page begins', async () => {
    const page = { document: 'refund', title: 'Money back on the taster evening' };
    const opening = passage({
      ...page,
      id: 'refund#0',
      headings: [],
      text: 'This page is about the taster evening. Courses have other rules.',
    });
    const below = passage({
      ...page,
      id: 'refund#1',
      headings: ['Before'],
      text: 'Up to 24 hours before it begins you get your €15 back.',
      similarity: 0.3,
    });
    const { text, draft } = await answer(knowledge, {
      text: 'do I get money back for the taster evening?',
      intent: 'refund-policy',
      passages: [opening, below],
    });
    expect(text).toMatch(/^This page is about the taster evening\. .*Up to 24 hours/);
    expect(draft.citations).toEqual([below.id]);
  });

  it('takes a length that is written down for an answer to "how long", though it does not say so', async () => {
    const transfer = passage({
      id: 'pay#3',
      title: 'Ways to pay',
      headings: ['Bank transfer'],
      text: 'After you book, the order shows as pending. That takes one to three bank days. Write the number on it. Thank you. Your place is held until then, and nobody else can take it.',
    });
    const { text } = await answer(knowledge, {
      text: 'how long until a bank transfer arrives?',
      intent: 'course-length',
      passages: [transfer],
    });
    expect(text).toContain('three bank days');
  });

  it('does not take "you may" for a month', async () => {
    const may = passage({
      headings: ['Chairs'],
      text: 'In the Breathwork Course you may use a chair.',
      similarity: 0.5,
    });
    const { draft } = await answer(knowledge, {
      text: 'when does the breathwork course start?',
      intent: 'course-start',
      passages: [may, STARTS],
    });
    expect(draft.citations).toEqual([STARTS.id]);
  });

  it('quotes numbered steps together: one of them alone sends people astray', async () => {
    const steps = passage({
      title: 'Changing your email address',
      headings: ['How to change it'],
      text: '1. Open Account, Profile.\n2. Enter the new address.\n3. Open the email we send and press Confirm.\n\nThe old address gets a notice. Nothing changes until then.',
    });
    const { text } = await answer(knowledge, { text: 'how do I confirm my new email?', passages: [steps] });
    expect(text).toBe(
      'How to change it: Open Account, Profile. Enter the new address. Open the email we send and press Confirm.',
    );
  });

  it('gives a list entry the words that introduce the list, and a backward-pointing sentence its heading', async () => {
    const list = passage({
      title: 'Careful with breathwork',
      headings: ['Ask your doctor if you'],
      text: '- are pregnant;\n- have epilepsy;\n- have asthma;\n- take heart medicine.',
    });
    expect((await answer(knowledge, { text: 'is breathwork safe when pregnant?', passages: [list] })).text).toMatch(
      /^Ask your doctor if you: are pregnant;/,
    );
    const after = passage({
      title: 'Money back',
      headings: ['After 14 days'],
      text: 'After that we pay no money back. You can pause.',
    });
    expect((await answer(knowledge, { text: 'do I get money back?', passages: [after] })).text).toMatch(
      /^After 14 days: After that/,
    );
  });
});

describe('sales', () => {
  const { sales } = ACTORS;
  const cardsOf = (draft: Draft) => draft.blocks.flatMap((block) => (block.kind === 'card' ? [block.title] : []));

  it('prices what was spoken of before when the question names nothing', async () => {
    const { draft } = await answer(sales, {
      text: 'and what does it cost?',
      intent: 'price',
      lines: said('how long is the breathwork course?', 'and when does it start?'),
    });
    expect(cardsOf(draft)).toEqual(['Breathwork Course']);
  });

  it('recommends the offer whose own page speaks of what was asked, not one that says "decide"', async () => {
    const page = passage({
      id: 'membership#0',
      title: 'Tidewell Membership',
      headings: [],
      text: 'The membership is for people who snore at night.',
    });
    const offers = [
      ...(await portsOf().offers()),
      Offer.parse({
        id: 'open-day',
        name: 'Open Day',
        summary: 'For everybody who wants to decide later.',
        price: { amount: 0, currency: 'EUR' },
        url: 'https://tidewell.example/open-day',
      }),
    ];
    const { draft } = await answer(
      sales,
      { text: 'I snore at night, which course would you recommend?', intent: 'which-course', passages: [page] },
      { offers: () => Promise.resolve(offers) },
    );
    expect(cardsOf(draft)).toEqual(['Tidewell Membership']);
  });

  it('shows the offer that was named, with price, plan, link and button, and the page for the rest of the question', async () => {
    const { draft, tokens } = await answer(sales, {
      text: 'how much is the foundation programme and can I pay monthly?',
      intent: 'price',
      passages: [PARTS],
    });
    const cards = draft.blocks.filter((block) => block.kind === 'card');
    expect(cards).toEqual([
      {
        kind: 'card',
        title: 'Foundation Programme',
        body: '€480 or 6 × €85 a month\nSixteen weeks of breath, movement and rest.',
        options: [{ label: 'Hold a place', token: 'hold:foundation-programme' }],
        link: { label: 'See details', url: 'https://tidewell.example/courses/foundation-programme' },
      },
    ]);
    expect(tokens).toEqual(['hold:foundation-programme']);
    expect(textOf(draft)).toContain('Choose Pay monthly in the checkout.');
    expect(draft).toMatchObject({ messageClass: 'answer', citations: [PARTS.id] });
  });

  it('takes the longer name: the evening is not the course', async () => {
    const { draft } = await answer(sales, { text: 'what does the breathwork taster evening cost', intent: 'price' });
    expect(draft.blocks.flatMap((block) => (block.kind === 'card' ? [block.title] : []))).toEqual([
      'Breathwork Taster Evening',
    ]);
  });

  it('knows other names, in other languages, and writes prices as the person does', async () => {
    const { draft } = await answer(sales, { text: 'was kostet der Atemkurs', intent: 'price', locale: 'de' });
    const card = draft.blocks.find((block) => block.kind === 'card');
    expect(card).toMatchObject({ title: 'Breathwork Course' });
    expect(card?.body).toContain('240\u00a0€ oder 3 × 84\u00a0€ im Monat');
  });

  it('shows at most three when none was named; unasked they are sales, asked they are an answer', async () => {
    const unasked = await answer(sales, { text: 'hm', intent: 'unclear' });
    expect(unasked.draft.blocks.filter((block) => block.kind === 'card')).toHaveLength(3);
    expect(unasked.draft.messageClass).toBe('sales');
    expect((await answer(sales, { text: 'prices please', intent: 'price' })).draft.messageClass).toBe('answer');
  });

  it('holds a place when the button is pressed, and only in private', async () => {
    const held = await answer(sales, { text: 'Hold a place', choice: 'hold:breathwork-course' });
    expect(held.text).toBe('A place in "Breathwork Course" is held for you until November 29, 2026.');
    expect(held.draft.blocks.at(-1)).toMatchObject({
      kind: 'link',
      url: 'https://tidewell.example/courses/breathwork-course',
    });
    expect(held.draft.fallback).toBe('choice');
    const open = await answer(sales, { choice: 'hold:breathwork-course', thread: { clearance: 'public' } });
    expect(open.text).toBe('[public_to_private]');
    expect(open.asked.map(({ port }) => port)).not.toContain('holdPlace');
  });

  it('holds nothing that does not exist', async () => {
    const { text, asked } = await answer(sales, { choice: 'hold:no-such-offer' });
    expect(text).toBe('[no_offer]');
    expect(asked.map(({ port }) => port)).not.toContain('holdPlace');
  });

  it('offers no button on a public thread that could not be acted on there', async () => {
    expect(
      (await answer(sales, { text: 'price of breathwork', intent: 'price', thread: { clearance: 'public' } })).tokens,
    ).toEqual([]);
  });
});

describe('course', () => {
  const { course } = ACTORS;
  const started = { course: 'foundation', completed: ['arriving'], startedAt: '2026-09-07' };
  const finished = { course: 'breathwork', completed: ['noticing-your-breath'], startedAt: '2026-08-03' };
  const enrolled = (...enrolments: (typeof started)[]): Partial<AgentPorts> => ({
    myEnrolments: () => Promise.resolve(enrolments),
  });
  const where = { text: 'where was I in my course?', intent: 'my-progress' };

  it('asks somebody unknown to sign in, at the address of the courses', async () => {
    const { draft, text } = await answer(course, where);
    expect(text).toBe('[link_needed]');
    expect(draft.blocks[1]).toEqual({
      kind: 'link',
      label: 'Sign in on the site',
      url: 'https://learn.tidewell.example/',
    });
  });

  it('tells a member where they stand, what comes next, and how to go on', async () => {
    const { draft, text, tokens } = await answer(course, { ...where, person: { isMember: true } }, enrolled(started));
    expect(text).toBe(
      '[course_progress] Foundation Programme 1 3 Ground and Weight You are well on your way; one lesson at a time.',
    );
    expect(draft.blocks).toContainEqual({
      kind: 'link',
      label: 'Open my course',
      url: 'https://learn.tidewell.example/my-courses/foundation',
    });
    expect(tokens).toEqual(['lesson-done:foundation:ground-and-weight']);
  });

  it('speaks of the course that is going on, or of the one that is named', async () => {
    const both = enrolled(finished, started);
    expect((await answer(course, where, both)).text).toContain('Foundation Programme');
    const named = await answer(course, { ...where, text: 'where was I in breathwork?' }, both);
    expect(named.text).toBe('[course_finished] Breathwork Course');
    expect(named.tokens).toEqual(['topic:sales']);
  });

  it('shows a member without a course the way to the offers', async () => {
    const { text, tokens } = await answer(course, { ...where, person: { isMember: true } });
    expect(text).toBe('[no_enrolment]');
    expect(tokens).toEqual(['topic:sales']);
  });

  it('marks a lesson when its button is pressed', async () => {
    const { asked, text } = await answer(
      course,
      { choice: 'lesson-done:foundation:arriving', person: { isMember: true } },
      enrolled(started),
    );
    expect(asked).toContainEqual({ port: 'markLessonDone', input: ['foundation', 'arriving'] });
    expect(text).toContain('[course_progress] Foundation Programme 1 3');
  });

  it('does not say that a lesson is done when it could not be marked', async () => {
    const { text } = await answer(
      course,
      { choice: 'lesson-done:sleep:x', person: { isMember: true } },
      { markLessonDone: () => Promise.resolve(null) },
    );
    expect(text).toBe('[no_enrolment]');
  });

  it('asks when, and sets the reminder when a day is pressed', async () => {
    const asked = await answer(
      course,
      { text: 'remind me', intent: 'remind-me', person: { isMember: true } },
      enrolled(started),
    );
    expect(asked.tokens).toEqual(['remind:1', 'remind:3', 'remind:7']);
    const { draft } = await answer(course, { choice: 'remind:3' });
    expect(draft.reminders).toEqual([{ at: '2026-11-25T10:00:00.000Z', text: 'Time for your next lesson.' }]);
  });

  it('answers from a page when the question is not about progress', async () => {
    const certificate = passage({
      id: 'certificate#1',
      title: 'Certificate',
      headings: [],
      text: 'You find your certificate under Account, Certificates. It is a PDF.',
    });
    const { draft, tokens } = await answer(
      course,
      { text: 'where is my certificate?', intent: 'my-certificate', passages: [certificate] },
      enrolled(started),
    );
    expect(draft.citations).toEqual(['certificate#1']);
    expect(tokens).toEqual(['open-ticket']);
  });

  it('reads nothing on a thread that others read', async () => {
    for (const clearance of ['public', 'members'] as const) {
      const { text, asked } = await answer(course, { ...where, thread: { clearance } }, enrolled(started));
      expect(text).toBe('[public_to_private]');
      expect(asked).toEqual([]);
    }
  });
});

describe('support', () => {
  const { support } = ACTORS;
  const twice = { myOrders: () => Promise.resolve([TWICE]) };

  it('charged twice: names the order and both days, opens a ticket, says its number and what happens next', async () => {
    const { text, asked } = await answer(
      support,
      { text: 'my payment was charged twice', intent: 'charged-twice' },
      twice,
    );
    expect(text).toBe(
      'I see two charges of €90 on order TW-20571: on November 8, 2026 and on November 9, 2026. [ticket_opened] T-1042 [support_next]',
    );
    const ticket = asked.filter(({ port }) => port === 'openTicket');
    expect(ticket).toHaveLength(1);
    expect(JSON.stringify(ticket)).toContain(
      'Order TW-20571: €90 on 2026-11-08 and 2026-11-09. my payment was charged twice',
    );
    expect(JSON.stringify(ticket)).toContain('"kind":"question"');
  });

  it('charged twice: a stranger gets a ticket too, and a month between charges is no mistake', async () => {
    expect((await answer(support, { text: 'charged twice', intent: 'charged-twice' })).text).toBe(
      '[ticket_opened] T-1042 [support_next]',
    );
    const monthly = {
      ...TWICE,
      charges: [
        { at: '2026-10-05', amount: 1800, currency: 'EUR' },
        { at: '2026-11-05', amount: 1800, currency: 'EUR' },
      ],
    };
    const { text } = await answer(
      support,
      { text: 'charged twice', intent: 'charged-twice' },
      { myOrders: () => Promise.resolve([monthly]) },
    );
    expect(text).toBe('[ticket_opened] T-1042 [support_next]');
  });

  it('opens a ticket for it even when a page is near', async () => {
    const page = passage({
      id: 'charged#1',
      title: 'Charged twice',
      headings: [],
      text: 'If you were charged twice, do not worry. Nothing needs to be done.',
    });
    const { text } = await answer(support, { text: 'I was charged twice', intent: 'charged-twice', passages: [page] });
    expect(text).toContain('[ticket_opened]');
  });

  it('quotes a page that solves it, and offers the ticket instead of opening one', async () => {
    const { draft, tokens, asked } = await answer(support, {
      text: 'I forgot my password',
      intent: 'login-problem',
      passages: [PASSWORD],
    });
    expect(draft.citations).toEqual([PASSWORD.id]);
    expect(tokens).toEqual(['open-ticket', 'human']);
    expect(asked.map(({ port }) => port)).not.toContain('openTicket');
  });

  it('opens the offered ticket about what was written before the button was pressed', async () => {
    const { asked, text } = await answer(support, {
      text: 'Open a ticket',
      choice: 'open-ticket',
      lines: [{ from: 'person', text: 'the video in lesson 2 stays black', at: '2026-11-22T09:00:00.000Z' }],
    });
    expect(text).toContain('[ticket_opened] T-1042');
    expect(JSON.stringify(asked.find(({ port }) => port === 'openTicket'))).toContain(
      'the video in lesson 2 stays black',
    );
  });

  it('passes a wish for a refund on and says who decides', async () => {
    const { text, asked, draft } = await answer(
      support,
      { text: 'I want my money back for TW-20571', intent: 'refund-request' },
      twice,
    );
    expect(text).toContain(
      '[ticket_opened] T-1042 A person of the team decides about a refund; nothing is paid back before that. [support_next]',
    );
    expect(JSON.stringify(asked.find(({ port }) => port === 'openTicket'))).toMatch(/"kind":"refund"/);
    expect(JSON.stringify(asked.find(({ port }) => port === 'openTicket'))).toContain('An operator must approve it');
    expect(draft.handOver).toBeUndefined();
  });

  it('looks a ticket up instead of opening another', async () => {
    const mine = [
      { number: 'T-7', subject: 'Video', summary: 's', status: 'open' as const, openedAt: '2026-11-20T10:00:00.000Z' },
    ];
    const { text, asked } = await answer(
      support,
      { text: 'any news on ticket T-7?', intent: 'ticket-status' },
      { myTickets: () => Promise.resolve(mine) },
    );
    expect(text).toBe('Ticket T-7 (Video) is open: the team is working on it.');
    expect(asked.map(({ port }) => port)).not.toContain('openTicket');
    expect((await answer(support, { text: 'any news?', intent: 'ticket-status' })).tokens).toEqual(['open-ticket']);
  });

  it('hands over when a person is wished for: no ticket, no model', async () => {
    const { draft, text, asked } = await answer(support, {
      text: 'I want a human',
      intent: 'human-please',
      lines: [{ from: 'person', text: 'my video stays black', at: '2026-11-22T09:00:00.000Z' }],
    });
    expect(text).toBe('[hand_over]');
    expect(draft).toMatchObject({
      messageClass: 'hand_over',
      fallback: 'human-please',
      handOver: { reason: 'human-please', summary: '[human-please] I want a human · my video stays black' },
    });
    expect(asked).toEqual([]);
  });

  it('hands the thread over when not even a ticket can be opened', async () => {
    const { draft } = await answer(
      support,
      { text: 'this is bad', intent: 'complaint' },
      { openTicket: () => Promise.reject(new TypeError('no')) },
    );
    expect(draft.handOver?.reason).toBe('ticket_failed');
  });

  it('asks what it is about when only the topic was pressed', async () => {
    const { tokens, asked } = await answer(support, {
      text: 'An order, payment or account',
      choice: 'topic:support',
      intent: 'charged-twice',
      lines: [{ from: 'person', text: 'asdf', at: '2026-11-22T09:00:00.000Z' }],
    });
    expect(tokens).toEqual(['human']);
    expect(asked.map(({ port }) => port)).not.toContain('openTicket');
  });

  it('moves to private where others read', async () => {
    const { text, asked } = await answer(
      support,
      { text: 'charged twice', intent: 'charged-twice', thread: { clearance: 'public' } },
      twice,
    );
    expect(text).toBe('[public_to_private]');
    expect(asked).toEqual([]);
  });
});

describe('safety', () => {
  const { safety } = ACTORS;
  const crisis = (language?: string) =>
    screeningOf([{ hazard: 'crisis', rule: 'floor-1', ...(language ? { language } : {}) }]);

  it('crisis: the text in the language of the finding, the line of the country in the locale', async () => {
    const { draft, calls } = await answer(safety, { text: 'canary-words', locale: 'en-US', screening: crisis('de') });
    expect(textOf(draft)).toBe('CRISIS de\nRuf Crisis line: 988 (24/7); 911');
    expect(draft).toMatchObject({ messageClass: 'crisis', fallback: 'fixed_text', handOver: { reason: 'crisis' } });
    expect(JSON.stringify({ handOver: draft.handOver, calls })).not.toContain('canary-words');
    expect(calls.map(({ name, outcome }) => [name, outcome])).toEqual([
      ['alert_operator', 'ok'],
      ['hand_over', 'ok'],
    ]);
  });

  it('crisis without a country: the line of the organisation and what holds anywhere', async () => {
    expect((await answer(safety, { locale: 'en', screening: crisis() })).text).toBe(
      'CRISIS en\nKrisentelefon: 0800 1 (24/7); 112\nANYWHERE en',
    );
  });

  it('crisis in a country without lines: what holds anywhere, not the numbers of another country', async () => {
    expect((await answer(safety, { locale: 'en-NZ', screening: crisis() })).text).toBe('CRISIS en\nANYWHERE en');
  });

  it('crisis with a locale that is none, and a language without texts: English, all the same', async () => {
    expect((await answer(safety, { locale: '../..', screening: crisis('xx') })).text).toContain('CRISIS en');
  });

  it('crisis in public: no diagnosis, a move to private, the line', async () => {
    const { draft } = await answer(safety, {
      locale: 'de-DE',
      screening: crisis('de'),
      thread: { clearance: 'public' },
    });
    expect(textOf(draft)).toBe('PUBLIC de\nRuf Krisentelefon: 0800 1 (24/7); 112');
    expect(draft).toMatchObject({ messageClass: 'crisis', handOver: { reason: 'crisis' } });
  });

  it('crisis stands above everything else that was found', async () => {
    const screening = screeningOf([
      { hazard: 'abuse', rule: 'a' },
      { hazard: 'harm', rule: 'h' },
      { hazard: 'crisis', rule: 'c' },
    ]);
    expect((await answer(safety, { screening })).text).toContain('CRISIS en');
  });

  it('harm and minors go to operators, abuse gets its answer', async () => {
    const found = (hazard: 'harm' | 'minors' | 'abuse') =>
      answer(safety, { screening: screeningOf([{ hazard, rule: 'r' }]) });
    expect((await found('harm')).draft).toMatchObject({ messageClass: 'hand_over', handOver: { reason: 'harm' } });
    expect((await found('minors')).text).toBe('MINORS en');
    const abuse = (await found('abuse')).draft;
    expect([textOf(abuse), abuse.messageClass, abuse.handOver]).toEqual(['ABUSE en', 'answer', undefined]);
  });

  it('low spirits: warm words, a person, and no text for emergencies', async () => {
    const { text, tokens, draft } = await answer(safety, { text: 'I feel worn out', intent: 'feeling-low' });
    expect(text).toContain('I am glad you wrote it');
    expect(text).not.toMatch(/CRISIS|ANYWHERE|HARM/);
    expect(tokens).toEqual(['human']);
    expect(draft.messageClass).toBe('answer');
  });
});
