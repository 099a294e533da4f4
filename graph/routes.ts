/** Where the turn goes next. Pure: tables over what the steps found. */

import type { ChoiceRoute } from '../agents/choices.ts';
import type { AgentName } from '../core/agent-name.ts';
import { HUMAN_PLEASE, UNCLEAR } from '../core/intent.ts';
import type { MemoryWish } from '../core/memory-wish.ts';
import type { Route } from '../core/turn.ts';
import type { Workspace } from '../core/workspace.ts';
import type { TurnState } from './state.ts';

/** Silence skips everything that makes words. */
export function afterSupervise(state: Pick<TurnState, 'route'>): 'act' | 'remember' {
  return state.route.kind === 'silence' ? 'remember' : 'act';
}

export type RouteFacts = Pick<TurnState, 'screening' | 'intent' | 'thread'> & {
  readonly workspace: Pick<Workspace, 'intents'>;
  /** What the pressed option stands for, if one was pressed. */
  readonly choice: ChoiceRoute | null;
  /** What the words plainly ask of our memory of the person. */
  readonly wish?: MemoryWish | null;
};

/**
 * The table of the supervisor, first line that holds. Null: the table cannot tell, or the supervisor itself answers.
 * Crisis is above everything, an operator's hold too: those words leave whoever holds the thread.
 */
export function chooseRoute({ screening, intent, thread, choice, wish, workspace }: RouteFacts): Route | null {
  if (screening.level === 'crisis') return { kind: 'agent', agent: 'safety', because: 'crisis' };
  if (thread.ownership === 'operator') return { kind: 'silence', because: 'an operator holds the thread' };
  if (screening.level === 'safety') return { kind: 'agent', agent: 'safety', because: firstHazard(screening) };
  if (choice?.agent === 'hand_over') return { kind: 'hand_over', because: 'choice' };
  if (choice?.agent === 'supervisor') return null;
  if (choice) return { kind: 'agent', agent: choice.agent, because: 'choice' };
  if (wish && mayGrant(wish, thread)) return { kind: 'agent', agent: 'support', because: `memory:${wish.kind}` };
  if (intent.name === HUMAN_PLEASE) return { kind: 'hand_over', because: HUMAN_PLEASE };
  if (intent.name === UNCLEAR) return null;
  const agent = agentOfIntent(workspace, intent.name);
  return agent === undefined || agent === 'supervisor'
    ? null
    : { kind: 'agent', agent, because: `intent:${intent.name}` };
}

/** A statement is noted in private; in public it is just something somebody said. */
function mayGrant(wish: MemoryWish, { clearance }: RouteFacts['thread']): boolean {
  return wish.kind !== 'note' || clearance === 'private';
}

function firstHazard(screening: RouteFacts['screening']): string {
  return screening.findings[0]?.hazard ?? 'screening';
}

/** The agent whose file lists the intent. */
export function agentOfIntent(workspace: Pick<Workspace, 'intents'>, intent: string): AgentName | undefined {
  return workspace.intents.find((file) => file.intents.some((one) => one.name === intent))?.agent;
}
