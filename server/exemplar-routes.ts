/** The console's routes for candidate exemplars; they stand behind the guard of /api. */
import type Router from '@koa/router';
import { z } from 'zod';
import { InvalidPayloadError } from '../core/errors.ts';
import { TurnId } from '../core/ids.ts';
import { IntentName } from '../core/intent.ts';
import { exemplarTextOf } from '../graph/tie-break.ts';
import type { Decision } from '../memory/exemplars.ts';
import { readJson } from './body.ts';
import type { HttpParts } from './http-parts.ts';

const LEDGER_DAYS = 30;
const Correction = z.object({ turn: TurnId, intent: IntentName });
const Verdict = z.object({ intent: IntentName.optional() });

export function exemplarRoutes(router: Router, { platform }: HttpParts): void {
  const { memory, workspace } = platform;
  const names = new Set(workspace.intents.flatMap((file) => file.intents.map(({ name }) => name)));
  const refuseUnknown = (intent: string | undefined): void => {
    if (intent === undefined || names.has(intent)) return;
    throw new InvalidPayloadError('not_found', `There is no intent "${intent}" in the workspace.`, { path: 'intent' });
  };
  const decide = (id: string | undefined, decision: Decision) => memory.exemplars.decide(id ?? '', decision);
  router.get('/api/exemplar-candidates', async (context) => {
    const [candidates, ledger] = await Promise.all([
      memory.exemplars.candidates('pending'),
      memory.exemplars.ledger(LEDGER_DAYS),
    ]);
    context.body = { candidates, ledger, intents: [...names].toSorted() };
  });
  // An operator says what a turn was about.
  router.post('/api/exemplar-candidates', async (context) => {
    const { turn, intent } = await readJson(context, Correction);
    refuseUnknown(intent);
    const text = exemplarTextOf(await memory.turns.get(turn));
    if (text === null) {
      const said = `Turn ${turn} holds no words, or too many, for an exemplar. Write one into the workspace instead.`;
      throw new InvalidPayloadError('malformed', said, { path: 'turn' });
    }
    await memory.exemplars.propose({ text, intent, reason: 'correction', turn });
    context.status = 204;
  });
  router.post('/api/exemplar-candidates/:id/accept', async (context) => {
    const { intent } = await readJson(context, Verdict);
    refuseUnknown(intent);
    context.body = await decide(context.params['id'], { state: 'accepted', ...(intent ? { intent } : {}) });
  });
  router.post('/api/exemplar-candidates/:id/reject', async (context) => {
    context.body = await decide(context.params['id'], { state: 'rejected' });
  });
}
