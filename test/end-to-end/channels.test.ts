/** Words in by the real doors, answers out at the real clients: Telegram by webhook, a Facebook comment, a message of the site. */
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Message as TelegramMessage } from '../peers/bot-api.ts';
import {
  facebookRequest,
  type Platforms,
  pageComment,
  type Signed,
  siteMessage,
  siteRequest,
  startPlatforms,
} from '../server/platforms.ts';
import { START_TIMEOUT_MS, startTestApp, type TestApp, until } from '../server/support.ts';

let platforms: Platforms;
let test: TestApp;
let front: Server;

/** The public address in front of the application; it is known before the application runs. */
async function startFront(): Promise<string> {
  front = createServer((incoming, response) => {
    const target = `${test.address}${incoming.url ?? ''}`;
    const { method, headers } = incoming;
    const onward = httpRequest(target, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.writeHead(502).end());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  platforms = await startPlatforms();
  const publicUrl = await startFront();
  test = await startTestApp({ ...platforms.variables, PUBLIC_URL: publicUrl });
  await until('webhook', () => platforms.telegram.webhook.url || undefined);
}, START_TIMEOUT_MS);

afterAll(async () => {
  await test.stop();
  await platforms.stop();
  front.closeAllConnections();
  await new Promise((resolve) => front.close(resolve));
});

const deliver = ({ path, body, headers }: Signed): Promise<Response> => test.post(path, body, headers);
const sentTo = (chat: number): readonly TelegramMessage[] =>
  platforms.telegram.messages.filter((message) => message.chat.id === chat);
const answerTo = (chat: number, count = 1): Promise<TelegramMessage> =>
  until(`message ${count} in chat ${chat}`, () => sentTo(chat)[count - 1]);

describe('Telegram by webhook', () => {
  it('was told our address, with a secret', () => {
    expect(platforms.telegram.webhook.url).toMatch(/\/in\/telegram\/main$/);
    expect(platforms.telegram.webhook.secret).toBe('hook_Secret-42');
  });

  it('a message is answered in its own chat', async () => {
    await Promise.all([
      platforms.telegram.says(601, 'how long is the breathwork course?'),
      platforms.telegram.says(602, 'how much is the foundation programme?'),
    ]);
    expect((await answerTo(601)).text).toMatch(/8 weeks|eight weeks/i);
    expect(sentTo(602).length === 0 || sentTo(602)[0]?.text !== sentTo(601)[0]?.text).toBe(true);
    await until('price in chat 602', () => sentTo(602).find(({ text }) => text.includes('€480')));
    expect(platforms.telegram.pending).toEqual([]);
    // They were answered at once: that an answer is being written would have been no news.
    expect(platforms.telegram.chatActions).toEqual([]);
  });

  it('a question in a group is quoted by its answer; one in private is not', async () => {
    const group = { id: -1_009_000_000_003, type: 'supergroup', title: 'Spring cohort' } as const;
    platforms.telegram.addChat(group);
    const from = { id: 606, is_bot: false, first_name: 'Tomasz', language_code: 'en' };
    const date = Math.floor(Date.now() / 1000);
    const text = 'how long is the breathwork course?';
    // Written under a message of ours: that is how a group speaks to us.
    const reply_to_message = { message_id: 3999, from: { id: platforms.telegram.id, is_bot: true } };
    await platforms.telegram.push({ message: { message_id: 4001, chat: group, from, date, text, reply_to_message } });
    expect((await answerTo(group.id)).reply_to_message).toEqual({ message_id: 4001 });
    expect((await answerTo(601)).reply_to_message).toBeUndefined();
  });

  it('a pressed button stops waiting, and is answered', async () => {
    await platforms.telegram.says(603, 'asdf');
    const question = await answerTo(603);
    const labels = question.reply_markup?.inline_keyboard.flat().map(({ text }) => text) ?? [];
    const human = labels.find((label) => /person/i.test(label)) ?? '';
    await platforms.telegram.press(question, human);
    expect((await answerTo(603, 2)).text).toMatch(/A person of the team/);
    await until('end of the button’s waiting', () => platforms.telegram.answeredQueries[0]);
  });

  it('told to slow down, it waits, and nothing is lost or said twice', async () => {
    platforms.telegram.fault({ kind: 429, method: 'sendMessage', retryAfter: 1 });
    await platforms.telegram.says(604, 'hi');
    expect((await answerTo(604)).text).toMatch(/welcome/);
    await platforms.telegram.says(604, 'goodbye');
    await answerTo(604, 2);
    expect(sentTo(604).map(({ text }) => text.split(' ')[0])).toEqual(['Hello,', 'Goodbye,']);
    // It did not knock again before its time.
    const calls = platforms.telegram.calls.filter(
      ({ method, params }) => method === 'sendMessage' && params['chat_id'] === 604,
    );
    expect(calls.map(({ status }) => status)).toEqual([429, 200, 200]);
  });

  it('who blocked us is written to no more, and the lane goes on', async () => {
    platforms.telegram.addChat({ id: 605, type: 'private', first_name: 'Ivo', isBlocked: true });
    await platforms.telegram.says(605, 'hi');
    const { memory } = test.app.platform;
    const failed = await until('failed delivery', async () => {
      const found = await memory.threads.find({ channel: 'telegram', connection: 'main', key: '605' });
      const list = found ? await memory.outbox.list(found.id, { after: -1, limit: 1 }) : [];
      return list[0]?.state === 'failed' ? list[0] : undefined;
    });
    expect(failed.failure).toBe('recipient_gone');
    platforms.telegram.addChat({ id: 605, type: 'private', first_name: 'Ivo' });
    await platforms.telegram.says(605, 'goodbye');
    expect((await answerTo(605)).text).toMatch(/Goodbye/);
  });
});

describe('Facebook', () => {
  const comment = async (id: string, text: string) => {
    platforms.facebook.addComment(id);
    expect((await deliver(facebookRequest(pageComment(id, text)))).status).toBe(200);
    return until(`answer under ${id}`, () => platforms.facebook.comments.find(({ under }) => under === id)?.message);
  };

  it('a comment is answered under it', async () => {
    expect(await comment('700_1', 'how long is the breathwork course?')).toMatch(/8 weeks|eight weeks/i);
  });

  it('what is the person’s own is not talked about where others read along', async () => {
    const answer = await comment('700_2', 'my payment was charged twice');
    expect(answer).toMatch(/private/i);
    expect(answer).not.toMatch(/T-\d/);
  });

  it('a crisis is answered with help, and asks to go on in private', async () => {
    const answer = await comment('700_3', "I don't want to live any more");
    expect(answer).toMatch(/private message/);
    expect(answer).toMatch(/0800 1110111/);
  });

  it('no address that was asked for has a secret in it', () => {
    expect(platforms.facebook.addresses.join()).not.toMatch(/token|secret/i);
  });
});

describe('the site', () => {
  it('a member’s message is answered in its thread, with what is theirs', async () => {
    expect((await deliver(siteRequest(siteMessage(88, '<p>where was I in my <b>course</b>?</p>')))).status).toBe(200);
    const { body } = await until('message at the site', () => platforms.site.messages[0]);
    expect(body).toMatchObject({ thread_id: '88', recipient_id: '1001' });
    expect(body['html']).toMatch(/Foundation Programme.*5 of 12/);
  });

  it('a message that is delivered twice is answered once', async () => {
    const signed = siteRequest(siteMessage(89, 'hi'));
    await Promise.all([deliver(signed), deliver(signed)]);
    const there = () => platforms.site.messages.filter(({ body }) => body['thread_id'] === '89');
    await until('message at the site', () => there()[0]);
    await deliver(siteRequest(siteMessage(89, 'goodbye')));
    await until('second message', () => there()[1]);
    expect(
      there().map(
        ({ body }) =>
          String(body['html'])
            .replace(/<[^>]*>/g, '')
            .split(' ')[0],
      ),
    ).toEqual(['Hello,', 'Goodbye,']);
  });
});
