/** The visitor token and what comes with it. */
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { mintVisitorToken, parseWeb, verifyVisitorToken, verifyWeb } from '../../../channels/web/webhook.ts';
import { fixture, now, postOf, receivedAt } from '../support.ts';

const secret = 'a-visitor-secret-of-32-characters';
const claims = { visitor: 'v_81', expires: now + 60_000 };
const context = { connection: 'main', receivedAt };
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

function receive(body: string, of: Parameters<typeof mintVisitorToken>[0] = claims) {
  const request = postOf(body, bearer(mintVisitorToken(of, { secret })));
  return parseWeb(verifyWeb(request, { secret, now }), context);
}

describe('visitor token', () => {
  it('is payload and HMAC-SHA256, both base64url', () => {
    const token = mintVisitorToken(claims, { secret });
    const [payload = '', signature] = token.split('.');
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toEqual(claims);
    expect(signature).toBe(createHmac('sha256', secret).update(payload).digest('base64url'));
    expect(verifyVisitorToken(token, { secret, now })).toEqual(claims);
  });

  it('dies at its time, to the millisecond', () => {
    const token = mintVisitorToken(claims, { secret });
    expect(() => verifyVisitorToken(token, { secret, now: claims.expires - 1 })).not.toThrow();
    expect(() => verifyVisitorToken(token, { secret, now: claims.expires })).toThrow(/expired/);
  });

  it('cannot be given a member by who holds it', () => {
    const [, signature] = mintVisitorToken(claims, { secret }).split('.');
    const forged = Buffer.from(JSON.stringify({ ...claims, member: '412' })).toString('base64url');
    expect(() => verifyVisitorToken(`${forged}.${signature}`, { secret, now })).toThrow(/not one of ours/);
    const unsigned = mintVisitorToken({ ...claims, member: '412' }, { secret: 'another-secret-of-the-attacker' });
    expect(() => verifyVisitorToken(unsigned, { secret, now })).toThrow(/not one of ours/);
  });

  it.each(['', '.', 'a.b', 'a.b.c', `${Buffer.from('{}').toString('base64url')}.`])('refuses %j', (token) => {
    expect(() => verifyVisitorToken(token, { secret, now })).toThrow(
      expect.objectContaining({ code: 'bad_signature' }),
    );
  });

  it('is refused with anything after it', () => {
    const token = mintVisitorToken(claims, { secret });
    for (const more of ['.', '.x', '.x.y']) {
      expect(() => verifyVisitorToken(token + more, { secret, now })).toThrow(/not one of ours/);
    }
  });

  it('keeps visitor and member ids apart: neither holds the colon between them', () => {
    expect(() => mintVisitorToken({ ...claims, visitor: 'member:412' }, { secret })).toThrow();
    expect(() => mintVisitorToken({ ...claims, member: 'a:b' }, { secret })).toThrow();
  });

  it('is the only way in', () => {
    const token = mintVisitorToken(claims, { secret });
    for (const headers of [{}, { authorization: token }, { authorization: `Basic ${token}` }, { cookie: token }]) {
      const attempt = () => verifyWeb(postOf('{}', headers), { secret, now });
      expect(attempt).toThrow(expect.objectContaining({ code: 'bad_signature' }));
    }
  });
});

describe('web events', () => {
  it('reads a message', () => {
    expect(receive(fixture('web/message'))).toEqual([
      {
        kind: 'message',
        externalId: '5f0c9a3e-6a1b-4c7e-9a53-0b7d5e1f2a34',
        channel: 'web',
        connection: 'main',
        thread: { key: 'v_81', clearance: 'private' },
        sender: { externalId: 'v_81', isMember: false, locale: 'pt-BR' },
        occurredAt: receivedAt,
        text: 'hi',
        attachments: [],
      },
    ]);
  });

  it('reads a choice', () => {
    expect(receive(fixture('web/choice'))).toMatchObject([{ kind: 'choice', token: 'c:02', label: 'Foundation' }]);
  });

  it('keeps a member on one thread, whichever visitor they were', () => {
    const from = (visitor: string) =>
      receive(fixture('web/message'), { ...claims, visitor, member: '412', name: 'Mirela' });
    const [first] = from('v_81');
    const [second] = from('v_99');
    expect(first).toMatchObject({
      thread: { key: 'member:412' },
      sender: { externalId: 'member:412', isMember: true, displayName: 'Mirela' },
    });
    expect(second?.thread).toEqual(first?.thread);
  });

  it('believes nothing the body says about who writes', () => {
    const body = JSON.stringify({ ...JSON.parse(fixture('web/message')), member: '412', isMember: true, sender: 'x' });
    expect(receive(body)).toMatchObject([{ sender: { externalId: 'v_81', isMember: false } }]);
  });

  it.each([
    ['{"id":"5f0c9a3e-6a1b-4c7e-9a53-0b7d5e1f2a34"}', 'text'],
    ['{"id":"1","text":"hi"}', 'id'],
    ['{"id":"5f0c9a3e-6a1b-4c7e-9a53-0b7d5e1f2a34","text":5}', 'text'],
    [`{"id":"5f0c9a3e-6a1b-4c7e-9a53-0b7d5e1f2a34","text":"${'x'.repeat(20_001)}"}`, 'text'],
    ['{"id":"5f0c9a3e-6a1b-4c7e-9a53-0b7d5e1f2a34","choose":"<b>"}', 'choose'],
    ['[]', ''],
  ])('says where %.60s is malformed', (body, path) => {
    expect(() => receive(body)).toThrow(expect.objectContaining({ code: 'malformed', path }));
  });

  it('takes out what no database stores', () => {
    expect(receive('{"id":"5f0c9a3e-6a1b-4c7e-9a53-0b7d5e1f2a34","text":"a\\u0000b\\ud800"}')).toMatchObject([
      { text: 'ab\ufffd' },
    ]);
  });
});
