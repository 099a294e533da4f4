/** Knowledge: answers from the organisation's pages, with the source; says so when they do not hold the answer. */
import { UNCLEAR } from '../../core/intent.ts';
import type { Draft } from '../../core/reply.ts';
import type { ToolCall } from '../../core/tool-call.ts';
import type { Agent, AgentContext } from '../agent.ts';
import { optionOf, optionsOf } from '../choices.ts';
import { cite, numberedPassages } from '../citations.ts';
import { choicesBlock, draftOf, textBlock } from '../drafts.ts';
import { fullQuestion } from '../follow-up.ts';
import { bestQuote, quoteBlocks, WEAKEST_IN_SCOPE } from '../quote.ts';
import { say } from '../words.ts';
import { knowledgePrompt, NO_ANSWER } from './prompt.ts';
import { knowledgeTools } from './tools.ts';

export const knowledge: Agent = {
  name: 'knowledge',
  limits: { rounds: 2, deadlineMs: 25_000, toolMs: 4_000 },
  usesModel: true,
  prompt: knowledgePrompt,
  tools: knowledgeTools,
  // The recall of the turn has already searched for the person's words; another search only pays for other words.
  prefetch: (context) => {
    const query = fullQuestion(context);
    const isRecalled = query === context.text && context.passages.length > 0;
    return isRecalled || query.trim() === '' ? [] : [{ tool: 'search_knowledge', input: { query } }];
  },
  draft: (context, { text, calls }) => {
    if (text.includes(NO_ANSWER)) return noAnswer(context);
    const cited = cite(text, numberedPassages(context, calls));
    if (cited.text === '') return noAnswer(context);
    return draftOf({ agent: 'knowledge', blocks: [textBlock(cited.text), ...cited.blocks], grounded: true });
  },
  fallback: (context, toolbox) => Promise.resolve(quoteOrSaySo(context, toolbox.calls)),
};

function quoteOrSaySo(context: AgentContext, calls: readonly ToolCall[]): Draft {
  const isInScope = context.intent.name !== UNCLEAR;
  const passages = numberedPassages(context, calls);
  const quote = bestQuote(fullQuestion(context), passages, isInScope ? WEAKEST_IN_SCOPE : undefined);
  if (!quote) return noAnswer(context);
  return draftOf({ agent: 'knowledge', blocks: quoteBlocks(quote), grounded: true });
}

function noAnswer(context: AgentContext): Draft {
  const { locale } = context;
  const options = optionsOf(
    optionOf({ kind: 'rephrase' }, say('rephrase', locale)),
    optionOf({ kind: 'human' }, say('ask_human', locale)),
  );
  const draft = draftOf({
    agent: 'knowledge',
    blocks: [textBlock(context.phrase('no_answer')), ...choicesBlock(options)],
  });
  return { ...draft, unanswered: fullQuestion(context) };
}
