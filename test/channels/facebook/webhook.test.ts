/** Recorded page notifications and the events they become; the handshake. */
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { answerFacebookChallenge, parseFacebook, verifyFacebook } from '../../../channels/facebook/webhook.ts';
import { fixture, postOf, receivedAt, recorded } from '../support.ts';

const appSecret = 'app-secret-example';
const context = { connection: 'main', receivedAt, pageId: undefined };
const signed = (body: string) =>
  postOf(body, { 'x-hub-signature-256': `sha256=${createHmac('sha256', appSecret).update(body).digest('hex')}` });
const receive = (body: string, pageId?: string) =>
  parseFacebook(verifyFacebook(signed(body), { appSecret }), { ...context, pageId });
const value = 'entry.0.changes.0.value';
const comment = (changes: Readonly<Record<string, unknown>>, pageId?: string) => {
  const places = Object.entries(changes).map(([name, changed]): [string, unknown] => [`${value}.${name}`, changed]);
  return receive(JSON.stringify(recorded('facebook/comment-added', Object.fromEntries(places))), pageId)[0];
};

describe('handshake', () => {
  const ask = (query: Record<string, string>) => () =>
    answerFacebookChallenge({ method: 'GET', headers: {}, query, rawBody: '' }, { verifyToken: 'verify-example' });
  const asked = { 'hub.mode': 'subscribe', 'hub.verify_token': 'verify-example', 'hub.challenge': '1158201444' };

  it('echoes the challenge', () => expect(ask(asked)()).toBe('1158201444'));

  it.each([
    ['another token', { 'hub.verify_token': 'verify-exampl' }],
    ['another mode', { 'hub.mode': 'unsubscribe' }],
    ['markup as challenge', { 'hub.challenge': '<script>' }],
    ['no challenge', { 'hub.challenge': '' }],
  ])('refuses %s', (_name, changes) => {
    expect(ask({ ...asked, ...changes })).toThrow(expect.objectContaining({ code: 'bad_signature' }));
  });
});

describe('signature', () => {
  it('is over the bytes as they came, not over the same JSON written again', () => {
    const body = fixture('facebook/comment-added');
    const request = { ...signed(body), rawBody: JSON.stringify(JSON.parse(body)) };
    expect(() => verifyFacebook(request, { appSecret })).toThrow(expect.objectContaining({ code: 'bad_signature' }));
  });

  it('holds for escaped and unescaped characters alike', () => {
    for (const body of ['{"object":"page","text":"\\u00e4"}', '{"object":"page","text":"ä🙂"}']) {
      expect(() => verifyFacebook(signed(body), { appSecret })).not.toThrow();
    }
  });
});

describe('comments', () => {
  it('become messages on a public thread of one person under one post', () => {
    expect(receive(fixture('facebook/comment-added'))).toEqual([
      {
        kind: 'message',
        externalId: '700_9001:add:1793520000',
        answerUnder: '700_9001',
        channel: 'facebook',
        connection: 'main',
        thread: {
          key: '100000000000001_700:5512000000000042',
          clearance: 'public',
          subject: { id: '100000000000001_700', url: 'https://social.example/lantern/posts/700' },
        },
        sender: { externalId: '5512000000000042', isMember: false, displayName: 'Mirela Okafor' },
        occurredAt: '2026-11-01T08:00:00.000Z',
        text: 'Is there a course for beginners?',
        attachments: [],
      },
    ]);
  });

  it('come in batches, where one that is malformed does not cost the others', () => {
    const events = receive(fixture('facebook/batch'));
    expect(events).toMatchObject([
      {
        kind: 'edit',
        externalId: '700_9001:edited:1793520090',
        of: '700_9001',
        text: 'Is there a course for absolute beginners?',
      },
      { kind: 'delete', of: '700_9002' },
      { kind: 'unsupported', reason: 'our own comment' },
      { kind: 'unsupported', reason: 'feed item reaction' },
      { kind: 'unsupported', reason: 'malformed at entry.0.feed.4.comment_id' },
      { kind: 'unsupported', reason: 'page notification of ratings' },
      { kind: 'unsupported', reason: 'page notification of messaging' },
    ]);
    expect(new Set(events.map((event) => event.externalId)).size).toBe(events.length);
    expect(receive(fixture('facebook/batch'))).toEqual(events);
  });

  it('never answer our own page, whichever way it is named', () => {
    const own = { kind: 'unsupported', reason: 'our own comment' };
    expect(comment({ from: { id: '42', name: 'Lantern School' } }, '42')).toMatchObject(own);
    expect(comment({ from: { id: '100000000000001', name: 'Lantern School' } })).toMatchObject(own);
  });

  it.each([
    [{ from: undefined }, { kind: 'unsupported', reason: expect.stringMatching(/pages_read_user_content/) as string }],
    [{ message: undefined }, { kind: 'unsupported', reason: 'a comment without words' }],
    [
      { message: undefined, photo: 'https://social.example/p.jpg' },
      { kind: 'message', attachments: [{ kind: 'image' }] },
    ],
    [{ verb: 'hide' }, { kind: 'unsupported', reason: 'comment hide' }],
    [{ parent_id: '700_9000' }, { kind: 'message', replyTo: '700_9000' }],
    [
      { post: { message: 'New dates', permalink_url: 'https://social.example/1' } },
      { thread: { subject: { excerpt: 'New dates' } } },
    ],
  ])('%j', (changes, expected) => expect(comment(changes)).toMatchObject(expected));

  it.each([
    ['{"object":"page"}', 'entry'],
    ['{"object":"page","entry":[]}', 'entry'],
    ['{"object":"page","entry":[{"changes":[]}]}', 'entry.0.id'],
    ['[]', ''],
  ])('says where %s is malformed', (body, path) => {
    expect(() => receive(body)).toThrow(expect.objectContaining({ code: 'malformed', path }));
  });

  it('of other products are kept with a reason', () => {
    const instagram = '{"object":"instagram","entry":[{"id":"9","changes":[{"field":"comments","value":{}}]}]}';
    expect(receive(instagram)).toMatchObject([{ kind: 'unsupported', reason: 'instagram notification of comments' }]);
  });
});
