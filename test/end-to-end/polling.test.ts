/** Telegram without a public address: we ask for updates, and confirm each only when it is stored. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BotApi, type Message, startBotApi } from '../peers/bot-api.ts';
import { START_TIMEOUT_MS, startTestApp, type TestApp, until } from '../server/support.ts';

let telegram: BotApi;
let test: TestApp;

beforeAll(async () => {
  telegram = await startBotApi();
  // Written before we were there: it must not be lost.
  await telegram.says(700, 'hi');
  test = await startTestApp({ TELEGRAM_BOT_TOKEN: telegram.token, TELEGRAM_API_ROOT: telegram.root });
}, START_TIMEOUT_MS);

afterAll(async () => {
  await test.stop();
  await telegram.stop();
});

const sentTo = (chat: number): readonly Message[] => telegram.messages.filter((message) => message.chat.id === chat);
const answerTo = (chat: number, count = 1): Promise<Message> =>
  until(`message ${count} in chat ${chat}`, () => sentTo(chat)[count - 1]);

describe('Telegram by polling', () => {
  it('answers what was written before the start', async () => {
    expect((await answerTo(700)).text).toMatch(/welcome/);
  });

  it('answers a message, and a pressed button', async () => {
    await telegram.says(701, 'asdf');
    const question = await answerTo(701);
    const label = question.reply_markup?.inline_keyboard.flat().find(({ text }) => /person/i.test(text))?.text ?? '';
    await telegram.press(question, label);
    expect((await answerTo(701, 2)).text).toMatch(/A person of the team/);
    await until('end of the button’s waiting', () => telegram.answeredQueries[0]);
  });

  it('goes on after Telegram was away, refused us for a while, or told us to wait', async () => {
    telegram.fault({ kind: 'html', method: 'getUpdates' });
    telegram.fault({ kind: 502, method: 'getUpdates' });
    telegram.fault({ kind: 429, method: 'getUpdates', retryAfter: 1 });
    await telegram.says(702, 'hi');
    expect((await answerTo(702)).text).toMatch(/welcome/);
    await telegram.says(702, 'goodbye');
    expect((await answerTo(702, 2)).text).toMatch(/Goodbye/);
  });

  it('has confirmed everything it answered, and answered nothing twice', async () => {
    await until('confirmation', () => (telegram.pending.length === 0 ? true : undefined));
    expect([700, 701, 702].map((chat) => sentTo(chat).length)).toEqual([1, 2, 2]);
    expect(test.log.filter(({ message }) => message.includes('polling ended'))).toEqual([]);
  });

  it('keeps its token out of the log', () => {
    expect(JSON.stringify(test.log)).not.toContain(telegram.token);
  });
});
