/** The safety agent never asks a model; what it would say to one is said here, so that no other words can be put in. */
import type { AgentContext } from '../agent.ts';
import { promptOf } from '../prompt-parts.ts';

const ROLE = 'You pass on fixed texts for people who may be in danger.';
const TASK = 'Your task: none. The fixed texts of the organisation are the answer; write nothing of your own.';

export function safetyPrompt(context: AgentContext): string {
  return promptOf(context, { role: ROLE, task: TASK });
}
