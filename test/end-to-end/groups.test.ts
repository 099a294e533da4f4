/** Where several people write, each is themself: the group, the post and the page are nobody. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { channelRooms } from '../../channels/registry.ts';
import type { ChannelName, InboundEvent } from '../../core/event.ts';
import type { HandleId } from '../../core/ids.ts';
import type { Accepted } from '../../memory/inbox.ts';
import type { Store } from '../../memory/postgres/index.ts';
import { commitOf, factOf, rows } from '../memory/support.ts';
import { facebookRequest, pageComment, type Signed, telegramRequest } from '../server/platforms.ts';
import { append, OPEN_TIMEOUT_MS, openTestStore, take } from '../support/store.ts';

let store: Store;

beforeAll(async () => {
  store = await openTestStore();
}, OPEN_TIMEOUT_MS);

afterAll(() => store.memory.close());

const SETTINGS: Partial<Record<ChannelName, object>> = {
  telegram: { token: '77:account', webhookSecret: 'hook_Secret-42', username: 'tidewell_school' },
  facebook: { appSecret: 'app-secret-of-the-tests', verifyToken: 'v', pageToken: 'p', pageId: '1000' },
};

/** What a room makes of a request as its platform sends it. */
function eventsOf(channel: 'telegram' | 'facebook', { body, headers }: Signed): readonly InboundEvent[] {
  const ports = { fetch, clock: Date.now, sendTimeoutMs: 1000, warn: () => undefined };
  const connection = channelRooms[channel].open({ name: 'main', settings: SETTINGS[channel] as never, ports });
  const verified = connection.verify({ method: 'POST', headers, query: {}, rawBody: body });
  return connection.parse(verified, new Date().toISOString());
}

const GROUP = { id: -1_009_000_000_777, type: 'supergroup', title: 'Spring cohort' };
let updates = 990_000_000;

function inGroup(from: object | undefined, more: object = {}): Signed {
  updates += 1;
  const message = {
    message_id: updates,
    chat: GROUP,
    date: 1_793_520_100,
    text: '/help@tidewell_school',
    ...(from && { from }),
    ...more,
  };
  return telegramRequest({ update_id: updates, message });
}

/** Answers everything these handles said, and teaches one fact about each. */
async function answerAll(accepted: readonly Accepted[]): Promise<void> {
  for (const { lane, handle } of accepted) {
    const { lease, burst } = await take(store, lane);
    await store.memory.turns.commit(lease, commitOf(burst, { toLearn: true }));
    const facts = [factOf({ text: `goal of ${handle}`, audience: 'person' })];
    await store.memory.facts.learn({ turn: burst.turn, handle, learnedAt: new Date().toISOString(), facts });
    await store.memory.lanes.release(lease);
  }
}

const handleRows = (): Promise<{ external_id: string; display_name: string }[]> =>
  rows(store, 'select external_id, display_name from handles order by created_at');

async function knows({ handle, lane, thread }: Accepted): Promise<string> {
  const facts = await store.memory.facts.recall({ clearance: 'private', isMember: false, person: lane }, { limit: 50 });
  const conversation = await store.memory.threads.conversation({ thread, handle, limit: 50 });
  return JSON.stringify({ facts, conversation });
}

/** Nothing of one is known to the other, though they share the thread. */
async function expectApart([a, b]: readonly Accepted[]): Promise<void> {
  if (!a || !b) throw new Error('two people are needed');
  expect(a.thread).toBe(b.thread);
  expect(a.lane).not.toBe(b.lane);
  const mention = (handle: HandleId): string => `goal of ${handle}`;
  expect(await knows(a)).toContain(mention(a.handle));
  expect(await knows(a)).not.toContain(mention(b.handle));
  expect(await knows(b)).not.toContain(mention(a.handle));
}

describe('a Telegram group', () => {
  it('has people in it, and is none', async () => {
    const said = [
      ...eventsOf('telegram', inGroup({ id: 901, is_bot: false, first_name: 'Ana' })),
      ...eventsOf('telegram', inGroup({ id: 902, is_bot: false, first_name: 'Ben' })),
    ];
    const accepted = await append(store, ...said);
    await answerAll(accepted);
    await expectApart(accepted);
    expect(
      await store.memory.threads.find({ channel: 'telegram', connection: 'main', key: String(GROUP.id) }),
    ).toMatchObject({ clearance: 'members' });
    const ids = (await handleRows()).map(({ external_id }) => external_id);
    expect(ids).toEqual(['901', '902']);
  });

  it('keeps who writes in it and in private one handle of one person', async () => {
    const chat = { id: 901, type: 'private', first_name: 'Ana' };
    const [own] = await append(
      store,
      ...eventsOf('telegram', inGroup({ id: 901, is_bot: false, first_name: 'Ana' }, { chat, text: 'hello' })),
    );
    const [ana] = await rows<{ id: string }>(store, `select id from handles where external_id = '901'`);
    expect(own?.handle).toBe(ana?.id);
  });

  it.each([
    ['its own anonymous voice', { id: 1_087_968_824, is_bot: true, first_name: 'Group' }, { sender_chat: GROUP }],
    [
      'a channel that posts into it',
      { id: 136_817_688, is_bot: true, first_name: 'Channel' },
      { sender_chat: { id: -1_001, type: 'channel' } },
    ],
    ['nobody', undefined, { sender_chat: GROUP }],
  ])('is not answered in %s', (_who, from, more) => {
    const [event] = eventsOf('telegram', inGroup(from, more));
    expect(event?.kind).toBe('unsupported');
    expect(event?.sender.externalId).not.toBe(String(GROUP.id));
  });
});

describe('comments under a post', () => {
  it('are their authors’, each with a part of their own', async () => {
    const said = [
      ...eventsOf('facebook', facebookRequest(pageComment('700_9001', 'how long is it?', '5512000000009001'))),
      ...eventsOf('facebook', facebookRequest(pageComment('700_9002', 'and what does it cost?', '5512000000009002'))),
    ];
    const accepted = await append(store, ...said);
    await answerAll(accepted);
    const [a, b] = accepted;
    expect(a?.lane).not.toBe(b?.lane);
    if (a?.thread === b?.thread) await expectApart(accepted);
    const ids = z.array(z.string()).parse((await handleRows()).map(({ external_id }) => external_id));
    expect(ids).toEqual(expect.arrayContaining(['5512000000009001', '5512000000009002']));
    for (const nobody of ['1000', '700', '1000_700', String(GROUP.id)]) expect(ids).not.toContain(nobody);
  });
});
