/** The plugin's signed events: Standard Webhooks, HTML to text, what is ours to answer. */
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  htmlToText,
  parseBuddyboss,
  signStandardWebhook,
  verifyBuddyboss,
} from '../../../channels/buddyboss/webhook.ts';
import { fixture, now, postOf, receivedAt, settingsOf } from '../support.ts';

const { secret } = settingsOf.buddyboss;
const context = { connection: 'main', receivedAt };

type Signing = { readonly id?: string; readonly at?: number; readonly key?: string };

/** Signed here without the room's own function. */
function signed(body: string, { id = 'evt_3301', at = now, key = secret }: Signing = {}) {
  const timestamp = String(at / 1000);
  const bytes = Buffer.from(key.slice(6), 'base64');
  const signature = `v1,${createHmac('sha256', bytes).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  return postOf(body, { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature });
}
const receive = (body: string) => parseBuddyboss(verifyBuddyboss(signed(body), { secret, now }), context);
const message = (changes: object) =>
  receive(JSON.stringify({ ...JSON.parse(fixture('buddyboss/private-message')), ...changes }))[0];

describe('Standard Webhooks', () => {
  it('agrees with the vector of the specification', () => {
    const vector = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: '1614265330', body: '{"test": 2432232314}' };
    expect(signStandardWebhook(vector, 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')).toBe(
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    );
  });

  it('takes any of several signatures while a secret is rotated', () => {
    const request = signed('{}');
    const list = `v1,${'A'.repeat(43)}= v2,xyz ${request.headers['webhook-signature']}`;
    expect(
      verifyBuddyboss({ ...request, headers: { ...request.headers, 'webhook-signature': list } }, { secret, now })
        .proof,
    ).toEqual({ id: 'evt_3301' });
  });

  it.each([
    ['five minutes early', { at: now + 300_000 }, true],
    ['five minutes late', { at: now - 300_000 }, true],
    ['a second more', { at: now - 301_000 }, false],
    ['a second too early', { at: now + 301_000 }, false],
    ['another key', { key: `whsec_${Buffer.from('another-key-of-24-bytes!').toString('base64')}` }, false],
    ['no id', { id: '' }, false],
    ['an id with white space', { id: 'a b' }, false],
  ])('%s', (_name, options, isGood) => {
    const attempt = () => verifyBuddyboss(signed('{}', options), { secret, now });
    if (isGood) expect(attempt).not.toThrow();
    else expect(attempt).toThrow(expect.objectContaining({ code: 'bad_signature' }));
  });
});

describe('events', () => {
  it('read a private message of a member', () => {
    expect(receive(fixture('buddyboss/private-message'))).toEqual([
      {
        kind: 'message',
        externalId: 'evt_3301',
        answerUnder: 'evt_3301',
        channel: 'buddyboss',
        connection: 'main',
        thread: { key: 'message:88', clearance: 'private' },
        sender: { externalId: '412', isMember: true, displayName: 'Mirela Okafor', locale: 'de-DE' },
        occurredAt: '2026-11-01T08:00:00Z',
        text: 'Hello ,\nwhere was I in my course? 🙂 Fish & chips – really\n\n• one\n• two',
        attachments: [],
      },
    ]);
  });

  it('read a comment, on a thread of one member under one activity', () => {
    expect(receive(fixture('buddyboss/activity-comment'))).toMatchObject([
      {
        kind: 'message',
        text: 'Which dates?',
        thread: {
          key: 'activity:940:412',
          clearance: 'members',
          subject: { id: '940', url: 'https://community.example/news-feed/940', excerpt: 'New dates for spring' },
        },
      },
    ]);
  });

  it.each([
    [{ is_own: true }, { kind: 'unsupported', reason: 'our own message' }],
    [{ message_html: '<p> </p>' }, { kind: 'unsupported', reason: 'a message without words' }],
    [{ thread_id: '88' }, { kind: 'message', thread: { key: 'message:88' } }],
  ])('%j', (changes, expected) => expect(message(changes)).toMatchObject(expected));

  it('keep types they do not know', () => {
    expect(receive(fixture('buddyboss/membership-level'))).toMatchObject([
      { kind: 'unsupported', externalId: 'evt_3301', reason: 'event type membership_level_changed' },
    ]);
  });

  it.each([
    [{ thread_id: undefined }, 'thread_id'],
    [{ sender: {} }, 'sender.id'],
    [{ is_own: undefined }, 'is_own'],
    [{ sent_at: '2026-11-01 08:00:00' }, 'sent_at'],
    [{ type: 5 }, 'type'],
  ])('say where %j is malformed', (changes, path) => {
    expect(() => message(changes)).toThrow(expect.objectContaining({ code: 'malformed', path }));
  });
});

describe('HTML as text', () => {
  it.each([
    ['a<br>b<br />\nc', 'a\nb\nc'],
    ['<p>a</p><p>b</p>', 'a\nb'],
    ['<a href="https://x.example" onclick="x">go</a>', 'go'],
    ['<img class="emoji" alt="🙂" src="x.svg">', '🙂'],
    ['1 < 2 && 3 > 2', '1 < 2 && 3 > 2'],
    ['&lt;b&gt; &amp;lt; &#039; &#x41; &unknown; &#9999999; &nbsp;.', "<b> &lt; ' A &unknown; &#9999999;  ."],
    ['<!-- note -->a', 'a'],
    ['hi {{mention_user_id_12}}!', 'hi !'],
  ])('%s', (html, text) => expect(htmlToText(html)).toBe(text));

  it('takes time in proportion to the text', () => {
    for (const html of [
      '<'.repeat(200_000),
      ' '.repeat(200_000),
      '&'.repeat(200_000),
      '<img '.repeat(40_000),
      '\n '.repeat(100_000),
    ]) {
      expect(htmlToText(html).length).toBeLessThanOrEqual(html.length);
    }
  });
});
