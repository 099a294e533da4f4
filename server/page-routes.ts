/** Pages: the sample school at `/`, the console, the widget's files, and the health of this process. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type Router from '@koa/router';
import type { Context } from 'koa';
import serveStatic from 'koa-static';
import type { HttpParts } from './http-parts.ts';

const DIST = fileURLToPath(new URL('../console/dist/', import.meta.url));
const SAMPLE_PAGE = new URL('./sample-page.html', import.meta.url);
const CONSOLE_CSP =
  "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; script-src 'self'; connect-src 'self'; frame-ancestors 'none'";

export function pageRoutes(router: Router, { platform }: HttpParts): void {
  const files = serveStatic(DIST, { index: false, maxage: 0 });
  const assets = serveStatic(DIST, { index: false, maxage: 31_536_000_000, immutable: true });
  const page = (path: string | URL) => (context: Context) => {
    context.type = 'html';
    context.set('content-security-policy', CONSOLE_CSP);
    context.body = readFileSync(path);
  };
  router.get('/', page(SAMPLE_PAGE));
  router.get('/console', (context) => context.redirect('/console/'));
  router.get('/console/', page(`${DIST}index.html`));
  router.get('/widget.js', async (context, next) => {
    context.set('access-control-allow-origin', '*');
    await files(context, next);
  });
  router.get('/assets/*file', async (context, next) => {
    context.set('access-control-allow-origin', '*');
    await assets(context, next);
  });
  router.get('/healthz', (context) => {
    context.body = { ok: true };
  });
  router.get('/readyz', async (context) => {
    await platform.memory.ping();
    context.body = { ok: true, ...(await platform.memory.inbox.depth()) };
  });
}
