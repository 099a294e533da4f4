/** throughline journey moves, move and dispute: what operators see and do of one person's journey. */
import type { Command } from 'commander';
import type { Clock } from '../core/clock.ts';
import { InvalidPayloadError } from '../core/errors.ts';
import { PersonId } from '../core/ids.ts';
import type { JourneyDefinition, RecordedMove } from '../core/journey.ts';
import { type ByHand, disputeMove, moveByHand, type Operated } from '../journey/operate.ts';
import { readEnvironment } from '../server/config.ts';
import { MOST_MOVES, operateByHand, type Standpoint } from '../server/journey-by-hand.ts';
import { readWorkspace } from '../server/workspace.ts';
import { moveText } from './journey-text.ts';
import { withStore } from './store.ts';
import type { Outputs } from './verb.ts';

const SHOWN = 20;

export type ByHandParts = {
  readonly outputs: Outputs;
  readonly clock: Clock;
  /** Whose name is kept where none is given. */
  readonly operator: string;
};

type HandOptions = { readonly reason: string; readonly operator: string; readonly json?: boolean };

/** Registers the three verbs. */
export function addJourneyByHand(journey: Command, parts: ByHandParts): void {
  journey
    .command('moves <person>')
    .description('the last moves of a person, newest first, with what each rests on')
    .option('--json', 'print one JSON object')
    .action(async (id: string, { json }: { readonly json?: boolean }) => {
      const person = personOf(id);
      const moves = await withStore((store) => store.memory.journeys.moves(person, json ? MOST_MOVES : SHOWN));
      parts.outputs.stdout.write(json ? `${JSON.stringify({ moves })}\n` : movesText(moves));
    });
  withHandOptions(journey.command('move <person> <stage>'), parts)
    .description('put a person into a stage, whatever the transitions say')
    .action(async (id: string, stage: string, options: HandOptions) => {
      await act(personOf(id), {
        parts,
        options,
        decide: ({ definition, state, hand }) => moveByHand(definition, state, { ...hand, to: stage }),
      });
    });
  withHandOptions(journey.command('dispute <person> <move>'), parts)
    .description('say that a move was wrong: back to the stage before it, unless the person moved on since')
    .action(async (id: string, of: string, options: HandOptions) => {
      const decide: Decide = ({ definition, state, moves, hand }) =>
        disputeMove(definition, state, { ...hand, moves, of });
      await act(personOf(id), { parts, options, decide });
    });
}

function withHandOptions(command: Command, { operator }: ByHandParts): Command {
  return command
    .requiredOption('--reason <words>', 'why; kept with the move')
    .option('--operator <name>', 'who; kept with the move', operator)
    .option('--json', 'print one JSON object');
}

function personOf(id: string): PersonId {
  const parsed = PersonId.safeParse(id);
  if (parsed.success) return parsed.data;
  throw new InvalidPayloadError(
    'not_found',
    `"${id}" is not the id of a person. The console shows it beside each thread.`,
  );
}

type Deciding = Standpoint & { readonly definition: JourneyDefinition; readonly hand: ByHand };
type Decide = (deciding: Deciding) => Operated;
type Act = { readonly parts: ByHandParts; readonly options: HandOptions; readonly decide: Decide };

async function act(person: PersonId, { parts, options, decide }: Act): Promise<void> {
  const { journey: definition } = await readWorkspace(readEnvironment().workspaceFolder);
  const now = parts.clock();
  const hand = { operator: options.operator, reason: options.reason, now };
  const result = await withStore(({ memory }) =>
    operateByHand(memory.journeys, person, {
      definition,
      now,
      decide: (standpoint) => decide({ ...standpoint, definition, hand }),
    }),
  );
  const text = `moved    ${moveText(result.move)}\nstands   ${result.state.stage}\n`;
  parts.outputs.stdout.write(options.json ? `${JSON.stringify({ move: result.move, state: result.state })}\n` : text);
}

function movesText(moves: readonly RecordedMove[]): string {
  if (moves.length === 0) return 'This person never moved.\n';
  const disputed = new Set(moves.flatMap(({ of }) => of ?? []));
  const rows = moves.map((move) => {
    const note = disputed.has(move.id) ? '  (disputed)' : move.of === undefined ? '' : `  (disputes ${move.of})`;
    return `${move.id.padStart(8)}  ${move.movedAt.slice(0, 16).replace('T', ' ')}  ${moveText(move)}  ${move.cause}${note}`;
  });
  return `${rows.join('\n')}\n`;
}
