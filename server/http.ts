/** The HTTP door: routes in one place, errors to status codes in one place. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import Router from '@koa/router';
import Koa from 'koa';
import compress from 'koa-compress';
import { errorCode, InvalidPayloadError, TransientError } from '../core/errors.ts';
import { chatRoutes } from './chat-routes.ts';
import { consoleRoutes } from './console-routes.ts';
import { goRoutes } from './go-routes.ts';
import type { HttpParts } from './http-parts.ts';
import { metricsRoutes } from './metrics-routes.ts';
import type { Outside } from './outside.ts';
import { assetFiles, consolePages, healthRoutes, widgetPages } from './page-routes.ts';
import { queueBoard } from './queue-board.ts';
import { webhookRoutes } from './webhook-routes.ts';

export function createHttp(parts: HttpParts): (request: IncomingMessage, response: ServerResponse) => void {
  const app = new Koa();
  const { log } = parts.outside;
  // Koa would print the stack of what a client did; errors are answered and logged below.
  app.silent = true;
  app.use(async (context, next) => {
    context.set('x-content-type-options', 'nosniff');
    context.set('referrer-policy', 'no-referrer');
    try {
      await next();
    } catch (error) {
      answerError(context, { error, log });
    }
  });
  app.use(compress({ threshold: 2048, filter: (type) => !type.includes('event-stream') && compressible(type) }));
  // Strict: `/console` is sent on to `/console/`, where the page's own files resolve.
  const router = new Router({ strict: true });
  const { roles } = parts.config;
  healthRoutes(router, parts);
  metricsRoutes(router, parts);
  if (roles.has('ingress')) {
    webhookRoutes(router, parts);
    chatRoutes(router, parts);
    goRoutes(router, parts);
    widgetPages(router);
  }
  if (roles.has('console')) {
    consoleRoutes(router, parts);
    consolePages(router);
    app.use(queueBoard(parts));
  }
  if (roles.has('ingress') || roles.has('console')) assetFiles(router);
  app.use(router.routes());
  const handle = app.callback();
  return (request, response) => void handle(request, response);
}

function compressible(type: string): boolean {
  return /text|json|javascript|svg/.test(type);
}

const STATUS: Readonly<Record<string, number>> = {
  bad_signature: 401,
  malformed: 400,
  too_large: 413,
  wrong_type: 415,
  not_found: 404,
};

type Answering = { readonly error: unknown; readonly log: Outside['log'] };

/** Our errors say what to do; anything else says nothing to strangers and everything to the log. */
function answerError(context: Koa.Context, { error, log }: Answering): void {
  const where = { method: context.method, path: context.path.slice(0, 100) };
  if (error instanceof InvalidPayloadError) {
    context.status = STATUS[error.code] ?? 400;
    context.body = { error: { code: error.code, message: error.message, path: error.path } };
    if (error.code === 'bad_signature') log.warn('refused a request without a valid proof', where);
    return;
  }
  if (error instanceof TransientError) {
    context.status = 503;
    context.set('retry-after', String(Math.ceil((error.afterMs ?? 5_000) / 1_000)));
    context.body = { error: { code: error.code, message: 'Not now. Try again in a few seconds.' } };
    log.warn('answered 503', { ...where, code: error.code });
    return;
  }
  context.status = 500;
  context.body = { error: { code: 'unexpected', message: 'Something went wrong here. It was logged.' } };
  const message = error instanceof Error ? (error.stack ?? error.message) : 'not an Error';
  log.warn('a request failed', { ...where, code: errorCode(error), message: message.slice(0, 1000) });
}
