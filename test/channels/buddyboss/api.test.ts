/** Messages to the plugin, against the fake WordPress: what is shown, sent once, refused. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Connection } from '../../../channels/channel.ts';
import { channelRooms } from '../../../channels/registry.ts';
import type { Block } from '../../../core/block.ts';
import { DeliveryId } from '../../../core/ids.ts';
import { type SiteFault, startWordPress, type WordPress } from '../../peers/wordpress.ts';
import { blockOfEachKind, now, replyOf, settingsOf, targetOf, testPorts } from '../support.ts';

const { secret } = settingsOf.buddyboss;
const target = targetOf({ threadKey: 'message:88', address: '412', replyTo: 'evt_3301' });
const otherId = DeliveryId.parse('01939f6e-0000-7000-8000-000000000002.0');
const hi: Block = { kind: 'text', text: 'Hello.' };
let peer: WordPress;
let connection: Connection;

function open(changes: object = {}, sendTimeoutMs = 2000): Connection {
  const settings = { secret, url: peer.root, ...changes };
  return channelRooms.buddyboss.open({ name: 'main', settings, ports: testPorts({ sendTimeoutMs }) });
}

async function send(block: Block = hi, to = target) {
  const outcomes = [];
  for (const part of connection.render(replyOf(block)).parts) outcomes.push(await connection.send(part, to));
  return outcomes;
}

beforeEach(async () => {
  peer = await startWordPress({ secret, now: () => now });
  connection = open();
});
afterEach(() => peer.stop());

describe('render', () => {
  it.each(Object.values(blockOfEachKind))('shows a $kind as HTML', (block) => {
    const { parts, losses } = connection.render(replyOf(block));
    expect(parts).toHaveLength(1);
    expect({ html: parts[0]?.payload['html'], losses }).toMatchSnapshot();
  });
});

describe('send', () => {
  it.each(Object.values(blockOfEachKind))('delivers a $kind the plugin accepts', async (block) => {
    expect(await send(block)).toEqual([{ kind: 'sent', platformId: '7001' }]);
  });

  it('says where to, to whom, and what it answers', async () => {
    await send();
    await send(hi, targetOf({ threadKey: 'activity:940:412', id: otherId }));
    expect(peer.messages.map((message) => message.body)).toMatchObject([
      { thread_id: '88', recipient_id: '412', in_reply_to: 'evt_3301', html: '<p>Hello.</p>' },
      { activity_id: '940', recipient_id: '412' },
    ]);
  });

  it('is keyed: the same part sent again arrives once, its other parts on their own', async () => {
    const long: Block = { kind: 'text', text: 'word '.repeat(5000) };
    expect(await send(long)).toEqual([
      { kind: 'sent', platformId: '7001' },
      { kind: 'sent', platformId: '7002' },
    ]);
    expect(await send(long)).toEqual([
      { kind: 'sent', platformId: '7001' },
      { kind: 'sent', platformId: '7002' },
    ]);
    expect([peer.messages.length, peer.calls]).toEqual([2, 4]);
    expect(connection.profile.keyedSend).toBe(true);
  });

  it('after a lost answer is sent once all the same', async () => {
    peer.fault({ kind: 'drop' });
    expect(await send()).toMatchObject([{ kind: 'unknown' }]);
    expect(await send()).toEqual([{ kind: 'sent', platformId: '7001' }]);
    expect(peer.messages).toHaveLength(1);
  });

  it.each<[SiteFault, object]>([
    [{ kind: 400, code: 'message_invalid_recipients' }, { code: 'recipient_gone' }],
    [{ kind: 404, code: 'throughline_thread_gone' }, { code: 'thread_gone' }],
    [{ kind: 403, code: 'bp_rest_authorization_required' }, { code: 'not_permitted' }],
    [{ kind: 401, code: 'throughline_bad_signature' }, { code: 'auth_broken' }],
    [{ kind: 404, code: 'rest_no_route' }, { code: 'auth_broken' }],
    [{ kind: 301, code: '', headers: { location: 'https://www.community.example' } }, { code: 'auth_broken' }],
    [{ kind: 400, code: 'messages_empty_message' }, { code: 'invalid_content' }],
    [
      { kind: 429, headers: { 'retry-after': '12' } },
      { name: 'TransientError', code: 'channel_rate_limited', afterMs: 12_000 },
    ],
    [
      { kind: 429, headers: { 'retry-after': 'Sun, 01 Nov 2026 08:00:30 GMT' } },
      { code: 'channel_rate_limited', afterMs: 30_000 },
    ],
    [{ kind: 500 }, { name: 'TransientError', code: 'channel_unavailable' }],
  ])('%j', async (fault, expected) => {
    peer.fault(fault);
    await expect(send()).rejects.toMatchObject(expected);
  });

  it('is not fooled by a page that says 200', async () => {
    peer.fault({ kind: 'html' });
    expect(await send()).toMatchObject([{ kind: 'unknown' }]);
  });

  it('is refused with another secret, or another clock', async () => {
    connection = open({ secret: `whsec_${Buffer.from('another-key-of-24-bytes!').toString('base64')}` });
    await expect(send()).rejects.toMatchObject({ code: 'auth_broken' });
  });

  it('knows that a call never left', async () => {
    await peer.stop();
    await expect(send()).rejects.toMatchObject({ name: 'TransientError', code: 'channel_unavailable' });
  });
});
