/** The passages of a turn as a model orders them, where the workspace asks for that; everywhere else as they were found. */
import { modelToAsk } from '../../agents/breaker.ts';
import { rerankPassages } from '../../agents/rerank.ts';
import type { AgentName } from '../../core/agent-name.ts';
import type { FoundPassage } from '../../core/knowledge.ts';
import type { ModelCall } from '../../core/turn.ts';
import type { Pass, TurnState } from '../state.ts';
import { choiceOf } from './context.ts';
import { recordCalls } from './record-calls.ts';

export type Reranked = { readonly passages: readonly FoundPassage[]; readonly modelCalls: readonly ModelCall[] };

/**
 * After the route is chosen, so that nobody waits for it who is answered without passages: a greeting, a pressed button,
 * above all words of a crisis.
 */
export async function rerank(
  state: TurnState,
  { pass, name }: { readonly pass: Pass; readonly name: Exclude<AgentName, 'supervisor'> },
): Promise<Reranked> {
  const { passages } = state;
  const { ports, recorder, signal, turn, text } = pass;
  const isWanted = ports.workspace.organisation.knowledge?.rerank === true && ports.actors[name].usesModel;
  const isUseful = passages.length > 1 && choiceOf(state.burst) === null;
  const model = isWanted && isUseful ? modelToAsk(ports.models.reranker ?? null) : 'not wanted';
  if (typeof model === 'string') return { passages, modelCalls: [] };
  const { elapsed, onModelCall } = recordCalls(recorder);
  const modelCalls: ModelCall[] = [];
  const note = (call: ModelCall): void => {
    modelCalls.push(call);
    onModelCall(call);
  };
  const options = { model, turn, agent: name, question: text, signal, elapsed, onModelCall: note };
  return { passages: await rerankPassages(passages, options), modelCalls };
}
