/** Delivery: a reply on its way to one handle, and what became of it. */
import { z } from 'zod';
import { ChannelName, ConnectionName } from './event.ts';
import { DeliveryId, HandleId, ThreadId, TurnId } from './ids.ts';
import { Purpose } from './outreach.ts';
import { Loss } from './profile.ts';
import { MessageClass, type Reply, ReplyRecord } from './reply.ts';

export const DeliveryState = z.enum(['queued', 'claimed', 'sent', 'unknown', 'failed', 'suppressed']);
export type DeliveryState = z.infer<typeof DeliveryState>;

export const DeliveryRecord = z.object({
  id: DeliveryId,
  /** Null when no turn made it: an operator wrote it, or we write first (`purpose`). */
  turn: TurnId.nullable(),
  thread: ThreadId,
  handle: HandleId,
  channel: ChannelName,
  connection: ConnectionName,
  threadKey: z.string(),
  /** The platform id of the sender's handle: the address. It comes from the turn, never from "last route". */
  address: z.string(),
  /** The platform's id of what this quotes or hangs under (`answerUnder` of the event answered); null: it simply follows. */
  replyTo: z.string().nullable(),
  messageClass: MessageClass,
  reply: ReplyRecord,
  state: DeliveryState,
  attempts: z.number().int(),
  /** Per thread, growing: the order in which they were written. */
  sequence: z.number().int(),
  /** Per thread, growing: the order in which they were sent, and the resume id of the widget's stream; null until then. */
  sentSequence: z.number().int().nullable(),
  platformId: z.string().nullable(),
  failure: z.string().nullable(),
  losses: z.array(Loss),
  /** Why we write first; null for an answer and for an operator's words. */
  purpose: Purpose.nullable(),
  createdAt: z.iso.datetime(),
  sentAt: z.iso.datetime().nullable(),
});
export type DeliveryRecord = z.infer<typeof DeliveryRecord>;

/** A delivery the sender has claimed; its reply carries the brand again. */
export type Delivery = Omit<DeliveryRecord, 'reply'> & { readonly reply: Reply };
