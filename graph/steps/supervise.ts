/** supervise: a pure table chooses who acts; only when it cannot tell is the supervisor itself asked. */
import { routeOfChoice } from '../../agents/choices.ts';
import { HUMAN_PLEASE, UNCLEAR } from '../../core/intent.ts';
import { memoryWish } from '../../core/memory-wish.ts';
import type { OutreachWish } from '../../core/outreach.ts';
import type { Route } from '../../core/turn.ts';
import { chooseRoute } from '../routes.ts';
import type { Pass, Step, TurnState } from '../state.ts';
import { choiceOf, contextOf, fixedDraft, outreachWishOf, spoken, waitingDraft } from './context.ts';
import { recordCalls } from './record-calls.ts';

export const supervise: Step = async (given, pass) => {
  const state = { ...given, intent: intentOf(given) };
  const token = choiceOf(state.burst);
  const choice = token === null ? null : routeOfChoice(token);
  const outreach = outreachWishOf(state, pass);
  if (outreach) return { route: outreachRoute(outreach, { state, pass }), modelCalls: [] };
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

/** "Talk to the assistant again" is near to a wish for a human, and the opposite of one. */
function intentOf({ burst, intent }: TurnState): TurnState['intent'] {
  return choiceOf(burst) === 'return' && intent.name === HUMAN_PLEASE ? { ...intent, name: UNCLEAR } : intent;
}

/** No agent and no model stands between a person and "stop". `remember` keeps what they gave or withdrew. */
function outreachRoute(wish: OutreachWish, { state, pass }: { readonly state: TurnState; readonly pass: Pass }): Route {
  const words = spoken(state, pass).phrase(wish === 'stop' ? 'outreach_stopped' : 'outreach_subscribed');
  return { kind: 'clarify', because: `the person wrote "${wish}"`, draft: fixedDraft(words) };
}

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
