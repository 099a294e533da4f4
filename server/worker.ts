/** The worker: turns a burst into a turn by the pipeline, and tells the live bus how it goes. */
import type { TurnMaker } from '../channels/bridge/bursts.ts';
import type { Clock } from '../core/clock.ts';
import type { Turn } from '../core/turn.ts';
import { createPipeline } from '../graph/pipeline.ts';
import { apologise, runTurn } from '../graph/run.ts';
import type { TurnPorts } from '../graph/state.ts';
import { candidateOf } from '../graph/tie-break.ts';
import type { Burst } from '../memory/inbox.ts';
import type { TurnCommit } from '../memory/turns.ts';
import { createRecorder } from '../traces/recorder.ts';
import { type CallParts, withCalls } from './calls.ts';
import type { LiveBus } from './live.ts';
import type { Log } from './outside.ts';
import { createSpoken } from './spoken.ts';
import { takeStart } from './start-token.ts';

export type WorkerParts = {
  readonly ports: TurnPorts;
  readonly live: LiveBus;
  readonly monotonic: Clock;
  /** Gives the calls to action of a turn their tokens, and uses up those that people bring. */
  readonly calls: CallParts;
  /** Shows on the person's channel that an answer is being written, until what it returns is called. */
  readonly startTyping: (burst: Burst) => () => void;
};

export function createTurnMaker({ ports, live, monotonic, calls, startTyping }: WorkerParts): TurnMaker {
  const pipeline = createPipeline();
  const spoken = createSpoken(live);
  return {
    make: async (given, options) => {
      const started = await takeStart(given, { ports, tokens: calls.tokens });
      if (started.kind === 'turn') return started.commit;
      const { burst } = started;
      const { thread, turn } = burst;
      const speech = spoken.begin(thread, turn);
      const stopTyping = startTyping(burst);
      const recorder = createRecorder({
        turn,
        events: burst.events.length,
        monotonic,
        onChange: (span) => live.publish({ kind: 'span', thread, span }),
      });
      const words = { onToken: speech.say, onWithdraw: speech.withdraw };
      const commit = await runTurn(pipeline, burst, { ...options, ports, recorder, ...words }).finally(() => {
        stopTyping();
        speech.end();
      });
      return withCalls(commit, calls);
    },
    apologise: (burst, error) => apologise(ports, burst, error),
  };
}

/** What the console hears when a turn was written. */
export function announceCommit(live: LiveBus, { turn, alerts }: TurnCommit): void {
  const { id, thread, status, milliseconds } = turn;
  live.publish({ kind: 'turn-end', thread, turn: id, status, milliseconds });
  for (const alert of alerts) live.publish({ kind: 'alert', thread, alert: alert.kind });
}

/** Off the turn's path: a candidate that is lost is no harm. */
export function proposeExemplar(
  turn: Turn,
  { ports, log }: { readonly ports: TurnPorts; readonly log: Pick<Log, 'warn'> },
): void {
  const candidate = candidateOf(turn, ports.workspace);
  if (candidate === null) return;
  ports.memory.exemplars.propose(candidate).catch((error: unknown) => {
    log.warn('a candidate exemplar could not be kept', { turn: turn.id, error });
  });
}
