/** Handle, link, person: an address, a proven edge between two addresses, and the component they form. */
import { z } from 'zod';
import { ChannelName, ConnectionName } from './event.ts';
import { HandleId, PersonId } from './ids.ts';

export const Handle = z.object({
  id: HandleId,
  person: PersonId,
  channel: ChannelName,
  connection: ConnectionName,
  externalId: z.string(),
  displayName: z.string().nullable(),
  isMember: z.boolean(),
});
export type Handle = z.infer<typeof Handle>;

/** What speaks for two handles being one person; what each is worth says core/link.ts. Never what somebody typed. */
export const Proof = z.enum([
  'deep_link',
  'email_code',
  'site_login',
  'signed_widget',
  'verified_phone',
  'operator',
  /** Software proposed it, an operator approved it. */
  'suggestion',
]);
export type Proof = z.infer<typeof Proof>;

export const Link = z.object({
  a: HandleId,
  b: HandleId,
  proof: Proof,
  reason: z.string().max(300),
  linkedAt: z.iso.datetime(),
});
export type Link = z.infer<typeof Link>;

export const Preferences = z.object({
  length: z.enum(['short', 'normal', 'long']).optional(),
  tone: z.enum(['plain', 'warm', 'formal']).optional(),
});
export type Preferences = z.infer<typeof Preferences>;

/** The component of handles. `handles` are all its addresses, the one this turn came by first. */
export const Person = z.object({
  id: PersonId,
  handles: z.array(Handle).min(1),
  locale: z.string(),
  timeZone: z.string(),
  preferences: Preferences,
  /** Purpose → given or withdrawn. An absent purpose was never asked. */
  consents: z.record(z.string(), z.boolean()),
});
export type Person = z.infer<typeof Person>;

/** A person is a member when any of their handles was proven by the site itself. */
export function isMember(person: Person): boolean {
  return person.handles.some((handle) => handle.isMember);
}
