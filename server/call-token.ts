/** Tokens of calls to action: the id of a row and a signature over it, short enough for Telegram's 64 characters. */
import { createHmac, timingSafeEqual } from 'node:crypto';

const ID_BYTES = 16;
const SIGNATURE_BYTES = 16;
/** 32 bytes in base64url, without padding. */
const SHAPE = /^[A-Za-z0-9_-]{43}$/;

export type CallTokens = {
  readonly mint: (call: string) => string;
  /** The call's id (a UUID), or null for a token that is not ours as it stands. In constant time. */
  readonly read: (token: string) => string | null;
};

/** `secret`: the installation's own. */
export function createCallTokens(secret: string): CallTokens {
  const sign = (id: Buffer): Buffer =>
    createHmac('sha256', secret).update('call to action').update(id).digest().subarray(0, SIGNATURE_BYTES);
  return {
    mint: (call) => {
      const id = Buffer.from(call.replaceAll('-', ''), 'hex');
      return Buffer.concat([id, sign(id)]).toString('base64url');
    },
    read: (token) => {
      if (!SHAPE.test(token)) return null;
      const bytes = Buffer.from(token, 'base64url');
      // Another spelling of the same bytes is another token.
      if (bytes.toString('base64url') !== token) return null;
      const id = bytes.subarray(0, ID_BYTES);
      if (!timingSafeEqual(bytes.subarray(ID_BYTES), sign(id))) return null;
      return id.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    },
  };
}

/** Has this the form of one of our tokens, whoever made it? Anything else behind `/start` means nothing to us. */
export function looksLikeToken(text: string): boolean {
  return SHAPE.test(text);
}
