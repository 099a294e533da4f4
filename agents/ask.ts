/** One call of a chat model: streamed, watched for silence, recorded whatever happens. */
import type { BaseChatModel } from '@langchain/core/language_models/chat_models';
import type { AIMessageChunk, BaseMessage } from '@langchain/core/messages';
import type { AgentName } from '../core/agent-name.ts';
import { errorCode, TransientError } from '../core/errors.ts';
import type { ModelCall } from '../core/turn.ts';
import { createAssembly, type ModelAnswer } from './assembly.ts';
import { modelFailure, modelGarbage } from './failure.ts';
import type { AgentModel } from './model.ts';

/** What can be asked: a chat model, bare or with tools bound. */
export type Speaker = Pick<BaseChatModel, 'stream'>;

export type Ask = {
  readonly agent: AgentName;
  /** Short hash of the system prompt. */
  readonly prompt: string;
  readonly model: AgentModel;
  readonly speaker: Speaker;
  readonly messages: readonly BaseMessage[];
  /** Its reason must be one of our errors: it is what the call then throws. */
  readonly signal: AbortSignal;
  /** Monotonic milliseconds. */
  readonly elapsed: () => number;
  readonly onWords?: ((words: string) => void) | undefined;
  readonly onModelCall: (call: ModelCall) => void;
};

/**
 * Asks once; trying again is the caller's. Tells the breaker how it went, except when stopped from outside. Throws the
 * signal's reason, TransientError (`model_timeout`, `model_unavailable`, `model_rate_limited`) or PermanentError
 * (`model_refused`, `model_garbage`).
 */
export async function askModel(ask: Ask): Promise<ModelAnswer> {
  const { breaker, name } = ask.model;
  const started = ask.elapsed();
  const assembly = createAssembly(name);
  const watch = watchForSilence(ask.model, ask.signal);
  const { signal } = watch;
  let firstTokenMs: number | null = null;
  let outcome = 'ok';
  try {
    for await (const chunk of chunksOf(ask, signal)) {
      watch.heard();
      const words = assembly.add(chunk);
      if (!assembly.isEmpty()) firstTokenMs ??= ask.elapsed() - started;
      if (words !== '') ask.onWords?.(words);
    }
    const answer = assembly.finish();
    if (assembly.isEmpty()) throw modelGarbage(name, 'gave an empty answer');
    breaker.succeeded();
    return answer;
  } catch (error) {
    const failure: unknown = signal.aborted ? signal.reason : modelFailure(error, name);
    outcome = errorCode(failure);
    if (!ask.signal.aborted || outcome === 'model_timeout') breaker.failed();
    throw failure;
  } finally {
    watch.stop();
    const { inputTokens, outputTokens } = assembly.soFar();
    const { agent, prompt } = ask;
    const milliseconds = ask.elapsed() - started;
    const call = { agent, model: name, prompt, outcome, milliseconds, firstTokenMs, inputTokens, outputTokens };
    ask.model.onCall?.(call);
    ask.onModelCall(call);
  }
}

/** The stream, raced against the signal at every wait: a model that ignores its signal does not hold the turn. */
async function* chunksOf(ask: Ask, signal: AbortSignal): AsyncGenerator<AIMessageChunk> {
  const stopped = rejectOnAbort(signal);
  const options = { ...ask.model.callOptions?.(`${ask.agent}-${ask.prompt}`), signal };
  const stream = await Promise.race([stopped, ask.speaker.stream([...ask.messages], options)]);
  const iterator = stream[Symbol.asyncIterator]();
  try {
    while (true) {
      const next = await Promise.race([stopped, iterator.next()]);
      if (next.done) break;
      yield next.value;
    }
    signal.throwIfAborted();
  } finally {
    // Closes the request. Not awaited and not listened to: nobody is interested in how a dropped stream ends.
    iterator.return?.().catch(() => undefined);
  }
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  // The promise may be raced by nobody at the moment of the abort.
  promise.catch(() => undefined);
  if (signal.aborted) reject(signal.reason);
  else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  return promise;
}

/**
 * Aborts with TransientError('model_timeout') when no first piece, or no next one, comes in time, and with `outer`. Not
 * `AbortSignal.any`: Node keeps one that is listened to, and with it the whole turn, until long after the turn.
 */
function watchForSilence({ name, stall }: AgentModel, outer: AbortSignal) {
  const controller = new AbortController();
  const follow = (): void => controller.abort(outer.reason);
  if (outer.aborted) follow();
  else outer.addEventListener('abort', follow, { once: true });
  const giveUp = (milliseconds: number): void =>
    controller.abort(new TransientError('model_timeout', `Model ${name} was silent for ${milliseconds} ms.`));
  let timer = setTimeout(giveUp, stall.firstTokenMs, stall.firstTokenMs);
  return {
    signal: controller.signal,
    heard: (): void => {
      clearTimeout(timer);
      timer = setTimeout(giveUp, stall.idleMs, stall.idleMs);
    },
    stop: (): void => {
      clearTimeout(timer);
      outer.removeEventListener('abort', follow);
    },
  };
}
