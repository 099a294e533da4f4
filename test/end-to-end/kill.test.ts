/** A server that dies at once (kill -9) in the middle of its work, and one that is asked to end: nothing lost, nothing said twice. */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type BotApi, startBotApi } from '../peers/bot-api.ts';
import { type OpenAiPeer, startOpenAi } from '../peers/openai.ts';
import { telegramMessage, telegramRequest } from '../server/platforms.ts';
import { endServers, startServer } from '../server/process.ts';
import { ADMIN_TOKEN, openStream, START_TIMEOUT_MS, until, wordsOf } from '../server/support.ts';

const QUESTION = 'how long is the breathwork course?';
/** A lane's lease outlives its holder by up to half a minute; nobody else may write before. */
const LEASE_MS = 90_000;
/** Two starts and a lease, on a machine that is busy with other tests. */
const TIMEOUT_MS = 3 * START_TIMEOUT_MS;

const folders: string[] = [];
let model: OpenAiPeer;
let telegram: BotApi;

beforeAll(async () => {
  [model, telegram] = await Promise.all([startOpenAi(), startBotApi()]);
});

afterAll(async () => {
  await endServers();
  await Promise.all([model.abandon(), telegram.stop()]);
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-kill-'));
  folders.push(folder);
  return folder;
}

const json = { 'content-type': 'application/json' };
const admin = { authorization: `Bearer ${ADMIN_TOKEN}` };
const Turns = z.object({
  turns: z.array(z.object({ id: z.string(), status: z.string(), agent: z.string().nullable() })),
});

async function turnsOf(address: string) {
  return Turns.parse(await (await fetch(`${address}/api/turns`, { headers: admin })).json()).turns;
}

async function visitor(address: string, token?: string) {
  const response = await fetch(`${address}/chat/start`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify(token === undefined ? {} : { token }),
  });
  const started = z.object({ token: z.string() }).parse(await response.json());
  const headers = { authorization: `Bearer ${started.token}` };
  const say = (text: string): Promise<Response> =>
    fetch(`${address}/chat/messages`, {
      method: 'POST',
      headers: { ...json, ...headers },
      body: JSON.stringify({ id: randomUUID(), text }),
    });
  return { token: started.token, say, headers };
}

describe.concurrent('after a kill -9', () => {
  it('in the middle of a turn: exactly one answer, exactly one turn', { timeout: TIMEOUT_MS }, async () => {
    const variables = {
      DATA_DIR: newFolder(),
      OPENAI_BASE_URL: model.url,
      MODEL: 'fake',
      CONSOLE_ADMIN_TOKEN: ADMIN_TOKEN,
    };
    model.setMode('hang');
    const first = startServer(variables);
    const before = await visitor(await first.address());
    expect((await before.say(QUESTION)).status).toBe(200);
    await until('call of the model', () => model.requests[0]);
    expect(await first.kill('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });

    model.setMode('ok');
    model.play(() => ({ text: 'The Breathwork Course takes eight weeks, with about three hours a week [1].' }));
    const second = startServer(variables);
    const address = await second.address();
    const after = await visitor(address, before.token);
    const stream = await openStream(address, after.headers);
    const message = await until('answer', () => stream.messages()[0], LEASE_MS);
    expect(wordsOf(message)).toContain('eight weeks');
    await after.say('goodbye');
    await stream.message(2);
    expect(stream.messages().map((one) => wordsOf(one).slice(0, 7))).toEqual(['The Bre', 'Goodbye']);
    expect((await turnsOf(address)).map(({ status, agent }) => [status, agent])).toEqual([
      ['ok', 'supervisor'],
      ['ok', 'knowledge'],
    ]);
    stream.close();

    // Asked to end, it lets go of its folder.
    expect(await second.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(existsSync(join(variables.DATA_DIR, 'lock'))).toBe(false);
  });

  it('right after the 200 of a webhook: exactly one answer', { timeout: TIMEOUT_MS }, async () => {
    const variables = {
      DATA_DIR: newFolder(),
      TELEGRAM_BOT_TOKEN: telegram.token,
      TELEGRAM_API_ROOT: telegram.root,
      TELEGRAM_WEBHOOK_SECRET: 'hook_Secret-42',
      PUBLIC_URL: 'https://school.example',
    };
    const first = startServer(variables);
    const address = await first.address();
    const token = /shown only now: (\S+)/.exec(first.output.stdout)?.[1] ?? '';
    expect(token.length).toBeGreaterThan(20);
    telegram.addChat({ id: 801, type: 'private', first_name: 'Mirela' });
    const deliver = (at: string, update: unknown): Promise<Response> => {
      const { path, body, headers } = telegramRequest(update);
      return fetch(`${at}${path}`, { method: 'POST', headers: { ...json, ...headers }, body });
    };
    const update = telegramMessage(801, 'hi');
    expect((await deliver(address, update)).status).toBe(200);
    await first.kill('SIGKILL');
    expect(telegram.messages).toEqual([]);

    const second = startServer(variables);
    const again = await second.address();
    // The platform is not sure that we have it, and delivers it once more.
    expect((await deliver(again, update)).status).toBe(200);
    const sent = () => telegram.messages.map(({ text }) => text.split(' ')[0]);
    await until('answer', () => sent()[0], LEASE_MS);
    await deliver(again, telegramMessage(801, 'goodbye'));
    await until('second answer', () => (sent().includes('Goodbye,') ? true : undefined));
    expect(sent()).toEqual(['Hello,', 'Goodbye,']);

    // The token was shown at the first start only; it still opens the console.
    expect(second.output.stdout).not.toContain('token');
    const overview = await fetch(`${again}/api/overview`, { headers: { authorization: `Bearer ${token}` } });
    expect(overview.status).toBe(200);
  });
});
