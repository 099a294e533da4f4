/** A visitor's own thread: who asks is proven by the visitor token, and only what was sent is shown. */
import type { Context } from 'koa';
import { verifyVisitorToken } from '../channels/web/webhook.ts';
import type { DeliveryRecord } from '../core/delivery.ts';
import { InvalidPayloadError } from '../core/errors.ts';
import type { Thread } from '../core/thread.ts';
import type { HttpParts } from './http-parts.ts';

/** Whose stream this is. Throws InvalidPayloadError('bad_signature'). */
export function threadKeyOf(context: Context, { visitorSecret, outside }: HttpParts): string {
  const token = /^Bearer (\S{1,2000})$/.exec(context.get('authorization'))?.[1];
  if (token === undefined) {
    throw new InvalidPayloadError('bad_signature', 'Send the header "authorization: Bearer <visitor token>".');
  }
  const { visitor, member } = verifyVisitorToken(token, { secret: visitorSecret, now: outside.clock() });
  return member === undefined ? visitor : `member:${member}`;
}

/** The visitor's thread, once something was written on it. */
export function findThread({ platform }: HttpParts, key: string): Promise<Thread | null> {
  return platform.memory.threads.find({ channel: 'web', connection: 'main', key });
}

/** Words that wait, failed or were held back are not the visitor's to see. */
export function isShown(delivery: DeliveryRecord): boolean {
  return delivery.state === 'sent';
}

/** A delivery that was sent, as the widget reads it; `sequence` is where its stream goes on after it. */
export function toMessage(delivery: DeliveryRecord) {
  return {
    id: delivery.id,
    sequence: delivery.sentSequence ?? 0,
    from: delivery.turn === null && delivery.purpose === null ? 'operator' : 'agent',
    blocks: delivery.reply.blocks,
    at: delivery.createdAt,
  };
}
