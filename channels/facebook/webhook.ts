/** Facebook's way in: the app secret signs the bytes; page comments become events, everything else says why not. */
import { createHash, createHmac } from 'node:crypto';
import { z } from 'zod';
import type { InboundEvent } from '../../core/event.ts';
import type { VerifiedRequest, WebhookRequest } from '../channel.ts';
import { cleanText, parseJson, parseShape } from '../payload.ts';
import { badSignature, isSameSecret } from '../proof.ts';

type Context = { readonly connection: string; readonly receivedAt: string; readonly pageId: string | undefined };

const Entry = z.object({
  id: z.string().min(1).max(100),
  changes: z.array(z.object({ field: z.string(), value: z.unknown() })).default([]),
  messaging: z.array(z.unknown()).default([]),
});
type Entry = z.infer<typeof Entry>;
const Notification = z.object({ object: z.string(), entry: z.array(Entry).min(1) });

const FeedItem = z.object({ item: z.string(), verb: z.string().optional() });
const verbs = z.enum(['add', 'edited', 'remove']);
const Author = z.object({ id: z.string().min(1).max(100), name: z.string().default('') });
type Author = z.infer<typeof Author>;
const Comment = z.object({
  verb: verbs,
  comment_id: z.string().min(1).max(100),
  post_id: z.string().min(1).max(100),
  parent_id: z.string().max(100).optional(),
  created_time: z.number().int().min(0).max(8_000_000_000),
  from: Author.optional(),
  message: z.string().default(''),
  photo: z.string().optional(),
  post: z.object({ permalink_url: z.string().optional(), message: z.string().optional() }).optional(),
});
type Comment = z.infer<typeof Comment>;
/** Where a change stands in the request, and the id it has if it is none of ours. */
type Origin = { readonly entry: Entry; readonly context: Context; readonly at: string; readonly externalId: string };

/** The handshake: the challenge to echo, as text. Throws InvalidPayloadError('bad_signature') for any other verify token. */
export function answerFacebookChallenge(
  request: WebhookRequest,
  { verifyToken }: { readonly verifyToken: string },
): string {
  const challenge = request.query['hub.challenge'] ?? '';
  const isAsked = request.query['hub.mode'] === 'subscribe' && /^[A-Za-z0-9_-]{1,200}$/.test(challenge);
  if (isAsked && isSameSecret(request.query['hub.verify_token'], verifyToken)) return challenge;
  throw badSignature('hub.verify_token is not the one this connection was given.');
}

/** `sha256=` and the hex HMAC-SHA256 of the body, as Meta writes it. */
export function signFacebook(rawBody: string, appSecret: string): string {
  return `sha256=${createHmac('sha256', appSecret).update(rawBody).digest('hex')}`;
}

/** Checks the signature over the bytes as received, then parses JSON. Throws InvalidPayloadError. */
export function verifyFacebook(
  request: WebhookRequest,
  { appSecret }: { readonly appSecret: string },
): VerifiedRequest {
  if (!isSameSecret(request.headers['x-hub-signature-256'], signFacebook(request.rawBody, appSecret))) {
    throw badSignature('The header X-Hub-Signature-256 is not the signature of this body by our app secret.');
  }
  const digest = createHash('sha256').update(request.rawBody).digest('hex').slice(0, 32);
  return { payload: parseJson(request.rawBody), proof: { digest } };
}

/**
 * One event per change, in the order given. A malformed comment is kept as `unsupported` with its path: refusing it would
 * refuse the others of its request. Throws InvalidPayloadError('malformed') when the request as a whole has another shape.
 */
export function parseFacebook({ payload, proof }: VerifiedRequest, context: Context): readonly InboundEvent[] {
  const { object, entry: entries } = parseShape(Notification, payload);
  return entries.flatMap((entry, place) => {
    const changes = [...entry.messaging.map(() => ({ field: 'messaging', value: undefined })), ...entry.changes];
    return changes.map(({ field, value }, index) => {
      const at = `entry.${place}.${field}.${index}`;
      const origin: Origin = { entry, context, at, externalId: `unsupported:${proof['digest']}:${place}.${index}` };
      const isFeed = object === 'page' && field === 'feed';
      return isFeed ? readFeedItem(value, origin) : unsupported(origin, `${object} notification of ${field}`);
    });
  });
}

function readFeedItem(value: unknown, origin: Origin): InboundEvent {
  const kind = FeedItem.safeParse(value).data;
  if (kind?.item !== 'comment') return unsupported(origin, `feed item ${kind?.item ?? 'without a name'}`);
  if (!verbs.safeParse(kind.verb).success) return unsupported(origin, `comment ${kind.verb ?? 'without a verb'}`);
  const comment = Comment.safeParse(value);
  if (comment.success) return readComment(comment.data, origin);
  return unsupported(origin, `malformed at ${origin.at}.${comment.error.issues[0]?.path.join('.') ?? ''}`);
}

function readComment(comment: Comment, origin: Origin): InboundEvent {
  const { from, verb, comment_id, parent_id, post_id } = comment;
  if (from === undefined) return unsupported(origin, 'no author is named; the page needs pages_read_user_content');
  if (from.id === origin.entry.id || from.id === origin.context.pageId) return unsupported(origin, 'our own comment');
  const common = envelope(comment, from, origin);
  const text = cleanText(comment.message, 100_000);
  if (verb === 'remove') return { ...common, kind: 'delete', of: comment_id };
  if (text === '' && (verb === 'edited' || comment.photo === undefined))
    return unsupported(origin, 'a comment without words');
  if (verb === 'edited') return { ...common, kind: 'edit', text, of: comment_id };
  const attachments = comment.photo === undefined ? [] : [{ kind: 'image' as const }];
  const replyTo = parent_id !== undefined && parent_id !== post_id ? { replyTo: parent_id } : {};
  return { ...common, kind: 'message', text, attachments, ...replyTo };
}

/** One person under one post is one thread, so that nobody is answered in somebody else's. */
function envelope(comment: Comment, from: Author, { context }: Pick<Origin, 'context'>) {
  const { comment_id, verb, created_time, post_id, post } = comment;
  const displayName = cleanText(from.name, 200);
  return {
    externalId: `${comment_id}:${verb}:${created_time}`,
    answerUnder: comment_id,
    channel: 'facebook' as const,
    connection: context.connection,
    thread: {
      key: `${post_id}:${from.id}`,
      clearance: 'public' as const,
      subject: {
        id: post_id,
        ...(post?.permalink_url && { url: post.permalink_url }),
        ...(post?.message && { excerpt: cleanText(post.message, 500) }),
      },
    },
    sender: { externalId: from.id, isMember: false, ...(displayName && { displayName }) },
    occurredAt: new Date(created_time * 1000).toISOString(),
  };
}

function unsupported({ entry, context, externalId }: Origin, reason: string): InboundEvent {
  return {
    externalId,
    channel: 'facebook',
    connection: context.connection,
    thread: { key: `page:${entry.id}`, clearance: 'public' },
    sender: { externalId: 'none', isMember: false },
    occurredAt: context.receivedAt,
    kind: 'unsupported',
    reason: cleanText(reason, 300),
  };
}
