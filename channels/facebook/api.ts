/** Facebook's way out: a public answer under the person's comment, and what the Graph API's error codes mean for it. */
import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { type PermanentCode, PermanentError, TransientError } from '../../core/errors.ts';
import type { ChannelPorts, Part, SendOutcome, Target } from '../channel.ts';
import { jsonOrNothing } from '../payload.ts';
import { type Answer, post, retryAfterMs } from '../transport.ts';

export type FacebookAccount = {
  /** Named in errors, e.g. `facebook/main`. */
  readonly connection: string;
  readonly appSecret: string;
  readonly pageToken: string;
  readonly apiRoot: string;
  readonly ports: ChannelPorts;
};

const Created = z.object({ id: z.string().min(1) });
const Refused = z.object({
  error: z.object({ code: z.number(), error_subcode: z.number().optional(), message: z.string().default('') }),
});
type GraphError = z.infer<typeof Refused>['error'];

type Refusal = { readonly code: PermanentCode; readonly remedy: string };
const rateLimited: ReadonlySet<number> = new Set([4, 17, 32, 613, 80001]);
const transient: ReadonlySet<number> = new Set([1, 2]);
const badToken: Refusal = { code: 'auth_broken', remedy: 'Make a new page token and set META_PAGE_TOKEN.' };
const forbidden: Refusal = { code: 'not_permitted', remedy: 'Ask for the permission pages_manage_engagement.' };
const gone: Refusal = { code: 'recipient_gone', remedy: 'Nothing is sent there until the person writes again.' };
const refusals: ReadonlyMap<string, Refusal> = new Map<string, Refusal>([
  ['551', gone],
  ['100/2018001', gone],
  ['100/33', { code: 'thread_gone', remedy: 'The comment was deleted or is hidden from us.' }],
  ['190', badToken],
  ['368', { code: 'auth_broken', remedy: 'Facebook blocks the page for breaking a policy; see its support inbox.' }],
  ['3', forbidden],
  ['10', forbidden],
  ['200', forbidden],
  ['230', forbidden],
]);
const otherRefusal: Refusal = { code: 'invalid_content', remedy: 'This is a mistake of our rendering; report it.' };

/** Answers under `target.replyTo`. Throws TransientError or PermanentError by the failure vocabulary. */
export async function replyToComment(
  account: FacebookAccount,
  { part, target }: { readonly part: Part; readonly target: Target },
): Promise<SendOutcome> {
  const { connection, pageToken, apiRoot, ports } = account;
  if (target.replyTo === null) {
    throw new PermanentError(
      'not_permitted',
      `${connection}: delivery ${target.id} answers no comment; only comments can be answered in public.`,
    );
  }
  const answer = await post({
    fetch: ports.fetch,
    url: `${apiRoot}/${encodeURIComponent(target.replyTo)}/comments`,
    // In the header, because addresses end up in logs.
    headers: { authorization: `Bearer ${pageToken}`, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ message: part.text, appsecret_proof: appSecretProof(account) }).toString(),
    timeoutMs: ports.sendTimeoutMs,
    connection,
  });
  return answer.kind === 'unknown' ? answer : outcomeOf(answer, account);
}

function outcomeOf(answer: Answer, account: FacebookAccount): SendOutcome {
  const created = Created.safeParse(answer.body);
  if (answer.status < 300 && created.success) return { kind: 'sent', platformId: created.data.id };
  const refused = Refused.safeParse(answer.body).data?.error;
  if (refused === undefined && (answer.status < 400 || answer.status === 504)) {
    return { kind: 'unknown', why: `answered ${answer.status} without a comment id` };
  }
  throw failureOf(answer, { refused, account });
}

function failureOf(
  answer: Answer,
  { refused, account }: { readonly refused: GraphError | undefined; readonly account: FacebookAccount },
): Error {
  const { connection, ports } = account;
  const code = refused === undefined ? '' : ` code ${codeOf(refused)}`;
  const what = `${connection}: Facebook refused the comment (${answer.status}${code}).`;
  if (answer.status === 429 || (refused && rateLimited.has(refused.code))) {
    const afterMs = retryAfterMs(answer.headers, ports.clock()) ?? regainAccessMs(answer.headers);
    return new TransientError('channel_rate_limited', what, afterMs === undefined ? {} : { afterMs });
  }
  const known = refused && (refusals.get(codeOf(refused)) ?? refusals.get(String(refused.code)));
  if (known) return new PermanentError(known.code, `${what} ${known.remedy}`);
  if (answer.status >= 500 || (refused && transient.has(refused.code))) {
    return new TransientError('channel_unavailable', `${what} It is tried again.`);
  }
  const { code: permanent, remedy } = answer.status === 401 ? badToken : otherRefusal;
  return new PermanentError(permanent, `${what} ${remedy}`);
}

function codeOf({ code, error_subcode }: GraphError): string {
  return error_subcode === undefined ? String(code) : `${code}/${error_subcode}`;
}

/** Meta tells in minutes, per page, when calls are allowed again. */
function regainAccessMs(headers: Headers): number | undefined {
  const usage = z
    .record(z.string(), z.array(z.object({ estimated_time_to_regain_access: z.number().default(0) })))
    .safeParse(jsonOrNothing(headers.get('x-business-use-case-usage') ?? ''));
  const minutes = Object.values(usage.data ?? {}).flatMap((all) =>
    all.map((one) => one.estimated_time_to_regain_access),
  );
  const longest = Math.max(0, ...minutes);
  return longest > 0 ? longest * 60_000 : undefined;
}

/** Proves to Facebook that whoever uses the token also knows the app secret. */
function appSecretProof({ pageToken, appSecret }: FacebookAccount): string {
  return createHmac('sha256', appSecret).update(pageToken).digest('hex');
}
