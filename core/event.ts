/** InboundEvent: one thing that came in on a channel, as the pipeline sees it. The raw payload stays in the inbox. */
import { z } from 'zod';
import { Clearance } from './audience.ts';

export const ChannelName = z.enum(['web', 'telegram', 'facebook', 'buddyboss']);
export type ChannelName = z.infer<typeof ChannelName>;

/** One configured account on a channel, e.g. `telegram` / `main`. */
export const ConnectionName = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,39}$/);

/** The sender's address as the platform states it; never a reason to link two people. */
export const SenderAddress = z.object({
  externalId: z.string().min(1).max(200),
  displayName: z.string().max(200).optional(),
  /** BCP 47, from the platform or the browser. */
  locale: z.string().max(35).optional(),
  /** True when the platform proved that this is a signed-in member of the organisation's site. */
  isMember: z.boolean().default(false),
});
export type SenderAddress = z.infer<typeof SenderAddress>;

/** Where the event happened. `subject` is what a comment hangs on. */
export const ThreadAddress = z.object({
  key: z.string().min(1).max(300),
  clearance: Clearance,
  subject: z.object({ id: z.string(), url: z.string().optional(), excerpt: z.string().max(500).optional() }).optional(),
});
export type ThreadAddress = z.infer<typeof ThreadAddress>;

export const Attachment = z.object({
  kind: z.enum(['image', 'audio', 'video', 'file', 'location', 'contact']),
  name: z.string().max(300).optional(),
  contentType: z.string().max(100).optional(),
  bytes: z.number().int().nonnegative().optional(),
});
export type Attachment = z.infer<typeof Attachment>;

const common = {
  /** Unique per connection: the dedupe key. */
  externalId: z.string().min(1).max(300),
  channel: ChannelName,
  connection: ConnectionName,
  thread: ThreadAddress,
  sender: SenderAddress,
  /** The platform's id of what an answer quotes or hangs under. Absent: an answer simply follows. */
  answerUnder: z.string().min(1).max(300).optional(),
  /** The platform's time, ISO 8601. */
  occurredAt: z.iso.datetime(),
};

export const MessageEvent = z.object({
  ...common,
  kind: z.literal('message'),
  text: z.string().max(100_000),
  attachments: z.array(Attachment).max(20).default([]),
  /** The platform's id of the message this answers. */
  replyTo: z.string().max(300).optional(),
  /** A start or slash command such as `start`, with its argument; commands do not wait for the burst window. */
  command: z.object({ name: z.string().max(64), argument: z.string().max(256) }).optional(),
});
export const EditEvent = z.object({
  ...common,
  kind: z.literal('edit'),
  text: z.string().max(100_000),
  of: z.string().max(300),
});
export const DeleteEvent = z.object({ ...common, kind: z.literal('delete'), of: z.string().max(300) });
/** A pressed button: `token` was minted by our render, `label` is what the person saw when the channel repeats it. */
export const ChoiceEvent = z.object({
  ...common,
  kind: z.literal('choice'),
  token: z.string().max(200),
  label: z.string().max(200).optional(),
});
export const ReactionEvent = z.object({
  ...common,
  kind: z.literal('reaction'),
  of: z.string().max(300),
  emoji: z.string().max(40),
});
export const FormEvent = z.object({
  ...common,
  kind: z.literal('form'),
  form: z.string().max(100),
  values: z.record(z.string(), z.string()),
});
/** What the platform says later about something we sent. */
export const ReceiptEvent = z.object({
  ...common,
  kind: z.literal('receipt'),
  of: z.string().max(300),
  status: z.enum(['delivered', 'read', 'failed']),
});
export const MembershipEvent = z.object({
  ...common,
  kind: z.literal('membership'),
  change: z.enum(['joined', 'left', 'stopped']),
});
export const ConnectionEvent = z.object({ ...common, kind: z.literal('connection'), note: z.string().max(300) });
/** Kept with its reason; nothing is dropped in silence. */
export const UnsupportedEvent = z.object({ ...common, kind: z.literal('unsupported'), reason: z.string().max(300) });

export const InboundEvent = z.discriminatedUnion('kind', [
  MessageEvent,
  EditEvent,
  DeleteEvent,
  ChoiceEvent,
  FormEvent,
  ReactionEvent,
  ReceiptEvent,
  MembershipEvent,
  ConnectionEvent,
  UnsupportedEvent,
]);
export type InboundEvent = z.infer<typeof InboundEvent>;

/** What the person wrote, or `''` for events without words. A choice speaks by its label. */
export function eventText(event: InboundEvent): string {
  switch (event.kind) {
    case 'message':
    case 'edit':
      return event.text;
    case 'choice':
      return event.label ?? '';
    case 'form':
      return Object.values(event.values).join('\n');
    case 'delete':
    case 'reaction':
    case 'receipt':
    case 'membership':
    case 'connection':
    case 'unsupported':
      return '';
  }
}

/** Does this event ask for an answer? The others are recorded and end as `ignored` with a reason. */
export function wantsAnswer(event: InboundEvent): boolean {
  if (event.kind === 'message') return event.text.trim() !== '' || event.attachments.length > 0;
  return event.kind === 'choice' || event.kind === 'form' || event.kind === 'edit';
}

/** Commands and choices are answered at once; everything else waits for the burst window. */
export function skipsBurstWindow(event: InboundEvent): boolean {
  return event.kind === 'choice' || event.kind === 'form' || (event.kind === 'message' && event.command !== undefined);
}
