/** supervise: a pure table chooses who acts; only when it cannot tell is the supervisor itself asked. */
import { routeOfChoice } from '../../agents/choices.ts';
import { memoryWish } from '../../core/memory-wish.ts';
import type { Route } from '../../core/turn.ts';
import { chooseRoute } from '../routes.ts';
import type { Pass, Step, TurnState } from '../state.ts';
import { choiceOf, contextOf, waitingDraft } from './context.ts';
import { recordCalls } from './record-calls.ts';

export const supervise: Step = async (state, pass) => {
  const token = choiceOf(state.burst);
  const choice = token === null ? null : routeOfChoice(token);
  const waiting = waitingRoute(state, pass);
  if (waiting) return { route: waiting, modelCalls: [] };
  const wish = token === null ? memoryWish(pass.text) : null;
  const route = chooseRoute({ ...state, choice, wish, workspace: pass.ports.workspace });
  if (route) return { route, modelCalls: [] };
  const { ports, signal, recorder } = pass;
  return ports.supervise(contextOf(state, pass), {
    model: ports.models.router,
    signal,
    ...recordCalls(recorder),
  });
};

/** On a thread that waits for an operator, software says once that it waits, then leaves the floor. Crisis still answers. */
function waitingRoute(state: TurnState, pass: Pass): Route | null {
  if (state.thread.ownership !== 'waiting' || state.screening.level === 'crisis') return null;
  if (choiceOf(state.burst) === 'return') return null;
  const draft = waitingDraft(state, pass);
  const said = state.lines.findLast((line) => line.from !== 'person')?.text ?? '';
  const words = draft.blocks[0]?.kind === 'text' ? draft.blocks[0].text : '';
  if (said.includes(words))
    return { kind: 'silence', because: 'the thread waits for an operator, and the person was told' };
  return { kind: 'clarify', because: 'the thread waits for an operator', draft };
}
