/** Public answers, against the fake Graph API: what is shown, sent, refused. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Connection, Target } from '../../../channels/channel.ts';
import { channelRooms } from '../../../channels/registry.ts';
import type { Block } from '../../../core/block.ts';
import { type GraphApi, type GraphFault, startGraphApi } from '../../peers/graph-api.ts';
import { blockOfEachKind, replyOf, settingsOf, targetOf, testPorts } from '../support.ts';

const target = targetOf({ threadKey: '100000000000001_700:5512000000000042', replyTo: '700_9001' });
const hi: Block = { kind: 'text', text: 'Yes, on Mondays.' };
let peer: GraphApi;
let connection: Connection;

function open(changes: object = {}, sendTimeoutMs = 2000): Connection {
  const settings = { ...settingsOf.facebook, apiRoot: peer.root, ...changes };
  return channelRooms.facebook.open({ name: 'main', settings, ports: testPorts({ sendTimeoutMs }) });
}

async function send(block: Block = hi, to: Target = target) {
  const [part] = connection.render(replyOf(block)).parts;
  if (!part) throw new TypeError('nothing rendered');
  return await connection.send(part, to);
}

beforeEach(async () => {
  peer = await startGraphApi(settingsOf.facebook);
  peer.addComment('700_9001');
  connection = open();
});
afterEach(() => peer.stop());

describe('render', () => {
  it.each(Object.values(blockOfEachKind))('shows a $kind in plain text', (block) => {
    const { parts, losses } = connection.render(replyOf(block));
    expect(parts).toHaveLength(1);
    expect({ text: parts[0]?.text.split('\n'), losses }).toMatchSnapshot();
  });
});

describe('send', () => {
  it('answers under the comment, by its own id', async () => {
    expect(await send()).toEqual({ kind: 'sent', platformId: '700_900000' });
    expect(peer.comments).toEqual([{ id: '700_900000', under: '700_9001', message: 'Yes, on Mondays.' }]);
  });

  it.each(Object.values(blockOfEachKind))('delivers a $kind', async (block) => {
    expect(await send(block)).toMatchObject({ kind: 'sent' });
  });

  it('puts no secret into an address', async () => {
    await send();
    const { pageToken, appSecret } = settingsOf.facebook;
    for (const address of peer.addresses) {
      expect(address).not.toContain(pageToken);
      expect(address).not.toContain(appSecret);
    }
  });

  it('has nothing to say where no comment is answered', async () => {
    await expect(send(hi, { ...target, replyTo: null })).rejects.toMatchObject({ code: 'not_permitted' });
  });

  it('cannot be led to another address by the id', async () => {
    await expect(send(hi, { ...target, replyTo: '../me/feed' })).rejects.toMatchObject({ name: 'PermanentError' });
    expect(peer.addresses.at(-1)).toContain('..%2Fme%2Ffeed');
  });

  const rate = { estimated_time_to_regain_access: 4, call_count: 100 };
  it.each<[GraphFault, object]>([
    [{ kind: 4 }, { name: 'TransientError', code: 'channel_rate_limited', afterMs: undefined }],
    [
      { kind: 32, headers: { 'x-business-use-case-usage': JSON.stringify({ '1': [rate] }) } },
      { code: 'channel_rate_limited', afterMs: 240_000 },
    ],
    [
      { kind: 613, headers: { 'retry-after': '9' } },
      { code: 'channel_rate_limited', afterMs: 9000 },
    ],
    [{ kind: 1, status: 429 }, { code: 'channel_rate_limited' }],
    [
      { kind: 2, status: 500 },
      { name: 'TransientError', code: 'channel_unavailable' },
    ],
    [{ kind: 'html' }, { name: 'TransientError', code: 'channel_unavailable' }],
    [{ kind: 551 }, { code: 'recipient_gone' }],
    [{ kind: 100, subcode: 2_018_001 }, { code: 'recipient_gone' }],
    [{ kind: 100, subcode: 33 }, { code: 'thread_gone' }],
    [{ kind: 10, status: 403 }, { code: 'not_permitted' }],
    [{ kind: 200, status: 403 }, { code: 'not_permitted' }],
    [{ kind: 230, status: 403 }, { code: 'not_permitted' }],
    [{ kind: 190, subcode: 463, status: 401 }, { code: 'auth_broken' }],
    [{ kind: 368 }, { code: 'auth_broken' }],
    [{ kind: 100 }, { code: 'invalid_content' }],
  ])('%j', async (fault, expected) => {
    peer.fault(fault);
    await expect(send()).rejects.toMatchObject(expected);
  });

  it('knows a wrong token and a comment that is gone', async () => {
    await expect(send(hi, { ...target, replyTo: '700_1' })).rejects.toMatchObject({ code: 'thread_gone' });
    connection = open({ pageToken: 'EAAOther' });
    await expect(send()).rejects.toMatchObject({ code: 'auth_broken' });
  });

  it('does not know what became of a call that was lost, and knows that one never left', async () => {
    peer.fault({ kind: 'drop' });
    expect(await send()).toMatchObject({ kind: 'unknown' });
    expect(peer.comments).toHaveLength(1);
    connection = open({}, 150);
    peer.fault({ kind: 'hang' });
    expect(await send()).toMatchObject({ kind: 'unknown', why: 'no answer (TimeoutError)' });
    await peer.stop();
    await expect(send()).rejects.toMatchObject({ name: 'TransientError', code: 'channel_unavailable' });
  });
});
