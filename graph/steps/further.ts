/** What a message wants besides the first thing: answered by the agents that serve it, below the first answer. */
import { type Acted, act } from '../../agents/act.ts';
import type { AgentContext, AgentPorts } from '../../agents/agent.ts';
import { fullQuestion } from '../../agents/follow-up.ts';
import { handOverDraft } from '../../agents/hand-over.ts';
import { contextOfWish, furtherWishes, type Granted, joinDrafts, type Wish } from '../../agents/wishes.ts';
import { HUMAN_PLEASE } from '../../core/intent.ts';
import { agentOfIntent } from '../routes.ts';
import type { Pass } from '../state.ts';
import { recordCalls } from './record-calls.ts';

/** An answer to more than three wishes at once is read by nobody; the others are named in the record. */
const MOST = 2;

type Answered = Pick<Acted, 'draft' | 'modelCalls'>;
type Answering = { readonly context: AgentContext; readonly ports: AgentPorts; readonly pass: Pass };

/**
 * The first answer with those to further wishes. A model that wrote it was told of every wish and has answered them; the
 * wish for a person is granted all the same. Nothing is added to words of alarm, or where the thread goes to operators.
 */
export async function answerFurther(first: Answered, answering: Answering): Promise<Answered> {
  const wishes = furtherWishes(answering.context);
  const { level } = answering.context.screening;
  if (wishes.length === 0 || level !== 'clear' || first.draft.handOver) return first;
  const byModel = first.draft.fallback === undefined;
  const granted: Granted[] = [];
  const modelCalls = [...first.modelCalls];
  // One after the other: a wish may not overtake the one before it in what it writes.
  for (const wish of wishes) {
    const isTold = byModel && wish.intent !== HUMAN_PLEASE;
    const isLeft = !isTold && granted.filter(({ draft }) => draft !== null).length >= MOST;
    if (isTold || isLeft) granted.push({ wish, agent: null, draft: null, outcome: isTold ? 'told' : 'left' });
    else granted.push(await grant(wish, { ...answering, modelCalls }));
  }
  return { draft: joinDrafts(answering.context, first.draft, granted), modelCalls };
}

type Granting = Answering & { readonly modelCalls: Answered['modelCalls'][number][] };

async function grant(wish: Wish, { context, ports, pass, modelCalls }: Granting): Promise<Granted> {
  if (wish.intent === HUMAN_PLEASE) {
    const draft = handOverDraft(context, HUMAN_PLEASE);
    return { wish, agent: draft.agent, draft, outcome: 'answered' };
  }
  const agent = agentOfIntent(pass.ports.workspace, wish.intent);
  if (agent === undefined || agent === 'supervisor') return { wish, agent: null, draft: null, outcome: 'left' };
  const passages = await ports.searchKnowledge(fullQuestion(contextOfWish(context, wish, [])));
  const acted = await act(pass.ports.actors[agent], contextOfWish(context, wish, passages), ports, {
    model: pass.ports.models.agent,
    signal: pass.signal,
    ...recordCalls(pass.recorder),
  });
  modelCalls.push(...acted.modelCalls);
  const outcome = acted.draft.unanswered === undefined ? 'answered' : 'unanswered';
  return { wish, agent, draft: acted.draft, outcome };
}
