/** Support: solves what a page can solve, passes the rest to the team as a ticket, and says what happens next. */
import { z } from 'zod';
import type { Block } from '../../core/block.ts';
import { HUMAN_PLEASE } from '../../core/intent.ts';
import type { Draft } from '../../core/reply.ts';
import type { ToolCall } from '../../core/tool-call.ts';
import { type Agent, type AgentContext, resultOf, type Toolbox } from '../agent.ts';
import { optionOf, optionsOf, parseChoice } from '../choices.ts';
import { cite, numberedPassages } from '../citations.ts';
import { askedText, choicesBlock, clip, draftOf, isPrivate, textBlock } from '../drafts.ts';
import { handOverDraft } from '../hand-over.ts';
import { bestQuote, CLEAR_ANSWER, quoteBlocks } from '../quote.ts';
import { answerWish, rememberedWish } from '../remembered.ts';
import { dayToText, say } from '../words.ts';
import { supportPrompt } from './prompt.ts';
import { OrderView, supportTools, TicketView } from './tools.ts';

const REFUND_REQUEST = 'refund-request';
const TICKET_STATUS = 'ticket-status';
/** Matters that a page never settles. */
const ALWAYS_A_TICKET = new Set(['charged-twice', REFUND_REQUEST, 'complaint']);
const TICKET_NUMBER = /\bT-\d{1,10}\b/i;

export const support: Agent = {
  name: 'support',
  limits: { rounds: 3, deadlineMs: 25_000, toolMs: 4_000 },
  usesModel: true,
  needsNoModel: (context) => {
    if (wantsHuman(context)) return HUMAN_PLEASE;
    if (pressed(context) === 'open-ticket') return 'choice';
    if (rememberedWish(context) !== null) return 'memory';
    // Where others read along nothing of the person's may be read or written: a page or a move to private, no model.
    return isPrivate(context) ? null : 'not_private';
  },
  prompt: supportPrompt,
  tools: supportTools,
  prefetch: (context) => {
    if (!isPrivate(context) || wantsHuman(context)) return [];
    return [{ tool: rememberedWish(context) === null ? 'my_orders' : 'my_facts', input: {} }];
  },
  draft: (context, { text, calls }) => {
    const cited = cite(text, numberedPassages(context, calls));
    const words = cited.text === '' ? [] : [textBlock(cited.text)];
    const blocks = [...words, ...cited.blocks, ...addendum(context, { said: cited.text, calls })];
    if (blocks.length === 0) return askMore(context);
    // Words that rest on nothing read: `check` decides. A ticket, an order or a page is something.
    const isFree = calls.every((call) => call.outcome !== 'ok');
    return draftOf({ agent: 'support', blocks, grounded: isFree && cited.ids.length === 0 });
  },
  fallback: answerWithoutModel,
};

function pressed({ choice }: AgentContext): string | null {
  return choice === null ? null : (parseChoice(choice)?.kind ?? null);
}

/** "Call me Jo" is near to a wish for a human, and none. */
function wantsHuman(context: AgentContext): boolean {
  if (rememberedWish(context) !== null) return false;
  return pressed(context) === 'human' || (context.choice === null && context.intent.name === HUMAN_PLEASE);
}

/** What the model's words must not leave out: the number of a new ticket, and who decides about money. */
function addendum(
  context: AgentContext,
  { said, calls }: { readonly said: string; readonly calls: readonly ToolCall[] },
): readonly Block[] {
  const ticket = openedIn(calls);
  const isRefund = resultOf(calls, 'request_refund') !== undefined;
  const number =
    ticket && !said.includes(ticket.number) ? [context.phrase('ticket_opened', { number: ticket.number })] : [];
  const lines = [...number, ...(isRefund ? [say('refund_approval', context.locale)] : [])];
  return lines.length === 0 ? [] : [textBlock(lines.join(' '))];
}

function openedIn(calls: readonly ToolCall[]): TicketView | null {
  const parsed = TicketView.safeParse(resultOf(calls, 'request_refund') ?? resultOf(calls, 'open_ticket'));
  return parsed.success ? parsed.data : null;
}

async function answerWithoutModel(context: AgentContext, toolbox: Toolbox): Promise<Draft> {
  if (wantsHuman(context)) return handOverDraft(context, HUMAN_PLEASE, { agent: 'support' });
  const wish = rememberedWish(context);
  if (wish) return await answerWish(context, toolbox, wish);
  const wantsTicket = pressed(context) === 'open-ticket';
  // A pressed option's intent is that of its label, which says nothing about the matter.
  const intent = context.choice === null ? context.intent.name : (pressed(context) ?? context.intent.name);
  const mustOpen = wantsTicket || ALWAYS_A_TICKET.has(intent) || openedIn(toolbox.calls) !== null;
  const page = mustOpen ? null : fromPages(context);
  if (intent === TICKET_STATUS && isPrivate(context)) return await ticketStatus(context, toolbox);
  if (page) return page;
  if (pressed(context) === 'topic') return askMore(context);
  if (!isPrivate(context))
    return draftOf({ agent: 'support', blocks: [textBlock(context.phrase('public_to_private'))] });
  return await passOn(context, { toolbox, intent });
}

function fromPages(context: AgentContext): Draft | null {
  const quote = bestQuote(askedText(context), context.passages);
  if (!quote || quote.strength < CLEAR_ANSWER) return null;
  const ticket = isPrivate(context) ? optionOf({ kind: 'open-ticket' }, say('open_ticket', context.locale)) : null;
  const human = optionOf({ kind: 'human' }, say('ask_human', context.locale));
  return draftOf({ agent: 'support', blocks: [...quoteBlocks(quote), ...choicesBlock(optionsOf(ticket, human))] });
}

/** A topic button says where to look, not what is wrong; a ticket about nothing helps nobody. */
function askMore(context: AgentContext): Draft {
  const human = optionsOf(optionOf({ kind: 'human' }, say('ask_human', context.locale)));
  return draftOf({
    agent: 'support',
    blocks: [textBlock(say('tell_more', context.locale)), ...choicesBlock(human)],
  });
}

async function ticketStatus(context: AgentContext, toolbox: Toolbox): Promise<Draft> {
  const number = TICKET_NUMBER.exec(context.text)?.[0];
  const call = await toolbox.call('find_ticket', number === undefined ? {} : { number }, 'fallback');
  const tickets = z.array(TicketView).catch([]).parse(call.result);
  const shown = tickets.slice(0, 3).map((ticket) => {
    const key = ticket.status === 'open' ? 'ticket_status_open' : 'ticket_status_closed';
    return say(key, context.locale, { number: ticket.number, subject: ticket.subject });
  });
  if (shown.length > 0) return draftOf({ agent: 'support', blocks: [textBlock(shown.join('\n'))] });
  const open = optionsOf(optionOf({ kind: 'open-ticket' }, say('open_ticket', context.locale)));
  return draftOf({ agent: 'support', blocks: [textBlock(say('ticket_none', context.locale)), ...choicesBlock(open)] });
}

type PassingOn = { readonly toolbox: Toolbox; readonly intent: string };

/** Opens the ticket unless this act has opened it already (the model did, before it died). */
async function passOn(context: AgentContext, { toolbox, intent }: PassingOn): Promise<Draft> {
  const orders = await ordersOf(toolbox);
  const twice = orders.find((order) => order.chargedTwice !== null);
  const isRefund = intent === REFUND_REQUEST;
  if (openedIn(toolbox.calls) === null) {
    const asked = askedText(context);
    const order = orders.find(({ number }) => asked.includes(number))?.number;
    const reason = asked.trim().length < 3 ? REFUND_REQUEST : clip(asked, 200);
    const refund = { reason, ...(order === undefined ? {} : { order }) };
    if (isRefund) await toolbox.call('request_refund', refund, 'fallback');
    else await toolbox.call('open_ticket', ticketText(asked, { intent, twice }), 'fallback');
  }
  const ticket = openedIn(toolbox.calls);
  // The store did not take it; then a person must see the thread itself.
  if (ticket === null) return handOverDraft(context, 'ticket_failed', { agent: 'support' });
  const known = twice && intent === 'charged-twice' ? [chargedTwiceText(twice, context.locale)] : [];
  const approval =
    resultOf(toolbox.calls, 'request_refund') === undefined ? [] : [say('refund_approval', context.locale)];
  const opened = context.phrase('ticket_opened', { number: ticket.number });
  const text = [...known, opened, ...approval, context.phrase('support_next')].join(' ');
  return draftOf({ agent: 'support', blocks: [textBlock(text)] });
}

async function ordersOf(toolbox: Toolbox): Promise<readonly OrderView[]> {
  if (resultOf(toolbox.calls, 'my_orders') === undefined) await toolbox.call('my_orders', {}, 'fallback');
  return z.array(OrderView).catch([]).parse(resultOf(toolbox.calls, 'my_orders'));
}

function ticketText(
  asked: string,
  { intent, twice }: { readonly intent: string; readonly twice: OrderView | undefined },
) {
  const words = asked.replaceAll(/\s+/g, ' ').trim() || '–';
  const found = twice?.chargedTwice
    ? `Order ${twice.number}: ${twice.chargedTwice.amount} on ${twice.chargedTwice.first} and ${twice.chargedTwice.second}. `
    : '';
  return { subject: clip(`${intent}: ${words}`, 100), summary: clip(`[${intent}] ${found}${words}`, 300) };
}

function chargedTwiceText({ number, chargedTwice }: OrderView, locale: string): string {
  if (!chargedTwice) return '';
  const { amount, first, second } = chargedTwice;
  const values = { order: number, amount, first: dayToText(first, locale), second: dayToText(second, locale) };
  return say(first === second ? 'charged_twice_one_day' : 'charged_twice', locale, values);
}
