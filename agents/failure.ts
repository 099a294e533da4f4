/** What went wrong with a model call, as one of our own errors. Knows no provider: it looks at status and shape only. */
import { HandoffNeeded, InvalidPayloadError, PermanentError, TransientError } from '../core/errors.ts';

export type ModelFailure = TransientError | PermanentError;

/**
 * Translates anything a chat model throws. The provider's own words are left out, and so is the cause: they may repeat
 * a key or what a person wrote.
 */
export function modelFailure(error: unknown, model: string): ModelFailure {
  if (error instanceof TransientError || error instanceof PermanentError) return error;
  const status = numberOf(error, 'status');
  if (status !== null) return failureOfStatus(status, { error, model });
  if (nameOf(error) === 'TimeoutError') {
    return new TransientError('model_timeout', `Model ${model} did not answer in time; it is asked again next turn.`);
  }
  if (isNetworkTrouble(error)) {
    return new TransientError(
      'model_unavailable',
      `Model ${model} cannot be reached; check OPENAI_BASE_URL and the network.`,
    );
  }
  return modelGarbage(model, 'sent something that is no model answer');
}

/** The model answered, but not with an answer: nothing, too much, a loop of tool calls, broken JSON. */
export function modelGarbage(model: string, what: string): PermanentError {
  return new PermanentError(
    'model_garbage',
    `Model ${model} ${what}; check that MODEL can call tools and answer in words.`,
  );
}

/**
 * What an act throws when it is stopped from outside: the signal's reason when it is one of our errors, otherwise
 * TransientError('superseded').
 */
export function stopReason(signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  const isOurs =
    reason instanceof TransientError ||
    reason instanceof PermanentError ||
    reason instanceof HandoffNeeded ||
    reason instanceof InvalidPayloadError;
  if (isOurs) return reason;
  return new TransientError('superseded', 'The act was stopped before it ended; its turn is run again.', {
    cause: reason,
  });
}

function failureOfStatus(
  status: number,
  { error, model }: { readonly error: unknown; readonly model: string },
): ModelFailure {
  if (status === 429) {
    const afterMs = retryAfterMs(error);
    const wait = afterMs === undefined ? '' : ` and asks to wait ${afterMs} ms`;
    const message = `Model ${model} is asked too often (429)${wait}; raise the provider's limit.`;
    return new TransientError('model_rate_limited', message, afterMs === undefined ? {} : { afterMs });
  }
  if (status >= 500 || status === 408 || status === 409 || status === 425) {
    return new TransientError('model_unavailable', `Model ${model} answered ${status}; the provider has trouble.`);
  }
  const message = `Model ${model} refused the request (${status}); check OPENAI_API_KEY, OPENAI_BASE_URL and MODEL.`;
  return new PermanentError('model_refused', message);
}

function retryAfterMs(error: unknown): number | undefined {
  const headers: unknown = fieldOf(error, 'headers');
  if (!(headers instanceof Headers)) return undefined;
  const seconds = Number.parseFloat(headers.get('retry-after') ?? '');
  return Number.isFinite(seconds) && seconds >= 0 ? Math.round(seconds * 1000) : undefined;
}

/** `fetch failed`, a socket that closed in the middle of a stream, an SDK's connection error, an error event in a stream. */
function isNetworkTrouble(error: unknown): boolean {
  if (/^API(Connection|User)?\w*Error$/.test(constructorNameOf(error))) return true;
  const codes = [fieldOf(error, 'code'), fieldOf(fieldOf(error, 'cause'), 'code')];
  if (codes.some((code) => typeof code === 'string' && /^(E[A-Z]+|UND_ERR_\w+)$/.test(code))) return true;
  return error instanceof TypeError && /fetch failed|terminated|network/i.test(error.message);
}

function fieldOf(holder: unknown, key: string): unknown {
  return typeof holder === 'object' && holder !== null ? Reflect.get(holder, key) : undefined;
}

function numberOf(holder: unknown, key: string): number | null {
  const value = fieldOf(holder, key);
  return typeof value === 'number' ? value : null;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

function constructorNameOf(error: unknown): string {
  return error instanceof Error ? error.constructor.name : '';
}
