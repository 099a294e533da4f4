/** The embedder of this configuration: an OpenAI-compatible endpoint, or the built-in one that needs none. */
import { OpenAIEmbeddings } from '@langchain/openai';
import { z } from 'zod';
import { createBreaker } from '../agents/breaker.ts';
import { modelFailure } from '../agents/failure.ts';
import type { Clock } from '../core/clock.ts';
import { createLexicalEmbedder, EMBEDDING_DIMENSIONS, type Embedder } from '../core/embedding.ts';
import { errorCode, PermanentError, TransientError } from '../core/errors.ts';

export type EmbedderSettings = {
  readonly embeddingModel?: string | undefined;
  readonly apiKey?: string | undefined;
  /** Any OpenAI-compatible endpoint up to /v1; without it OpenAI's own. */
  readonly baseUrl?: string | undefined;
};

const OPENAI = 'https://api.openai.com/v1';
/** So many failures in a row, and turns go on by words alone for a while. */
const FAILURES_TO_OPEN = 3;
/** Texts in one request. */
const BATCH = 64;
const TIMEOUT_MS = 10_000;
/** Vectors kept in memory: what is asked again within a turn or by many people is not paid twice. */
const KEPT = 2_000;

export type EmbedderDeps = {
  readonly clock: Clock;
  /** Told of every request; tokens are 0 where the endpoint does not count them. */
  readonly onCall?: (call: EmbeddingCall) => void;
};
export type EmbeddingCall = { readonly model: string; readonly outcome: string; readonly inputTokens: number };

/** Connects to nothing. With `embeddingModel` the vectors come from the endpoint, otherwise from the words themselves. */
export function createEmbedder(settings: EmbedderSettings, { clock, onCall }: EmbedderDeps): Embedder {
  const { embeddingModel: model } = settings;
  if (model === undefined) return createLexicalEmbedder();
  const baseURL = settings.baseUrl || OPENAI;
  const client = new OpenAIEmbeddings({
    model,
    apiKey: settings.apiKey || 'none',
    dimensions: EMBEDDING_DIMENSIONS,
    batchSize: BATCH,
    timeout: TIMEOUT_MS,
    maxRetries: 0,
    encodingFormat: 'float',
    // The SDK would log what the provider answered, which may be a person's words.
    configuration: { baseURL, maxRetries: 0, logLevel: 'off', fetch: countingFetch },
  });
  // The library keeps the vectors and throws away what they cost.
  async function countingFetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    const response = await fetch(input, init);
    if (onCall && response.ok) {
      const answer: unknown = await response
        .clone()
        .json()
        .catch(() => null);
      const usage = Usage.safeParse(answer).data?.usage;
      onCall({ model: model ?? '', outcome: 'ok', inputTokens: usage?.prompt_tokens ?? 0 });
    }
    return response;
  }
  const breaker = createBreaker({ clock, failuresToOpen: FAILURES_TO_OPEN });
  const ask: Ask = async (texts) => {
    if (breaker.whyClosed() !== null) throw new TransientError('model_unavailable', `Model ${model} failed just now.`);
    try {
      const vectors = await client.embedDocuments([...texts]);
      breaker.succeeded();
      return vectors;
    } catch (error) {
      breaker.failed();
      const failure = modelFailure(error, model);
      onCall?.({ model, outcome: errorCode(failure), inputTokens: 0 });
      throw failure;
    }
  };
  return {
    name: `${model}/${EMBEDDING_DIMENSIONS}`,
    dimensions: EMBEDDING_DIMENSIONS,
    searchWeight: 1,
    embed: remember(ask, model),
  };
}

const Usage = z.object({ usage: z.object({ prompt_tokens: z.number().int().min(0) }) });

type Ask = (texts: readonly string[]) => Promise<readonly (readonly number[])[]>;

/** Asks for each text once; the oldest are forgotten first. */
function remember(ask: Ask, model: string): Embedder['embed'] {
  const kept = new Map<string, readonly number[]>();
  const keep = (text: string, vector: readonly number[]): void => {
    kept.set(text, vector);
    const [oldest] = kept.keys();
    if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
  };
  return async (texts, signal) => {
    const known = new Map(texts.flatMap((text) => [[text, kept.get(text)] as const]));
    const missing = [...known].filter(([, vector]) => vector === undefined).map(([text]) => text);
    const vectors = missing.length === 0 ? [] : await untilStopped(ask(missing.map(askable)), signal);
    for (const [index, text] of missing.entries()) {
      const vector = toStoreLength(vectors[index] ?? [], model);
      known.set(text, vector);
      keep(text, vector);
    }
    return texts.map((text) => known.get(text) ?? []);
  };
}

/** Endpoints refuse an empty text. */
function askable(text: string): string {
  return text.trim() === '' ? '–' : text;
}

/**
 * Unit length, with as many numbers as the store holds. Fewer are filled up with zeros, which changes no cosine; more
 * cannot be cut off, unless the model was trained for it, and such a model cuts them itself when it is asked to.
 */
function toStoreLength(vector: readonly number[], model: string): readonly number[] {
  const length = Math.hypot(...vector);
  if (vector.length === 0 || !Number.isFinite(length) || length === 0) {
    throw new PermanentError('model_garbage', `Model ${model} sent no vector. Check that EMBEDDING_MODEL can embed.`);
  }
  if (vector.length > EMBEDDING_DIMENSIONS) {
    throw new PermanentError(
      'config_invalid',
      `EMBEDDING_MODEL ${model} gives ${vector.length} numbers, the store holds ${EMBEDDING_DIMENSIONS} at most. Choose a model that gives fewer or heeds "dimensions"; \`throughline doctor\` says what to do after a change.`,
    );
  }
  return Array.from({ length: EMBEDDING_DIMENSIONS }, (_, index) => (vector[index] ?? 0) / length);
}

function untilStopped<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(new TransientError('superseded', 'Embedding was stopped; the turn is run again.'));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
