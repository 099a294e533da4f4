/** Runs acts against the fake endpoint with the real chat model. */
import { type Acted, act } from '../../agents/act.ts';
import type { Agent, AgentContext, AgentPorts } from '../../agents/agent.ts';
import type { ActOptions, AgentModel } from '../../agents/model.ts';
import { createModels } from '../../server/model.ts';
import type { OpenAiPeer } from '../peers/openai.ts';
import { contextOf, portsOf } from './school.ts';

export type BreakerLog = { readonly log: string[] };

/** The model of the fake endpoint behind a breaker that only takes notes. */
export function modelOf(
  peer: OpenAiPeer,
  { model = 'fake', stall }: { readonly model?: string; readonly stall?: AgentModel['stall'] } = {},
): AgentModel & BreakerLog {
  const made = createModels({ baseUrl: peer.url, model }, { clock: () => 0 }).agent;
  if (made === null) throw new TypeError('a base URL is set, so there must be a model');
  const log: string[] = [];
  const breaker = {
    whyClosed: () => null,
    succeeded: () => void log.push('succeeded'),
    failed: () => void log.push('failed'),
  };
  return { ...made, breaker, log, stall: stall ?? { firstTokenMs: 5_000, idleMs: 5_000 } };
}

export function optionsOf(change: Partial<ActOptions> = {}): ActOptions {
  return { model: null, signal: new AbortController().signal, elapsed: () => performance.now(), ...change };
}

export type Acting = {
  readonly model?: AgentModel | null;
  readonly context?: AgentContext;
  readonly ports?: AgentPorts;
  readonly options?: Partial<ActOptions>;
};

export function actWith(agent: Agent, { model = null, context, ports, options }: Acting = {}): Promise<Acted> {
  return act(agent, context ?? contextOf(), ports ?? portsOf(), optionsOf({ model, ...options }));
}
