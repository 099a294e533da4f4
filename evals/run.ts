/** Runs trials: a few worlds at a time, one after the other inside each; errors of the world are told apart from failures. */
import type { Clock } from '../core/clock.ts';
import { errorCode } from '../core/errors.ts';
import { arrangeTrials, type Trial } from './arrange.ts';
import { judgeTrial } from './judge-trial.ts';
import { playTrial } from './play-trial.ts';
import type { TrialResult } from './trial.ts';
import type { OpenWorld, World } from './world.ts';

export type RunOptions = {
  readonly openWorld: OpenWorld;
  /** Worlds side by side; each is a whole platform in memory. */
  readonly workers: number;
  readonly monotonic: Clock;
  /** Called as trials end, in no particular order. */
  readonly onResult: (result: TrialResult) => void;
  readonly patienceMs?: number;
};

const PATIENCE_MS = 90_000;

/**
 * Plays every trial and returns the results in the order of `trials`. Throws what the first `openWorld` throws: without
 * a world there is nothing to measure. A world that breaks later costs only the trials that met it.
 */
export async function runTrials(trials: readonly Trial[], options: RunOptions): Promise<readonly TrialResult[]> {
  const lists = arrangeTrials(trials, options.workers);
  const results = new Map<Trial, TrialResult>();
  const first = lists.length > 0 ? await options.openWorld() : null;
  const worlds = first ? [first] : [];
  const waiting = [...lists];
  const work = async (): Promise<void> => {
    for (let list = waiting.shift(); list; list = waiting.shift()) {
      await playList(list, {
        ...options,
        ready: worlds.shift() ?? null,
        onResult: (result) => {
          results.set(result.trial, result);
          options.onResult(result);
        },
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.workers, lists.length) }, work));
  return trials.flatMap((trial) => results.get(trial) ?? []);
}

type ListOptions = RunOptions & { readonly ready: World | null };

/** One world for the whole list; a new one after a play that never came back. */
async function playList(list: readonly Trial[], { ready, ...options }: ListOptions): Promise<void> {
  let world = ready;
  for (const trial of list) {
    try {
      world ??= await options.openWorld();
    } catch (error) {
      options.onResult(notPlayed(trial, error));
      continue;
    }
    const startedAt = options.monotonic();
    const { monotonic, patienceMs = PATIENCE_MS } = options;
    const performance = await playTrial(trial, { world, monotonic, patienceMs });
    const milliseconds = monotonic() - startedAt;
    options.onResult({ trial, ...judgeTrial(trial, performance), turns: performance.turns, milliseconds });
    if (performance.ending.kind === 'stuck') {
      // It may never close either; the process ends before it does.
      void world.close().catch(() => undefined);
      world = null;
    }
  }
  await world?.close();
}

function notPlayed(trial: Trial, error: unknown): TrialResult {
  const said = error instanceof Error ? error.message : String(error);
  const reason = `no world could be opened: ${errorCode(error)}: ${said}`;
  return { trial, verdict: 'error', reason, turns: [], checks: [], milliseconds: 0 };
}
