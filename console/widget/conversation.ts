/** The conversation as the widget shows it, and how it changes with what happens. Pure. */
import type { Block, Option } from '../../core/block.ts';

export type SendState = 'sending' | 'retrying' | 'refused' | 'sent';

export type PersonLine = {
  readonly from: 'person';
  readonly id: string;
  readonly text: string;
  readonly at: string;
  readonly state: SendState;
  /** The token of the option that was pressed. */
  readonly choose?: string;
};

export type ReplyLine = {
  readonly from: 'agent' | 'operator';
  readonly id: string;
  readonly sequence: number;
  readonly blocks: readonly Block[];
  readonly at: string;
};

export type Line = PersonLine | ReplyLine;

export type Conversation = {
  /** Oldest first. */
  readonly lines: readonly Line[];
  /** Words on their way, by the turn that writes them. */
  readonly words: readonly { readonly turn: string; readonly text: string }[];
  readonly isTyping: boolean;
  /** The greatest sequence seen: where the stream goes on. */
  readonly lastSequence: number;
};

export type Happening =
  | { readonly kind: 'history'; readonly lines: readonly Line[]; readonly lastSequence: number }
  | { readonly kind: 'reply'; readonly line: ReplyLine }
  | { readonly kind: 'said'; readonly line: PersonLine }
  | { readonly kind: 'send-state'; readonly id: string; readonly state: SendState }
  | { readonly kind: 'withdrawn'; readonly id: string }
  /** `at`: how many UTF-16 units of the turn's words stand before these. */
  | { readonly kind: 'delta'; readonly turn: string; readonly at: number; readonly text: string }
  | { readonly kind: 'reset'; readonly turn: string }
  | { readonly kind: 'typing' }
  /** A turn is over; if it had something to say, that comes as a reply. */
  | { readonly kind: 'turn-end' }
  /** Nothing is on its way: it took too long, or the stream was cut and the words with it. */
  | { readonly kind: 'quiet' }
  /** The server knows this visitor no longer: another conversation begins. */
  | { readonly kind: 'forgotten' };

export const emptyConversation: Conversation = { lines: [], words: [], isTyping: false, lastSequence: 0 };

/** The conversation after something happened. What is known already changes nothing. */
export function happen(before: Conversation, happening: Happening): Conversation {
  switch (happening.kind) {
    case 'history':
      return mergeHistory(before, happening);
    case 'reply':
      return addReply(before, happening.line);
    case 'said':
      return knows(before, happening.line.id) ? before : { ...before, lines: [...before.lines, happening.line] };
    case 'send-state':
      return { ...before, lines: before.lines.map((line) => withState(line, happening)) };
    case 'withdrawn':
      return { ...before, lines: before.lines.filter((line) => line.id !== happening.id) };
    case 'delta':
      return addWords(before, happening);
    case 'reset':
      return { ...before, words: before.words.filter((one) => one.turn !== happening.turn) };
    case 'typing':
      return { ...before, isTyping: !hasOperator(before) };
    case 'turn-end':
      return { ...before, isTyping: false };
    case 'quiet':
      return { ...before, words: [], isTyping: false };
    case 'forgotten':
      return { ...emptyConversation, lines: before.lines.filter((line) => isUnsent(line)) };
  }
}

/** The options that have been taken since the line at `index`: pressed, or typed as they read. */
export function takenSince(lines: readonly Line[], index: number): ReadonlySet<string> {
  const line = lines[index];
  if (line === undefined || line.from === 'person') return new Set();
  const said = lines.slice(index + 1).filter((one) => one.from === 'person');
  const taken = optionsOf(line.blocks).filter((option) =>
    said.some((one) => (one.choose === undefined ? one.text === option.label : one.choose === option.token)),
  );
  return new Set(taken.map((option) => option.token));
}

/** Does a person of the organisation hold the conversation, as far as one can see? Then software that reads along stays silent. */
export function hasOperator({ lines }: Conversation): boolean {
  return lines.findLast((line) => line.from !== 'person')?.from === 'operator';
}

/** How many replies came after the one with this sequence. */
export function countUnread(conversation: Conversation, seen: number): number {
  return conversation.lines.filter((line) => line.from !== 'person' && line.sequence > seen).length;
}

function optionsOf(blocks: readonly Block[]): readonly Option[] {
  return blocks.flatMap((block) => (block.kind === 'choices' || block.kind === 'card' ? block.options : []));
}

function mergeHistory(
  before: Conversation,
  { lines, lastSequence }: { readonly lines: readonly Line[]; readonly lastSequence: number },
): Conversation {
  const known = new Set(lines.map((line) => line.id));
  const own = before.lines.filter((line) => !known.has(line.id));
  return {
    ...before,
    lines: [...lines.map((line) => withToken(line, before)), ...own],
    lastSequence: Math.max(before.lastSequence, lastSequence, ...lines.map(sequenceOf)),
  };
}

/** The history tells what was said, not which button said it; this page may remember. */
function withToken(line: Line, before: Conversation): Line {
  const own = before.lines.find((one) => one.id === line.id);
  return line.from === 'person' && own?.from === 'person' && own.choose !== undefined
    ? { ...line, choose: own.choose }
    : line;
}

function addReply(before: Conversation, line: ReplyLine): Conversation {
  if (knows(before, line.id)) return before;
  return {
    lines: [...before.lines, line],
    words: [],
    isTyping: false,
    lastSequence: Math.max(before.lastSequence, line.sequence),
  };
}

type Words = { readonly turn: string; readonly at: number; readonly text: string };

function addWords(before: Conversation, { turn, at, text }: Words): Conversation {
  // A delivery is named after its turn: what arrives after the whole reply is only late.
  if (before.lines.some((line) => line.id.startsWith(`${turn}.`))) return before;
  const known = before.words.find((one) => one.turn === turn)?.text ?? '';
  // Words without what stands before them say something else; the whole reply is on its way.
  if (at > known.length) return before;
  const others = before.words.filter((one) => one.turn !== turn);
  return { ...before, words: [...others, { turn, text: known.slice(0, at) + text }], isTyping: true };
}

function withState(line: Line, { id, state }: { readonly id: string; readonly state: SendState }): Line {
  return line.from === 'person' && line.id === id ? { ...line, state } : line;
}

function isUnsent(line: Line): boolean {
  return line.from === 'person' && line.state !== 'sent';
}

function sequenceOf(line: Line): number {
  return line.from === 'person' ? 0 : line.sequence;
}

function knows(conversation: Conversation, id: string): boolean {
  return conversation.lines.some((line) => line.id === id);
}
