/** Tokens of calls to action: short, ours alone, and of one spelling. */
import fc from 'fast-check';
import { uuidv7 } from 'uuidv7';
import { describe, expect, it } from 'vitest';
import { createCallTokens, looksLikeToken } from '../../server/call-token.ts';

const tokens = createCallTokens('the secret of the tests');

describe('a token', () => {
  it('gives back its call, and fits what Telegram takes', () => {
    fc.assert(
      fc.property(fc.uuid(), (call) => {
        const token = tokens.mint(call);
        expect(token).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
        expect(looksLikeToken(token)).toBe(true);
        expect(tokens.read(token)).toBe(call);
      }),
    );
  });

  it('is nobody’s after any one character was changed', () => {
    const token = tokens.mint(uuidv7());
    const signs = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    for (let at = 0; at < token.length; at += 1) {
      for (const sign of signs) {
        if (sign !== token[at]) expect(tokens.read(token.slice(0, at) + sign + token.slice(at + 1))).toBeNull();
      }
    }
  });

  it('of another installation is not ours', () => {
    expect(tokens.read(createCallTokens('another secret').mint(uuidv7()))).toBeNull();
  });

  it.each(['', 'ad-campaign-7', 'A'.repeat(43), 'A'.repeat(64), `${'A'.repeat(42)}/`, 'ä'.repeat(43)])(
    'is not %j',
    (text) => {
      expect(tokens.read(text)).toBeNull();
    },
  );
});
