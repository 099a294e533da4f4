/** What people write in these runs, and how the fake model answers: every question carries a code that its answer repeats. */
import type { ChatRequest, PeerReply } from '../peers/openai.ts';

/** No vowels, so that no word of any language the school speaks is one. */
const LETTERS = 'bcdfghjklmnpqrstvwxz';
const CODE = /\bK[bcdfghjklmnpqrstvwxz]{5}\b/g;

export function codeOf(number: number): string {
  let left = number;
  let code = '';
  for (let place = 0; place < 5; place += 1) {
    code = (LETTERS[left % LETTERS.length] ?? 'b') + code;
    left = Math.floor(left / LETTERS.length);
  }
  return `K${code}`;
}

/** Each code once, in the order of the text. */
export function codesIn(text: string): readonly string[] {
  return [...new Set(text.match(CODE) ?? [])];
}

/** Known to reach the knowledge agent, whose model answers from a page. */
export const QUESTION = 'how long is the breathwork course?';

/** A grounded answer that repeats the codes of the question it was asked, and of nothing that was said before. */
export function answerWithCodes({ messages }: ChatRequest): PeerReply {
  const asked = JSON.stringify(messages.findLast(({ role }) => role === 'user')?.content ?? '');
  // The question stands behind the fenced data.
  const codes = codesIn(asked.slice(asked.lastIndexOf('<<<end') + 1));
  return {
    text: `The Breathwork Course takes eight weeks, with about three hours a week [1]. ${codes.join(' ')}`.trim(),
  };
}

/** Words with this in them make the model open a ticket first. */
const WISH = 'TICKET';
export const TICKET_QUESTION = `my payment failed ${WISH}`;

export function answerOrOpenTicket(request: ChatRequest): PeerReply {
  const { messages, tools } = request;
  const isWished = JSON.stringify(messages.findLast(({ role }) => role === 'user')?.content).includes(WISH);
  const isOpened = messages.some(({ role }) => role === 'tool');
  const mayOpen = tools?.some((tool) => tool.function.name === 'open_ticket') ?? false;
  if (!isWished || isOpened || !mayOpen) return answerWithCodes(request);
  return {
    toolCalls: [{ name: 'open_ticket', arguments: { subject: 'Payment failed', summary: 'A payment failed.' } }],
  };
}
