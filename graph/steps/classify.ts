/** classify: the words become a vector, the nearest exemplars vote, the vote becomes an intent or `unclear`. */
import { determineIntent, HUMAN_PLEASE, type Intent } from '../../core/intent.ts';
import type { Step, TurnState } from '../state.ts';

const NEIGHBOURS = 10;

/** Commands say what is wanted without words to classify. */
const COMMANDS: Readonly<Record<string, string>> = {
  start: 'greeting',
  help: 'about-assistant',
  human: HUMAN_PLEASE,
};

export const classify: Step = async ({ burst, thread }, { ports, text, embedding }) => {
  const commanded = commandedIntent(burst);
  if (commanded) return { intent: commanded };
  if (text.trim() === '') return { intent: determineIntent([]) };
  const neighbours = await ports.memory.exemplars.nearest(await embedding(), NEIGHBOURS);
  const file = ports.workspace.intents.find((one) => one.agent === thread.agent);
  const favoured = file?.intents.map((intent) => intent.name) ?? [];
  return { intent: determineIntent(neighbours, { favoured }) };
};

/** Only when the burst is nothing but the command: words beside it are what the person wants. */
function commandedIntent({ events }: TurnState['burst']): Intent | null {
  const event = events.length === 1 ? events[0]?.event : undefined;
  const command = event?.kind === 'message' ? event.command?.name : undefined;
  const name = command === undefined ? undefined : COMMANDS[command];
  if (!name) return null;
  return { name, confidence: 1, neighbours: [], runnersUp: [], priors: [`command:${command}`] };
}
