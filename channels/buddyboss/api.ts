/** BuddyBoss's way out: a signed call of our plugin's route, keyed by delivery and part so that a second one is dropped. */
import { z } from 'zod';
import { type PermanentCode, PermanentError, TransientError } from '../../core/errors.ts';
import type { ChannelPorts, Part, SendOutcome, Target } from '../channel.ts';
import { type Answer, post, retryAfterMs } from '../transport.ts';
import { signStandardWebhook } from './webhook.ts';

export type BuddybossSite = {
  /** Named in errors, e.g. `buddyboss/main`. */
  readonly connection: string;
  readonly url: string;
  readonly secret: string;
  readonly ports: ChannelPorts;
};

const Accepted = z.object({ id: z.union([z.string().min(1), z.number()]).transform(String) });
/** WordPress's error shape. */
const Refused = z.object({ code: z.string() });

type Refusal = { readonly code: PermanentCode; readonly remedy: string };
const noRoute: Refusal = {
  code: 'auth_broken',
  remedy: 'Is the Throughline plugin active, and BUDDYBOSS_URL the final address?',
};
const byCode: ReadonlyMap<string, Refusal> = new Map<string, Refusal>([
  [
    'message_invalid_recipients',
    { code: 'recipient_gone', remedy: 'Nothing is sent there until the member writes again.' },
  ],
  ['throughline_thread_gone', { code: 'thread_gone', remedy: 'The conversation was deleted on the site.' }],
  ['rest_no_route', noRoute],
]);
const byStatus: ReadonlyMap<number, Refusal> = new Map<number, Refusal>([
  [401, { code: 'auth_broken', remedy: 'Pair the plugin again and set BUDDYBOSS_SECRET.' }],
  [403, { code: 'not_permitted', remedy: 'Allow our member to write private messages on the site.' }],
  [404, noRoute],
]);
const otherRefusal: Refusal = { code: 'invalid_content', remedy: 'This is a mistake of our rendering; report it.' };

/** Posts one message to the plugin. Throws TransientError or PermanentError by the failure vocabulary. */
export async function postToPlugin(
  site: BuddybossSite,
  { part, target }: { readonly part: Part; readonly target: Target },
): Promise<SendOutcome> {
  const { connection, url, secret, ports } = site;
  const { html, position } = part.payload;
  const id = `${target.id}.${String(position)}`;
  const timestamp = String(Math.floor(ports.clock() / 1000));
  const body = JSON.stringify({
    id,
    ...destinationOf(target.threadKey),
    recipient_id: target.address,
    in_reply_to: target.replyTo,
    html,
  });
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signStandardWebhook({ id, timestamp, body }, secret),
  };
  const route = `${url}/wp-json/throughline/v1/messages`;
  const answer = await post({
    fetch: ports.fetch,
    url: route,
    headers,
    body,
    timeoutMs: ports.sendTimeoutMs,
    connection,
  });
  return answer.kind === 'unknown' ? answer : outcomeOf(answer, site);
}

/** `message:<thread>` or `activity:<activity>:<member>`, as parse made it. */
function destinationOf(threadKey: string): { readonly thread_id: string } | { readonly activity_id: string } {
  const [kind, id = ''] = threadKey.split(':');
  return kind === 'activity' ? { activity_id: id } : { thread_id: id };
}

function outcomeOf(answer: Answer, { connection, ports }: BuddybossSite): SendOutcome {
  const { status, body, headers } = answer;
  const accepted = Accepted.safeParse(body);
  // 409: the site has this id already.
  if (status < 300 || status === 409) {
    if (accepted.success) return { kind: 'sent', platformId: accepted.data.id };
    if (status === 409) return { kind: 'sent', platformId: null };
    return { kind: 'unknown', why: `answered ${status} without a message id` };
  }
  const code = Refused.safeParse(body).data?.code ?? '';
  const what = `${connection}: the site refused the message (${status} ${code.slice(0, 60)}).`;
  if (status === 429) {
    const afterMs = retryAfterMs(headers, ports.clock());
    throw new TransientError('channel_rate_limited', what, afterMs === undefined ? {} : { afterMs });
  }
  if (status >= 500) throw new TransientError('channel_unavailable', `${what} It is tried again.`);
  const refusal = byCode.get(code) ?? (status < 400 ? noRoute : byStatus.get(status)) ?? otherRefusal;
  throw new PermanentError(refusal.code, `${what} ${refusal.remedy}`);
}
