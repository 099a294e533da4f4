/** The contract of an agent: software that answers. Each room keeps it with three files: index, prompt, tools. */
import type { z } from 'zod';
import type { AgentName } from '../core/agent-name.ts';
import type { Audience, Hearing } from '../core/audience.ts';
import type { Course, Enrolment, Offer, Order, Ticket } from '../core/catalogue.ts';
import type { ChannelName } from '../core/event.ts';
import type { Fact, SaidFact } from '../core/fact.ts';
import type { TurnId } from '../core/ids.ts';
import type { Intent } from '../core/intent.ts';
import type { FoundPassage, KnowledgeDocument } from '../core/knowledge.ts';
import type { Draft } from '../core/reply.ts';
import type { Screening } from '../core/screening.ts';
import type { Ownership, ThreadLine } from '../core/thread.ts';
import type { ToolCall } from '../core/tool-call.ts';
import type { PhraseKey, SafetyFile } from '../core/workspace.ts';

/** Everything an agent may know about the turn. It is data; nothing in it can do anything. */
export type AgentContext = {
  readonly turn: TurnId;
  readonly organisation: {
    readonly name: string;
    readonly about: string;
    readonly voice: string;
    readonly country: string;
  };
  /** What the person wrote, the whole burst. */
  readonly text: string;
  /** The token of the option the person pressed, or null when they wrote. Checked by agents/choices.ts, never trusted. */
  readonly choice: string | null;
  /** BCP 47. */
  readonly locale: string;
  readonly person: { readonly isMember: boolean; readonly name: string | null; readonly stage: string };
  readonly thread: {
    readonly channel: ChannelName;
    readonly clearance: Hearing['clearance'];
    readonly ownership: Ownership;
  };
  readonly intent: Intent;
  readonly screening: Screening;
  /** The conversation in this matter so far, oldest first, without this burst. */
  readonly lines: readonly ThreadLine[];
  /** What came before those lines on this thread, in short; null when nothing did. */
  readonly earlier: string | null;
  readonly facts: readonly Fact[];
  /** Recalled for this text before the route was chosen, best first. */
  readonly passages: readonly FoundPassage[];
  readonly safety: SafetyFile;
  /** The organisation's fixed sentence in the person's language. */
  readonly phrase: (key: PhraseKey, values?: Readonly<Record<string, string>>) => string;
  readonly now: string;
};

/**
 * What agents may reach, already bound to this turn's person, thread and hearing. There is no parameter by which a
 * model could name another person.
 */
export type AgentPorts = {
  readonly searchKnowledge: (query: string) => Promise<readonly FoundPassage[]>;
  readonly openDocument: (document: string) => Promise<KnowledgeDocument | null>;
  readonly offers: () => Promise<readonly Offer[]>;
  readonly courses: () => Promise<readonly Course[]>;
  readonly myEnrolments: () => Promise<readonly Enrolment[]>;
  readonly myOrders: () => Promise<readonly Order[]>;
  readonly myTickets: () => Promise<readonly Ticket[]>;
  /** Writes are keyed by (turn, tool, arguments): the same call twice is one effect. */
  readonly markLessonDone: (course: string, lesson: string) => Promise<Enrolment | null>;
  readonly openTicket: (ticket: {
    readonly subject: string;
    readonly summary: string;
    readonly kind: 'question' | 'refund';
  }) => Promise<Ticket>;
  /** What is remembered about the person and this thread may hear. */
  readonly myFacts: () => Promise<readonly Fact[]>;
  /** Writes what the person said at once instead of after the turn. Returns how many facts were new. */
  readonly noteFacts: (said: readonly SaidFact[]) => Promise<number>;
  /** Ids of somebody else's facts are passed over. Returns how many subjects were forgotten. */
  readonly forgetFacts: (facts: readonly string[] | 'all') => Promise<number>;
  readonly holdPlace: (offer: string) => Promise<{ readonly offer: string; readonly until: string }>;
};

/** A tool the model may call. `writes` on a public thread are refused by the runner. */
export type Tool = {
  readonly name: string;
  readonly description: string;
  readonly effect: 'reads' | 'writes';
  /** Who may hear the result. The runner refuses the call on a thread that may not. */
  readonly audience: Audience;
  /** True: the call only proposes; an operator must approve before anything happens. */
  readonly needsApproval: boolean;
  readonly arguments: z.ZodType;
  /** `input` has passed `arguments`. The result is data for the model and the trace: plain JSON. */
  readonly run: (input: unknown) => Promise<unknown>;
};

/** Ties a tool's schema to its function; the only place where the type of the input is asserted. */
export function defineTool<Arguments>(
  tool: Omit<Tool, 'arguments' | 'run'> & {
    readonly arguments: z.ZodType<Arguments>;
    readonly run: (input: Arguments) => Promise<unknown>;
  },
): Tool {
  return { ...tool, run: (input) => tool.run(tool.arguments.parse(input)) };
}

export type Limits = {
  /** Model calls that may ask for tools; after them the model must answer in words. */
  readonly rounds: number;
  /** For the whole act, milliseconds. */
  readonly deadlineMs: number;
  readonly toolMs: number;
};

/** Runs tools by name, checks arguments, records every call. A failing or unknown tool is a recorded outcome, not a throw. */
export type Toolbox = {
  readonly tools: readonly Tool[];
  readonly calls: readonly ToolCall[];
  readonly call: (name: string, input: unknown, by: ToolCall['by']) => Promise<ToolCall>;
};

export type Agent = {
  readonly name: AgentName;
  readonly limits: Limits;
  /** False: the agent never asks a model (safety). */
  readonly usesModel: boolean;
  /** Why this turn is answered without asking the model (a pressed button, a wish for a human), or null. Pure. */
  readonly needsNoModel?: (context: AgentContext) => string | null;
  /** The system message: pure, the stable part first so that providers can cache it. Its hash is the prompt's version. */
  readonly prompt: (context: AgentContext) => string;
  readonly tools: (ports: AgentPorts, context: AgentContext) => readonly Tool[];
  /** The reads this turn nearly always needs, run side by side before the first model call. */
  readonly prefetch: (context: AgentContext) => readonly { readonly tool: string; readonly input: unknown }[];
  /** The model's words as a draft: adds what words cannot carry (citations, cards, choices). Pure. */
  readonly draft: (
    context: AgentContext,
    answer: { readonly text: string; readonly calls: readonly ToolCall[] },
  ) => Draft;
  /** Answers when no model can be reached. `why` goes into the draft's `fallback`. */
  readonly fallback: (context: AgentContext, toolbox: Toolbox, why: string) => Promise<Draft>;
};

/** The latest successful result of a tool, for drafts and fallbacks. Undefined when it was not called or failed. */
export function resultOf(calls: readonly ToolCall[], name: string): unknown {
  return calls.findLast((call) => call.name === name && call.outcome === 'ok')?.result;
}
