/** Supervisor: greets, and finds out who should answer when the intent does not say. Its answer is a route. */
import type { AgentName } from '../../core/agent-name.ts';
import type { Option } from '../../core/block.ts';
import { errorCode } from '../../core/errors.ts';
import type { Draft } from '../../core/reply.ts';
import type { ModelCall, Route } from '../../core/turn.ts';
import { type PhraseKey, type Suggestions, suggestionsIn } from '../../core/workspace.ts';
import type { AgentContext } from '../agent.ts';
import { askModel } from '../ask.ts';
import type { AskedToolCall } from '../assembly.ts';
import { modelToAsk } from '../breaker.ts';
import { optionOf, optionsOf, parseChoice, TOPIC_AGENTS, type TopicAgent } from '../choices.ts';
import { startDeadline } from '../deadline.ts';
import { choicesBlock, draftOf, textBlock } from '../drafts.ts';
import { modelGarbage, stopReason } from '../failure.ts';
import { openingMessages, promptHash } from '../messages.ts';
import type { ActOptions, AgentModel } from '../model.ts';
import { argumentsSchema } from '../tool-schemas.ts';
import { say } from '../words.ts';
import { supervisorPrompt } from './prompt.ts';
import { AskPerson, ChooseAgent, SUPERVISOR_TOOLS } from './tools.ts';

export type Supervised = { readonly route: Route; readonly modelCalls: readonly ModelCall[] };
export type Supervise = (context: AgentContext, options: ActOptions) => Promise<Supervised>;

export type SupervisorOptions = {
  /** Which agent serves an intent; null for one nobody serves. */
  readonly agentOf: (intent: string) => AgentName | null;
  /** Suggested prompts by language, shown with a greeting. */
  readonly suggestions: Suggestions;
};

/** The whole call, milliseconds: a router that takes longer than a glance is worse than a question with buttons. */
const DEADLINE_MS = 8_000;

/** Intents with a fixed sentence. */
const FIXED: Readonly<Record<string, PhraseKey>> = {
  greeting: 'greeting',
  thanks: 'thanks',
  goodbye: 'goodbye',
  'about-assistant': 'about_assistant',
};

/** Throws only when `options.signal` is aborted, as `act` does; a model that fails leads to the question with buttons. */
export function createSupervise(school: SupervisorOptions): Supervise {
  return async (context, options) => {
    const modelCalls: ModelCall[] = [];
    const fixed = context.choice === null ? FIXED[context.intent.name] : undefined;
    if (fixed) return { route: fixedRoute(context, { key: fixed, school }), modelCalls };
    if (options.signal.aborted) throw stopReason(options.signal);
    const isPressed = context.choice !== null && parseChoice(context.choice) !== null;
    const model = isPressed ? 'choice' : modelToAsk(options.model);
    if (typeof model === 'string') return { route: clarifyRoute(context, { why: model, school }), modelCalls };
    const route = await askRouter(context, { model, options, modelCalls, school });
    return { route, modelCalls };
  };
}

type Fixed = { readonly key: PhraseKey; readonly school: SupervisorOptions };

function fixedRoute(context: AgentContext, { key, school }: Fixed): Route {
  const text = context.phrase(key, key === 'greeting' ? { school: context.organisation.name } : {});
  const isOpening = key === 'greeting' || key === 'about_assistant';
  const suggestions = isOpening ? suggestionsIn(school.suggestions, context.locale) : [];
  const options = suggestions.map((label, index) => ({ label: label.slice(0, 80), token: `ask:${index}` }));
  const draft = draftOf({
    agent: 'supervisor',
    messageClass: 'courtesy',
    blocks: [textBlock(text), ...choicesBlock(options)],
  });
  return { kind: 'clarify', because: `intent:${context.intent.name}`, draft: { ...draft, fallback: 'fixed_text' } };
}

type Clarifying = { readonly why: string; readonly school: SupervisorOptions };

/** Asks with buttons: the agents of the nearest intents first, then the others, then a person. */
function clarifyRoute(context: AgentContext, { why, school }: Clarifying): Route {
  const near = context.intent.runnersUp.map(({ name }) => school.agentOf(name));
  const rank = (agent: AgentName): number => (near.includes(agent) ? near.indexOf(agent) : near.length);
  const topics = TOPIC_AGENTS.toSorted((a, b) => rank(a) - rank(b));
  const options = topics.map((agent) => optionOf({ kind: 'topic', agent }, say(`topic_${agent}`, context.locale)));
  const draft = questionDraft(context, { text: context.phrase('clarify'), options: optionsOf(...options) });
  return { kind: 'clarify', because: 'intent unclear', draft: { ...draft, fallback: why } };
}

function questionDraft(
  context: AgentContext,
  { text, options }: { readonly text: string; readonly options: readonly Option[] },
): Draft {
  const human = optionsOf(optionOf({ kind: 'human' }, say('ask_human', context.locale)));
  return draftOf({ agent: 'supervisor', blocks: [textBlock(text), ...choicesBlock([...options, ...human])] });
}

type Asking = {
  readonly model: AgentModel;
  readonly options: ActOptions;
  readonly modelCalls: ModelCall[];
  readonly school: SupervisorOptions;
};

async function askRouter(context: AgentContext, { model, options, modelCalls, school }: Asking): Promise<Route> {
  const prompt = supervisorPrompt(context);
  const deadline = startDeadline(options.signal, DEADLINE_MS);
  try {
    const answer = await askModel({
      agent: 'supervisor',
      prompt: promptHash(prompt),
      model,
      speaker: model.chat.bindTools?.(definitions()) ?? model.chat,
      messages: openingMessages(prompt, { context, calls: [] }),
      signal: deadline.signal,
      elapsed: options.elapsed,
      onModelCall: (call) => {
        modelCalls.push(call);
        options.onModelCall?.(call);
      },
    });
    return routeOf(context, answer.toolCalls) ?? failed(model);
  } catch (error) {
    if (options.signal.aborted) throw stopReason(options.signal);
    return clarifyRoute(context, { why: errorCode(error), school });
  } finally {
    deadline.stop();
  }
}

function failed(model: AgentModel): never {
  model.breaker.failed();
  throw modelGarbage(model.name, 'chose no agent');
}

function definitions() {
  return SUPERVISOR_TOOLS.map((tool) => ({
    type: 'function' as const,
    function: { name: tool.name, description: tool.description, parameters: argumentsSchema(tool.arguments) },
  }));
}

/** The first call that holds what its tool asks for; null when none does. */
function routeOf(context: AgentContext, calls: readonly AskedToolCall[]): Route | null {
  for (const { name, input } of calls) {
    const chosen = name === 'choose_agent' ? ChooseAgent.safeParse(input) : null;
    if (chosen?.success)
      return { kind: 'agent', agent: chosen.data.agent, because: `supervisor: ${chosen.data.because}` };
    const asked = name === 'ask_person' ? AskPerson.safeParse(input) : null;
    if (asked?.success) return askedRoute(context, asked.data);
  }
  return null;
}

function askedRoute(
  context: AgentContext,
  {
    question,
    options,
  }: { readonly question: string; readonly options: readonly { readonly label: string; readonly agent: TopicAgent }[] },
): Route {
  const made = options.map(({ label, agent }) => optionOf({ kind: 'topic', agent }, label));
  const draft = questionDraft(context, { text: question, options: optionsOf(...made) });
  return { kind: 'clarify', because: 'supervisor asks', draft };
}
