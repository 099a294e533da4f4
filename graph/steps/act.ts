/** act: one agent makes a draft; prefetch, tools and fallback are its own business (agents/act.ts). */
import { act as actWith } from '../../agents/act.ts';
import { handOverDraft } from '../../agents/hand-over.ts';
import type { Pass, Step, TurnState, TurnUpdate } from '../state.ts';
import { contextOf, portsOf } from './context.ts';
import { recordCalls } from './record-calls.ts';
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

async function actAs(state: TurnState, { pass, name }: Acting): Promise<TurnUpdate> {
  const { ports, signal, recorder, onToken, onWithdraw } = pass;
  const gate =
    onToken && state.thread.clearance === 'private'
      ? createTokenGate({ allowedHosts: ports.workspace.organisation.allowedHosts, emit: onToken })
      : null;
  const withdraw = (): void => {
    gate?.restart();
    onWithdraw?.();
  };
  const { draft, modelCalls } = await actWith(ports.actors[name], contextOf(state, pass), portsOf(state, pass), {
    model: ports.models.agent,
    signal,
    ...recordCalls(recorder),
    ...(gate ? { onToken: gate.push, onWithdraw: withdraw } : {}),
  });
  return { draft, modelCalls: [...(state.modelCalls ?? []), ...modelCalls] };
}
