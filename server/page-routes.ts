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

/** The school's own page, and the widget for any other. */
export function widgetPages(router: Router): void {
  const files = serveStatic(DIST, { index: false, maxage: 0 });
  router.get('/', page(SAMPLE_PAGE));
  router.get('/widget.js', async (context, next) => {
    context.set('access-control-allow-origin', '*');
    await files(context, next);
  });
}

export function consolePages(router: Router): void {
  router.get('/console', (context) => context.redirect('/console/'));
  router.get('/console/', page(`${DIST}index.html`));
}

/** What the pages load; their names carry a hash of what is in them. */
export function assetFiles(router: Router): void {
  const assets = serveStatic(DIST, { index: false, maxage: 31_536_000_000, immutable: true });
  router.get('/assets/*file', async (context, next) => {
    context.set('access-control-allow-origin', '*');
    await assets(context, next);
  });
}

/** Whether this process lives, and whether it can take work; every role has them. */
export function healthRoutes(router: Router, { platform }: Pick<HttpParts, 'platform'>): void {
  router.get('/healthz', (context) => {
    const { isStuck } = platform.bridge.health();
    context.status = isStuck ? 503 : 200;
    context.body = { ok: !isStuck, isStuck };
  });
  router.get('/readyz', async (context) => {
    await platform.memory.ping();
    const { isStopping, isQueueUp } = platform.bridge.health();
    const ok = !isStopping && isQueueUp;
    context.status = ok ? 200 : 503;
    context.body = { ok, isStopping, isQueueUp, ...(await platform.memory.inbox.depth()) };
  });
}

function page(path: string | URL): (context: Context) => void {
  return (context) => {
    context.type = 'html';
    context.set('content-security-policy', CONSOLE_CSP);
    context.body = readFileSync(path);
  };
}
