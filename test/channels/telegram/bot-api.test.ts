/** The fake Bot API is only worth something if it refuses: each rule that the tests lean on, broken on purpose. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BotApi, startBotApi } from '../../peers/bot-api.ts';

let peer: BotApi;
beforeAll(async () => {
  peer = await startBotApi();
  peer.addChat({ id: 1, type: 'private', first_name: 'Mirela' });
  peer.addChat({ id: 2, type: 'private', first_name: 'Tomasz', isBlocked: true });
});
afterAll(() => peer.stop());

async function call(method: string, params: object, token = peer.token) {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${peer.root}/bot${token}/${method}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(params),
  });
  return (await response.json()) as { ok: boolean; error_code?: number; description?: string; parameters?: object };
}

const text = 'a bold word';
const bold = { type: 'bold', offset: 2, length: 4 };
const button = { text: 'Go', callback_data: 'x' };
const keyboard = (...buttons: object[]) => ({ reply_markup: { inline_keyboard: [buttons] } });

it.each<[string, object, RegExp]>([
  ['no text', { text: undefined }, /text is empty/],
  ['blank text', { text: ' \n' }, /text is empty/],
  ['4097 code units', { text: 'x'.repeat(4097) }, /too long/],
  ['an unknown parameter', { textt: 'x' }, /unknown parameter/],
  ['a mistyped parameter', { disable_notification: 'yes' }, /type boolean/],
  ['no such chat', { chat_id: 9 }, /chat not found/],
  ['an entity past the end', { entities: [{ ...bold, length: 40 }] }, /outside the text/],
  [
    'an entity that splits a character',
    { text: '🙂', entities: [{ type: 'bold', offset: 0, length: 1 }] },
    /splits a character/,
  ],
  ['overlapping entities', { entities: [bold, { type: 'italic', offset: 4, length: 6 }] }, /overlap/],
  [
    'code inside bold',
    {
      entities: [
        { ...bold, length: 9 },
        { type: 'code', offset: 2, length: 4 },
      ],
    },
    /code/,
  ],
  ['a link to nowhere', { entities: [{ ...bold, type: 'text_link', url: 'http://localhost' }] }, /url/],
  ['an entity of an unknown type', { entities: [{ ...bold, type: 'big' }] }, /unknown type/],
  ['outer white space', { text: ' x' }, /white space/],
  ['65 bytes of data', keyboard({ ...button, callback_data: 'ä'.repeat(33) }), /BUTTON_DATA_INVALID/],
  ['a button that does nothing', keyboard({ text: 'Go' }), /unallowed/],
  ['a button without a label', keyboard({ ...button, text: ' ' }), /non-empty/],
  ['a button to nowhere', keyboard({ text: 'Go', url: 'http://localhost:3000' }), /BUTTON_URL_INVALID/],
  ['an empty row', keyboard(), /1 to 8/],
  ['a quote of no message', { reply_parameters: {} }, /message_id/],
  ['a quote of a message named as text', { reply_parameters: { message_id: '12' } }, /message_id/],
  ['an unknown field of a quote', { reply_parameters: { message_id: 12, markdown: true } }, /markdown/],
  ['a quote of a message that is gone', { reply_parameters: { message_id: 12 } }, /replied not found/],
])('refuses %s', async (_name, params, description) => {
  expect(await call('sendMessage', { chat_id: 1, text, ...params })).toMatchObject({
    ok: false,
    error_code: 400,
    description: expect.stringMatching(description) as string,
  });
});

it('accepts what is right', async () => {
  const params = { chat_id: 1, text, entities: [bold, { type: 'italic', offset: 2, length: 4 }], ...keyboard(button) };
  expect(await call('sendMessage', params)).toMatchObject({ ok: true });
});

it('answers 401, 403 and 404 as Telegram does', async () => {
  expect(await call('getMe', {}, '7000000001:wrong')).toMatchObject({ error_code: 401, description: 'Unauthorized' });
  expect(await call('sendMessage', { chat_id: 2, text })).toMatchObject({ error_code: 403 });
  expect(await call('sendPigeon', {})).toMatchObject({ error_code: 404 });
});

it('refuses to be polled beside a webhook, and forgets what an offset confirms', async () => {
  await call('setWebhook', { url: 'https://school.example/in' });
  expect(await call('getUpdates', {})).toMatchObject({ error_code: 409 });
  await call('deleteWebhook', {});
  const first = await peer.says(1, 'one');
  await peer.says(1, 'two');
  expect(await call('getUpdates', { limit: 1 })).toMatchObject({ result: [{ update_id: first }] });
  expect(await call('getUpdates', { offset: first + 1 })).toMatchObject({ result: [{ update_id: first + 1 }] });
  expect(peer.pending).toEqual([first + 1]);
});

it('knows edits that change nothing, and queries that were answered', async () => {
  await call('sendMessage', { chat_id: 1, text, ...keyboard(button) });
  const message = peer.messages.at(-1);
  if (!message) throw new TypeError('nothing sent');
  const edit = { chat_id: 1, message_id: message.message_id, text, ...keyboard(button) };
  expect(await call('editMessageText', edit)).toMatchObject({
    description: expect.stringMatching(/not modified/) as string,
  });
  expect(await call('editMessageText', { ...edit, text: 'other' })).toMatchObject({ ok: true });
  await peer.press(message, 'Go');
  const { result } = (await call('getUpdates', { offset: -1 })) as unknown as {
    result: { callback_query?: { id: string } }[];
  };
  const id = result.at(-1)?.callback_query?.id;
  expect(await call('answerCallbackQuery', { callback_query_id: id })).toMatchObject({ ok: true });
  expect(await call('answerCallbackQuery', { callback_query_id: id })).toMatchObject({ error_code: 400 });
});
