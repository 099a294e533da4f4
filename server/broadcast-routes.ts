/** Broadcasts by the console's API: look first (`dryRun`), then send; the same id is sent once. */
import type Router from '@koa/router';
import { z } from 'zod';
import { Broadcast, checkBroadcast } from '../core/broadcast.ts';
import { readJson } from './body.ts';
import type { HttpParts } from './http-parts.ts';

const Body = z.strictObject({ ...Broadcast.shape, dryRun: z.boolean().default(false) });

export function broadcastRoutes(router: Router, { platform }: HttpParts): void {
  router.post('/api/broadcasts', async (context) => {
    const { dryRun, ...broadcast } = await readJson(context, Body);
    checkBroadcast(broadcast, platform.workspace.organisation);
    context.body = await platform.memory.outreach.announce(broadcast, { isDryRun: dryRun });
  });
}
