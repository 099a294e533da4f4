/** act: one agent makes a draft; prefetch, tools and fallback are its own business (agents/act.ts). */
import { act as actWith } from '../../agents/act.ts';
import { handOverDraft } from '../../agents/hand-over.ts';
import type { Pass, Step, TurnState, TurnUpdate } from '../state.ts';
import { contextOf, portsOf } from './context.ts';
import { answerFurther } from './further.ts';
import { recordCalls } from './record-calls.ts';
import { rerank } from './rerank.ts';
import { createTokenGate } from './token-gate.ts';

export const act: Step = async (state, pass) => {
  const { route } = state;
  switch (route.kind) {
    case 'clarify':
      return { draft: route.draft };
    case 'hand_over':
      return { draft: handOverDraft(contextOf(state, pass), route.because) };
    case 'agent':
      return route.agent === 'supervisor' ? {} : actAs(state, { pass, name: route.agent });
    case 'silence':
      return {};
  }
};

type Acting = { readonly pass: Pass; readonly name: keyof Pass['ports']['actors'] };

async function actAs(found: TurnState, { pass, name }: Acting): Promise<TurnUpdate> {
  const reranked = await rerank(found, { pass, name });
  const state = { ...found, passages: reranked.passages };
  const { ports, signal, recorder, onToken, onWithdraw } = pass;
  const gate =
    onToken && state.thread.clearance === 'private'
      ? createTokenGate({ allowedHosts: ports.workspace.organisation.allowedHosts, emit: onToken })
      : null;
  const withdraw = (): void => {
    gate?.restart();
    onWithdraw?.();
  };
  const context = contextOf(state, pass);
  const agentPorts = portsOf(state, pass);
  const first = await actWith(ports.actors[name], context, agentPorts, {
    model: ports.models.agent,
    signal,
    ...recordCalls(recorder),
    ...(gate ? { onToken: gate.push, onWithdraw: withdraw } : {}),
  });
  const { draft, modelCalls } = await answerFurther(first, { context, ports: agentPorts, pass });
  const calls = [...(state.modelCalls ?? []), ...reranked.modelCalls, ...modelCalls];
  return { draft, passages: reranked.passages, modelCalls: calls };
}
