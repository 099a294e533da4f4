/** What the safety agent records: that operators are alerted, and that the thread is theirs. */
import { z } from 'zod';
import { Hazard } from '../../core/screening.ts';
import { type AgentContext, type AgentPorts, defineTool, type Tool } from '../agent.ts';

const AlertArguments = z.strictObject({
  hazard: Hazard.describe('What was found.'),
  rules: z.array(z.string().max(100)).max(10).describe('The rules that found it; never the words of the person.'),
});
const HandOverArguments = z.strictObject({ reason: z.string().min(1).max(60) });

/**
 * Both return data only: the alert and the hand-over are written with the turn, from the draft's message class and its
 * `handOver`, so that they happen exactly when the answer does. Hence they count as reads and work in public too.
 */
export function safetyTools(_ports: AgentPorts, _context: AgentContext): readonly Tool[] {
  const common = { effect: 'reads', audience: 'public', needsApproval: false } as const;
  return [
    defineTool({
      ...common,
      name: 'alert_operator',
      description: 'Alerts the operators about what the screening found.',
      arguments: AlertArguments,
      run: ({ hazard, rules }) => Promise.resolve({ alerted: true, hazard, rules }),
    }),
    defineTool({
      ...common,
      name: 'hand_over',
      description: 'Gives the thread to the operators.',
      arguments: HandOverArguments,
      run: ({ reason }) => Promise.resolve({ handedOver: true, reason }),
    }),
  ];
}
