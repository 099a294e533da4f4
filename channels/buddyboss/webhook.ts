/** BuddyBoss's way in: our WordPress plugin posts what members write, signed by the Standard Webhooks rules. */
import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type { InboundEvent } from '../../core/event.ts';
import type { VerifiedRequest, WebhookRequest } from '../channel.ts';
import { cleanText, parseJson, parseShape } from '../payload.ts';
import { badSignature, isSameSecret } from '../proof.ts';

type Context = { readonly connection: string; readonly receivedAt: string };
/** What a signature covers. `timestamp` is seconds since 1970, in decimal digits. */
type Signed = { readonly id: string; readonly timestamp: string; readonly body: string };

/** How far the plugin's clock may be from ours. */
const toleranceMs = 5 * 60_000;
/** More than rotation needs; each costs a comparison. */
const signaturesMax = 10;

/** WordPress ids come as numbers or as strings of digits. */
const Id = z.union([z.string().min(1).max(100), z.number().int()]).transform(String);
const common = {
  sender: z.object({ id: Id, name: z.string().default(''), locale: z.string().max(35).optional() }),
  message_html: z.string().max(200_000),
  sent_at: z.iso.datetime(),
  /** Written by our own account there. */
  is_own: z.boolean(),
};
const PrivateMessage = z.object({ ...common, thread_id: Id });
const ActivityComment = z.object({
  ...common,
  activity: z.object({ id: Id, url: z.string().optional(), excerpt: z.string().optional() }),
});
type Written = Pick<z.infer<typeof PrivateMessage>, 'sender' | 'message_html' | 'sent_at' | 'is_own'>;

/** The header value `v1,<base64 HMAC-SHA256>` of the Standard Webhooks rules. `secret` is `whsec_` and the key in base64. */
export function signStandardWebhook({ id, timestamp, body }: Signed, secret: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}

/**
 * Checks that one of the signatures is ours and its time within five minutes of `now` (milliseconds), then parses JSON.
 * The proof holds the event's id. Throws InvalidPayloadError: `bad_signature`, `malformed`.
 */
export function verifyBuddyboss(
  { headers, rawBody }: WebhookRequest,
  { secret, now }: { readonly secret: string; readonly now: number },
): VerifiedRequest {
  const id = headers['webhook-id'] ?? '';
  const timestamp = headers['webhook-timestamp'] ?? '';
  const expected = signStandardWebhook({ id, timestamp, body: rawBody }, secret);
  const given = (headers['webhook-signature'] ?? '').split(' ', signaturesMax);
  // Every signature is compared, so that the time does not tell which one fits.
  const matches = given.filter((signature) => isSameSecret(signature, expected));
  if (matches.length === 0) throw badSignature('No signature in the header webhook-signature is ours for this body.');
  const isRecent = /^\d{1,12}$/.test(timestamp) && Math.abs(Number(timestamp) * 1000 - now) <= toleranceMs;
  if (!isRecent) throw badSignature('The header webhook-timestamp is more than 5 minutes from our clock.');
  if (!/^[\x21-\x7e]{1,200}$/.test(id)) throw badSignature('The header webhook-id is missing or not a plain id.');
  return { payload: parseJson(rawBody), proof: { id } };
}

/** One event. Throws InvalidPayloadError('malformed') with the path. */
export function parseBuddyboss({ payload, proof }: VerifiedRequest, context: Context): readonly InboundEvent[] {
  const { type } = parseShape(z.object({ type: z.string() }), payload);
  const externalId = proof['id'] ?? '';
  if (type === 'message') {
    const message = parseShape(PrivateMessage, payload);
    const thread = { key: `message:${message.thread_id}`, clearance: 'private' as const };
    return [readWritten(message, { ...context, externalId, thread })];
  }
  if (type === 'activity_comment') {
    const { activity, ...comment } = parseShape(ActivityComment, payload);
    const subject = {
      id: activity.id,
      ...(activity.url && { url: activity.url }),
      ...(activity.excerpt && { excerpt: cleanText(htmlToText(activity.excerpt), 500) }),
    };
    // One member under one activity is one thread.
    const key = `activity:${activity.id}:${comment.sender.id}`;
    return [readWritten(comment, { ...context, externalId, thread: { key, clearance: 'members', subject } })];
  }
  return [
    {
      externalId,
      channel: 'buddyboss',
      connection: context.connection,
      thread: { key: 'none', clearance: 'members' },
      sender: { externalId: 'none', isMember: false },
      occurredAt: context.receivedAt,
      kind: 'unsupported',
      reason: cleanText(`event type ${type}`, 300),
    },
  ];
}

/** Where a message stands, whichever kind it is. */
type Place = Context & Pick<InboundEvent, 'externalId' | 'thread'>;

function readWritten(
  { sender, message_html, sent_at, is_own }: Written,
  { connection, externalId, thread }: Place,
): InboundEvent {
  const displayName = cleanText(htmlToText(sender.name), 200);
  // WordPress writes de_DE and de_DE_formal.
  const locale = sender.locale?.split('_').slice(0, 2).join('-');
  const envelope = {
    externalId,
    answerUnder: externalId,
    channel: 'buddyboss' as const,
    connection,
    thread,
    // The route is signed by the site itself, and only members can write there.
    sender: { externalId: sender.id, isMember: true, ...(displayName && { displayName }), ...(locale && { locale }) },
    occurredAt: sent_at,
  };
  if (is_own) return { ...envelope, kind: 'unsupported', reason: 'our own message' };
  const text = cleanText(htmlToText(message_html), 100_000);
  if (text === '') return { ...envelope, kind: 'unsupported', reason: 'a message without words' };
  return { ...envelope, kind: 'message', text, attachments: [] };
}

const namedEntities: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['nbsp', ' '],
  ['hellip', '…'],
  ['ndash', '–'],
  ['mdash', '—'],
  ['lsquo', '‘'],
  ['rsquo', '’'],
  ['ldquo', '“'],
  ['rdquo', '”'],
  ['bull', '•'],
  ['euro', '€'],
]);

/** WordPress HTML as plain text: line breaks kept, smileys as characters, mention placeholders gone. Linear in its length. */
export function htmlToText(html: string): string {
  const text = html
    .replace(/\{\{mention_user_id_\d{1,20}\}\}/g, '')
    .replace(/\r\n?/g, '\n')
    .replace(/<img\b[^<>]*>/gi, (tag) => /\salt=["']([^"']*)["']/i.exec(tag)?.[1] ?? '')
    .replace(/<br\b[^<>]*>\n?/gi, '\n')
    .replace(/<li\b[^<>]*>/gi, '• ')
    .replace(/<\/(p|div|li|ul|ol|blockquote|pre|h[1-6])>/gi, '\n')
    .replace(/<\/?[a-z!][^<>]*>/gi, '');
  const lines = decodeEntities(text).split('\n');
  return lines
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

/** Entities we do not know stay as they are written. */
function decodeEntities(text: string): string {
  return text.replace(/&(#x[0-9a-f]{1,6}|#\d{1,7}|[a-z]{2,8});/gi, (entity, name: string) => {
    if (!name.startsWith('#')) return namedEntities.get(name) ?? entity;
    const point = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10);
    return point <= 0x10_ff_ff ? String.fromCodePoint(point) : entity;
  });
}
