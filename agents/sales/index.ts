/** Sales: which offer fits, what it costs, how to pay, and the next step. Never invents a price. */
import { z } from 'zod';
import type { Block } from '../../core/block.ts';
import { foldText } from '../../core/embedding.ts';
import { UNCLEAR } from '../../core/intent.ts';
import type { Draft } from '../../core/reply.ts';
import type { ToolCall } from '../../core/tool-call.ts';
import { type Agent, type AgentContext, resultOf, type Toolbox } from '../agent.ts';
import { optionOf, optionsOf, parseChoice } from '../choices.ts';
import { cite, numberedPassages } from '../citations.ts';
import { askedText, choicesBlock, clip, draftOf, textBlock } from '../drafts.ts';
import { fullQuestion } from '../follow-up.ts';
import { contentTerms, hasTerm, termSet } from '../question.ts';
import { bestQuote, CLEAR_ANSWER, type Quote, quoteBlocks, WEAKEST_IN_SCOPE } from '../quote.ts';
import { say } from '../words.ts';
import { salesPrompt } from './prompt.ts';
import { ASKING_TERMS, CheckoutLink, Held, OfferView, salesTools } from './tools.ts';

const MAX_CARDS = 3;

export const sales: Agent = {
  name: 'sales',
  limits: { rounds: 3, deadlineMs: 25_000, toolMs: 4_000 },
  usesModel: true,
  needsNoModel: (context) => (heldOffer(context) === null ? null : 'choice'),
  prompt: salesPrompt,
  tools: salesTools,
  prefetch: (context) =>
    heldOffer(context) === null ? [{ tool: 'find_offers', input: { query: fullQuestion(context) } }] : [],
  draft: draftFromModel,
  fallback: async (context, toolbox) => {
    const offer = heldOffer(context);
    return offer === null ? await showOffers(context, toolbox) : await holdPlace(context, { toolbox, offer });
  },
};

function heldOffer({ choice }: AgentContext): string | null {
  const parsed = choice === null ? null : parseChoice(choice);
  return parsed?.kind === 'hold' ? parsed.offer : null;
}

function draftFromModel(
  context: AgentContext,
  { text, calls }: { readonly text: string; readonly calls: readonly ToolCall[] },
): Draft {
  const cited = cite(text, numberedPassages(context, calls));
  const said = ` ${foldText(cited.text)} `;
  const named = offersIn(calls).filter(({ name }) => said.includes(` ${foldText(name)} `));
  const checkout = CheckoutLink.safeParse(resultOf(calls, 'create_checkout_link'));
  const link: readonly Block[] = checkout.success ? [linkTo(checkout.data.url, say('checkout', context.locale))] : [];
  const cards = named.slice(0, MAX_CARDS).map((offer) => cardOf(offer, context));
  return draftOf({
    agent: 'sales',
    blocks: [textBlock(cited.text || context.phrase('offer_intro')), ...cited.blocks, ...cards, ...link],
    // Nothing read, nothing cited: then there is nothing a claim about an offer could rest on.
    grounded: offersIn(calls).length === 0,
  });
}

/** Every offer the tools returned, each once, best fit first. */
function offersIn(calls: readonly ToolCall[]): readonly OfferView[] {
  const results = calls
    .filter((call) => call.outcome === 'ok' && (call.name === 'find_offers' || call.name === 'price_of'))
    .flatMap((call): readonly unknown[] => (Array.isArray(call.result) ? call.result : [call.result]));
  const offers = z.array(OfferView).catch([]).parse(results);
  return [...new Map(offers.map((offer) => [offer.id, offer])).values()].toSorted((a, b) => b.fit - a.fit);
}

async function showOffers(context: AgentContext, toolbox: Toolbox): Promise<Draft> {
  const asked = fullQuestion(context);
  if (offersIn(toolbox.calls).length === 0) await toolbox.call('find_offers', { query: asked }, 'fallback');
  const offers = offersIn(toolbox.calls);
  if (offers.length === 0) return nothingToOffer(context);
  const named = bestFitting(offers);
  const fitting = named.length > 0 ? named : onBestPage(asked, { context, offers });
  const shown = fitting.length > 0 ? fitting : offers.slice(0, MAX_CARDS);
  const quote = furtherAnswer(asked, { context, offers: shown });
  const cards = [textBlock(context.phrase('offer_intro')), ...shown.map((offer) => cardOf(offer, context))];
  const answer = quote === null ? [] : quoteBlocks(quote);
  // What answers the question stands first: the cards when an offer is named, else the passage.
  const isNamed = (shown[0]?.fit ?? 0) >= 2;
  const wasAsked = fitting.length > 0 || quote !== null || context.choice !== null || context.intent.name !== UNCLEAR;
  return draftOf({
    agent: 'sales',
    blocks: isNamed ? [...cards, ...answer] : [...answer, ...cards],
    messageClass: wasAsked ? 'answer' : 'sales',
  });
}

/** Named offers only, if any is named; else those that share words with the question. */
function bestFitting(offers: readonly OfferView[]): readonly OfferView[] {
  const named = offers.filter(({ fit }) => fit >= 2);
  const related = offers.filter(({ fit }) => fit >= 0.3);
  return (named.length > 0 ? named : related).slice(0, MAX_CARDS);
}

/** The offer whose own page speaks of what was asked: "I lie awake" says nothing that a card says. */
function onBestPage(asked: string, { context, offers }: Shown): readonly OfferView[] {
  const title = foldText(bestQuote(asked, context.passages, WEAKEST_IN_SCOPE)?.passage.title ?? '');
  return offers.filter(({ name }) => foldText(name) === title);
}

type Shown = { readonly context: AgentContext; readonly offers: readonly OfferView[] };

/** A passage for the part of the question that the cards do not answer ("… and can I pay monthly?"). */
function furtherAnswer(asked: string, { context, offers }: Shown): Quote | null {
  const onCards = termSet(
    offers
      .filter(({ fit }) => fit >= 2)
      .map(({ name }) => name)
      .join(' '),
  );
  // A subject taken from a line before is what the cards are about.
  const rest = contentTerms(askedText(context)).filter((term) => !ASKING_TERMS.has(term) && !hasTerm(onCards, term));
  if (rest.length === 0) return null;
  const whole = bestQuote(asked, context.passages);
  const speaksOfRest = whole !== null && rest.some((term) => hasTerm(termSet(whole.text), term));
  const quote = speaksOfRest && whole.strength >= CLEAR_ANSWER ? whole : bestQuote(rest.join(' '), context.passages);
  return quote && quote.strength >= CLEAR_ANSWER ? quote : null;
}

type Holding = { readonly toolbox: Toolbox; readonly offer: string };

async function holdPlace(context: AgentContext, { toolbox, offer }: Holding): Promise<Draft> {
  if (context.thread.clearance === 'public') {
    return draftOf({ agent: 'sales', blocks: [textBlock(context.phrase('public_to_private'))] });
  }
  const call = await toolbox.call('hold_place', { offer }, 'fallback');
  const held = Held.safeParse(call.outcome === 'ok' ? call.result : null);
  if (!held.success) return nothingToOffer(context);
  const { name, until, url } = held.data;
  const text = say('held', context.locale, { offer: name, until });
  return draftOf({ agent: 'sales', blocks: [textBlock(text), linkTo(url, say('checkout', context.locale))] });
}

function nothingToOffer(context: AgentContext): Draft {
  const human = optionsOf(optionOf({ kind: 'human' }, say('ask_human', context.locale)));
  return draftOf({ agent: 'sales', blocks: [textBlock(context.phrase('no_offer')), ...choicesBlock(human)] });
}

function cardOf({ id, name, price, plans, summary, url }: OfferView, { locale, thread }: AgentContext): Block {
  // A press on a public thread could not be acted on there.
  const mayHold = thread.clearance !== 'public';
  const hold = optionsOf(mayHold ? optionOf({ kind: 'hold', offer: id }, say('hold', locale)) : null);
  const body = clip(`${[price, ...plans].join(' ')}\n${summary}`, 1000);
  return { kind: 'card', title: clip(name, 120), body, options: hold, link: { label: say('see_offer', locale), url } };
}

function linkTo(url: string, label: string): Block {
  return { kind: 'link', label: clip(label, 80), url };
}
