/** The web chat's way in: a signed visitor token as proof, one message or choice as body. */
import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type { InboundEvent } from '../../core/event.ts';
import type { VerifiedRequest, WebhookRequest } from '../channel.ts';
import { cleanText, parseJson, parseShape } from '../payload.ts';
import { badSignature, isSameSecret } from '../proof.ts';

/** What a token says. `member` is only ever put in by the organisation's own server. No colon in either id: one parts them. */
export const VisitorClaims = z.object({
  visitor: z.string().regex(/^[A-Za-z0-9_-]{1,100}$/),
  member: z
    .string()
    .regex(/^[A-Za-z0-9_@.-]{1,100}$/)
    .optional(),
  name: z.string().max(200).optional(),
  /** Milliseconds since 1970, UTC. */
  expires: z.number().int(),
});
export type VisitorClaims = z.infer<typeof VisitorClaims>;

const common = { id: z.uuid(), locale: z.string().max(35).optional() };
const MessageBody = z.object({ ...common, text: z.string().min(1).max(20_000) });
const ChoiceBody = z.object({
  ...common,
  choose: z.string().regex(/^[A-Za-z0-9_:.-]{1,64}$/),
  label: z.string().max(200).optional(),
});

type Context = { readonly connection: string; readonly receivedAt: string };

/** A token for these claims: base64url JSON, a full stop, base64url HMAC-SHA256. */
export function mintVisitorToken(claims: VisitorClaims, { secret }: { readonly secret: string }): string {
  const payload = Buffer.from(JSON.stringify(VisitorClaims.parse(claims))).toString('base64url');
  return `${payload}.${sign(payload, secret)}`;
}

/** The claims of a token that is ours and not expired at `now` (milliseconds). Throws InvalidPayloadError('bad_signature'). */
export function verifyVisitorToken(
  token: string,
  { secret, now }: { readonly secret: string; readonly now: number },
): VisitorClaims {
  const [payload = '', signature] = token.split('.', 2);
  if (token !== `${payload}.${signature}` || !isSameSecret(signature, sign(payload, secret))) {
    throw badSignature('The visitor token is not one of ours. Ask for a new one.');
  }
  const claims = VisitorClaims.safeParse(parseJson(Buffer.from(payload, 'base64url').toString()));
  if (!claims.success) throw badSignature('The visitor token is of an older kind. Ask for a new one.');
  if (claims.data.expires <= now) throw badSignature('The visitor token has expired. Ask for a new one.');
  return claims.data;
}

/** Checks the bearer token; the proof says who writes. Throws InvalidPayloadError: `bad_signature`, `malformed`. */
export function verifyWeb(
  request: WebhookRequest,
  { secret, now }: { readonly secret: string; readonly now: number },
): VerifiedRequest {
  const token = /^Bearer (\S{1,2000})$/.exec(request.headers['authorization'] ?? '')?.[1];
  if (token === undefined) throw badSignature('The request has no header "authorization: Bearer <visitor token>".');
  const { visitor, member, name } = verifyVisitorToken(token, { secret, now });
  const proof = { visitor, ...(member !== undefined && { member }), ...(name !== undefined && { name }) };
  return { payload: parseJson(request.rawBody), proof };
}

/** One event. A member's thread is the member's, whichever browser they write from. Throws InvalidPayloadError('malformed'). */
export function parseWeb(verified: VerifiedRequest, context: Context): readonly InboundEvent[] {
  const { payload } = verified;
  if (typeof payload === 'object' && payload !== null && 'choose' in payload) {
    const { choose, label, ...body } = parseShape(ChoiceBody, payload);
    const seen = label === undefined ? {} : { label: cleanText(label, 200) };
    return [{ ...envelope(body, verified.proof, context), kind: 'choice', token: choose, ...seen }];
  }
  const { text, ...body } = parseShape(MessageBody, payload);
  return [
    { ...envelope(body, verified.proof, context), kind: 'message', text: cleanText(text, 20_000), attachments: [] },
  ];
}

function envelope(
  { id, locale }: { readonly id: string; readonly locale?: string | undefined },
  proof: VerifiedRequest['proof'],
  { connection, receivedAt }: Context,
) {
  const member = proof['member'];
  const externalId = member === undefined ? (proof['visitor'] ?? '') : `member:${member}`;
  const displayName = proof['name'] && cleanText(proof['name'], 200);
  return {
    externalId: id,
    channel: 'web' as const,
    connection,
    thread: { key: externalId, clearance: 'private' as const },
    sender: {
      externalId,
      isMember: member !== undefined,
      ...(displayName && { displayName }),
      ...(locale && { locale }),
    },
    occurredAt: receivedAt,
  };
}

function sign(payload: string, secret: string): string {
  return createHmac('sha256', secret).update(payload).digest('base64url');
}
