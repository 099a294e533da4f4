/** Safety: fixed, localised texts with help near the person; alerts operators. No model, no other agent's words. */
import type { Block } from '../../core/block.ts';
import type { Localised } from '../../core/localised.ts';
import type { Draft } from '../../core/reply.ts';
import type { Finding, Hazard } from '../../core/screening.ts';
import { type CrisisLine, phrase } from '../../core/workspace.ts';
import type { Agent, AgentContext, Toolbox } from '../agent.ts';
import { optionOf, optionsOf } from '../choices.ts';
import { choicesBlock, draftOf, textBlock } from '../drafts.ts';
import { bestQuote, CLEAR_ANSWER, quoteBlocks } from '../quote.ts';
import { regionOf, say } from '../words.ts';
import { safetyPrompt } from './prompt.ts';
import { safetyTools } from './tools.ts';

/** Worst first: the answer is to the worst thing found. Markers of injection and floods are no danger to anybody. */
const DANGERS = ['crisis', 'minors', 'harm', 'abuse'] as const satisfies readonly Hazard[];
type Danger = (typeof DANGERS)[number];

export const safety: Agent = {
  name: 'safety',
  limits: { rounds: 0, deadlineMs: 4_000, toolMs: 1_000 },
  usesModel: false,
  prompt: safetyPrompt,
  tools: safetyTools,
  prefetch: () => [],
  draft: (context) => calmDraft(context),
  fallback: async (context, toolbox) => {
    const danger = worstOf(context);
    if (danger === null) return calmDraft(context);
    await alert(context, { toolbox, danger });
    return danger === 'crisis' ? crisisDraft(context) : dangerDraft(context, danger);
  },
};

function worstOf({ screening }: AgentContext): Danger | null {
  return DANGERS.find((danger) => screening.findings.some(({ hazard }) => hazard === danger)) ?? null;
}

/** For the record. Whatever becomes of these calls, the text goes out. */
async function alert(
  context: AgentContext,
  { toolbox, danger }: { readonly toolbox: Toolbox; readonly danger: Danger },
): Promise<void> {
  if (danger === 'abuse') return;
  await Promise.all([
    toolbox.call('alert_operator', { hazard: danger, rules: rulesOf(context).slice(0, 10) }, 'fallback'),
    toolbox.call('hand_over', { reason: danger }, 'fallback'),
  ]);
}

function crisisDraft(context: AgentContext): Draft {
  const { texts } = context.safety;
  const language = languageFor(context, { danger: 'crisis', words: texts.crisis });
  const isPublic = context.thread.clearance === 'public';
  const text = phrase(isPublic ? texts.crisis_public : texts.crisis, language);
  const draft = draftOf({
    agent: 'safety',
    messageClass: 'crisis',
    blocks: [textBlock(text), ...helpBlocks(context, language)],
  });
  return { ...draft, handOver: handOverOf(context, 'crisis') };
}

function dangerDraft(context: AgentContext, danger: Exclude<Danger, 'crisis'>): Draft {
  const words = context.safety.texts[danger];
  const blocks = [textBlock(phrase(words, languageFor(context, { danger, words })))];
  if (danger === 'abuse') return draftOf({ agent: 'safety', blocks });
  return { ...draftOf({ agent: 'safety', messageClass: 'hand_over', blocks }), handOver: handOverOf(context, danger) };
}

/**
 * The language the finding was made in, because it is what the person wrote; else the person's own. Either only if the
 * texts have it.
 */
function languageFor(
  { screening, locale }: AgentContext,
  { danger, words }: { readonly danger: Danger; readonly words: Localised },
): string {
  const found = screening.findings
    .find(({ hazard }) => hazard === danger)
    ?.language?.slice(0, 2)
    .toLowerCase();
  return found !== undefined && found in words ? found : locale;
}

/**
 * The lines of the person's country as their locale states it. Without one: those of the organisation's country, and
 * what holds anywhere, because the country is only a guess. A country without lines: what holds anywhere.
 */
function helpBlocks({ safety: file, organisation, locale }: AgentContext, language: string): readonly Block[] {
  const region = regionOf(locale);
  const lines = file.lines.filter(({ country }) => country === (region ?? organisation.country));
  const numbers = lines.map((line) => textBlock(phrase(file.texts.line, language, valuesOf(line))));
  const isCertain = region !== null && lines.length > 0;
  return isCertain ? numbers : [...numbers, textBlock(phrase(file.texts.anywhere, language))];
}

function valuesOf({ name, phone, hours, emergency }: CrisisLine): Readonly<Record<string, string>> {
  return { name, phone, hours, emergency };
}

/** Rules and place, never the person's words: summaries travel further than the thread itself. */
function handOverOf(context: AgentContext, danger: Danger) {
  const rules = rulesOf(context).join(', ').slice(0, 300);
  return {
    reason: danger,
    summary: `Screening found ${danger} on ${context.thread.channel} (${rules}). Read the thread.`,
  };
}

function rulesOf({ screening }: AgentContext): readonly string[] {
  return screening.findings.map(({ rule }: Finding) => rule.slice(0, 100));
}

/** Low spirits, fright in a practice: warm words, a page that helps if there is one, and a person to talk to. */
function calmDraft(context: AgentContext): Draft {
  const { locale } = context;
  const quote = bestQuote(context.text, context.passages);
  const page = quote && quote.strength >= CLEAR_ANSWER ? quoteBlocks(quote) : [];
  const human = optionsOf(optionOf({ kind: 'human' }, say('ask_human', locale)));
  return draftOf({ agent: 'safety', blocks: [textBlock(say('feeling_low', locale)), ...page, ...choicesBlock(human)] });
}
