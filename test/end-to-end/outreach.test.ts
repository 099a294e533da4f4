/** "Subscribe" and "stop" in a conversation, and what a broadcast then reaches. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { START_TIMEOUT_MS, startTestApp, type TestApp, visit, wordsOf } from '../server/support.ts';

let test: TestApp;
beforeAll(async () => {
  test = await startTestApp();
}, START_TIMEOUT_MS);
afterAll(() => test.stop());

async function reach(): Promise<unknown> {
  const broadcast = { id: randomUUID(), name: 'News', texts: { en: 'News!' }, dryRun: true };
  const response = await test.console('POST', '/api/broadcasts', broadcast);
  return response.json();
}

it('a person decides whether they are written to first', { timeout: START_TIMEOUT_MS }, async () => {
  const visitor = await visit(test);
  expect(wordsOf(await visitor.ask('hello'))).not.toBe('');
  expect(await reach()).toEqual({ people: 1, consenting: 0, isNew: true });
  expect(wordsOf(await visitor.ask('Subscribe'))).toContain('now and then');
  expect(await reach()).toEqual({ people: 1, consenting: 1, isNew: true });
  expect(wordsOf(await visitor.ask('STOP'))).toContain('not write to you first');
  expect(await reach()).toEqual({ people: 1, consenting: 0, isNew: true });
  visitor.leave();
});

it('a broadcast with a foreign link, without English or with an unknown key is refused', async () => {
  const id = randomUUID();
  for (const [body, status, words] of [
    [{ id, name: 'x', texts: { en: 'https://evil.example' } }, 400, 'cannot be sent'],
    [{ id, name: 'x', texts: { de: 'Hallo' } }, 400, 'en'],
    [{ id, name: 'x', texts: { en: 'Hi' }, everybody: true }, 400, 'everybody'],
  ] as const) {
    const response = await test.console('POST', '/api/broadcasts', body);
    expect([response.status, await response.text()]).toEqual([status, expect.stringContaining(words)]);
  }
});
