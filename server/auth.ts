/** Who may open the console: the admin token, as a bearer or as a cookie derived from it. */
import { createHash, timingSafeEqual } from 'node:crypto';

export const CONSOLE_COOKIE = 'throughline_console';

export type ConsoleAuth = {
  readonly isToken: (token: string) => boolean;
  /** What the cookie holds: not the token itself, so that a stolen cookie jar does not show it. */
  readonly cookieValue: string;
  readonly isCookie: (value: string | undefined) => boolean;
};

/** `tokenHash` is what is stored; the token itself is printed once and forgotten. */
export function createConsoleAuth(tokenHash: string): ConsoleAuth {
  const cookieValue = hashToken(`cookie:${tokenHash}`);
  return {
    isToken: (token) => isSame(hashToken(token), tokenHash),
    cookieValue,
    isCookie: (value) => value !== undefined && isSame(value, cookieValue),
  };
}

/** Admin tokens are long and random, so a plain hash holds; a password would need a slow one. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
