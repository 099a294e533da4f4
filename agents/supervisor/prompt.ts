/** The supervisor's instructions for the one question it asks a model: who should answer this? */
import type { AgentContext } from '../agent.ts';
import { promptOf } from '../prompt-parts.ts';

const ROLE = 'You decide which agent of an organisation answers a message. You never answer it yourself.';

const TASK = `Your task: call exactly one tool.
- choose_agent when one agent is likely right, also for a follow-up to the lines before.
- ask_person when the message could mean quite different things, or makes no sense. Write question and labels in the language of the conversation.`;

export function supervisorPrompt(context: AgentContext): string {
  return promptOf(context, { role: ROLE, task: TASK });
}
