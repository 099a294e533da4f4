/** The worker: turns a burst into a turn by the pipeline, and tells the live bus how it goes. */
import type { TurnMaker } from '../channels/bridge/lanes.ts';
import type { Clock } from '../core/clock.ts';
import { createPipeline } from '../graph/pipeline.ts';
import { apologise, runTurn } from '../graph/run.ts';
import type { TurnPorts } from '../graph/state.ts';
import type { Burst } from '../memory/inbox.ts';
import type { TurnCommit } from '../memory/turns.ts';
import { createRecorder } from '../traces/recorder.ts';
import type { LiveBus } from './live.ts';

export type WorkerParts = {
  readonly ports: TurnPorts;
  readonly live: LiveBus;
  readonly monotonic: Clock;
  /** Tells the person's channel that an answer is being written. */
  readonly showTyping: (burst: Burst) => void;
};

export function createTurnMaker({ ports, live, monotonic, showTyping }: WorkerParts): TurnMaker {
  const pipeline = createPipeline();
  return {
    make: (burst, options) => {
      const { thread, turn } = burst;
      live.publish({ kind: 'turn-start', thread, turn });
      showTyping(burst);
      const recorder = createRecorder({
        turn,
        events: burst.events.length,
        monotonic,
        onChange: (span) => live.publish({ kind: 'span', thread, span }),
      });
      const onToken = (text: string): void => live.publish({ kind: 'delta', thread, turn, text });
      const onWithdraw = (): void => live.publish({ kind: 'reset', thread, turn });
      return runTurn(pipeline, burst, { ...options, ports, recorder, onToken, onWithdraw });
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
