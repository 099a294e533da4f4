/** Acts by hand on a journey, for the console and the command line: read where the person stands, decide, write both or nothing. */
import { InvalidPayloadError, TransientError } from '../core/errors.ts';
import type { PersonId } from '../core/ids.ts';
import type { JourneyDefinition, JourneyState, RecordedMove } from '../core/journey.ts';
import { createJourneyMachine } from '../journey/machine.ts';
import type { Operated } from '../journey/operate.ts';
import type { JourneyPort } from '../memory/people.ts';

/** More than anybody reads; a dispute looks at all of them. */
export const MOST_MOVES = 1_000;

export type Standpoint = { readonly state: JourneyState; readonly moves: readonly RecordedMove[] };

type Operating = {
  readonly definition: JourneyDefinition;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly decide: (standpoint: Standpoint) => Operated;
};

/** Throws InvalidPayloadError('malformed') when it is refused, TransientError('lane_lost') when the person moved meanwhile. */
export async function operateByHand(
  journeys: JourneyPort,
  person: PersonId,
  { definition, now, decide }: Operating,
): Promise<Extract<Operated, { readonly kind: 'moved' }>> {
  const [before, moves] = [await journeys.get(person), await journeys.moves(person, MOST_MOVES)];
  const state = before ?? createJourneyMachine(definition).start(now);
  const result = decide({ state, moves });
  if (result.kind === 'refused') {
    throw new InvalidPayloadError('malformed', `Nothing was changed: ${result.reason}.`);
  }
  if (await journeys.operate(person, { before, after: result.state, move: result.move })) return result;
  throw new TransientError(
    'lane_lost',
    `Nothing was changed: person ${person} is not there or moved meanwhile. Try again.`,
  );
}
