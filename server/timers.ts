/** Timers: what time alone does to journeys, looked for by one process, on the database's clock. */
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode } from '../core/errors.ts';
import type { PersonId } from '../core/ids.ts';
import { hoursOf, type JourneyDefinition } from '../core/journey.ts';
import type { JourneyMachine } from '../journey/machine.ts';
import type { Memory } from '../memory/memory.ts';
import type { DueJourney } from '../memory/people.ts';
import { type AloneParts, runAlone } from './alone.ts';

const EVERY_MS = 60_000;
const AT_ONCE = 200;

export type TimerParts = {
  readonly memory: Pick<Memory, 'journeys'>;
  readonly definition: JourneyDefinition;
  readonly machine: Pick<JourneyMachine, 'advance'>;
  readonly clock: () => number;
};

/** Moves everybody whose time has come; returns how many moved. Words go out by the outbox; the sweeper wakes them. */
export async function moveByTime({ memory, definition, machine, clock }: TimerParts): Promise<number> {
  const waits = definition.transitions.flatMap(({ from, on }) =>
    on.kind === 'time' ? from.map((stage) => ({ stage, hours: hoursOf(on.after) })) : [],
  );
  if (waits.length === 0) return 0;
  let moved = 0;
  let after: PersonId | null = null;
  // Page by page: whom a guard holds stays due, and must not keep those behind from being seen.
  for (;;) {
    const due: readonly DueJourney[] = await memory.journeys.listDue(waits, { limit: AT_ONCE, after });
    const done = await Promise.all(due.map((one) => moveOne(one, { memory, definition, machine, clock })));
    moved += done.filter(Boolean).length;
    after = due.at(-1)?.person ?? null;
    if (due.length < AT_ONCE) return moved;
  }
}

function moveOne(due: DueJourney, { memory, definition, machine, clock }: TimerParts): Promise<boolean> {
  const { state, moves } = machine.advance(due.state, [], { now: clock(), isMember: due.isMember });
  if (moves.length === 0) return Promise.resolve(false);
  const messages = moves.flatMap(({ transition }) => {
    const effects = definition.transitions.find(({ id }) => id === transition)?.effects ?? [];
    return effects.flatMap((effect) => (effect.kind === 'message' ? [{ transition, texts: effect.text }] : []));
  });
  return memory.journeys.move(due, { after: state, moves, messages });
}

/** Looks once a minute until stopped. */
export function startTimers(parts: TimerParts, alone: AloneParts): { readonly stop: () => Promise<void> } {
  const stop = new AbortController();
  const work = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      await moveByTime(parts).catch((error: unknown) =>
        alone.log.warn('journeys were not moved by time', { code: errorCode(error) }),
      );
      await sleep(EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  };
  const running = runAlone(alone, { name: 'timers', work, stop: stop.signal });
  return {
    stop: async () => {
      stop.abort();
      await running;
    },
  };
}
