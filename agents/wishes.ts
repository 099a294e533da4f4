/** A message that wants several things: each wish read by itself, and the answers put together under one another. Pure. */
import { type Block, blockToText, type Option } from '../core/block.ts';
import { isRequest } from '../core/clauses.ts';
import { clausesOf } from '../core/decide-intent.ts';
import type { FoundPassage } from '../core/knowledge.ts';
import type { Draft, WishOutcome } from '../core/reply.ts';
import type { AgentContext } from './agent.ts';
import { choicesBlock, clip, isPrivate, textBlock } from './drafts.ts';
import { say } from './words.ts';

/** A clause of the message, and what it wants. */
export type Wish = { readonly intent: string; readonly text: string };

/** What became of a further wish; `draft` is there when an agent answered it. */
export type Granted = {
  readonly wish: Wish;
  readonly agent: Draft['agent'] | null;
  readonly draft: Draft | null;
  readonly outcome: WishOutcome;
};

const MAX_SHOWN = 80;

/** What the message wants besides `context.intent`, in its order. */
export function furtherWishes({ intent }: Pick<AgentContext, 'intent'>): readonly Wish[] {
  return (intent.others ?? []).flatMap(({ name, text }) => (text === undefined ? [] : [{ intent: name, text }]));
}

/**
 * The turn without what its further wishes say, so that words of theirs do not mix into the first answer. What is told
 * there and asks nothing belongs to the clause behind it: "I have asthma. May I take part?"
 */
export function ownWish(context: AgentContext): AgentContext {
  const further = new Set(furtherWishes(context).map(({ text }) => text));
  if (further.size === 0) return context;
  const clauses = clausesOf(context.text);
  const isOwn = clauses.map((clause) => !further.has(clause));
  const asks = clauses.some((clause, index) => isOwn[index] && isRequest(clause));
  const taken = isOwn.map((own, index) => own || (!asks && isOwn[index - 1] === true));
  // A message none of whose clauses is its own is read whole.
  return taken.includes(true) ? onlyClauses(context, { clauses, taken }) : context;
}

/** The turn as if this wish had been written by itself, after the rest of the message: it may point back to it. */
export function contextOfWish(context: AgentContext, wish: Wish, passages: readonly FoundPassage[]): AgentContext {
  const clauses = clausesOf(context.text);
  const only = onlyClauses(context, { clauses, taken: clauses.map((clause) => clause === wish.text) });
  return { ...only, text: wish.text, intent: { ...context.intent, name: wish.intent, others: [] }, passages };
}

type Taking = { readonly clauses: readonly string[]; readonly taken: readonly boolean[] };

/** The clauses left out become lines before it, nearest last: those behind it say only what nothing before it says. */
function onlyClauses(context: AgentContext, { clauses, taken }: Taking): AgentContext {
  const first = taken.indexOf(true);
  const rest = [...clauses.keys()].filter((index) => taken[index] !== true);
  const order = [...rest.filter((index) => index > first), ...rest.filter((index) => index < first)];
  const lines = order.map((index) => ({ from: 'person', text: clauses[index] ?? '', at: context.now }) as const);
  const text = clauses.filter((_, index) => taken[index] === true).join(' ');
  return { ...context, text, lines: [...context.lines, ...lines] };
}

/**
 * One draft of the first answer and those to further wishes, each below a line that says what it is about. What was said
 * already is not said again; buttons stand at the end. The first draft's agent, and why no model wrote it, stay.
 */
export function joinDrafts(context: AgentContext, first: Draft, granted: readonly Granted[]): Draft {
  let joined = first;
  const wishes: NonNullable<Draft['wishes']> = [];
  for (const { wish, agent, draft, outcome } of granted) {
    const added = draft === null ? [] : newBlocks(joined, draft);
    if (draft) joined = merge(joined, draft, added.length > 0 ? [headingOf(context, wish), ...added] : []);
    wishes.push({ ...wish, agent, outcome: outcome === 'answered' && added.length === 0 ? 'repeated' : outcome });
  }
  const left = wishes.filter(({ outcome }) => outcome === 'left').map(({ text }) => `"${clip(text, MAX_SHOWN)}"`);
  if (left.length > 0 && isPrivate(context)) {
    joined = withText(joined, say('wishes_left', context.locale, { wishes: left.join(', ') }));
  }
  return wishes.length === 0 ? first : { ...joined, wishes };
}

/** Without what was said already; a source stays as long as there are words that rest on it. */
function newBlocks(before: Draft, { blocks }: Draft): readonly Block[] {
  const said = new Set(before.blocks.map(blockToText));
  const added = blocks.filter(
    (block) => block.kind !== 'choices' && (block.kind === 'citation' || !said.has(blockToText(block))),
  );
  return added.some(({ kind }) => kind !== 'citation') ? added : [];
}

/** Buttons stay last. */
function withText(draft: Draft, text: string): Draft {
  return { ...draft, blocks: [...blocksOf(draft), textBlock(text), ...choicesBlock(optionsOf(draft))] };
}

function headingOf(context: AgentContext, { text }: Wish): Block {
  // Where others read along nobody's words are repeated.
  if (!isPrivate(context)) return textBlock(say('other_wish_public', context.locale));
  return textBlock(say('other_wish', context.locale, { wish: clip(text, MAX_SHOWN) }));
}

function merge(first: Draft, second: Draft, added: readonly Block[]): Draft {
  const options = [...optionsOf(first), ...optionsOf(second)];
  const unique = [...new Map(options.map((option) => [option.token, option])).values()];
  const handOver = first.handOver ?? second.handOver;
  const unanswered = first.unanswered ?? second.unanswered;
  const reminders = [...(first.reminders ?? []), ...(second.reminders ?? [])];
  return {
    ...first,
    messageClass: second.handOver ? 'hand_over' : first.messageClass,
    blocks: [...blocksOf(first), ...added, ...choicesBlock(unique)],
    citations: [...new Set([...first.citations, ...second.citations])],
    toolCalls: [...first.toolCalls, ...second.toolCalls],
    grounded: first.grounded || second.grounded,
    ...(handOver ? { handOver } : {}),
    ...(unanswered === undefined ? {} : { unanswered }),
    ...(reminders.length === 0 ? {} : { reminders }),
  };
}

function blocksOf({ blocks }: Draft): readonly Block[] {
  return blocks.filter(({ kind }) => kind !== 'choices');
}

function optionsOf({ blocks }: Draft): readonly Option[] {
  return blocks.flatMap((block) => (block.kind === 'choices' ? block.options : []));
}
