/** Turn: the whole story of one pass of the pipeline, written once. Replay and evals read turns, nothing else. */
import { z } from 'zod';
import { AgentName } from './agent-name.ts';
import { InboundEvent } from './event.ts';
import { DeliveryId, EventId, HandleId, PersonId, ThreadId, TurnId } from './ids.ts';
import { Intent } from './intent.ts';
import { JourneyState, Move } from './journey.ts';
import { Draft, ReplyRecord } from './reply.ts';
import { Screening } from './screening.ts';
import { TraceSpan } from './span.ts';

export const Route = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('agent'), agent: AgentName, because: z.string() }),
  /** The supervisor answers by itself: a greeting, a clarifying question with choices. */
  z.object({ kind: z.literal('clarify'), because: z.string(), draft: Draft }),
  z.object({ kind: z.literal('hand_over'), because: z.string() }),
  z.object({ kind: z.literal('silence'), because: z.string() }),
]);
export type Route = z.infer<typeof Route>;

export const CheckVerdict = z.object({
  outcome: z.enum(['allowed', 'changed', 'replaced']),
  /** Which rules objected, e.g. `foreign_link`. */
  objections: z.array(z.string()),
});
export type CheckVerdict = z.infer<typeof CheckVerdict>;

export const ModelCall = z.object({
  agent: AgentName,
  model: z.string(),
  prompt: z.string(),
  outcome: z.string(),
  milliseconds: z.number(),
  firstTokenMs: z.number().nullable(),
  inputTokens: z.number().int(),
  outputTokens: z.number().int(),
});
export type ModelCall = z.infer<typeof ModelCall>;

export const TurnStatus = z.enum(['ok', 'hand_over', 'silent', 'error', 'superseded']);
export type TurnStatus = z.infer<typeof TurnStatus>;

/** What every reply carries, so that a later change can be told apart. */
export const Fingerprint = z.object({
  prompt: z.string().nullable(),
  model: z.string().nullable(),
  workspace: z.string(),
});
export type Fingerprint = z.infer<typeof Fingerprint>;

export const Turn = z.object({
  id: TurnId,
  thread: ThreadId,
  person: PersonId,
  handle: HandleId,
  status: TurnStatus,
  events: z.array(z.object({ id: EventId, event: InboundEvent })).min(1),
  journeyBefore: JourneyState.nullable(),
  journeyAfter: JourneyState.nullable(),
  moves: z.array(Move),
  screening: Screening.nullable(),
  intent: Intent.nullable(),
  /** Passages recalled before the route was chosen; ids only. */
  recalled: z.array(z.string()),
  route: Route.nullable(),
  draft: Draft.nullable(),
  check: CheckVerdict.nullable(),
  reply: ReplyRecord.nullable(),
  deliveries: z.array(DeliveryId),
  modelCalls: z.array(ModelCall),
  /** Steps with their times, parent first. */
  spans: z.array(TraceSpan),
  fingerprint: Fingerprint,
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  startedAt: z.iso.datetime(),
  milliseconds: z.number(),
});
export type Turn = z.infer<typeof Turn>;
