/** The queues as a page, for operators: what waits, runs and failed among the wake-ups. Looking only; it changes nothing. */
import type { Context, Middleware, Next } from 'koa';
import { guard } from './console-routes.ts';
import type { HttpParts } from './http-parts.ts';

const PATH = '/console/queues';
const CSP =
  "default-src 'self'; img-src 'self' data:; font-src 'self' data:; style-src 'self' 'unsafe-inline'; script-src 'self'; connect-src 'self'; frame-ancestors 'none'";

/** Behind the same door as the console's API. The page's library is loaded when somebody first asks for it. */
export function queueBoard({ auth, platform }: Pick<HttpParts, 'auth' | 'platform'>): Middleware {
  let board: Promise<Middleware> | null = null;
  return async (context: Context, next: Next) => {
    if (context.path !== PATH && !context.path.startsWith(`${PATH}/`)) {
      await next();
      return;
    }
    await guard(context, () => Promise.resolve(), auth);
    if (context.method !== 'GET') {
      context.status = 405;
      return;
    }
    // Its own addresses are relative to the folder.
    if (context.path === PATH) return context.redirect(`${PATH}/`);
    context.set('content-security-policy', CSP);
    board ??= openBoard(platform.queues);
    await (await board)(context, next);
  };
}

async function openBoard(queues: HttpParts['platform']['queues']): Promise<Middleware> {
  const [{ createBullBoard }, { BullMQAdapter }, { KoaAdapter }] = await Promise.all([
    import('@bull-board/api'),
    import('@bull-board/api/bullMQAdapter'),
    import('@bull-board/koa'),
  ]);
  type Shown = ConstructorParameters<typeof BullMQAdapter>[0];
  const serverAdapter = new KoaAdapter();
  serverAdapter.setBasePath(PATH);
  createBullBoard({
    // Whoever opened the queues is the only one who may name their class.
    queues: queues.map((queue) => new BullMQAdapter(queue as Shown, { readOnlyMode: true, allowRetries: false })),
    serverAdapter,
    options: { uiConfig: { boardTitle: 'Wake-ups', hideRedisDetails: true } },
  });
  return serverAdapter.registerPlugin();
}
