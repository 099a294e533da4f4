/** Stable platform ids for imitated requests: the same words of a case always give the same number or UUID. */
import { createHash } from 'node:crypto';

/** The text itself when it is a whole number, else a number made from it, below 2^40. */
export function numberOf(text: string): number {
  if (/^-?\d{1,15}$/.test(text)) return Number(text);
  return createHash('sha256').update(text).digest().readUIntBE(0, 5);
}

/** The text itself when it is a UUID, else one made from it. */
export function uuidOf(text: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)) return text;
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
