/** Comparing secrets: the one way every room does it, in constant time whatever the lengths. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { InvalidPayloadError } from '../core/errors.ts';

/** True when both are the same string. Digests are compared, so that neither content nor length shows in the time. */
export function isSameSecret(given: string | undefined, expected: string): boolean {
  return given !== undefined && timingSafeEqual(digest(given), digest(expected));
}

/** The error of every failed proof. `what` names what was checked and the remedy, never the secret. */
export function badSignature(what: string): InvalidPayloadError {
  return new InvalidPayloadError('bad_signature', what);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
