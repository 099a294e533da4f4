/** Links: what each proof is worth, which claim it binds, and when two people must not become one. */
import { z } from 'zod';
import { InvalidPayloadError } from './errors.ts';
import { HandleId } from './ids.ts';
import { Proof } from './person.ts';

/** What belongs to one human being alone: an account on the site, a verified e-mail address, a verified phone number. */
export const ClaimKind = z.enum(['site_account', 'email', 'phone']);
export type ClaimKind = z.infer<typeof ClaimKind>;

export const Claim = z.object({
  handle: HandleId,
  kind: ClaimKind,
  value: z.string(),
  proof: Proof,
  provenAt: z.iso.datetime(),
});
export type Claim = z.infer<typeof Claim>;

/** `strong`: another party vouches for a claim. `plain`: somebody held both ends, or an operator says so. */
export type Strength = 'strong' | 'plain';

/** What each proof binds its handle to; null: nothing beside the link itself. */
const BINDS: Readonly<Record<Proof, ClaimKind | null>> = {
  email_code: 'email',
  site_login: 'site_account',
  signed_widget: 'site_account',
  verified_phone: 'phone',
  deep_link: null,
  operator: null,
  suggestion: null,
};

/** The claim a proof binds, or null. */
export function claimKindOf(proof: Proof): ClaimKind | null {
  return BINDS[proof];
}

/** How much a proof is worth: what binds a claim is strong. */
export function strengthOf(proof: Proof): Strength {
  return BINDS[proof] === null ? 'plain' : 'strong';
}

/**
 * The kinds of claim that two people hold different values of: they must not become one. Whoever shares a value is the
 * same in that respect, also when an operator once decided that a second value is theirs too.
 */
export function conflictsOf(left: readonly Claim[], right: readonly Claim[]): readonly ClaimKind[] {
  const valuesOf = (claims: readonly Claim[], kind: ClaimKind): readonly string[] =>
    claims.filter((claim) => claim.kind === kind).map(({ value }) => value);
  return ClaimKind.options.filter((kind) => {
    const [ours, theirs] = [valuesOf(left, kind), new Set(valuesOf(right, kind))];
    return ours.length > 0 && theirs.size > 0 && !ours.some((value) => theirs.has(value));
  });
}

const E164 = /^\+[1-9]\d{6,14}$/;
const EMAIL = /^[^\s@]{1,64}@[^\s@]{1,253}$/;

/** One spelling for each claim, so that two spellings are not two people. Throws InvalidPayloadError('malformed'). */
export function normaliseClaim(kind: ClaimKind, value: string): string {
  const text = value.normalize('NFKC').trim();
  const refuse = (remedy: string): never => {
    throw new InvalidPayloadError('malformed', `"${text.slice(0, 60)}" is not a ${kind}. ${remedy}`, { path: 'value' });
  };
  switch (kind) {
    case 'email':
      return EMAIL.test(text) ? text.toLowerCase() : refuse('Write an address such as ana@example.org.');
    case 'phone': {
      const digits = text.replaceAll(/[\s().-]/g, '').replace(/^00/, '+');
      return E164.test(digits) ? digits : refuse('Write it with its country, e.g. +49 30 1234567.');
    }
    case 'site_account':
      return text === '' ? refuse('Give the id the site knows the account by.') : text;
  }
}

/** One side of a case as operators see it: its addresses and what they have proven. */
export const LinkSide = z.object({
  handles: z.array(
    z.object({ id: HandleId, channel: z.string(), externalId: z.string(), displayName: z.string().nullable() }),
  ),
  claims: z.array(Claim),
});
export type LinkSide = z.infer<typeof LinkSide>;

/** What operators have to decide. `conflict`: a link was blocked. `suggestion`: a link was proposed, and nothing proves it. */
export const LinkCase = z.object({
  id: z.uuid(),
  kind: z.enum(['conflict', 'suggestion']),
  a: HandleId,
  b: HandleId,
  proof: Proof,
  reason: z.string(),
  sides: z.tuple([LinkSide, LinkSide]),
  raisedAt: z.iso.datetime(),
  decidedAt: z.iso.datetime().nullable(),
  decision: z.enum(['linked', 'kept_apart']).nullable(),
  decidedBy: z.string().nullable(),
});
export type LinkCase = z.infer<typeof LinkCase>;

/** `known`: that edge was there, and nothing changed. `blocked`: nothing changed; operators have the case. */
export type LinkOutcome =
  | { readonly kind: 'linked' | 'known' }
  | { readonly kind: 'blocked'; readonly case: string; readonly conflicts: readonly ClaimKind[] };
