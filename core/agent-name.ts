/** The closed list of agents: software that answers. */
import { z } from 'zod';

export const AgentName = z.enum(['supervisor', 'knowledge', 'sales', 'course', 'support', 'safety']);
export type AgentName = z.infer<typeof AgentName>;
