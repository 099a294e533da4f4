/** The state of a turn as it flows: small flat fields, plain JSON. And the ports that travel beside it. */
import { StateSchema } from '@langchain/langgraph';
import { z } from 'zod';
import type { Agent, AgentContext } from '../agents/agent.ts';
import type { ActOptions, AgentModel } from '../agents/model.ts';
import type { AgentName } from '../core/agent-name.ts';
import type { Clock } from '../core/clock.ts';
import type { Conversation } from '../core/conversation.ts';
import type { Embedder } from '../core/embedding.ts';
import type { Fact } from '../core/fact.ts';
import type { TurnId } from '../core/ids.ts';
import type { Intent } from '../core/intent.ts';
import type { IntentReader } from '../core/intent-model.ts';
import type { JourneyState, Move } from '../core/journey.ts';
import type { FoundPassage } from '../core/knowledge.ts';
import type { Person } from '../core/person.ts';
import type { Draft, Reply } from '../core/reply.ts';
import type { Screening } from '../core/screening.ts';
import type { Thread, ThreadLine } from '../core/thread.ts';
import type { CheckVerdict, ModelCall, Route } from '../core/turn.ts';
import type { Workspace } from '../core/workspace.ts';
import type { JourneyMachine } from '../journey/machine.ts';
import type { Burst } from '../memory/inbox.ts';
import type { Memory } from '../memory/memory.ts';
import type { TurnCommit } from '../memory/turns.ts';
import type { Spans } from '../traces/recorder.ts';

/** A reply kept until its time, already checked. */
export type LaterReply = { readonly reply: Reply; readonly dueAt: string };

export const TurnState = new StateSchema({
  burst: z.custom<Burst>(),
  person: z.custom<Person>(),
  thread: z.custom<Thread>(),
  /** BCP 47: what this burst is written in, else the person's own. */
  locale: z.custom<string>(),
  journeyBefore: z.custom<JourneyState>(),
  journey: z.custom<JourneyState>(),
  moves: z.custom<readonly Move[]>(),
  screening: z.custom<Screening>(),
  intent: z.custom<Intent>(),
  lines: z.custom<readonly ThreadLine[]>(),
  /** What came before those lines, in short; null when nothing did. */
  earlier: z.custom<string | null>(),
  facts: z.custom<readonly Fact[]>(),
  passages: z.custom<readonly FoundPassage[]>(),
  route: z.custom<Route>(),
  draft: z.custom<Draft>(),
  verdict: z.custom<CheckVerdict>(),
  reply: z.custom<Reply>(),
  later: z.custom<readonly LaterReply[]>(),
  modelCalls: z.custom<readonly ModelCall[]>(),
  /** What the turn leaves behind, ready to be written. */
  commit: z.custom<TurnCommit>(),
});
export type TurnState = typeof TurnState.State;
export type TurnUpdate = typeof TurnState.Update;

export type Supervise = (
  context: AgentContext,
  options: ActOptions,
) => Promise<{ readonly route: Route; readonly modelCalls: readonly ModelCall[] }>;

/** What the platform gives every turn. */
export type TurnPorts = {
  readonly memory: Memory;
  readonly workspace: Workspace;
  readonly machine: JourneyMachine;
  readonly embedder: Embedder;
  /** The trained reader of intents; without one the nearest exemplars decide alone. */
  readonly intents?: IntentReader;
  readonly actors: Readonly<Record<Exclude<AgentName, 'supervisor'>, Agent>>;
  readonly supervise: Supervise;
  readonly models: {
    readonly agent: AgentModel | null;
    readonly router: AgentModel | null;
    /** Puts passages in order, where the workspace asks for it. */
    readonly reranker?: AgentModel | null;
  };
  readonly clock: Clock;
};

/** What this one turn has besides: the burst's text, its vector and the conversation so far, made once; a way out for tokens; a stop. */
export type Pass = {
  readonly ports: TurnPorts;
  readonly turn: TurnId;
  readonly text: string;
  /** Empty when it cannot be had now. */
  readonly embedding: () => Promise<readonly number[]>;
  /** What was said on the thread so far, in this matter and before. */
  readonly conversation: () => Promise<Conversation>;
  /** Where the running step records its own work. */
  readonly recorder: Spans;
  readonly signal: AbortSignal;
  readonly yieldToNewer: boolean;
  /** Words on their way, for channels that show them as they come; only called on private threads. */
  readonly onToken?: (text: string) => void;
  /** The words on their way so far are not the answer after all. */
  readonly onWithdraw?: () => void;
};

/** A step: one verb of the turn. */
export type Step = (state: TurnState, pass: Pass) => Promise<TurnUpdate>;
