/** Addresses of an organisation's own accounts on a channel: where a conversation can go on, and a token can be brought. */

/** An account at Telegram, which takes up to 64 characters behind `?start=`. */
const TELEGRAM = /^https:\/\/t\.me\/[A-Za-z][A-Za-z0-9_]{3,31}$/;

/** Is this the address of an account that takes tokens? */
export function isChannelAddress(url: string): boolean {
  return TELEGRAM.test(url);
}

/** Where the account takes the token, e.g. `https://t.me/school?start=…`; null for any other address. */
export function startAddress(url: string, token: string): string | null {
  return TELEGRAM.test(url) ? `${url}?start=${token}` : null;
}
