/** A fake of our WordPress plugin's route: it verifies Standard Webhooks signatures and takes each id once. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { json, type PeerOutcome, type PeerRequest, startLocalServer } from './local-server.ts';

export type SiteMessage = {
  readonly id: number;
  readonly key: string;
  readonly body: Readonly<Record<string, unknown>>;
};

/** What the next call meets; a number is a status, `code` WordPress's error code with it. */
export type SiteFault = {
  readonly kind: 'hang' | 'drop' | 'html' | number;
  readonly code?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

export type WordPress = {
  /** What BUDDYBOSS_URL is set to. */
  readonly root: string;
  readonly messages: readonly SiteMessage[];
  /** How often the route was called with a good signature, second calls of one id included. */
  readonly calls: number;
  readonly fault: (fault: SiteFault) => void;
  readonly stop: () => Promise<void>;
};

type State = {
  readonly key: Buffer;
  readonly now: () => number;
  readonly messages: SiteMessage[];
  readonly faults: SiteFault[];
  calls: number;
};

/** `secret` is `whsec_` and base64; `now` the site's clock in milliseconds. */
export async function startWordPress({
  secret,
  now = Date.now,
}: {
  readonly secret: string;
  readonly now?: () => number;
}): Promise<WordPress> {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const state: State = { key, now, messages: [], faults: [], calls: 0 };
  const server = await startLocalServer(async (request) => answer(state, request));
  return {
    root: server.root,
    messages: state.messages,
    get calls() {
      return state.calls;
    },
    fault: (fault) => {
      state.faults.push(fault);
    },
    stop: server.stop,
  };
}

function answer(state: State, request: PeerRequest): PeerOutcome {
  const fault = state.faults.shift();
  if (fault && fault.kind !== 'drop') return faultOutcome(fault);
  const outcome = takeMessage(state, request);
  return fault === undefined ? outcome : 'drop';
}

function faultOutcome({ kind, code = 'internal_error', headers }: SiteFault): PeerOutcome {
  if (kind === 'hang' || kind === 'drop') return kind;
  if (kind === 'html')
    return { status: 200, body: '<html>Be right back</html>', headers: { 'content-type': 'text/html' } };
  return json(kind, { code, message: 'as the test asked', data: { status: kind } }, headers);
}

function takeMessage(state: State, request: PeerRequest): PeerOutcome {
  if (request.method !== 'POST' || request.path !== '/wp-json/throughline/v1/messages') {
    return wpError(404, 'rest_no_route');
  }
  if (!isSigned(state, request)) return wpError(401, 'throughline_bad_signature');
  state.calls += 1;
  const key = String(request.headers['webhook-id']);
  const known = state.messages.find((message) => message.key === key);
  if (known) return json(200, { id: known.id, duplicate: true });
  const body = JSON.parse(request.body) as Readonly<Record<string, unknown>>;
  if (body['id'] !== key) return wpError(400, 'throughline_id_mismatch');
  if (typeof body['html'] !== 'string' || body['html'].trim() === '') return wpError(400, 'messages_empty_message');
  if (/<(?!\/?(p|b|i|a|ul|ol|li|blockquote|pre|br)\b)/i.test(body['html'])) return wpError(400, 'throughline_bad_html');
  if (typeof body['thread_id'] !== 'string' && typeof body['activity_id'] !== 'string') {
    return wpError(400, 'throughline_no_destination');
  }
  if (!/^\d+$/.test(String(body['recipient_id']))) return wpError(400, 'message_invalid_recipients');
  const message = { id: 7001 + state.messages.length, key, body };
  state.messages.push(message);
  return json(201, { id: message.id });
}

function isSigned({ key, now }: State, { headers, body }: PeerRequest): boolean {
  const id = String(headers['webhook-id'] ?? '');
  const timestamp = String(headers['webhook-timestamp'] ?? '');
  if (!/^\d+$/.test(timestamp) || Math.abs(now() / 1000 - Number(timestamp)) > 300) return false;
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest();
  return String(headers['webhook-signature'] ?? '')
    .split(' ')
    .some((one) => {
      const given = Buffer.from(one.replace(/^v1,/, ''), 'base64');
      return one.startsWith('v1,') && given.length === expected.length && timingSafeEqual(given, expected);
    });
}

function wpError(status: number, code: string): PeerOutcome {
  return json(status, { code, message: code.replaceAll('_', ' '), data: { status } });
}
