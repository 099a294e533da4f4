/** Thread: one conversation on one channel, and who holds it. */
import { z } from 'zod';
import { Clearance } from './audience.ts';
import { ChannelName, ConnectionName } from './event.ts';
import { ThreadId } from './ids.ts';

/** agents: software answers · waiting: handed over, nobody took it yet · operator: a human holds it, software is silent. */
export const Ownership = z.enum(['agents', 'waiting', 'operator']);
export type Ownership = z.infer<typeof Ownership>;

export const Thread = z.object({
  id: ThreadId,
  channel: ChannelName,
  connection: ConnectionName,
  key: z.string(),
  clearance: Clearance,
  ownership: Ownership,
  subject: z.object({ id: z.string(), url: z.string().optional(), excerpt: z.string().optional() }).nullable(),
  /** The agent that answered last; a prior for the next route. */
  agent: z.string().nullable(),
});
export type Thread = z.infer<typeof Thread>;

/** One line of the conversation so far, oldest first when listed. */
export const ThreadLine = z.object({
  from: z.enum(['person', 'agent', 'operator']),
  text: z.string(),
  at: z.iso.datetime(),
});
export type ThreadLine = z.infer<typeof ThreadLine>;
