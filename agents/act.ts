/** One agent answers one turn: reads first, then the model with tools, and the agent's own words when no model can. */
import { errorCode } from '../core/errors.ts';
import type { Draft } from '../core/reply.ts';
import type { ToolCall } from '../core/tool-call.ts';
import type { ModelCall } from '../core/turn.ts';
import type { Agent, AgentContext, AgentPorts, Limits, Toolbox } from './agent.ts';
import { modelToAsk } from './breaker.ts';
import { startDeadline } from './deadline.ts';
import { stopReason } from './failure.ts';
import type { ActOptions, AgentModel } from './model.ts';
import { converse } from './rounds.ts';
import { createToolbox } from './toolbox.ts';
import { ownWish } from './wishes.ts';

export type Acted = {
  readonly draft: Draft;
  readonly calls: readonly ToolCall[];
  readonly modelCalls: readonly ModelCall[];
};

/**
 * Runs one agent on one turn within `agent.limits.deadlineMs`. No model, a model that fails, loops, is silent or late:
 * the agent's fallback answers, with the error's code as the draft's `fallback`; what tools did before is not done again.
 * Throws only when `options.signal` is aborted: its reason if that is one of our errors, else
 * TransientError('superseded').
 */
// biome-ignore lint/complexity/useMaxParams: the four things every act needs, each of another life; an object would only rename them
export async function act(agent: Agent, context: AgentContext, ports: AgentPorts, options: ActOptions): Promise<Acted> {
  throwIfStopped(options.signal);
  const time = startTime(agent.limits, options);
  const { clearance } = context.thread;
  const { elapsed } = options;
  const boxOptions = {
    elapsed,
    toolMs: agent.limits.toolMs,
    clearance,
    signal: time.whole,
    onCall: options.onToolCall,
  };
  // A model is told of every wish of the message; without one this agent reads and answers its own only.
  const read = agent.usesModel && options.model !== null ? context : ownWish(context);
  const toolbox = createToolbox(agent.tools(ports, read), boxOptions);
  const modelCalls: ModelCall[] = [];
  const onModelCall = (call: ModelCall): void => {
    modelCalls.push(call);
    options.onModelCall?.(call);
  };
  try {
    await Promise.all(agent.prefetch(read).map(({ tool, input }) => toolbox.call(tool, input, 'prefetch')));
    const draft = await answer({ agent, context, toolbox, options, time, onModelCall });
    throwIfStopped(options.signal);
    return { draft: { ...draft, toolCalls: [...toolbox.calls] }, calls: toolbox.calls, modelCalls };
  } finally {
    time.stop();
  }
}

type Answering = {
  readonly agent: Agent;
  readonly context: AgentContext;
  readonly toolbox: Toolbox;
  readonly options: ActOptions;
  readonly time: Time;
  readonly onModelCall: (call: ModelCall) => void;
};

async function answer({ agent, context, toolbox, options, time, onModelCall }: Answering): Promise<Draft> {
  throwIfStopped(options.signal);
  const chosen = chooseModel(agent, { context, model: options.model });
  if (typeof chosen === 'string') return await fallBack(chosen);
  try {
    const talk = { agent, context, toolbox, options, model: chosen, onModelCall };
    const text = await converse({ ...talk, signal: time.talk, hasTime: time.isEarly });
    throwIfStopped(options.signal);
    return agent.draft(context, { text, calls: toolbox.calls });
  } catch (error) {
    throwIfStopped(options.signal);
    return await fallBack(errorCode(error));
  }

  async function fallBack(why: string): Promise<Draft> {
    return { ...(await agent.fallback(ownWish(context), toolbox, why)), fallback: why };
  }
}

type Choosing = { readonly context: AgentContext; readonly model: AgentModel | null };

/** The model to ask, or why none is asked. */
function chooseModel(agent: Agent, { context, model }: Choosing): AgentModel | string {
  if (!agent.usesModel) return 'fixed_text';
  return agent.needsNoModel?.(context) ?? modelToAsk(model);
}

type Time = {
  /** Aborted from outside or at the deadline; bounds every tool call, those of the fallback too. */
  readonly whole: AbortSignal;
  /** Aborted a little earlier, so that the fallback still has time to read. */
  readonly talk: AbortSignal;
  readonly isEarly: () => boolean;
  readonly stop: () => void;
};

/** What of the deadline is kept for the fallback: a fifth, at most two seconds. */
const RESERVED_SHARE = 0.2;
const RESERVED_MS = 2_000;

function startTime({ deadlineMs }: Limits, { signal, elapsed }: ActOptions): Time {
  const started = elapsed();
  const talkMs = deadlineMs - Math.min(deadlineMs * RESERVED_SHARE, RESERVED_MS);
  const whole = startDeadline(signal, deadlineMs);
  const talk = startDeadline(signal, talkMs);
  return {
    whole: whole.signal,
    talk: talk.signal,
    isEarly: () => elapsed() - started < talkMs / 2,
    stop: () => {
      whole.stop();
      talk.stop();
    },
  };
}

function throwIfStopped(signal: AbortSignal): void {
  if (signal.aborted) throw stopReason(signal);
}
