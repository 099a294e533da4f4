/** Recorded Telegram updates and the events they become. */
import { describe, expect, it } from 'vitest';
import { parseTelegram, updateKinds, verifyTelegram } from '../../../channels/telegram/webhook.ts';
import { postOf, receivedAt, recorded } from '../support.ts';

const context = { connection: 'main', receivedAt, ownId: 7_000_000_001, username: 'lantern_school_bot' };
const read = (name: string, changes: Readonly<Record<string, unknown>> = {}) =>
  parseTelegram(recorded(`telegram/${name}`, changes), context);
const message = (changes: object) =>
  read('message', Object.fromEntries(Object.entries(changes).map(([name, value]) => [`message.${name}`, value])));
const group = { id: -1_009_000_000_001, title: 'Spring cohort', type: 'supergroup' };

describe('verify', () => {
  it('wants the secret header and nothing else', () => {
    const webhookSecret = 'hook-Secret_42';
    const request = postOf('{"update_id":1}', { 'x-telegram-bot-api-secret-token': webhookSecret });
    expect(verifyTelegram(request, { webhookSecret }).payload).toEqual({ update_id: 1 });
    const refused = (value?: string) => () =>
      verifyTelegram(postOf('{}', { 'x-telegram-bot-api-secret-token': value }), { webhookSecret });
    for (const value of [undefined, '', 'hook-secret_42', `${webhookSecret} `, `${webhookSecret},${webhookSecret}`]) {
      expect(refused(value)).toThrow(expect.objectContaining({ code: 'bad_signature' }));
    }
  });
});

describe('messages', () => {
  it('reads a private message', () => {
    expect(read('message')).toEqual({
      kind: 'message',
      externalId: '480000101',
      channel: 'telegram',
      connection: 'main',
      thread: { key: '90210001', clearance: 'private' },
      sender: { externalId: '90210001', isMember: false, displayName: 'Mirela Okafor', locale: 'de' },
      occurredAt: '2026-11-01T08:00:00.000Z',
      text: 'How long is the breathwork course?',
      attachments: [],
    });
  });

  it('reads commands with their argument', () => {
    expect(read('start-with-payload')).toMatchObject({
      text: '/start c_7Hq2_kd',
      command: { name: 'start', argument: 'c_7Hq2_kd' },
    });
    expect(message({ text: '/Help@Lantern_School_Bot' })).toMatchObject({ command: { name: 'help', argument: '' } });
    expect(message({ text: '/path/to/file' })).not.toHaveProperty('command');
  });

  it.each([
    ['photo-with-caption', { text: 'Is this receipt right?', attachments: [{ kind: 'image', bytes: 98_765 }] }],
    ['voice', { text: '', attachments: [{ kind: 'audio', contentType: 'audio/ogg', bytes: 20_480 }] }],
    ['animation', { attachments: [{ kind: 'video', name: 'wave.mp4', contentType: 'video/mp4', bytes: 30_000 }] }],
  ])('reads %s', (name, expected) => expect(read(name)).toMatchObject({ kind: 'message', ...expected }));

  it('says what a message answers', () => {
    expect(message({ reply_to_message: { message_id: 12 } })).toMatchObject({ replyTo: '12' });
  });
});

describe('groups', () => {
  it('name the message that an answer quotes; a private chat does not', () => {
    expect(read('group-mention')).toMatchObject({ externalId: '480000110', answerUnder: '4001' });
    expect(message({ text: 'hi' })).not.toHaveProperty('answerUnder');
    const edited = { update_id: 7, edited_message: recorded('telegram/group-mention')['message'] };
    expect(parseTelegram(edited, context)).toMatchObject({ kind: 'edit', of: '4001', answerUnder: '4001' });
  });

  it('hears what names us, in the topic it was written', () => {
    expect(read('group-mention')).toMatchObject({
      kind: 'message',
      thread: { key: '-1009000000001:17', clearance: 'members' },
      sender: { externalId: '90210002' },
    });
  });

  it('is public when the group has a name of its own, or is of a kind we do not know', () => {
    const text = '/help';
    expect(message({ text, chat: { ...group, username: 'lantern_open' } })).toMatchObject({
      thread: { clearance: 'public' },
    });
    expect(message({ text, chat: { ...group, type: 'community' } })).toMatchObject({ thread: { clearance: 'public' } });
    expect(message({ text, chat: group })).toMatchObject({ thread: { clearance: 'members' } });
  });

  it('hears replies to us and commands, and nothing that is meant for others', () => {
    const chat = group;
    const ours = { message_id: 5, from: { id: context.ownId, is_bot: true, first_name: 'Lantern School' } };
    expect(message({ chat, reply_to_message: ours })).toMatchObject({ kind: 'message' });
    expect(message({ chat, text: '/price' })).toMatchObject({ kind: 'message' });
    expect(message({ chat, text: '/price@lantern_school_bot' })).toMatchObject({ kind: 'message' });
    const notOurs = { kind: 'unsupported', reason: 'not addressed to us' };
    expect(read('group-chatter')).toMatchObject(notOurs);
    expect(message({ chat, text: '/price@other_bot' })).toMatchObject(notOurs);
    expect(message({ chat, reply_to_message: { message_id: 5, from: { id: 9, first_name: 'Ada' } } })).toMatchObject(
      notOurs,
    );
    const mention = { type: 'mention', offset: 0, length: 10 };
    expect(message({ chat, text: '@undefined hello', entities: [mention] })).toMatchObject(notOurs);
  });

  it('without a name of ours hears commands and replies only', () => {
    const nameless = { ...context, username: undefined };
    const said = (changes: Readonly<Record<string, unknown>>) =>
      parseTelegram(recorded('telegram/group-mention', changes), nameless);
    const notOurs = { kind: 'unsupported', reason: 'not addressed to us' };
    expect(said({})).toMatchObject(notOurs);
    const mention = { type: 'mention', offset: 0, length: 10 };
    expect(said({ 'message.text': '@undefined hi', 'message.entities': [mention] })).toMatchObject(notOurs);
    expect(said({ 'message.text': '/help@anything' })).toMatchObject({ kind: 'message' });
  });
});

describe('loops', () => {
  it.each([
    ['another account of software', { from: { id: 5, is_bot: true, first_name: 'Echo' } }],
    ['our own', { from: { id: context.ownId, first_name: 'Lantern School' } }],
    ['an automatic forward', { is_automatic_forward: true }],
  ])('does not answer %s', (_name, changes) => {
    expect(message(changes)).toMatchObject({ kind: 'unsupported', reason: 'written by software' });
  });
});

describe('other updates', () => {
  it('reads an edit', () => {
    expect(read('edited-message')).toMatchObject({
      kind: 'edit',
      of: '31',
      text: 'How long is the breathwork course, in weeks?',
    });
  });

  it('reads a pressed button with the label that stood on it', () => {
    expect(read('callback-query')).toMatchObject({
      kind: 'choice',
      token: 'c:02',
      label: 'Foundation',
      thread: { key: '90210001' },
      sender: { externalId: '90210001' },
      occurredAt: receivedAt,
    });
  });

  it('reads a reaction, and lets one that is taken back go', () => {
    expect(read('reaction')).toMatchObject({ kind: 'reaction', of: '36', emoji: '👍' });
    expect(read('reaction', { 'message_reaction.new_reaction': [] })).toMatchObject({ kind: 'unsupported' });
  });

  it('reads that a person stopped us, and that they came back', () => {
    expect(read('blocked')).toMatchObject({ kind: 'membership', change: 'stopped' });
    const became = (status: string, where: object = {}) =>
      read('blocked', { 'my_chat_member.new_chat_member.status': status, ...where });
    expect(became('member')).toMatchObject({ change: 'joined' });
    expect(became('kicked', { 'my_chat_member.chat': group })).toMatchObject({ change: 'left' });
    expect(became('constructor')).toMatchObject({ kind: 'unsupported' });
  });

  it('keeps every other kind with its name, its sender and its id', () => {
    expect(read('inline-query')).toMatchObject({
      kind: 'unsupported',
      externalId: '480000112',
      reason: 'update kind inline_query',
      sender: { externalId: '90210001' },
    });
    for (const kind of ['channel_post', 'poll', 'chat_boost', 'something_new', '__proto__', 'constructor']) {
      const update: unknown = JSON.parse(
        `{"update_id":7,"${kind}":{"chat":{"id":3,"type":"channel"},"date":1793520000}}`,
      );
      expect(parseTelegram(update, context)).toMatchObject({ kind: 'unsupported', thread: { clearance: 'public' } });
    }
    expect(updateKinds).not.toContain('inline_query');
  });

  it.each([
    [{}, 'update_id'],
    [{ update_id: 'x' }, 'update_id'],
    [{ update_id: 1, message: {} }, 'message.message_id'],
    [{ update_id: 1, message: { message_id: 1, date: 1, chat: { id: 'x' } } }, 'message.chat.id'],
    [{ update_id: 1, callback_query: { from: { id: 1 }, data: 'x'.repeat(65) } }, 'callback_query.data'],
    [{ update_id: 1, message: { message_id: 1, date: 1e15, chat: { id: 1 } } }, 'message.date'],
    ['text', ''],
  ])('says where %j is malformed', (payload, path) => {
    expect(() => parseTelegram(payload, context)).toThrow(expect.objectContaining({ code: 'malformed', path }));
  });
});
