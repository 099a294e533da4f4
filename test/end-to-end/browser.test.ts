/** The widget and the console as people see them, in a real browser against a real server. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type App, startApp } from '../../server/app.ts';
import { readConfig } from '../../server/config.ts';
import { createOutside } from '../../server/outside.ts';
import { findBrowser, openBrowser } from '../support/browser.ts';

const browser = findBrowser();
const why = browser ? '' : ' (skipped: no Chromium on the PATH; on Debian: apt-get install chromium)';
const TOKEN = 'a-token-only-for-this-test';
const PATIENCE = { timeout: 20_000 };

/** The sample page opens the chat by itself on wide screens; pressing the button meanwhile would close it again. */
async function openPanel(page: Page): Promise<Locator> {
  const panel = page.getByRole('dialog');
  const isOpen = await panel.waitFor({ timeout: 10_000 }).then(
    () => true,
    () => false,
  );
  if (!isOpen) await page.getByRole('button', { name: /chat/i }).first().click();
  await panel.waitFor(PATIENCE);
  return panel;
}

/** What the server tells of the visitor whose token this page keeps. */
function historyOf(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const key = Object.keys(localStorage).find((one) => one.endsWith(' token')) ?? '';
    const headers = { authorization: `Bearer ${localStorage.getItem(key)}` };
    return (await fetch('/chat/history', { headers })).text();
  });
}

describe.skipIf(browser === null)(`widget and console in a browser${why}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-page-'));
  let app: App;
  let context: BrowserContext;
  const problems: string[] = [];

  const open = async (path: string): Promise<Page> => {
    const page = await context.newPage();
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      // What a test itself keeps from the server is no problem.
      if (message.type() === 'error' && !/401|ERR_FAILED/.test(message.text())) problems.push(message.text());
    });
    await page.goto(`${app.address}${path}`);
    return page;
  };

  beforeAll(async () => {
    const config = readConfig({ PORT: '0', DATA_DIR: folder, CONSOLE_ADMIN_TOKEN: TOKEN, LOG_LEVEL: 'silent' });
    app = await startApp(config, createOutside('silent'));
    context = await openBrowser(browser ?? '');
  }, 120_000);

  afterAll(async () => {
    await context?.close();
    await app?.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 30_000);

  it('answers a question in the widget, with its source, and keeps the conversation over a reload', async () => {
    const page = await open('/');
    const panel = await openPanel(page);
    expect(await panel.textContent()).toMatch(/automated assistant/i);
    const box = panel.getByRole('textbox');
    await box.fill('how long is the breathwork course?');
    await box.press('Enter');
    const log = panel.getByRole('log');
    await log
      .getByText(/8 weeks/)
      .first()
      .waitFor(PATIENCE);
    await log.getByText('Breathwork Course', { exact: false }).first().waitFor(PATIENCE);
    await page.reload();
    await page.getByRole('log').getByText('how long is the breathwork course?').first().waitFor(PATIENCE);
    await page.close();
  }, 90_000);

  it('shows in the console why: steps, intent with its nearest exemplars, route, tools, draft, reply, deliveries', async () => {
    const page = await open('/console/');
    await page.getByLabel('Admin token').fill('not the token');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').waitFor(PATIENCE);
    await page.getByLabel('Admin token').fill(TOKEN);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page
      .getByRole('navigation', { name: 'Threads' })
      .getByText('how long is the breathwork course?')
      .click(PATIENCE);
    const conversation = page.getByRole('region', { name: 'Conversation' });
    await conversation
      .getByText(/8 weeks/)
      .first()
      .waitFor(PATIENCE);
    await conversation.getByRole('link', { name: /why/i }).first().click(PATIENCE);
    const turn = page.getByRole('complementary', { name: 'Why this reply was sent' });
    await turn.getByText('course-length').first().waitFor(PATIENCE);
    const words = await turn.textContent();
    for (const step of [
      'identify',
      'advance',
      'screen',
      'classify',
      'recall',
      'supervise',
      'act',
      'compose',
      'check',
      'remember',
    ]) {
      expect(words, step).toContain(step);
    }
    expect(words).toMatch(/knowledge/);
    expect(words).toMatch(/no_model|no model/i);
    expect(words).toMatch(/sent/i);
    await page.close();
  }, 90_000);

  it('lets an operator say what a turn was about instead; it waits for its review, also on a narrow screen', async () => {
    const page = await open('/console/');
    await page
      .getByRole('navigation', { name: 'Threads' })
      .getByText('how long is the breathwork course?')
      .click(PATIENCE);
    await page
      .getByRole('region', { name: 'Conversation' })
      .getByRole('link', { name: /why/i })
      .first()
      .click(PATIENCE);
    await page.setViewportSize({ width: 360, height: 800 });
    const turn = page.getByRole('complementary', { name: 'Why this reply was sent' });
    const choice = turn.getByLabel('This was about something else');
    const note = turn.getByRole('button', { name: 'Note it' });
    await choice.waitFor(PATIENCE);
    expect(await note.isDisabled()).toBe(true);
    // What it was taken for already is no correction.
    expect(await choice.getByRole('option', { name: 'course-length', exact: true }).count()).toBe(0);
    await choice.selectOption('course-content');
    await note.click();
    await turn.getByRole('status').getByText('course-content').waitFor(PATIENCE);
    expect(await note.isDisabled()).toBe(true);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    await turn.getByRole('link', { name: 'Exemplars' }).click();
    const row = page.getByRole('listitem').filter({ hasText: 'how long is the breathwork course?' });
    await row.getByText('correction').waitFor(PATIENCE);
    expect(await row.getByLabel('Intent').inputValue()).toBe('course-content');
    await page.close();
  }, 90_000);

  it('runs no script that a person wrote', async () => {
    const attack = '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>';
    const page = await open('/');
    const panel = await openPanel(page);
    const box = panel.getByRole('textbox');
    await box.fill(attack);
    await box.press('Enter');
    await panel.getByRole('log').getByText('onerror', { exact: false }).first().waitFor(PATIENCE);
    expect(await page.title()).not.toBe('owned');
    const desk = await open('/console/');
    await desk
      .getByRole('navigation', { name: 'Threads' })
      .getByText('onerror', { exact: false })
      .first()
      .waitFor(PATIENCE);
    expect(await desk.title()).not.toBe('owned');
    await page.close();
    await desk.close();
  }, 90_000);

  it('shows each line once: after a reload, in a second tab, and when the answer to a message was lost', async () => {
    const page = await open('/');
    const panel = await openPanel(page);
    const said = 'is there anything on wild swimming?';
    const lines = (of: Page, text: string) => of.getByRole('log').locator('.said', { hasText: text });
    // The server takes the message, but the page never hears so: it keeps it, to send it again.
    await page.route('**/chat/messages', async (route) => {
      await route.fetch();
      await route.abort();
    });
    const box = panel.getByRole('textbox');
    await box.fill(said);
    await box.press('Enter');
    await lines(page, said).first().waitFor(PATIENCE);
    await expect.poll(async () => (await historyOf(page)).includes(said), PATIENCE).toBe(true);
    const shown = async (of: Page, text: string): Promise<number> => {
      // The history brings answers, and comes after what the page itself had kept.
      await of.getByRole('log').locator('.message.agent').first().waitFor(PATIENCE);
      await lines(of, text).first().waitFor(PATIENCE);
      return lines(of, text).count();
    };
    await page.reload();
    expect(await shown(page, said)).toBe(1);
    await page.unroute('**/chat/messages');
    const second = await open('/');
    await openPanel(second);
    expect(await shown(second, said)).toBe(1);
    const more = 'and on rowing?';
    await page.getByRole('textbox').fill(more);
    await page.getByRole('textbox').press('Enter');
    // The other tab hears of it while it is open; what it heard, and what it reads later, is one line.
    expect(await shown(second, more)).toBe(1);
    await second.reload();
    expect(await shown(second, more)).toBe(1);
    expect(await shown(page, more)).toBe(1);
    await page.close();
    await second.close();
  }, 120_000);

  it('logs no error in the browser', () => {
    expect(problems).toEqual([]);
  });
});
