/** What proofs are worth, and what keeps two people apart. */
import fc from 'fast-check';
import { uuidv7 } from 'uuidv7';
import { describe, expect, it } from 'vitest';
import { HandleId } from '../../core/ids.ts';
import { type Claim, type ClaimKind, claimKindOf, conflictsOf, normaliseClaim, strengthOf } from '../../core/link.ts';
import { Proof } from '../../core/person.ts';

function claim(kind: ClaimKind, value: string): Claim {
  return { handle: HandleId.parse(uuidv7()), kind, value, proof: 'operator', provenAt: '2026-11-22T09:00:00.000Z' };
}

describe('a proof', () => {
  it('is strong exactly when somebody vouches for a claim', () => {
    const table = Object.fromEntries(Proof.options.map((proof) => [proof, [strengthOf(proof), claimKindOf(proof)]]));
    expect(table).toEqual({
      deep_link: ['plain', null],
      email_code: ['strong', 'email'],
      site_login: ['strong', 'site_account'],
      signed_widget: ['strong', 'site_account'],
      verified_phone: ['strong', 'phone'],
      operator: ['plain', null],
      suggestion: ['plain', null],
    });
  });
});

describe('claims', () => {
  it('keep two people apart who hold different ones of a kind', () => {
    const [ana, ben] = [claim('email', 'ana@example.org'), claim('email', 'ben@example.org')];
    expect(conflictsOf([ana], [ben])).toEqual(['email']);
    expect(conflictsOf([ana, claim('phone', '+491')], [ben, claim('phone', '+492')])).toEqual(['email', 'phone']);
  });

  it('keep nobody apart who shares one, or holds another kind, or none', () => {
    const ana = claim('email', 'ana@example.org');
    expect(conflictsOf([ana], [claim('email', 'ana@example.org')])).toEqual([]);
    expect(conflictsOf([ana, claim('email', 'old@example.org')], [claim('email', 'old@example.org')])).toEqual([]);
    expect(conflictsOf([ana], [claim('phone', '+491')])).toEqual([]);
    expect(conflictsOf([ana], [])).toEqual([]);
  });

  it('conflict whichever side is named first', () => {
    const claims = fc.array(
      fc.record({ kind: fc.constantFrom('email', 'phone', 'site_account'), value: fc.constantFrom('1', '2', '3') }),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(claims, claims, (left, right) => {
        const [a, b] = [
          left.map(({ kind, value }) => claim(kind, value)),
          right.map(({ kind, value }) => claim(kind, value)),
        ];
        expect(conflictsOf(a, b)).toEqual(conflictsOf(b, a));
        expect(conflictsOf(a, a)).toEqual([]);
      }),
    );
  });

  it('are spelt one way', () => {
    expect(normaliseClaim('email', ' Ana@Example.ORG ')).toBe('ana@example.org');
    expect(normaliseClaim('phone', '0049 (30) 123-45.67')).toBe('+49301234567');
    expect(normaliseClaim('phone', '+49 30 1234567')).toBe('+49301234567');
    expect(normaliseClaim('site_account', ' m-1 ')).toBe('m-1');
  });

  it.each([
    ['email', 'ana'],
    ['email', 'a b@example.org'],
    ['phone', '030 1234567'],
    ['phone', 'call me'],
    ['site_account', '  '],
  ] as const)('that cannot be one are refused: %s %j', (kind, value) => {
    expect(() => normaliseClaim(kind, value)).toThrow(expect.objectContaining({ code: 'malformed', path: 'value' }));
  });
});
