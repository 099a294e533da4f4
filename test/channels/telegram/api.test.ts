/** The real grammY client against the strict fake of the Bot API. */
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Connection } from '../../../channels/channel.ts';
import { channelRooms } from '../../../channels/registry.ts';
import type { Block } from '../../../core/block.ts';
import { PermanentError, TransientError } from '../../../core/errors.ts';
import type { InboundEvent } from '../../../core/event.ts';
import { type BotApi, type Fault, startBotApi } from '../../peers/bot-api.ts';
import {
  blockOfEachKind,
  recorded,
  replyOf,
  rootOf,
  settingsOf,
  targetOf,
  testPorts,
  type Warnings,
} from '../support.ts';

const chat = { id: 90_210_001, type: 'private', first_name: 'Mirela' } as const;
const target = targetOf({ threadKey: String(chat.id) });
let peer: BotApi;
let connection: Connection;
let warnings: Warnings;

function open(changes: object = {}, sendTimeoutMs = 2000): Connection {
  const settings = { ...settingsOf.telegram, apiRoot: peer.root, username: peer.username, ...changes };
  return channelRooms.telegram.open({ name: 'main', settings, ports: testPorts({ warnings, sendTimeoutMs }) });
}

async function sendAll(...blocks: Block[]): Promise<readonly unknown[]> {
  const outcomes: unknown[] = [];
  for (const part of connection.render(replyOf(...blocks)).parts) outcomes.push(await connection.send(part, target));
  return outcomes;
}

beforeEach(async () => {
  peer = await startBotApi({ token: settingsOf.telegram.token });
  peer.addChat(chat);
  warnings = [];
  connection = open();
});
afterEach(() => peer.stop());

describe('send', () => {
  it.each(Object.values(blockOfEachKind))('delivers a $kind that Telegram accepts', async (block) => {
    expect(await sendAll(block)).toEqual([{ kind: 'sent', platformId: '501' }]);
    expect(peer.calls).toMatchObject([{ method: 'sendMessage', status: 200 }]);
    expect(peer.calls[0]?.params).toMatchObject({ link_preview_options: { is_disabled: true } });
  });

  it('is accepted whatever Markdown a model writes', async () => {
    const pieces = [
      '**b**',
      '*i* ',
      '`c`',
      '~~s~~',
      '# h\n',
      '> q\n',
      '\n\n',
      '- l\n',
      '1. n\n',
      '```\nx\n```\n',
      '[l](https://x.example/a)',
      '🙂',
      '| a | b |\n| - | - |\n| 1 | 2 |\n',
      '**a `b` *c* [d](https://x.example)**',
      ' ',
      '\u202e',
      '[l](http://localhost)',
      '![i](https://x.example/i.png)',
      'word',
    ];
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...pieces), { maxLength: 25 }), async (written) => {
        const markdown = written.join('');
        const before = peer.calls.length;
        await sendAll({ kind: 'text', text: markdown || '-', root: rootOf(markdown) });
        expect(peer.calls.slice(before).every((call) => call.status === 200)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it('splits a long text into messages in order', async () => {
    const outcomes = await sendAll({ kind: 'text', text: 'A sentence of words. '.repeat(500) });
    expect(outcomes).toEqual([501, 502, 503].map((id) => ({ kind: 'sent', platformId: String(id) })));
  });

  it('writes into the topic of the thread key', async () => {
    peer.addChat({ id: -1_009_000_000_001, type: 'supergroup', title: 'Spring', is_forum: true, topics: [17] });
    const [part] = connection.render(replyOf({ kind: 'text', text: 'hi' })).parts;
    if (!part) throw new TypeError('nothing rendered');
    await connection.send(part, targetOf({ threadKey: '-1009000000001:17' }));
    expect(peer.messages[0]).toMatchObject({ chat: { id: -1_009_000_000_001 }, message_thread_id: 17 });
    await expect(connection.send(part, targetOf({ threadKey: '-1009000000001:18' }))).rejects.toMatchObject({
      code: 'thread_gone',
    });
  });
});

describe('a quote', () => {
  const group = { id: -1_009_000_000_002, type: 'supergroup', title: 'Autumn' } as const;
  const asked = { message_id: 4001, chat: group, from: { id: 7, is_bot: false }, date: 1_793_520_100, text: '?' };
  const answerTo = async (replyTo: string | null, text = 'hi') => {
    for (const [position, part] of connection.render(replyOf({ kind: 'text', text })).parts.entries()) {
      await connection.send(part, targetOf({ threadKey: String(group.id), replyTo, position }));
    }
  };

  beforeEach(async () => {
    peer.addChat(group);
    await peer.push({ message: asked });
  });

  it('stands over the first message of an answer, and over nothing that answers no message', async () => {
    await answerTo('4001', 'A sentence of words. '.repeat(300));
    await answerTo(null);
    expect(peer.messages.map((message) => message.reply_to_message)).toEqual([
      { message_id: 4001 },
      undefined,
      undefined,
    ]);
    expect(peer.calls.every(({ status }) => status === 200)).toBe(true);
  });

  it('is left out where the message is gone; the answer comes all the same', async () => {
    await answerTo('4002');
    expect(peer.calls).toMatchObject([{ status: 200 }]);
    expect(peer.messages[0]).not.toHaveProperty('reply_to_message');
  });
});

describe('what Telegram refuses', () => {
  const hi: Block = { kind: 'text', text: 'hi' };

  it.each<[string, Fault, object]>([
    ['too many', { kind: 429, retryAfter: 7 }, { name: 'TransientError', code: 'channel_rate_limited', afterMs: 7000 }],
    ['server error', { kind: 500 }, { name: 'TransientError', code: 'channel_unavailable' }],
    ['a proxy in front', { kind: 'html' }, { name: 'TransientError', code: 'channel_unavailable' }],
    ['blocked', { kind: 403, description: 'Forbidden: bot was blocked by the user' }, { code: 'recipient_gone' }],
    ['deactivated', { kind: 403, description: 'Forbidden: user is deactivated' }, { code: 'recipient_gone' }],
    [
      'first contact',
      { kind: 403, description: "Forbidden: bot can't initiate conversation with a user" },
      { code: 'recipient_gone' },
    ],
    [
      'kicked',
      { kind: 403, description: 'Forbidden: bot was kicked from the supergroup chat' },
      { code: 'thread_gone' },
    ],
    [
      'rights',
      { kind: 400, description: 'Bad Request: not enough rights to send text messages to the chat' },
      { code: 'not_permitted' },
    ],
    ['no chat', { kind: 400, description: 'Bad Request: chat not found' }, { code: 'thread_gone' }],
    [
      'migrated',
      { kind: 400, description: 'Bad Request: group chat was upgraded to a supergroup chat' },
      { code: 'thread_gone' },
    ],
    [
      'entities',
      { kind: 400, description: "Bad Request: can't parse entities: unexpected end" },
      { code: 'invalid_content' },
    ],
    ['token', { kind: 401, description: 'Unauthorized' }, { code: 'auth_broken' }],
    ['malformed token', { kind: 404, description: 'Not Found' }, { code: 'auth_broken' }],
  ])('%s', async (_name, fault, expected) => {
    peer.fault(fault);
    await expect(sendAll(hi)).rejects.toMatchObject(expected);
    expect(peer.messages).toEqual([]);
  });

  it('counts an unmodified message as sent', async () => {
    peer.fault({
      kind: 400,
      description: 'Bad Request: message is not modified: specified new message content is the same',
    });
    expect(await sendAll(hi)).toEqual([{ kind: 'sent', platformId: null }]);
  });

  it('does not know what became of a call that was lost', async () => {
    peer.fault({ kind: 'drop' });
    expect(await sendAll(hi)).toMatchObject([{ kind: 'unknown' }]);
    expect(peer.messages).toHaveLength(1);
    peer.fault({ kind: 504 });
    expect(await sendAll(hi)).toMatchObject([{ kind: 'unknown' }]);
    connection = open({}, 150);
    peer.fault({ kind: 'hang' });
    expect(await sendAll(hi)).toMatchObject([{ kind: 'unknown' }]);
  });

  it('knows that a call which never left may be made again', async () => {
    await peer.stop();
    await expect(sendAll(hi)).rejects.toMatchObject({ name: 'TransientError', code: 'channel_unavailable' });
  });

  it('never repeats token or words', async () => {
    const secret = settingsOf.telegram.token.split(':')[1] ?? '';
    const collect = async (failing: Connection): Promise<readonly unknown[]> => {
      const [part = { text: '', payload: {} }] = failing.render(replyOf({ kind: 'text', text: 'private words' })).parts;
      const calls = [
        () => failing.send(part, target),
        () => failing.register?.('https://school.example'),
        () => failing.showTyping?.(target),
      ];
      const settled = await Promise.allSettled(calls.map(async (call) => call()));
      return settled.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
    };
    peer.fault({ kind: 400, times: 10, description: 'Bad Request: odd' });
    const refused = await collect(connection);
    const gone = await startBotApi();
    await gone.stop();
    const errors = [...refused, ...(await collect(open({ apiRoot: gone.root })))];
    expect(errors).toHaveLength(6);
    for (const error of errors) {
      expect(error instanceof PermanentError || error instanceof TransientError).toBe(true);
      const shown = `${inspect(error, { depth: 10 })} ${JSON.stringify(error)}`;
      expect(shown).not.toContain(secret);
      expect(shown).not.toContain('private words');
    }
  });
});

describe('other calls', () => {
  it('shows typing', async () => {
    await connection.showTyping?.(target);
    expect(peer.chatActions).toEqual([{ chat: chat.id, action: 'typing' }]);
  });

  it('registers its own address with the secret, and only what we understand', async () => {
    await connection.register?.('https://school.example/');
    expect(peer.webhook).toEqual({
      url: 'https://school.example/in/telegram/main',
      secret: settingsOf.telegram.webhookSecret,
    });
    expect(peer.calls[0]?.params['allowed_updates']).toContain('message_reaction');
    await connection.register?.('https://school.example/');
  });

  it('says which address Telegram refuses, and when it keeps another', async () => {
    await expect(connection.register?.('http://school.example')).rejects.toMatchObject({ code: 'config_invalid' });
    await expect(connection.register?.('https://school.example:3000')).rejects.toMatchObject({
      code: 'config_invalid',
    });
    const lying = vi.fn<typeof fetch>(async () =>
      Response.json({ ok: true, result: { url: 'https://other.example' } }),
    );
    const other = channelRooms.telegram.open({
      name: 'main',
      settings: settingsOf.telegram,
      ports: { ...testPorts(), fetch: lying },
    });
    await expect(other.register?.('https://school.example')).rejects.toThrow(/another webhook address/);
  });

  it('answers a pressed button from a webhook, once stored', async () => {
    await sendAll(blockOfEachKind.choices);
    const [message] = peer.messages;
    if (!message) throw new TypeError('nothing sent');
    await peer.press(message, 'Foundation');
    const response = await fetch(`${peer.root}/bot${peer.token}/getUpdates`);
    const { result } = (await response.json()) as { readonly result: readonly unknown[] };
    await connection.acknowledge?.({ payload: result[0], proof: {} });
    expect(peer.answeredQueries).toHaveLength(1);
    // An update without a button needs no call.
    const calls = peer.calls.length;
    await connection.acknowledge?.({ payload: recorded('telegram/message'), proof: {} });
    expect(peer.calls).toHaveLength(calls);
  });

  it('fails with one of our errors when the button is too old', async () => {
    const pressed = connection.acknowledge?.({ payload: recorded('telegram/callback-query'), proof: {} });
    await expect(pressed).rejects.toMatchObject({ name: 'PermanentError' });
  });
});

describe('poll', () => {
  let stop: AbortController;
  let polling: Promise<unknown>;
  const events: InboundEvent[] = [];
  const until = async (what: () => boolean) => {
    while (!what()) await sleep(5);
  };
  const start = (accept: (events: readonly InboundEvent[], raw: string) => Promise<void>) => {
    polling = connection.poll?.(accept, stop.signal) ?? Promise.resolve();
    polling.catch(() => undefined);
  };
  const keep = async (more: readonly InboundEvent[]) => {
    events.push(...more);
  };

  beforeEach(() => {
    stop = new AbortController();
    events.length = 0;
  });
  afterEach(async () => {
    stop.abort();
    await polling.catch(() => undefined);
  });

  it('takes updates in order, answers pressed buttons, ends when told', async () => {
    await sendAll(blockOfEachKind.choices);
    start(keep);
    await peer.says(chat.id, 'first');
    await peer.says(chat.id, 'second');
    const [message] = peer.messages;
    if (message) await peer.press(message, 'Foundation');
    await until(() => peer.answeredQueries.length === 1);
    expect(events).toMatchObject([{ text: 'first' }, { text: 'second' }, { kind: 'choice', label: 'Foundation' }]);
    await until(() => peer.pending.length === 0);
    stop.abort();
    await expect(polling).resolves.toBeUndefined();
  });

  it('confirms an update only when it is durable', async () => {
    let isDown = true;
    await peer.says(chat.id, 'one');
    await peer.says(chat.id, 'two');
    start(async (more) => {
      if (isDown && events.length === 1) throw new TransientError('store_down', 'The store is down.');
      await keep(more);
    });
    await until(() => warnings.length > 0);
    expect(events).toMatchObject([{ text: 'one' }]);
    expect(peer.pending).toHaveLength(2);
    isDown = false;
    await until(() => events.length === 2 && peer.pending.length === 0);
    expect(events).toMatchObject([{ text: 'one' }, { text: 'two' }]);
    expect(warnings).toEqual(['telegram/main: what came in was not stored (store_down); it is asked for again.']);
  });

  it('hands over the update as it came', async () => {
    const raws: string[] = [];
    start(async (_events, raw) => {
      raws.push(raw);
    });
    const id = await peer.says(chat.id, 'raw');
    await until(() => raws.length === 1);
    expect(JSON.parse(raws[0] ?? '')).toMatchObject({ update_id: id, message: { text: 'raw' } });
  });

  it('takes a webhook away first, and calls nothing when there is none', async () => {
    start(keep);
    await peer.says(chat.id, 'one');
    await until(() => events.length === 1);
    expect(peer.calls.some((call) => call.method === 'deleteWebhook')).toBe(false);
    stop.abort();
    await polling;
    await connection.register?.('https://school.example');
    stop = new AbortController();
    start(keep);
    await peer.says(chat.id, 'two');
    await until(() => events.length === 2);
    expect(peer.calls.some((call) => call.method === 'deleteWebhook')).toBe(true);
  });

  it('says in words when somebody else polls, and goes on', async () => {
    peer.fault({ kind: 400, method: 'getMe' });
    start(keep);
    await until(() => peer.calls.length > 0);
    await until(() => peer.calls.some((call) => call.method === 'getWebhookInfo'));
    await sleep(50);
    await fetch(`${peer.root}/bot${peer.token}/getUpdates?timeout=0`);
    await until(() => warnings.length > 0);
    expect(warnings[0]).toMatch(/another process polls with the same token/i);
    await peer.says(chat.id, 'still here');
    await until(() => events.length === 1);
  });

  it('waits as long as it is told, and outlasts bad answers', async () => {
    peer.fault({ kind: 'html', method: 'getUpdates' });
    peer.fault({ kind: 429, retryAfter: 0, method: 'getUpdates' });
    start(keep);
    await peer.says(chat.id, 'after all');
    await until(() => events.length === 1);
    expect(warnings).toHaveLength(2);
  });

  it('ends with the reason when the token is refused', async () => {
    connection = open({ token: '7000000001:wrong' });
    start(keep);
    await expect(polling).rejects.toMatchObject({ code: 'auth_broken' });
  });

  it('keeps a malformed update with its path, and goes on to the next', async () => {
    start(keep);
    await peer.push({ message: { message_id: 1, date: 1_793_520_000, chat: { id: 'x' } } });
    await peer.says(chat.id, 'next');
    await until(() => events.length === 2);
    expect(events).toMatchObject([{ kind: 'unsupported', reason: 'malformed at message.chat.id' }, { text: 'next' }]);
  });
});
