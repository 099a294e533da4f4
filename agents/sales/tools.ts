/** What the sales agent may read and do: offers with their prices in words, a place held, a link to the checkout. */
import { z } from 'zod';
import { moneyToText, type Offer } from '../../core/catalogue.ts';
import { foldText } from '../../core/embedding.ts';
import { PermanentError } from '../../core/errors.ts';
import { type AgentContext, type AgentPorts, defineTool, type Tool } from '../agent.ts';
import { contentTerms, hasTerm, termSet } from '../question.ts';
import { dayToText, safeLocale, say } from '../words.ts';

const FindArguments = z.strictObject({
  query: z.string().max(300).describe('What the person is looking for, in their words. Empty: all offers.'),
});
const OfferArguments = z.strictObject({
  offer: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,59}$/)
    .describe('The id of an offer as find_offers returns it.'),
});

/** An offer in words. `fit`: 2 named, between 0 and 1 related, 0 not related to what was asked. */
export const OfferView = z.object({
  id: z.string(),
  name: z.string(),
  summary: z.string(),
  price: z.string(),
  plans: z.array(z.string()),
  url: z.string(),
  fit: z.number(),
});
export type OfferView = z.infer<typeof OfferView>;
export const Held = z.object({ offer: z.string(), name: z.string(), until: z.string(), url: z.string() });
export const CheckoutLink = z.object({ offer: z.string(), name: z.string(), url: z.string() });

export function salesTools(ports: AgentPorts, { locale }: AgentContext): readonly Tool[] {
  return [...priceTools(ports, locale), ...placeTools(ports, locale)];
}

const OPEN_TO_ALL = { audience: 'public', needsApproval: false } as const;

function priceTools(ports: AgentPorts, locale: string): readonly Tool[] {
  return [
    defineTool({
      ...OPEN_TO_ALL,
      name: 'find_offers',
      description: 'Lists what can be bought, best fit first, each with its price and ways to pay in words.',
      effect: 'reads',
      arguments: FindArguments,
      run: async ({ query }) =>
        matchOffers(query, await ports.offers()).map(({ offer, fit }) => viewOf(offer, { fit, locale })),
    }),
    defineTool({
      ...OPEN_TO_ALL,
      name: 'price_of',
      description: 'The price of one offer and its ways to pay, in words to be repeated exactly.',
      effect: 'reads',
      arguments: OfferArguments,
      run: async ({ offer }) => viewOf(await findOffer(ports, offer), { fit: 2, locale }),
    }),
  ];
}

function placeTools(ports: AgentPorts, locale: string): readonly Tool[] {
  return [
    defineTool({
      ...OPEN_TO_ALL,
      name: 'hold_place',
      description:
        'Keeps a place in an offer for this person for some days. Only when they ask for it. Costs and binds nothing.',
      effect: 'writes',
      arguments: OfferArguments,
      run: async ({ offer }) => {
        const { id, name, url } = await findOffer(ports, offer);
        const { until } = await ports.holdPlace(id);
        return { offer: id, name, until: dayToText(until, locale), url };
      },
    }),
    defineTool({
      ...OPEN_TO_ALL,
      name: 'create_checkout_link',
      description:
        'Makes the button to the checkout of one offer. The button is added to your answer; do not write the address.',
      effect: 'reads',
      arguments: OfferArguments,
      run: async ({ offer }) => {
        const { id, name, url } = await findOffer(ports, offer);
        return { offer: id, name, url };
      },
    }),
  ];
}

async function findOffer(ports: AgentPorts, id: string): Promise<Offer> {
  const offer = (await ports.offers()).find((one) => one.id === id);
  if (offer) return offer;
  throw new PermanentError('unknown_name', `There is no offer "${id}"; find_offers lists the ids.`);
}

function viewOf(offer: Offer, { fit, locale }: { readonly fit: number; readonly locale: string }): OfferView {
  const money = (amount: number): string => moneyToText({ amount, currency: offer.price.currency }, safeLocale(locale));
  const plans = offer.plans.map(({ months, amount }) =>
    say('plan', locale, { months: String(months), amount: money(amount) }),
  );
  const { id, name, summary, url } = offer;
  return { id, name, summary, price: money(offer.price.amount), plans, url, fit };
}

type Match = { readonly offer: Offer; readonly fit: number };

/**
 * All offers, best fit first. An offer named by name or alias (fit 2) stands before one that only shares words (below 1).
 * A name inside a longer one does not count: "breathwork" in "breathwork taster evening" names the evening alone. Pure.
 */
function matchOffers(query: string, offers: readonly Offer[]): readonly Match[] {
  const text = ` ${foldText(query)} `;
  const spans = offers.flatMap((offer) =>
    [offer.name, ...offer.aliases].flatMap((name) => spanOf(text, name)).map((span) => ({ offer, ...span })),
  );
  const named = spans.filter((span) => !spans.some((other) => other.offer !== span.offer && isWider(other, span)));
  const terms = contentTerms(query).filter((term) => !ASKING_TERMS.has(term));
  const fitOf = (offer: Offer): number => {
    const longest = named.filter((span) => span.offer === offer).map(({ start, end }) => end - start);
    return longest.length > 0 ? 2 + Math.max(...longest) / 1000 : shared(terms, offer);
  };
  return offers.map((offer) => ({ offer, fit: fitOf(offer) })).toSorted((a, b) => b.fit - a.fit);
}

type Span = { readonly start: number; readonly end: number };

function spanOf(text: string, name: string): readonly Span[] {
  const folded = foldText(name);
  const start = folded === '' ? -1 : text.indexOf(` ${folded} `);
  return start < 0 ? [] : [{ start, end: start + folded.length + 2 }];
}

function isWider(other: Span, span: Span): boolean {
  return other.start <= span.start && other.end >= span.end && other.end - other.start > span.end - span.start;
}

/** Terms of the vocabulary by which people ask for an offer, and "for someone"; what an offer says of them does not make it fit. */
export const ASKING_TERMS: ReadonlySet<string> = new Set([
  'cost',
  'much',
  'charge',
  'advise',
  'book',
  'compare',
  'human',
]);

function shared(terms: readonly string[], offer: Offer): number {
  const said = termSet([offer.name, ...offer.aliases, offer.summary].join(' '));
  return terms.length === 0 ? 0 : (0.9 * terms.filter((term) => hasTerm(said, term)).length) / terms.length;
}
