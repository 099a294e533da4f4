/** The names a suite may use: intents, documents and members of the workspace, and the tools of every agent. */
import type { AgentContext, AgentPorts } from '../agents/agent.ts';
import { ACTORS } from '../agents/registry.ts';
import { PermanentError } from '../core/errors.ts';
import { TurnId } from '../core/ids.ts';
import type { Workspace } from '../core/workspace.ts';
import type { KnownNames } from '../evals/read-suite.ts';

export function knownNames(workspace: Workspace): KnownNames {
  return {
    // The platform decides on `unclear` by itself; no file lists it.
    intent: ['unclear', ...workspace.intents.flatMap((file) => file.intents.map(({ name }) => name))].toSorted(),
    tool: toolNames(workspace),
    document: workspace.documents.map(({ id }) => id),
    member: workspace.members.map(({ member }) => member),
  };
}

/** Agents make their tools for a turn; here for one that never runs. */
function toolNames(workspace: Workspace): readonly string[] {
  const agents = Object.values(ACTORS);
  const names = agents.flatMap((agent) => agent.tools(NO_PORTS, emptyContext(workspace)).map(({ name }) => name));
  return [...new Set(names)].toSorted();
}

const refuse = (): Promise<never> =>
  Promise.reject(new PermanentError('broken_invariant', 'A tool ran while its name was read; report this.'));

const NO_PORTS: AgentPorts = {
  searchKnowledge: refuse,
  openDocument: refuse,
  offers: refuse,
  courses: refuse,
  myEnrolments: refuse,
  myOrders: refuse,
  myTickets: refuse,
  markLessonDone: refuse,
  openTicket: refuse,
  myFacts: refuse,
  noteFacts: refuse,
  forgetFacts: refuse,
  holdPlace: refuse,
};

function emptyContext({ organisation, tone, safety }: Workspace): AgentContext {
  return {
    turn: TurnId.parse('00000000-0000-7000-8000-000000000000'),
    organisation: {
      name: organisation.name,
      about: organisation.about,
      voice: tone.voice,
      country: organisation.country,
    },
    text: '',
    choice: null,
    locale: 'en',
    person: { isMember: true, name: null, stage: '' },
    thread: { channel: 'web', clearance: 'private', ownership: 'agents' },
    intent: { name: 'unclear', confidence: 0, neighbours: [], runnersUp: [], priors: [] },
    screening: { level: 'clear', findings: [] },
    lines: [],
    earlier: null,
    facts: [],
    passages: [],
    safety,
    phrase: (key) => key,
    now: '1970-01-01T00:00:00.000Z',
  };
}
