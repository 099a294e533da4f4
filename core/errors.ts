/** The four error classes, told apart by what the caller can do about them (DESIGN section 13). */

export type TransientCode =
  | 'model_rate_limited'
  | 'model_unavailable'
  | 'model_timeout'
  | 'store_down'
  | 'channel_rate_limited'
  | 'channel_unavailable'
  | 'source_unavailable'
  | 'lane_lost'
  | 'overloaded'
  | 'superseded';

export type PermanentCode =
  | 'config_invalid'
  | 'workspace_invalid'
  | 'data_folder_in_use'
  | 'data_folder_unwritable'
  | 'port_in_use'
  | 'model_refused'
  | 'model_garbage'
  | 'recipient_gone'
  | 'thread_gone'
  | 'not_permitted'
  | 'robots_refused'
  | 'auth_broken'
  | 'invalid_content'
  | 'unknown_name'
  | 'broken_invariant';

export type InvalidPayloadCode = 'malformed' | 'bad_signature' | 'too_large' | 'wrong_type' | 'not_found';

export type HandoffCode = 'person_asked' | 'agent_asked' | 'window_closed' | 'needs_approval';

type Details = { readonly cause?: unknown };

/** Trying again may help. `afterMs` is how long to wait first, when the other side said so. */
export class TransientError extends Error {
  override readonly name = 'TransientError';
  readonly code: TransientCode;
  readonly afterMs: number | undefined;
  constructor(code: TransientCode, message: string, details: Details & { readonly afterMs?: number } = {}) {
    super(message, { cause: details.cause });
    this.code = code;
    this.afterMs = details.afterMs;
  }
}

/** Trying again cannot help; somebody has to change something. */
export class PermanentError extends Error {
  override readonly name = 'PermanentError';
  readonly code: PermanentCode;
  constructor(code: PermanentCode, message: string, details: Details = {}) {
    super(message, { cause: details.cause });
    this.code = code;
  }
}

/** The sender's fault. `path` says which part of the payload failed, e.g. `message.text`. */
export class InvalidPayloadError extends Error {
  override readonly name = 'InvalidPayloadError';
  readonly code: InvalidPayloadCode;
  readonly path: string;
  constructor(code: InvalidPayloadCode, message: string, details: Details & { readonly path?: string } = {}) {
    super(message, { cause: details.cause });
    this.code = code;
    this.path = details.path ?? '';
  }
}

/** Software cannot finish this; an operator must. */
export class HandoffNeeded extends Error {
  override readonly name = 'HandoffNeeded';
  readonly code: HandoffCode;
  constructor(code: HandoffCode, message: string, details: Details = {}) {
    super(message, { cause: details.cause });
    this.code = code;
  }
}

/** The closed code of one of ours, or `unexpected`; for traces and logs, which never carry messages of strangers. */
export function errorCode(error: unknown): string {
  const known =
    error instanceof TransientError ||
    error instanceof PermanentError ||
    error instanceof InvalidPayloadError ||
    error instanceof HandoffNeeded;
  return known ? error.code : 'unexpected';
}
