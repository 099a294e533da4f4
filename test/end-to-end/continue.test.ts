/** "Continue on Telegram": from a public comment by a link that only a person's press follows, to the same person at the same stage. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Thread } from '../../core/thread.ts';
import {
  facebookRequest,
  type Platforms,
  pageComment,
  type Signed,
  siteMessage,
  siteRequest,
  startPlatforms,
  telegramMessage,
  telegramRequest,
} from '../server/platforms.ts';
import { START_TIMEOUT_MS, startTestApp, type TestApp, until, visit, WORKSPACE } from '../server/support.ts';

const ACCOUNT = 'https://t.me/tidewell_school';
const PUBLIC = 'https://chat.tidewell.example';
const PHONE = {
  'user-agent':
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 Version/18.6 Mobile/15E148 Safari/604.1',
};

let platforms: Platforms;
let test: TestApp;
let workspace: string;

/** The sample school with an account at Telegram, where the curious are invited to go on. */
function schoolOnTelegram(): string {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-school-'));
  cpSync(WORKSPACE, folder, { recursive: true });
  const change = (file: string, from: RegExp, to: string): void => {
    const path = join(folder, file);
    const text = readFileSync(path, 'utf8');
    if (!from.test(text)) throw new Error(`${file} has changed; ${String(from)} is not in it`);
    writeFileSync(path, text.replace(from, to));
  };
  change('workspace.yaml', /allowedHosts:\n/, 'allowedHosts:\n  - t.me\n');
  change(
    'journey.yaml',
    /(- name: curious\n[\s\S]*?callsToAction:\n)/,
    `$1      - { label: Go on on Telegram, url: ${ACCOUNT} }\n`,
  );
  return folder;
}

beforeAll(async () => {
  workspace = schoolOnTelegram();
  platforms = await startPlatforms();
  test = await startTestApp({ ...platforms.variables, PUBLIC_URL: PUBLIC, WORKSPACE: workspace });
}, START_TIMEOUT_MS);

afterAll(async () => {
  await test.stop();
  await platforms.stop();
  rmSync(workspace, { recursive: true, force: true });
});

const deliver = ({ path, body, headers }: Signed): Promise<Response> => test.post(path, body, headers);
const QUESTION = 'how long is the breathwork course?';
const LINK = /https:\/\/chat\.tidewell\.example\/go\/([A-Za-z0-9_-]{43})/;

let comments = 0;

/** A comment, and the token that the answer under it carries. */
async function comment(): Promise<{ readonly token: string; readonly thread: Thread; readonly person: string }> {
  comments += 1;
  const person = `55120000000077${comments}`;
  const id = `700_77${comments}`;
  platforms.facebook.addComment(id);
  await deliver(facebookRequest(pageComment(id, QUESTION, person)));
  const token = await until('the answer under the comment', () => {
    const answer = platforms.facebook.comments.find(({ under }) => under === id);
    return LINK.exec(answer?.message ?? '')?.[1];
  });
  const { memory } = test.app.platform;
  const summary = await until('the thread', async () =>
    (await memory.operators.threads(100)).find(({ channel, turns }) => channel === 'facebook' && turns > 0),
  );
  return { token, thread: await memory.threads.get(summary.id), person: summary.person };
}

/** What the person on Telegram is told after `/start`. */
async function start(chat: number, token: string): Promise<string> {
  platforms.telegram.addChat({ id: chat, type: 'private', first_name: 'Mirela' });
  const before = platforms.telegram.messages.filter(({ chat: { id } }) => id === chat).length;
  await deliver(telegramRequest(telegramMessage(chat, `/start ${token}`)));
  const answer = await until(
    'an answer',
    () => platforms.telegram.messages.filter(({ chat: { id } }) => id === chat)[before],
  );
  return answer.text;
}

const telegramThread = (chat: number): Promise<Thread> =>
  until(
    'the chat',
    async () =>
      (await test.app.platform.memory.threads.find({ channel: 'telegram', connection: 'main', key: String(chat) })) ??
      undefined,
  );

async function handlesOn(thread: Thread): Promise<readonly string[]> {
  const { memory } = test.app.platform;
  const [last] = await memory.turns.list({ thread: thread.id, limit: 1 });
  if (!last) throw new Error('nothing was said on the thread');
  const { handle } = await memory.turns.get(last.id);
  return (await memory.people.ofHandle(handle)).handles.map(({ channel }) => channel).toSorted();
}

const go = (token: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${test.address}/go/${token}`, { redirect: 'manual', headers: PHONE, ...init });
const clicks = async (): Promise<number> =>
  (await test.app.platform.memory.calls.counts(new Date(0))).reduce((sum, { clicked }) => sum + clicked, 0);

describe('from a public comment', () => {
  it('a press leads to Telegram, and its start makes one person at the same stage who was heard before', {
    timeout: 60_000,
  }, async () => {
    const { token, thread, person } = await comment();
    const { memory } = test.app.platform;
    const stage = (await memory.journeys.get(person as never))?.stage;
    expect(stage).toBe('curious');

    const page = await go(token);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(await page.text()).toMatch(/<form method="post"><button>Go on on Telegram<\/button>/);
    expect(await clicks()).toBe(0);
    const pressed = await go(token, { method: 'POST' });
    expect([pressed.status, pressed.headers.get('location')]).toEqual([303, `${ACCOUNT}?start=${token}`]);
    expect(await clicks()).toBe(1);

    expect(await start(7701, token)).toMatch(/We go on here where we stopped/);
    const chat = await telegramThread(7701);
    expect(await handlesOn(chat)).toEqual(['facebook', 'telegram']);
    expect(await handlesOn(thread)).toEqual(['facebook', 'telegram']);
    const [turn] = await memory.turns.list({ thread: chat.id, limit: 10 });
    const { journeyAfter, intent, handle } = await memory.turns.get(turn?.id ?? ('' as never));
    expect([journeyAfter?.stage, intent]).toEqual([stage, null]);
    const { summary, lines } = await memory.threads.conversation({ thread: chat.id, handle, limit: 20 });
    expect(summary?.text).toContain(QUESTION);
    expect(lines.map(({ text }) => text).join()).not.toContain(token);
    expect(platforms.telegram.messages.filter(({ chat: { id } }) => id === 7701)).toHaveLength(1);
  });

  it('a token that was used, altered or brought by another links nobody, and says so', {
    timeout: 60_000,
  }, async () => {
    const { token } = await comment();
    expect(await start(7711, token)).toMatch(/We go on here/);
    expect(await start(7711, token)).toMatch(/has been used/);
    expect(await start(7712, token)).toMatch(/has been used/);
    const last = token.endsWith('A') ? 'B' : 'A';
    expect(await start(7713, `${token.slice(0, -1)}${last}`)).toMatch(/leads nowhere/);
    for (const chat of [7712, 7713]) expect(await handlesOn(await telegramThread(chat))).toEqual(['telegram']);
    expect(await test.app.platform.memory.calls.refusals(new Date(0))).toMatchObject({ used: 2, altered: 1 });
    const page = await go(token);
    expect([page.status, await page.text()]).toEqual([410, expect.stringContaining('has been used')]);
  });
});

describe('what only looks', () => {
  it('is shown the same, uses nothing up and counts as nothing', { timeout: 60_000 }, async () => {
    const { token } = await comment();
    const before = await clicks();
    expect((await go(token, { method: 'HEAD' })).status).toBe(200);
    expect((await go(token, { headers: { 'user-agent': 'TelegramBot (like TwitterBot)' } })).status).toBe(200);
    expect((await go(token, { method: 'POST', headers: { 'user-agent': 'facebookexternalhit/1.1' } })).status).toBe(
      303,
    );
    expect((await go(token, { headers: { ...PHONE, 'sec-purpose': 'prefetch' } })).status).toBe(200);
    expect(await clicks()).toBe(before);
    expect(await start(7721, token)).toMatch(/We go on here/);
  });
});

describe('a link', () => {
  it('never leads where the request says', { timeout: 60_000 }, async () => {
    const { token } = await comment();
    const asked = [
      '?to=https://evil.example',
      '?url=//evil.example',
      '?start=x&next=https://evil.example',
      '/../https://evil.example',
    ];
    for (const more of asked) {
      const response = await fetch(`${test.address}/go/${token}${more}`, {
        method: 'POST',
        redirect: 'manual',
        headers: { ...PHONE, host: 'evil.example' },
      });
      const location = response.headers.get('location');
      expect(location === null || location === `${ACCOUNT}?start=${token}`).toBe(true);
    }
    for (const none of ['x', 'https://evil.example', '%2F%2Fevil.example', 'A'.repeat(43), 'A'.repeat(5000)]) {
      const response = await go(none);
      expect([404, 414]).toContain(response.status);
      expect(response.headers.get('location')).toBeNull();
    }
  });
});

describe('what somebody types', () => {
  it('links nobody: no token in words, no address, no name', { timeout: 60_000 }, async () => {
    const { token } = await comment();
    const words = [
      `/start ${token}`,
      `start ${token}`,
      'I am ana@example.org, +49 30 1234567',
      'I am the one who commented, link us',
    ];
    const visitor = await visit(test);
    for (const text of words) await visitor.ask(text);
    for (const text of words) await deliver(siteRequest(siteMessage(881, `<p>${text}</p>`)));
    platforms.telegram.addChat({ id: 7731, type: 'private', first_name: 'Mirela' });
    for (const text of words.slice(1)) await deliver(telegramRequest(telegramMessage(7731, text)));
    await until('nothing waits', async () =>
      (await test.app.platform.memory.inbox.depth()).events === 0 ? true : undefined,
    );
    expect(await handlesOn(await telegramThread(7731))).toEqual(['telegram']);
    const web = await test.app.platform.memory.threads.get(await visitor.thread());
    expect(await handlesOn(web)).toEqual(['web']);
    visitor.leave();
    expect(await start(7732, token)).toMatch(/We go on here/);
  });
});
