/** The only place that knows a provider: makes the chat models behind the model port. */
import { ChatOpenAICompletions } from '@langchain/openai';
import { createBreaker } from '../agents/breaker.ts';
import type { AgentModel } from '../agents/model.ts';
import type { Clock } from '../core/clock.ts';

export type ModelSettings = {
  readonly apiKey?: string | undefined;
  /** Any OpenAI-compatible endpoint, e.g. `http://localhost:11434/v1`; without it OpenAI's own. */
  readonly baseUrl?: string | undefined;
  /** Answers. */
  readonly model?: string | undefined;
  /** Chooses among agents when the intent is unclear; without it `model`. */
  readonly routerModel?: string | undefined;
  /** Asked when `model` cannot be reached. */
  readonly fallbackModel?: string | undefined;
  /** Makes the vectors; without it the built-in embedder does. */
  readonly embeddingModel?: string | undefined;
  /** False for servers that reject `stream_options`; turns then count no tokens. */
  readonly streamUsage?: boolean | undefined;
  readonly firstTokenMs?: number | undefined;
  readonly idleMs?: number | undefined;
};

export type ModelDeps = {
  readonly clock: Clock;
  /** Replaces the global one, e.g. behind a proxy. */
  readonly fetch?: typeof globalThis.fetch;
  readonly onCall?: AgentModel['onCall'];
};

export type Models = {
  readonly agent: AgentModel | null;
  readonly router: AgentModel | null;
  /** The router's model behind a breaker of its own: what fails within two seconds must not stop answers that have thirty. */
  readonly reranker: AgentModel | null;
};

const OPENAI = 'https://api.openai.com/v1';
const DEFAULT_MODEL = 'gpt-5-mini';
/** Waiting for the headers of an answer; what follows is watched by the stall timers. */
const HEADERS_MS = 15_000;
const FIRST_TOKEN_MS = 10_000;
const IDLE_MS = 15_000;

/** What `createModels` makes of this configuration, by name. */
export function modelNames(config: ModelSettings): readonly string[] {
  if (!config.apiKey && !config.baseUrl) return [];
  const names = [config.model || DEFAULT_MODEL, config.routerModel, config.fallbackModel];
  return [...new Set(names.filter((name) => name !== undefined && name !== ''))] as readonly string[];
}

/** The models of this configuration; both null when it names neither a key nor an endpoint. Connects to nothing. */
export function createModels(config: ModelSettings, deps: ModelDeps): Models {
  if (!config.apiKey && !config.baseUrl) return { agent: null, router: null, reranker: null };
  const name = config.model || DEFAULT_MODEL;
  const standIn =
    config.fallbackModel && config.fallbackModel !== name ? createModel(config.fallbackModel, { config, deps }) : null;
  const main = createModel(name, { config, deps });
  const agent = standIn ? { ...main, standIn } : main;
  const isSame = !config.routerModel || config.routerModel === name;
  const router = isSame ? agent : createModel(config.routerModel, { config, deps });
  const { standIn: _standIn, ...alone } = router;
  return { agent, router, reranker: { ...alone, breaker: createBreaker({ clock: deps.clock, failuresToOpen: 3 }) } };
}

type Making = { readonly config: ModelSettings; readonly deps: ModelDeps };

/**
 * The completions class, not `ChatOpenAI`: that one switches to the Responses API by the model's name, whatever
 * `useResponsesApi` says, and no compatible server has it.
 */
function createModel(name: string, { config, deps }: Making): AgentModel {
  const baseURL = config.baseUrl || OPENAI;
  const chat = new ChatOpenAICompletions({
    model: name,
    // Servers without keys want a header all the same; OPENAI_API_KEY must not slip in behind the configuration's back.
    apiKey: config.apiKey || 'none',
    streaming: true,
    streamUsage: config.streamUsage ?? true,
    // Retries are agents/rounds.ts' alone: layers multiply.
    maxRetries: 0,
    timeout: HEADERS_MS,
    configuration: {
      baseURL,
      maxRetries: 0,
      // The SDK would log what the provider answered, which may be a person's words.
      logLevel: 'off',
      ...(deps.fetch ? { fetch: deps.fetch } : {}),
    },
  });
  const model: AgentModel = {
    name,
    chat,
    stall: { firstTokenMs: config.firstTokenMs ?? FIRST_TOKEN_MS, idleMs: config.idleMs ?? IDLE_MS },
    breaker: createBreaker({ clock: deps.clock }),
    ...(deps.onCall ? { onCall: deps.onCall } : {}),
  };
  // Compatible servers reject fields they do not know.
  return baseURL === OPENAI ? { ...model, callOptions: (promptCacheKey) => ({ promptCacheKey }) } : model;
}
