/** What a failed request means for a delivery, and that its error says nothing it should not. */
import { inspect } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { lostRequest, post, retryAfterMs } from '../../channels/transport.ts';
import { now } from './support.ts';

/** A failure as fetch reports it; its words hold the address, as some do. */
function failure(code: string): Error {
  const cause = Object.assign(new Error('connect https://api.example/bot1:SECRET'), { code });
  return new TypeError('Failed https://api.example/bot1:SECRET', { cause });
}

function caught(error: unknown): unknown {
  try {
    return lostRequest(error, 'telegram/main');
  } catch (thrown) {
    return thrown;
  }
}

describe('a lost request', () => {
  it.each(['ECONNREFUSED', 'ENOTFOUND', 'UND_ERR_CONNECT_TIMEOUT', 'CERT_HAS_EXPIRED'])('never left: %s', (code) => {
    expect(caught(failure(code))).toMatchObject({ name: 'TransientError', code: 'channel_unavailable' });
  });

  it.each(['ECONNRESET', 'UND_ERR_SOCKET', 'UND_ERR_HEADERS_TIMEOUT', 'EPIPE'])('may have arrived: %s', (code) => {
    expect(caught(failure(code))).toEqual({ kind: 'unknown', why: `no answer (${code})` });
  });

  it('may have arrived when nothing is known of it', () => {
    for (const error of [new Error('odd'), 'odd', undefined, null]) {
      expect(caught(error)).toEqual({ kind: 'unknown', why: 'no answer (connection lost)' });
    }
  });

  it('does not repeat the words of the failure, which may hold a token', () => {
    for (const code of ['ECONNREFUSED', 'ECONNRESET']) {
      expect(inspect(caught(failure(code)), { depth: 10 })).not.toContain('SECRET');
    }
  });
});

describe('post', () => {
  const request = { url: 'https://x.example', headers: {}, body: '{}', timeoutMs: 1000, connection: 'facebook/main' };

  it('gives status and JSON, or undefined for anything else', async () => {
    const answers = [Response.json({ id: 1 }, { status: 201 }), new Response('<html>')];
    const fetchPort = vi.fn<typeof fetch>(async () => answers.shift() ?? new Response());
    expect(await post({ ...request, fetch: fetchPort })).toMatchObject({
      kind: 'answer',
      status: 201,
      body: { id: 1 },
    });
    expect(await post({ ...request, fetch: fetchPort })).toMatchObject({ status: 200, body: undefined });
    expect(fetchPort.mock.calls[0]?.[1]).toMatchObject({ method: 'POST', redirect: 'manual' });
  });
});

describe('Retry-After', () => {
  it.each([
    ['12', 12_000],
    ['Sun, 01 Nov 2026 08:00:30 GMT', 30_000],
    ['Sun, 01 Nov 2026 07:00:00 GMT', 0],
    ['soon', undefined],
  ])('%s', (value, milliseconds) => {
    expect(retryAfterMs(new Headers({ 'retry-after': value }), now)).toBe(milliseconds);
  });
  it('is not there', () => expect(retryAfterMs(new Headers(), now)).toBeUndefined());
});
