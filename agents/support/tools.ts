/** What the support agent may read and do: the person's own orders and tickets, a new ticket, a wish for a refund. */
import { z } from 'zod';
import { moneyToText, type Order, type Ticket } from '../../core/catalogue.ts';
import { PermanentError } from '../../core/errors.ts';
import { type AgentContext, type AgentPorts, defineTool, type Tool } from '../agent.ts';
import { clip } from '../drafts.ts';
import { memoryTools } from '../remembered.ts';
import { safeLocale } from '../words.ts';

const NoArguments = z.strictObject({});
const FindArguments = z.strictObject({
  number: z
    .string()
    .max(20)
    .optional()
    .describe('A ticket number such as T-1042; left out: all tickets of this person.'),
});
const TicketArguments = z.strictObject({
  subject: z.string().min(3).max(120).describe('What it is about, in a few words.'),
  summary: z
    .string()
    .min(3)
    .max(300)
    .describe(
      'What happened, what the person wants, order numbers and dates they gave. For the team; nobody should have to ask again.',
    ),
});
const RefundArguments = z.strictObject({
  order: z.string().max(40).optional().describe('The number of one of the orders that my_orders lists.'),
  reason: z.string().min(3).max(200).describe('Why, in the words of the person.'),
});

/** One of the person's own orders. `chargedTwice` names the two days when one amount was taken twice within ten days. */
export const OrderView = z.object({
  number: z.string(),
  offer: z.string(),
  status: z.string(),
  placedAt: z.string(),
  charges: z.array(z.object({ at: z.string(), amount: z.string() })),
  chargedTwice: z.object({ first: z.string(), second: z.string(), amount: z.string() }).nullable(),
});
export type OrderView = z.infer<typeof OrderView>;
export const TicketView = z.object({
  number: z.string(),
  subject: z.string(),
  status: z.enum(['open', 'closed']),
  openedAt: z.string(),
});
export type TicketView = z.infer<typeof TicketView>;

export function supportTools(ports: AgentPorts, context: AgentContext): readonly Tool[] {
  return [...readingTools(ports, context.locale), ...ticketTools(ports), ...memoryTools(ports, context)];
}

function readingTools(ports: AgentPorts, locale: string): readonly Tool[] {
  return [
    defineTool({
      name: 'my_orders',
      description: 'The orders of this person with their charges. Says where one amount was taken twice.',
      effect: 'reads',
      audience: 'private',
      needsApproval: false,
      arguments: NoArguments,
      run: async () => (await ports.myOrders()).map((order) => orderView(order, locale)),
    }),
    defineTool({
      name: 'find_ticket',
      description:
        'The tickets of this person, newest first, or the one with this number. Empty: there is none of theirs.',
      effect: 'reads',
      audience: 'private',
      needsApproval: false,
      arguments: FindArguments,
      run: async ({ number }) => {
        const tickets = (await ports.myTickets()).toSorted((a, b) => b.openedAt.localeCompare(a.openedAt));
        const wanted = number?.trim().toUpperCase();
        return tickets
          .filter((ticket) => wanted === undefined || ticket.number.toUpperCase() === wanted)
          .map(ticketView);
      },
    }),
  ];
}

function ticketTools(ports: AgentPorts): readonly Tool[] {
  const once = onePerAct(ports);
  return [
    defineTool({
      name: 'open_ticket',
      description: 'Passes a matter on to the team and returns the ticket with its number. One ticket for one matter.',
      effect: 'writes',
      audience: 'public',
      needsApproval: false,
      arguments: TicketArguments,
      run: async ({ subject, summary }) => ticketView(await once.question({ subject, summary })),
    }),
    defineTool({
      name: 'request_refund',
      description:
        'Asks the team to decide about a refund. Pays nothing back by itself. Returns the ticket with its number.',
      effect: 'writes',
      audience: 'private',
      needsApproval: true,
      arguments: RefundArguments,
      run: async ({ order, reason }) => {
        if (order !== undefined) await requireOwnOrder(ports, order);
        const subject = order === undefined ? 'Refund asked for' : `Refund asked for order ${order}`;
        const summary = clip(`${subject}. An operator must approve it before anything is paid. Reason: ${reason}`, 300);
        return ticketView(await once.refund({ subject, summary }));
      },
    }),
  ];
}

type TicketText = { readonly subject: string; readonly summary: string };

/** A model that repeats itself in other words still opens one ticket of each kind in one act. */
function onePerAct(ports: AgentPorts) {
  const opened = new Map<'question' | 'refund', Promise<Ticket>>();
  const open = (kind: 'question' | 'refund', ticket: TicketText): Promise<Ticket> => {
    const running = opened.get(kind) ?? ports.openTicket({ ...ticket, kind });
    opened.set(kind, running);
    // A ticket that could not be opened may be tried again.
    running.catch(() => opened.delete(kind));
    return running;
  };
  return {
    question: (ticket: TicketText): Promise<Ticket> => open('question', ticket),
    refund: (ticket: TicketText): Promise<Ticket> => open('refund', ticket),
  };
}

async function requireOwnOrder(ports: AgentPorts, number: string): Promise<void> {
  const orders = await ports.myOrders();
  if (orders.some((order) => order.number === number)) return;
  throw new PermanentError('unknown_name', `This person has no order "${number}"; my_orders lists their numbers.`);
}

const TEN_DAYS_MS = 10 * 24 * 60 * 60 * 1000;

/** Dates stay ISO for the model and the ticket. Monthly parts and memberships are charged a month apart: no mistake. */
function orderView({ number, offer, status, placedAt, charges }: Order, locale: string): OrderView {
  const texts = charges.map((charge) => ({ at: charge.at, amount: moneyToText(charge, safeLocale(locale)) }));
  const twice = texts.flatMap((first, index) => {
    const isNear = (at: string): boolean => Math.abs(Date.parse(at) - Date.parse(first.at)) <= TEN_DAYS_MS;
    const second = texts.slice(index + 1).find((other) => other.amount === first.amount && isNear(other.at));
    return second ? [{ first: first.at, second: second.at, amount: first.amount }] : [];
  });
  return { number, offer, status, placedAt, charges: texts, chargedTwice: twice[0] ?? null };
}

function ticketView({ number, subject, status, openedAt }: Ticket): TicketView {
  return { number, subject, status, openedAt };
}
