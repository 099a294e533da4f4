/** classify: nearest exemplars and the trained head read the words; together they say what is wanted, or `unclear`. */
import { type Clause, clausesOf, decideIntent, type Prior } from '../../core/decide-intent.ts';
import { determineIntent, HUMAN_PLEASE, type Intent } from '../../core/intent.ts';
import type { IntentReader } from '../../core/intent-model.ts';
import type { Pass, Step, TurnState } from '../state.ts';
import { vectorOf } from './vector.ts';

const NEIGHBOURS = 10;

/** How much likelier an intent is here, in logarithms of odds. Small on purpose and not fitted to anything: none of them decides alone. */
const WEIGHTS = { agent: 0.35, stage: 0.2, public: -0.2 };

/** Commands say what is wanted without words to classify. */
const COMMANDS: Readonly<Record<string, string>> = {
  start: 'greeting',
  help: 'about-assistant',
  human: HUMAN_PLEASE,
};

export const classify: Step = async (state, pass) => {
  const { ports, text } = pass;
  const commanded = commandedIntent(state.burst);
  if (commanded) return { intent: commanded };
  if (text.trim() === '') return { intent: determineIntent([]) };
  const neighbours = await ports.memory.exemplars.nearest(await pass.embedding(), NEIGHBOURS);
  if (ports.intents) return { intent: await readIntent(ports.intents, { state, pass, neighbours }) };
  const favoured = intentsOf(pass, (agent) => agent === state.thread.agent);
  return { intent: determineIntent(neighbours, { favoured }) };
};

type Reading = {
  readonly state: Pick<TurnState, 'thread' | 'journey'>;
  readonly pass: Pass;
  readonly neighbours: Clause['neighbours'];
};

async function readIntent(reader: IntentReader, { state, pass, neighbours }: Reading): Promise<Intent> {
  return decideIntent(reader, {
    text: pass.text,
    neighbours,
    clauses: await clausesWithNeighbours(pass),
    priors: priorsOf(state, pass),
    aside: new Set(intentsOf(pass, (agent) => agent === 'supervisor').filter((name) => name !== HUMAN_PLEASE)),
  });
}

/** Empty for one clause, and when clauses cannot be embedded now: the whole text has been read already. */
async function clausesWithNeighbours({ text, ports, signal }: Pass): Promise<readonly Clause[]> {
  const clauses = clausesOf(text);
  if (clauses.length === 0) return [];
  const vectors = await Promise.all(clauses.map((clause) => vectorOf(clause, { ports, signal })));
  return Promise.all(
    clauses.map(async (clause, index) => ({
      text: clause,
      neighbours: await ports.memory.exemplars.nearest(vectors[index] ?? [], NEIGHBOURS),
    })),
  );
}

/** The agent that answered last, moves the journey waits for, and that people hardly ask about their own affairs in public. */
function priorsOf({ thread, journey }: Reading['state'], pass: Pass): readonly Prior[] {
  const awaited = pass.ports.workspace.journey.transitions.flatMap(({ from, on }) =>
    on.kind === 'intent' && from.includes(journey.stage) ? [on.name] : [],
  );
  const priors: Prior[] = [{ because: `stage:${journey.stage}`, intents: awaited, weight: WEIGHTS.stage }];
  if (thread.agent) {
    const own = intentsOf(pass, (agent) => agent === thread.agent);
    priors.push({ because: `agent:${thread.agent}`, intents: own, weight: WEIGHTS.agent });
  }
  if (thread.clearance === 'public') {
    const personal = intentsOf(pass, (agent) => agent === 'course' || agent === 'support');
    priors.push({ because: `public:${thread.channel}`, intents: personal, weight: WEIGHTS.public });
  }
  return priors;
}

function intentsOf({ ports }: Pick<Pass, 'ports'>, serves: (agent: string) => boolean): readonly string[] {
  return ports.workspace.intents
    .filter((file) => serves(file.agent))
    .flatMap((file) => file.intents.map(({ name }) => name));
}

/** Only when the burst is nothing but the command: words beside it are what the person wants. */
function commandedIntent({ events }: TurnState['burst']): Intent | null {
  const event = events.length === 1 ? events[0]?.event : undefined;
  const command = event?.kind === 'message' ? event.command?.name : undefined;
  const name = command === undefined ? undefined : COMMANDS[command];
  if (!name) return null;
  return { name, confidence: 1, neighbours: [], runnersUp: [], priors: [`command:${command}`] };
}
