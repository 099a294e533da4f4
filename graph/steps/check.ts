/** check: what would go out. The only place where a Draft becomes a Reply; it fails closed to a fixed sentence. */

import type { Clearance } from '../../core/audience.ts';
import type { Block } from '../../core/block.ts';
import { type CheckRules, checkBlocks } from '../../core/check-text.ts';
import type { Draft, Reply } from '../../core/reply.ts';
import type { ToolCall } from '../../core/tool-call.ts';
import type { CheckVerdict } from '../../core/turn.ts';
import type { Step } from '../state.ts';
import { fixedDraft, spoken } from './context.ts';
import { formatBlocks } from './format.ts';

/** Results of these tools are the person's own; nothing that rests on them may be said in public. */
const PERSONAL_TOOLS = new Set([
  'my_courses',
  'next_lesson',
  'mark_done',
  'my_orders',
  'find_ticket',
  'open_ticket',
  'request_refund',
  'my_facts',
  'note_facts',
  'forget_facts',
]);

export const check: Step = (state, pass) => {
  const { phrase } = spoken(state, pass);
  const rules: CheckRules = {
    allowedHosts: pass.ports.workspace.organisation.allowedHosts,
    isPublic: state.thread.clearance !== 'private',
  };
  const { draft, verdict } = checkDraft(state.draft, {
    rules,
    clearance: state.thread.clearance,
    safeText: phrase('failed'),
    noAnswer: phrase('no_answer'),
    asked: pass.text.slice(0, 500),
    toPrivate: phrase('public_to_private'),
  });
  const later = (draft.reminders ?? []).flatMap(({ at, text }) => {
    const reminder = checkBlocks([{ kind: 'text', text }], rules);
    return reminder.isFatal
      ? []
      : [{ dueAt: at, reply: allow({ ...draft, blocks: reminder.blocks, citations: [] }, state.locale) }];
  });
  return Promise.resolve({ draft, verdict, reply: allow(draft, state.locale), later });
};

type CheckWords = {
  readonly rules: CheckRules;
  readonly clearance: Clearance;
  readonly safeText: string;
  readonly noAnswer: string;
  /** The person's words, kept when nothing answers them. */
  readonly asked: string;
  readonly toPrivate: string;
};

/** Pure. Replaces what must not leave, removes what can be cut out, and says which rules objected. */
export function checkDraft(draft: Draft, words: CheckWords): { readonly draft: Draft; readonly verdict: CheckVerdict } {
  // Crisis words are fixed, reviewed and carry no personal data; no rule may hold them back.
  if (draft.messageClass === 'crisis') return { draft, verdict: { outcome: 'allowed', objections: [] } };
  if (words.clearance !== 'private' && draft.toolCalls.some(isPersonal)) {
    return replaced(draft, { text: words.toPrivate, objections: ['personal_in_public'] });
  }
  if (draft.grounded && !isGrounded(draft)) {
    const { draft: fixed, verdict } = replaced(draft, { text: words.noAnswer, objections: ['ungrounded'] });
    return { draft: { ...fixed, unanswered: words.asked }, verdict };
  }
  const written = checkBlocks(draft.blocks, words.rules);
  // Once more as it will be shown: escapes and entities of Markdown may hide an address from whoever reads the words only.
  const shown = checkBlocks(formatBlocks(written.blocks), words.rules);
  const objections = [...new Set([...written.objections, ...shown.objections])];
  if (written.isFatal || shown.isFatal || shown.blocks.length === 0) {
    return replaced(draft, { text: words.safeText, objections });
  }
  return {
    draft: { ...draft, blocks: shown.blocks },
    verdict: { outcome: objections.length > 0 ? 'changed' : 'allowed', objections },
  };
}

function isPersonal(call: ToolCall): boolean {
  return call.outcome === 'ok' && PERSONAL_TOOLS.has(call.name);
}

function isGrounded(draft: Draft): boolean {
  return draft.citations.length > 0 || draft.toolCalls.some((call) => call.outcome === 'ok' && call.by !== 'prefetch');
}

function replaced(
  draft: Draft,
  { text, objections }: { readonly text: string; readonly objections: readonly string[] },
): { readonly draft: Draft; readonly verdict: CheckVerdict } {
  const fixed = fixedDraft(text);
  const kept = draft.handOver ? { handOver: draft.handOver } : {};
  return {
    draft: { ...fixed, ...kept, agent: draft.agent, toolCalls: draft.toolCalls },
    verdict: { outcome: 'replaced', objections: [...objections] },
  };
}

/** A fixed sentence of the organisation, for the end of a turn that failed. */
export function fixedReply(text: string, locale: string): Reply {
  return allow(fixedDraft(text), locale);
}

/** Grants the brand. Nobody else may: test/architecture.test.ts looks for the cast. */
function allow(draft: Draft & { readonly blocks: readonly Block[] }, locale: string): Reply {
  const { agent, messageClass, blocks, citations } = draft;
  return { agent, messageClass, blocks, citations, locale } as unknown as Reply;
}
