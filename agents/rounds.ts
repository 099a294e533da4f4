/** The conversation with the model inside one act: rounds of tool calls, then words. */
import { AIMessage, type BaseMessage } from '@langchain/core/messages';
import { errorCode } from '../core/errors.ts';
import type { ModelCall } from '../core/turn.ts';
import type { Agent, AgentContext, Toolbox } from './agent.ts';
import { askModel, type Speaker } from './ask.ts';
import type { AskedToolCall, ModelAnswer } from './assembly.ts';
import { modelGarbage } from './failure.ts';
import { openingMessages, promptHash, toolMessage } from './messages.ts';
import type { ActOptions, AgentModel } from './model.ts';
import { toolDefinitions } from './tool-schemas.ts';
import { toolsFor } from './toolbox.ts';
import { createVoice } from './voice.ts';

export type Rounds = {
  readonly agent: Agent;
  readonly context: AgentContext;
  readonly toolbox: Toolbox;
  readonly model: AgentModel;
  /** Ends the conversation; its reason is one of our errors. */
  readonly signal: AbortSignal;
  /** True while there is time to try once more what could not be reached. */
  readonly hasTime: () => boolean;
  readonly options: ActOptions;
  readonly onModelCall: (call: ModelCall) => void;
};

/** Tool calls of one answer; a model that asks for more at once is out of its mind. */
const MAX_CALLS_PER_ROUND = 8;

/** What changes from call to call: who is asked, and whether the one second try of the act is left. */
type State = { model: AgentModel; mayRetry: boolean; readonly messages: BaseMessage[] };

/**
 * The model's last words. It may ask for tools `limits.rounds` times; the call after that has none. What it asks for in
 * one answer runs side by side. Throws what `askModel` throws, and PermanentError('model_garbage') when the model goes
 * on asking for tools instead of answering.
 */
export async function converse(rounds: Rounds): Promise<string> {
  const prompt = rounds.agent.prompt(rounds.context);
  const messages = openingMessages(prompt, { context: rounds.context, calls: rounds.toolbox.calls });
  const state: State = { model: rounds.model, mayRetry: true, messages };
  const ask = createAsker(rounds, promptHash(prompt));
  for (let round = 0; round < rounds.agent.limits.rounds; round += 1) {
    const answer = await askWithRetry(state, { rounds, ask, withTools: true });
    if (answer.toolCalls.length === 0) return answer.text;
    if (answer.toolCalls.length > MAX_CALLS_PER_ROUND) break;
    messages.push(...(await runTools(rounds, answer)));
  }
  const { text } = await askWithRetry(state, { rounds, ask, withTools: false });
  if (text.trim() !== '') return text;
  state.model.breaker.failed();
  throw modelGarbage(state.model.name, `asked for tools more than ${rounds.agent.limits.rounds} times`);
}

type Asked = { readonly answer: ModelAnswer } | { readonly error: unknown; readonly wasHeard: boolean };
type Asker = (state: State, withTools: boolean) => Promise<Asked>;

function createAsker(rounds: Rounds, prompt: string): Asker {
  const speakerOf = createSpeakers(rounds);
  const { agent, signal, options } = rounds;
  return async ({ model, messages }, withTools) => {
    const voice = createVoice(options, withTools);
    let wasHeard = false;
    const onModelCall = (call: ModelCall): void => {
      wasHeard = call.firstTokenMs !== null;
      rounds.onModelCall(call);
    };
    try {
      const speaker = speakerOf(model, withTools);
      const common = { agent: agent.name, prompt, model, speaker, messages, signal, elapsed: options.elapsed };
      const answer = await askModel({ ...common, onModelCall, onWords: voice.words });
      const isAnswer = !withTools || answer.toolCalls.length === 0;
      if (isAnswer) voice.release();
      else voice.withdraw();
      return { answer };
    } catch (error) {
      voice.withdraw();
      return { error, wasHeard };
    }
  };
}

/** Binds the tools once for each model that is asked, not once for each round. */
function createSpeakers({ toolbox, context }: Rounds): (model: AgentModel, withTools: boolean) => Speaker {
  const bound = new Map<AgentModel, Speaker>();
  const tools = toolDefinitions(toolsFor(toolbox.tools, context.thread.clearance));
  return (model, withTools) => {
    if (!withTools || tools.length === 0) return model.chat;
    const speaker = bound.get(model) ?? model.chat.bindTools?.(tools) ?? model.chat;
    bound.set(model, speaker);
    return speaker;
  };
}

type Try = { readonly rounds: Rounds; readonly ask: Asker; readonly withTools: boolean };

/** A second try only where the first was not heard at all, and goes to the stand-in if there is one: no token, no refusal. */
async function askWithRetry(state: State, { rounds, ask, withTools }: Try): Promise<ModelAnswer> {
  const first = await ask(state, withTools);
  if ('answer' in first) return first.answer;
  const next = state.model.standIn ?? state.model;
  const mayRetry = state.mayRetry && !first.wasHeard && errorCode(first.error) === 'model_unavailable';
  if (!mayRetry || !rounds.hasTime() || next.breaker.whyClosed() !== null) throw first.error;
  state.mayRetry = false;
  state.model = next;
  const second = await ask(state, withTools);
  if ('answer' in second) return second.answer;
  throw second.error;
}

/** Every call the model asked for is answered, also the refused ones: providers reject a conversation with gaps. */
async function runTools({ toolbox, context }: Rounds, answer: ModelAnswer): Promise<readonly BaseMessage[]> {
  const calls = await Promise.all(answer.toolCalls.map(({ name, input }) => toolbox.call(name, input, 'model')));
  const asked = new AIMessage({ content: answer.text, tool_calls: answer.toolCalls.map(toLangChain) });
  const results = calls.map((call, index) =>
    toolMessage(call, { id: answer.toolCalls[index]?.id ?? '', turn: context.turn }),
  );
  return [asked, ...results];
}

function toLangChain({ id, name, input }: AskedToolCall) {
  const args: Record<string, unknown> = typeof input === 'object' && input !== null ? { ...input } : {};
  return { id, name: name || 'unknown', args, type: 'tool_call' as const };
}
