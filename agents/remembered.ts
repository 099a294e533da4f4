/** What a person may see, correct and have forgotten of what is remembered about them. No model is asked for it. */
import { z } from 'zod';
import { Fact } from '../core/fact.ts';
import { type MemoryWish, memoryWish, wishOfIntent } from '../core/memory-wish.ts';
import type { Draft } from '../core/reply.ts';
import { type AgentContext, type AgentPorts, defineTool, resultOf, type Tool, type Toolbox } from './agent.ts';
import { optionOf, optionsOf, parseChoice } from './choices.ts';
import { choicesBlock, draftOf, isPrivate, textBlock } from './drafts.ts';
import { placeText, sayMemory, subjectText, valueText } from './memory-words.ts';
import { contentTerms, hasTerm, termSet } from './question.ts';
import { dayToText } from './words.ts';

export type RememberedWish = MemoryWish | { readonly kind: 'forget-fact'; readonly fact: string };

/** A fact as `my_facts` returns it. */
const FactView = Fact.pick({
  id: true,
  kind: true,
  subject: true,
  text: true,
  quote: true,
  learnedAt: true,
  channel: true,
});
type FactView = z.infer<typeof FactView>;

const MAX_QUOTE = 100;
/** As many as have a button, beside the one for everything. */
const MAX_LISTED = 8;
/** "Forget that" means something said lately. */
const LATELY_MS = 86_400_000;

/** What this turn asks of our memory: by a button, by plain words, by its intent. Null: nothing. */
export function rememberedWish(context: AgentContext): RememberedWish | null {
  if (context.choice === null) {
    const wish = memoryWish(context.text);
    // A statement in public is just something somebody said.
    if (wish !== null) return wish.kind === 'note' && !isPrivate(context) ? null : wish;
    return wishOfIntent(context.intent.name, context.text);
  }
  const choice = parseChoice(context.choice);
  if (choice?.kind === 'forget') return { kind: 'forget-fact', fact: choice.fact };
  return choice?.kind === 'forget-all' ? { kind: 'forget-all' } : null;
}

const ForgetArguments = z.strictObject({
  facts: z
    .array(z.string().max(40))
    .max(50)
    .describe('Ids of facts that my_facts lists, or the one word "all" for everything.'),
});

/** The person is that of the turn: no argument names one. What is noted are the facts of this message, as rules read them. */
export function memoryTools(ports: AgentPorts, context: AgentContext): readonly Tool[] {
  const wish = rememberedWish(context);
  const common = { audience: 'private', needsApproval: false } as const;
  const reading = defineTool({
    ...common,
    name: 'my_facts',
    description: 'What is remembered about this person, with the words each fact rests on.',
    effect: 'reads',
    arguments: z.strictObject({}),
    run: async () => (await ports.myFacts()).map(viewOf),
  });
  const forgetting = defineTool({
    ...common,
    name: 'forget_facts',
    description: 'Forgets for good what this person wants forgotten. Returns how many matters were forgotten.',
    effect: 'writes',
    arguments: ForgetArguments,
    run: async ({ facts }) => ({
      forgotten: await ports.forgetFacts(facts.includes('all') ? 'all' : facts.filter(isUuid)),
    }),
  });
  const noting = defineTool({
    ...common,
    name: 'note_facts',
    description: 'Writes down what this message states about its writer.',
    effect: 'writes',
    arguments: z.strictObject({}),
    run: async () => ({ noted: wish?.kind === 'note' ? await ports.noteFacts(wish.facts) : 0 }),
  });
  return wish?.kind === 'note' ? [reading, forgetting, noting] : [reading, forgetting];
}

/** Short enough that a full list fits into a tool's result. */
function viewOf(fact: Fact): FactView {
  return { ...FactView.parse(fact), quote: fact.quote.slice(0, MAX_QUOTE) };
}

function isUuid(id: string): boolean {
  return z.uuid().safeParse(id).success;
}

/** The answer to a wish. In public it is an invitation to a private thread, and nothing is read. */
export async function answerWish(context: AgentContext, toolbox: Toolbox, wish: RememberedWish): Promise<Draft> {
  if (!isPrivate(context)) return say(context.phrase('public_to_private'));
  const facts = await myFacts(toolbox);
  if (facts === null) return say(context.phrase('failed'));
  switch (wish.kind) {
    case 'list':
      return listDraft(context, facts);
    case 'note':
      return await note(context, toolbox, wish);
    case 'forget-all':
      return await forgetAll(context, toolbox);
    default:
      return await forgetSome(context, { toolbox, facts, chosen: chosenBy(wish, { facts, now: context.now }) });
  }
}

/** Null when they could not be read: "nothing" would then be a lie. */
async function myFacts(toolbox: Toolbox): Promise<readonly FactView[] | null> {
  if (resultOf(toolbox.calls, 'my_facts') === undefined) await toolbox.call('my_facts', {}, 'fallback');
  const parsed = z.array(FactView).safeParse(resultOf(toolbox.calls, 'my_facts'));
  return parsed.success ? parsed.data : null;
}

/** A courtesy: never shortened to two sentences. */
function say(text: string): Draft {
  return draftOf({ agent: 'support', messageClass: 'courtesy', blocks: [textBlock(text)] });
}

function listDraft(context: AgentContext, facts: readonly FactView[], intro?: string): Draft {
  const { locale } = context;
  if (facts.length === 0) return say(intro ?? sayMemory('nothing', locale));
  const newest = facts.toSorted((a, b) => b.learnedAt.localeCompare(a.learnedAt));
  const shown = newest.slice(0, MAX_LISTED);
  const more = newest.length - shown.length;
  const text = [
    intro ?? sayMemory('list', locale),
    shown.map((fact) => `- ${lineOf(fact, locale)}`).join('\n'),
    ...(more > 0 ? [sayMemory('more', locale, { n: String(more) })] : []),
    sayMemory('how', locale),
  ].join('\n\n');
  const buttons = shown.map(({ id, subject }) =>
    optionOf({ kind: 'forget', fact: id }, sayMemory('forget', locale, { what: subjectText(subject, locale) })),
  );
  const all = optionOf({ kind: 'forget-all' }, sayMemory('forget_all', locale));
  const blocks = [textBlock(text), ...choicesBlock(optionsOf(...buttons, all))];
  return draftOf({ agent: 'support', messageClass: 'courtesy', blocks });
}

function lineOf(fact: FactView, locale: string): string {
  return sayMemory('line', locale, {
    what: subjectText(fact.subject, locale),
    value: valueText(fact, locale),
    day: dayToText(fact.learnedAt, locale),
    place: placeText(fact.channel, locale),
  });
}

type Note = Extract<RememberedWish, { kind: 'note' }>;

async function note(context: AgentContext, toolbox: Toolbox, { facts }: Note): Promise<Draft> {
  const { outcome } = await toolbox.call('note_facts', {}, 'fallback');
  if (outcome !== 'ok') return say(context.phrase('failed'));
  const said = facts.map((fact) => `${subjectText(fact.subject, context.locale)} – ${valueText(fact, context.locale)}`);
  return say(sayMemory('noted', context.locale, { facts: said.join('; ') }));
}

async function forgetAll(context: AgentContext, toolbox: Toolbox): Promise<Draft> {
  const { outcome } = await toolbox.call('forget_facts', { facts: ['all'] }, 'fallback');
  return say(outcome === 'ok' ? sayMemory('forgotten_all', context.locale) : context.phrase('failed'));
}

type Forgetting = {
  readonly toolbox: Toolbox;
  readonly facts: readonly FactView[];
  readonly chosen: readonly FactView[];
};

/** Called with no id, too: what was said a moment ago and is not learned yet must not be learned any more. */
async function forgetSome(context: AgentContext, { toolbox, facts, chosen }: Forgetting): Promise<Draft> {
  const { locale } = context;
  const { outcome } = await toolbox.call('forget_facts', { facts: chosen.map(({ id }) => id) }, 'fallback');
  if (outcome !== 'ok') return say(context.phrase('failed'));
  if (chosen.length === 0)
    return listDraft(context, facts, sayMemory(facts.length > 0 ? 'which' : 'nothing_such', locale));
  const what = chosen.map(({ subject }) => subjectText(subject, locale)).join(', ');
  return say(sayMemory('forgotten', locale, { what }));
}

type Choosing = { readonly facts: readonly FactView[]; readonly now: string };

/** Which facts are meant; none when that is not clear. Pure. */
function chosenBy(
  wish: Exclude<RememberedWish, { kind: 'list' | 'note' | 'forget-all' }>,
  { facts, now }: Choosing,
): readonly FactView[] {
  switch (wish.kind) {
    case 'forget-fact':
      return facts.filter(({ id }) => id === wish.fact);
    case 'forget-subject':
      return facts.filter(({ subject }) => subject === wish.subject);
    case 'forget-last':
      return facts
        .filter(({ learnedAt }) => Date.parse(now) - Date.parse(learnedAt) < LATELY_MS)
        .toSorted((a, b) => b.learnedAt.localeCompare(a.learnedAt))
        .slice(0, 1);
    case 'forget-words':
      return bestByWords(facts, wish.words);
  }
}

/** The one fact that shares most words with what was said; none when two share as many, or nothing is shared. */
function bestByWords(facts: readonly FactView[], words: string): readonly FactView[] {
  const terms = contentTerms(words);
  const scored = facts
    .map((fact) => {
      const own = termSet(`${fact.quote} ${fact.text} ${fact.subject}`);
      return { fact, score: terms.filter((term) => hasTerm(own, term)).length };
    })
    .toSorted((a, b) => b.score - a.score);
  const [first, second] = scored;
  return first && first.score > 0 && first.score > (second?.score ?? 0) ? [first.fact] : [];
}
