/** `/metrics`, for a scraper that knows the token. */
import type Router from '@koa/router';
import { InvalidPayloadError } from '../core/errors.ts';
import { createConsoleAuth, hashToken } from './auth.ts';
import type { HttpParts } from './http-parts.ts';

/** METRICS_TOKEN opens it, and the admin token does: a monitoring system should not hold the keys of the console. */
export function metricsRoutes(router: Router, { auth, config, platform }: HttpParts): void {
  const scraper = config.metricsToken === null ? null : createConsoleAuth(hashToken(config.metricsToken));
  router.get('/metrics', async (context) => {
    const token = /^Bearer (\S+)$/.exec(context.get('authorization'))?.[1];
    if (token === undefined || !(scraper?.isToken(token) || auth.isToken(token))) {
      throw new InvalidPayloadError('bad_signature', 'Send METRICS_TOKEN, or the admin token, as a bearer.');
    }
    const { contentType, text } = await platform.metrics.scrape();
    context.set('cache-control', 'no-store');
    context.set('content-type', contentType);
    context.body = text;
  });
}
