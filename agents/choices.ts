/** The options agents offer as buttons: how a token is made, and what a pressed one means. */
import type { AgentName } from '../core/agent-name.ts';
import type { Option } from '../core/block.ts';
import { HUMAN_PLEASE } from '../core/intent.ts';

/** What a pressed token asks for. Tokens come back from outside: ids in them are looked up, never trusted. */
export type Choice =
  | { readonly kind: 'human' }
  | { readonly kind: 'topic'; readonly agent: AgentName }
  | { readonly kind: 'rephrase' }
  | { readonly kind: 'hold'; readonly offer: string }
  | { readonly kind: 'lesson-done'; readonly course: string; readonly lesson: string }
  | { readonly kind: 'remind'; readonly days: number }
  | { readonly kind: 'open-ticket' }
  | { readonly kind: 'forget'; readonly fact: string }
  | { readonly kind: 'forget-all' };

export type ChoiceRoute = { readonly agent: AgentName | 'hand_over'; readonly intent?: string };

/** Agents a person may be sent to by a topic button; the others are no topics. */
export const TOPIC_AGENTS = ['sales', 'course', 'support', 'knowledge'] as const satisfies readonly AgentName[];
export type TopicAgent = (typeof TOPIC_AGENTS)[number];

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const SLUG = /^[a-z0-9][a-z0-9-]{0,59}$/;
/** Telegram carries 64 bytes. */
const MAX_TOKEN = 64;
const MAX_LABEL = 80;

/** An option, or null when its token would be longer than channels carry. */
export function optionOf(choice: Choice, label: string): Option | null {
  const token = tokenOf(choice);
  return token.length > MAX_TOKEN ? null : { token, label: label.slice(0, MAX_LABEL) };
}

/** The options that could be made, in order. */
export function optionsOf(...options: readonly (Option | null)[]): Option[] {
  return options.filter((option) => option !== null);
}

export function tokenOf(choice: Choice): string {
  switch (choice.kind) {
    case 'human':
    case 'rephrase':
    case 'open-ticket':
    case 'forget-all':
      return choice.kind;
    case 'topic':
      return `topic:${choice.agent}`;
    case 'hold':
      return `hold:${choice.offer}`;
    case 'lesson-done':
      return `lesson-done:${choice.course}:${choice.lesson}`;
    case 'remind':
      return `remind:${choice.days}`;
    case 'forget':
      return `forget:${choice.fact}`;
  }
}

/** What a token says, or null when it is none of ours (a suggestion's token, an old one, a forged one). */
export function parseChoice(token: string): Choice | null {
  const [kind, first = '', second = '', ...rest] = token.split(':');
  if (rest.length > 0) return null;
  if (kind === 'lesson-done') {
    return SLUG.test(first) && SLUG.test(second) ? { kind, course: first, lesson: second } : null;
  }
  if (second !== '') return null;
  if (kind === 'hold') return SLUG.test(first) ? { kind, offer: first } : null;
  if (kind === 'remind') return /^[1-9]\d?$/.test(first) ? { kind, days: Number(first) } : null;
  if (kind === 'topic') {
    const agent = TOPIC_AGENTS.find((name) => name === first);
    return agent ? { kind, agent } : null;
  }
  if (kind === 'forget') return UUID.test(first) ? { kind, fact: first } : null;
  if (first !== '') return null;
  return isPlain(kind) ? { kind } : null;
}

const PLAIN = ['human', 'rephrase', 'open-ticket', 'forget-all'] as const;

function isPlain(kind: string | undefined): kind is (typeof PLAIN)[number] {
  return PLAIN.some((plain) => plain === kind);
}

/** Which agent answers a pressed option, and with which intent where the token fixes it; null: classify its label. */
export function routeOfChoice(token: string): ChoiceRoute | null {
  const choice = parseChoice(token);
  switch (choice?.kind) {
    case undefined:
      return null;
    case 'human':
      return { agent: 'hand_over', intent: HUMAN_PLEASE };
    case 'topic':
      return { agent: choice.agent };
    case 'rephrase':
      return { agent: 'supervisor' };
    case 'hold':
      return { agent: 'sales' };
    case 'lesson-done':
    case 'remind':
      return { agent: 'course' };
    case 'open-ticket':
    case 'forget':
    case 'forget-all':
      return { agent: 'support' };
  }
}
