/** What a broken tie teaches: the words of a turn that only a model could place become a candidate exemplar. Pure. */
import { eventText } from '../core/event.ts';
import { UNCLEAR } from '../core/intent.ts';
import type { Turn } from '../core/turn.ts';
import type { Workspace } from '../core/workspace.ts';
import type { NewCandidate } from '../memory/exemplars.ts';
import { agentOfIntent } from './routes.ts';

/** Longer messages say too many things to be an exemplar. */
const LONGEST = 300;

/** Null when no tie was broken. The suggested intent is the likeliest one of the agent the model chose, if there is one. */
export function candidateOf(turn: Turn, workspace: Pick<Workspace, 'intents'>): NewCandidate | null {
  const { intent, route, modelCalls } = turn;
  if (intent?.name !== UNCLEAR || route?.kind !== 'agent' || modelCalls.length === 0) return null;
  if (!route.because.startsWith('supervisor:')) return null;
  const text = exemplarTextOf(turn);
  if (text === null) return null;
  const likely = intent.runnersUp.find(({ name }) => agentOfIntent(workspace, name) === route.agent);
  return { text, intent: likely?.name ?? null, reason: 'tie-break', turn: turn.id };
}

/** What the person wrote, if it could be an exemplar: some words, but no letter. */
export function exemplarTextOf({ events }: Pick<Turn, 'events'>): string | null {
  const text = events
    .map(({ event }) => eventText(event))
    .join('\n')
    .trim();
  return text === '' || text.length > LONGEST ? null : text;
}
