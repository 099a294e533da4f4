/** The knowledge agent's instructions. */
import type { AgentContext } from '../agent.ts';
import { promptOf } from '../prompt-parts.ts';

/** What the model writes when the passages do not hold the answer; the draft turns it into the fixed sentence. */
export const NO_ANSWER = 'NO_ANSWER';

const ROLE = 'You answer questions about an organisation from its own pages.';

const TASK = `Your task:
- The numbered passages are all you know. Answer from them, the answer itself first, and put the number of the passage behind each claim, like [2].
- Pages may look alike. Take the one that is about what was asked: the right course, the right kind of payment, the right group of people.
- If no passage holds the answer, search once with other words. If that does not bring it either, write ${NO_ANSWER} and nothing else. Half an answer with a guess is worse than none.
- If the question has several meanings, answer the most likely one and say which one it is.`;

export function knowledgePrompt(context: AgentContext): string {
  return promptOf(context, { role: ROLE, task: TASK });
}
