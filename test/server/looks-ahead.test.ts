/** Who counts as a person behind a link, and who only looks. */
import { describe, expect, it } from 'vitest';
import { looksAhead } from '../../server/looks-ahead.ts';

const CHROME = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36';
const SAFARI =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1';
const IN_APP = `${SAFARI} [FBAN/FBIOS;FBAV/520.0.0.38.101;FBBV/1;FBDV/iPhone15,2]`;
const CUBOT =
  'Mozilla/5.0 (Linux; Android 14; CUBOT X90) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36';

const request = (agent: string, more: Readonly<Record<string, string>> = {}, method = 'GET') => ({
  method,
  get: (name: string): string => ({ 'user-agent': agent, ...more })[name] ?? '',
});

describe('a request that counts', () => {
  it.each([CHROME, SAFARI, IN_APP])('%s', (agent) => {
    expect(looksAhead(request(agent))).toBe(false);
  });
});

describe('a request that only looks', () => {
  it.each([
    '',
    'TelegramBot (like TwitterBot)',
    'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)',
    'WhatsApp/2.23.20.0',
    'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)',
    'Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)',
    'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
    'Mozilla/5.0 (Windows NT 10.0) SkypeUriPreview Preview/0.5',
    'LinkedInBot/1.0 (compatible; Mozilla/5.0)',
    'curl/8.9.1',
    'python-requests/2.32.3',
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/141.0.0.0 Safari/537.36',
  ])('%j', (agent) => {
    expect(looksAhead(request(agent))).toBe(true);
  });

  it.each([
    { purpose: 'prefetch' },
    { 'sec-purpose': 'prefetch;prerender' },
    { 'x-purpose': 'preview' },
    { 'x-moz': 'prefetch' },
  ])('%o', (header) => {
    expect(looksAhead(request(CHROME, header))).toBe(true);
  });

  it('asks for the head', () => {
    expect(looksAhead(request(CHROME, {}, 'HEAD'))).toBe(true);
  });
});

it('a telephone whose maker is called like a robot belongs to a person', () => {
  expect(looksAhead(request(CUBOT))).toBe(false);
});
