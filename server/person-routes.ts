/** The console's routes about people: who they are, what links them, what is theirs, and the end of it. Behind the guard of /api. */
import type Router from '@koa/router';
import { z } from 'zod';
import { disputeMove, moveByHand } from '../journey/operate.ts';
import { readJson } from './body.ts';
import type { HttpParts } from './http-parts.ts';
import { operateByHand } from './journey-by-hand.ts';
import { exportOf } from './person-export.ts';
import { handleNamed, viewPerson } from './person-view.ts';

const LIST = 100;
const CALL_DAYS = 30;
const DAY_MS = 86_400_000;
const Name = z.string().min(1).max(300);
const By = z.string().trim().min(1).max(100);
const Pair = z.strictObject({ a: Name, b: Name });
const NewLink = Pair.extend({ reason: z.string().trim().min(1).max(300) });
const Decision = z.strictObject({ outcome: z.enum(['linked', 'kept_apart']), by: By });
const Erasing = z.strictObject({ by: By });
const Reason = z.string().trim().min(1).max(500);
/** `to`: put into a stage; `of`: a move that is disputed. */
const ByHand = z.union([
  z.strictObject({ to: Name, by: By, reason: Reason }),
  z.strictObject({ of: Name, by: By, reason: Reason }),
]);

export function personRoutes(router: Router, parts: HttpParts): void {
  const { memory } = parts.platform;
  const named = (name: string | undefined) => handleNamed(name ?? '', { memory });
  router.get('/api/persons/:name', async (context) => {
    context.body = await viewPerson(context.params['name'] ?? '', { memory });
  });
  router.get('/api/persons/:name/export', async (context) => {
    const collected = await memory.erasures.collect(await named(context.params['name']));
    context.type = 'application/zip';
    context.set('content-disposition', 'attachment; filename="person.zip"');
    context.body = exportOf(collected, parts.outside.clock());
  });
  router.post('/api/persons/:name/erase', async (context) => {
    const { by } = await readJson(context, Erasing);
    context.body = await memory.erasures.erase(await named(context.params['name']), by);
  });
  router.post('/api/persons/:name/split', async (context) => {
    context.body = { links: await memory.people.split(await named(context.params['name'])) };
  });
  router.post('/api/persons/:name/journey', async (context) => {
    const act = await readJson(context, ByHand);
    const { person } = await viewPerson(context.params['name'] ?? '', { memory });
    const { journey: definition } = parts.platform.workspace;
    const now = parts.outside.clock();
    const hand = { operator: act.by, reason: act.reason, now };
    const { state, move } = await operateByHand(memory.journeys, person.id, {
      definition,
      now,
      decide: (stands) =>
        'to' in act
          ? moveByHand(definition, stands.state, { ...hand, to: act.to })
          : disputeMove(definition, stands.state, { ...hand, moves: stands.moves, of: act.of }),
    });
    context.body = { state, move };
  });
  router.get('/api/erasures', async (context) => {
    context.body = { erasures: await memory.erasures.receipts(LIST) };
  });
  router.get('/api/retention', async (context) => {
    context.body = { runs: await memory.retention.runs() };
  });
  linkRoutes(router, parts);
}

function linkRoutes(router: Router, { platform, outside }: HttpParts): void {
  const { memory } = platform;
  const named = (name: string) => handleNamed(name, { memory });
  router.post('/api/links', async (context) => {
    const { a, b, reason } = await readJson(context, NewLink);
    context.body = await memory.people.link(await named(a), await named(b), { proof: 'operator', reason });
  });
  router.post('/api/links/remove', async (context) => {
    const { a, b } = await readJson(context, Pair);
    context.body = { removed: await memory.people.unlink(await named(a), await named(b)) };
  });
  router.get('/api/link-cases', async (context) => {
    context.body = { cases: await memory.people.cases({ open: context.query['open'] !== 'false', limit: LIST }) };
  });
  router.post('/api/link-cases/:id/decide', async (context) => {
    const decision = await readJson(context, Decision);
    await memory.people.decide(context.params['id'] ?? '', decision);
    context.status = 204;
  });
  router.get('/api/calls', async (context) => {
    const since = new Date(outside.clock() - CALL_DAYS * DAY_MS);
    const [calls, refusals] = await Promise.all([memory.calls.counts(since), memory.calls.refusals(since)]);
    context.body = { days: CALL_DAYS, calls, refusals };
  });
}
