/** One POST to a platform, told apart by what it means for a delivery: answered, never left, or nobody knows. */
import { TransientError } from '../core/errors.ts';
import { jsonOrNothing } from './payload.ts';

export type Answer = {
  readonly kind: 'answer';
  readonly status: number;
  readonly headers: Headers;
  /** The body as JSON, or undefined when it is none. */
  readonly body: unknown;
};

export type Post = {
  readonly fetch: typeof fetch;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
  /** Named in errors, e.g. `facebook/main`. */
  readonly connection: string;
};

/** Codes of failures before the first byte of the request was written: sending again cannot send twice. */
const neverLeftCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** Posts once, never follows a redirect. Throws TransientError('channel_unavailable') when the request never left. */
export async function post(request: Post): Promise<Answer | { readonly kind: 'unknown'; readonly why: string }> {
  try {
    const response = await request.fetch(request.url, {
      method: 'POST',
      headers: request.headers,
      body: request.body,
      redirect: 'manual',
      signal: AbortSignal.timeout(request.timeoutMs),
    });
    const text = await response.text();
    return { kind: 'answer', status: response.status, headers: response.headers, body: jsonOrNothing(text) };
  } catch (error) {
    return lostRequest(error, request.connection);
  }
}

/**
 * What a failed request means. Throws TransientError('channel_unavailable') when it never left. Neither the message nor
 * the cause carries the original error: its text may hold the address, and addresses may hold tokens.
 */
export function lostRequest(error: unknown, connection: string): { readonly kind: 'unknown'; readonly why: string } {
  const code = networkCode(error);
  if (code !== undefined && neverLeftCodes.has(code)) {
    const message = `${connection} cannot be reached (${code}). Check the network and the configured address.`;
    throw new TransientError('channel_unavailable', message, { cause: code });
  }
  return { kind: 'unknown', why: `no answer (${code ?? 'connection lost'})` };
}

/** The innermost code of a failed fetch, e.g. `ECONNREFUSED`; timeouts give `TimeoutError`. */
function networkCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const inner = networkCode(error.cause) ?? ('error' in error ? networkCode(error.error) : undefined);
  if (inner !== undefined) return inner;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error.name === 'TimeoutError' || error.name === 'AbortError' ? error.name : undefined;
}

/** How long `Retry-After` asks to wait, in milliseconds: seconds or a date. Undefined without the header. */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const value = headers.get('retry-after');
  if (value === null) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
