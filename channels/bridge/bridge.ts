/** The bridge: inbox, lanes and outbox put together around one queue. */
import type { Delivery } from '../../core/delivery.ts';
import type { PersonId } from '../../core/ids.ts';
import type { Burst } from '../../memory/inbox.ts';
import type { Memory } from '../../memory/memory.ts';
import type { TurnCommit } from '../../memory/turns.ts';
import type { Connection } from '../channel.ts';
import { createIngress, type Ingress } from './ingress.ts';
import { createLaneRunner, type LaneRunner, type TurnMaker } from './lanes.ts';
import { createSender, type Sender } from './outbox.ts';
import type { WakeQueue } from './queue.ts';
import { startSweeper } from './sweeper.ts';

const SWEEP_MS = 5_000;

export type BridgeParts = {
  readonly memory: Memory;
  readonly queue: WakeQueue;
  readonly turns: TurnMaker;
  readonly connections: readonly Connection[];
  readonly isCrisis: (text: string) => boolean;
  /** Names this process in leases and claims. */
  readonly holder: string;
  readonly onCommit?: (commit: TurnCommit) => void;
  readonly onSent?: (delivery: Delivery) => void;
  readonly onSuperseded?: (burst: Burst) => void;
  readonly log: { readonly warn: (message: string, data: object) => void };
};

export type Bridge = {
  readonly accept: Ingress['accept'];
  /** Asks for a thread's due deliveries to be sent. */
  readonly wakeThread: WakeQueue['wakeThread'];
  /** Starts taking work. `lanes` and `threads` are how many of each run side by side. */
  readonly start: (concurrency: { readonly lanes: number; readonly threads: number }) => void;
  /** Stops taking work and lets what runs finish. */
  readonly stop: () => Promise<void>;
};

export function createBridge(parts: BridgeParts): Bridge {
  const { memory, queue, holder, log } = parts;
  const sender = createSender({
    memory,
    holder,
    log,
    connectionOf: ({ channel, connection }) =>
      parts.connections.find((one) => one.channel === channel && one.name === connection),
    onSent: parts.onSent ?? (() => undefined),
  });
  const lanes = createRunner(parts, sender);
  // What runs without the queue is waited for at the end, too.
  const direct = new Set<Promise<void>>();
  const runLane = (lane: PersonId): Promise<void> => {
    const run = lanes.run(lane).finally(() => direct.delete(run));
    direct.add(run);
    return run;
  };
  const ingress = createIngress({
    memory,
    queue,
    log,
    isCrisis: parts.isCrisis,
    runLane,
    interrupt: lanes.interrupt,
  });
  let stopSweeping: () => Promise<void> = () => Promise.resolve();
  return {
    accept: ingress.accept,
    wakeThread: queue.wakeThread,
    start: (concurrency) => {
      const onError = (error: Error): void =>
        log.warn('the queue did not answer', { error: error.message.slice(0, 200) });
      queue.start({ runLane: lanes.run, sendThread: sender.sendThread, onError }, concurrency);
      stopSweeping = startSweeper({ memory, queue, sender, runLane, log }, SWEEP_MS);
    },
    stop: async () => {
      await stopSweeping();
      await queue.close();
      await Promise.allSettled(direct);
    },
  };
}

function createRunner(parts: BridgeParts, sender: Sender): LaneRunner {
  const { memory, queue, holder, log } = parts;
  return createLaneRunner({
    memory,
    holder,
    log,
    turns: parts.turns,
    onSuperseded: parts.onSuperseded ?? (() => undefined),
    wakeLater: (lane, delayMs) => queue.wakeLane(lane, delayMs),
    onCommit: async (commit) => {
      parts.onCommit?.(commit);
      if (commit.deliveries.length === 0) return;
      // Crisis words do not wait for a queue.
      const isCrisis = commit.deliveries.some(({ reply }) => reply.messageClass === 'crisis');
      await (isCrisis ? sender.sendThread(commit.turn.thread) : queue.wakeThread(commit.turn.thread));
    },
  });
}
