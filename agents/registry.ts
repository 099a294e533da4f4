/** The agents that act, by name, and the supervisor that chooses among them. One line for each new room. */
import type { AgentName } from '../core/agent-name.ts';
import type { Agent } from './agent.ts';
import { course } from './course/index.ts';
import { knowledge } from './knowledge/index.ts';
import { safety } from './safety/index.ts';
import { sales } from './sales/index.ts';
import { createSupervise } from './supervisor/index.ts';
import { support } from './support/index.ts';

export const ACTORS = { knowledge, sales, course, support, safety } as const satisfies Readonly<
  Record<Exclude<AgentName, 'supervisor'>, Agent>
>;

/** Stands beside the actors, not among them: its answer is a route. */
export const SUPERVISOR = { create: createSupervise } as const;
