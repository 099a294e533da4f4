/** The bridge: inbox, lanes and outbox put together around one queue. */
import type { Delivery } from '../../core/delivery.ts';
import { errorCode } from '../../core/errors.ts';
import { eventText } from '../../core/event.ts';
import type { PersonId, ThreadId } from '../../core/ids.ts';
import type { Burst } from '../../memory/inbox.ts';
import type { Memory } from '../../memory/memory.ts';
import type { TurnCommit } from '../../memory/turns.ts';
import type { Connection } from '../channel.ts';
import type { TurnMaker } from './bursts.ts';
import type { Count } from './count.ts';
import { createHands, type Hands } from './hands.ts';
import { createIngress, type Ingress } from './ingress.ts';
import { createLaneRunner, type LaneRunner } from './lanes.ts';
import { createSender, type Sender } from './outbox.ts';
import { createOwed, type Owed } from './owed.ts';
import { createPressure, MOST_PENDING } from './pressure.ts';
import type { WakeQueue } from './queue.ts';
import { createRoom, loopUtilization } from './room.ts';
import { type Sweeper, startSweeper } from './sweeper.ts';

const SWEEP_MS = 5_000;
/** At a stop, for turns to end by themselves; then they are given back. Sends take at most ten seconds more. */
const DRAIN_MS = 15_000;
/** A minute of passes that woke lanes in vain while nothing ended here. */
const STUCK_PASSES = 12;

export type BridgeParts = {
  readonly memory: Memory;
  readonly queue: WakeQueue;
  readonly turns: TurnMaker;
  readonly connections: readonly Connection[];
  readonly isCrisis: (text: string) => boolean;
  /** Names this process in leases and claims. */
  readonly holder: string;
  readonly count?: Count;
  /** Beyond so many unfinished events new ones are refused, but for crisis words. */
  readonly mostPending?: number;
  readonly onCommit?: (commit: TurnCommit) => void;
  /** A message came in here; a turn it should join may be running in another process. */
  readonly onArrived?: LaneRunner['interrupt'];
  readonly onSent?: (delivery: Delivery) => void;
  readonly onSuperseded?: (burst: Burst) => void;
  readonly log: { readonly warn: (message: string, data: object) => void };
};

/** How this process fares as a part of the whole. */
export type BridgeHealth = {
  readonly isStopping: boolean;
  /** Its queue answers and its workers ask for work. */
  readonly isQueueUp: boolean;
  /** Work waits, and for a minute nothing of it was done here. */
  readonly isStuck: boolean;
};

export type Bridge = {
  readonly accept: Ingress['accept'];
  /** Asks for a thread's due deliveries to be sent. */
  readonly wakeThread: WakeQueue['wakeThread'];
  /** A message came in at another process: a turn that runs here may have to make room for it. */
  readonly interrupt: LaneRunner['interrupt'];
  /** Starts taking work. `lanes` and `threads` are how many of each run side by side; 0: not in this process. */
  readonly start: (concurrency: { readonly lanes: number; readonly threads: number }) => void;
  readonly health: () => BridgeHealth;
  /**
   * Stops taking work; what runs ends or is given back to the others, within 26 s. `drainMs`: how long turns may go on.
   * Safe to call twice.
   */
  readonly stop: (drainMs?: number) => Promise<void>;
};

export function createBridge(parts: BridgeParts): Bridge {
  const { queue, log } = parts;
  const state: State = { stopping: null, sweeper: null };
  const inside = assemble(parts, state);
  const { lanes, hands, sender, ingress } = inside;
  return {
    accept: ingress.accept,
    wakeThread: hands.threads.wake,
    interrupt: lanes.interrupt,
    start: (concurrency) => {
      const onError = (error: Error): void =>
        log.warn('the queue did not answer', { error: error.message.slice(0, 200) });
      queue.start({ runLane: hands.lanes.take, sendThread: hands.threads.take, onError }, concurrency);
      hands.lanes.open(queue.isTraced ? 0 : concurrency.lanes);
      hands.threads.open(queue.isTraced ? 0 : concurrency.threads);
      const takes = { lanes: concurrency.lanes > 0, threads: concurrency.threads > 0 };
      const isUnderWay = { lane: hands.lanes.isUnderWay, thread: hands.threads.isUnderWay };
      const sweeping = { ...parts, ...inside, sender, runLane: hands.lanes.take, isUnderWay, takes };
      state.sweeper = startSweeper(sweeping, SWEEP_MS, () => ({ lanes: lanes.ended(), threads: sender.ended() }));
    },
    health: () => ({
      isStopping: state.stopping !== null,
      isQueueUp: queue.isUp(),
      isStuck: (state.sweeper?.idlePasses() ?? 0) >= STUCK_PASSES,
    }),
    stop: (drainMs = DRAIN_MS) => {
      state.stopping ??= stopAll({ ...parts, ...inside, sweeper: state.sweeper, drainMs });
      return state.stopping;
    },
  };
}

type Inside = {
  readonly count: Count;
  readonly owed: Owed;
  readonly sender: Sender;
  readonly hands: BothHands;
  readonly lanes: LaneRunner;
  readonly ingress: Ingress;
};

function assemble(given: BridgeParts, state: State): Inside {
  const { queue, log, memory, onArrived } = given;
  const owed = createOwed({ elapsed: () => performance.now(), onTold: () => state.sweeper?.sweepNow() });
  const parts = { ...given, count: given.count ?? (() => undefined), owed };
  const { count } = parts;
  const sender = openSender(parts);
  const onError = (error: unknown): void => log.warn('work failed; the sweeper takes it', { code: errorCode(error) });
  const hands: BothHands = {
    threads: createHands({ run: sender.sendThread, ask: (thread) => queue.wakeThread(thread), onError }),
    lanes: createHands({ run: (lane) => lanes.run(lane), ask: (lane) => queue.wakeLane(lane), onError }),
  };
  const lanes: LaneRunner = openLanes({ ...parts, hands, sender, isStopping: () => state.stopping !== null });
  const ingress = createIngress({
    ...{ memory, log, count, isCrisis: parts.isCrisis, wakeLane: hands.lanes.wake, runLane: lanes.runUrgent },
    pressure: createPressure({ memory, log, mostPending: parts.mostPending ?? MOST_PENDING }),
    interrupt: (accepted, options) => {
      lanes.interrupt(accepted, options);
      onArrived?.(accepted, options);
    },
  });
  return { count, owed, sender, hands, lanes, ingress };
}

type BothHands = { readonly lanes: Hands<PersonId>; readonly threads: Hands<ThreadId> };

type State = { stopping: Promise<void> | null; sweeper: Sweeper | null };

type Stopping = Pick<BridgeParts, 'queue' | 'log'> & {
  readonly lanes: LaneRunner;
  readonly hands: BothHands;
  readonly sender: Sender;
  readonly owed: Owed;
  readonly sweeper: Sweeper | null;
  readonly drainMs: number;
};

/** First no new work, then the turns, then the words they left; the queue last, because all of them still wake others. */
async function stopAll({ queue, lanes, hands, sender, owed, sweeper, drainMs }: Stopping): Promise<void> {
  await queue.pause().catch(() => undefined);
  await Promise.all([lanes.stop(drainMs), hands.lanes.close(), sweeper?.stop()]);
  await Promise.all([sender.stop(), hands.threads.close()]);
  owed.stop();
  await queue.close();
}

type Parts = BridgeParts & { readonly count: Count; readonly owed: Owed };

function openSender({ memory, holder, log, count, owed, connections, onSent }: Parts): Sender {
  return createSender({
    memory,
    holder,
    log,
    count,
    owed,
    connectionOf: ({ channel, connection }) =>
      connections.find((one) => one.channel === channel && one.name === connection),
    onSent: onSent ?? (() => undefined),
  });
}

type LaneRoom = Parts & { readonly hands: BothHands; readonly sender: Sender; readonly isStopping: () => boolean };

function openLanes({ sender, hands, isStopping, ...parts }: LaneRoom): LaneRunner {
  const { memory, queue, holder, log, count, owed } = parts;
  return createLaneRunner({
    memory,
    holder,
    log,
    count,
    owed,
    turns: parts.turns,
    room: createRoom({ elapsed: () => performance.now(), utilization: loopUtilization() }),
    onSuperseded: parts.onSuperseded ?? (() => undefined),
    wakeLater: (lane, delayMs) => queue.wakeLane(lane, delayMs),
    isCrisis: ({ events }) => events.some(({ event }) => parts.isCrisis(eventText(event))),
    onCommit: async (commit) => {
      parts.onCommit?.(commit);
      if (commit.deliveries.length === 0) return;
      // Crisis words do not wait for a queue, and in a process that stops nobody may be left to ask it.
      const isUrgent = isStopping() || commit.deliveries.some(({ reply }) => reply.messageClass === 'crisis');
      if (isUrgent) await sender.sendThread(commit.turn.thread);
      // Also then: another process may have been ending its claim on the thread while this one looked.
      await hands.threads.wake(commit.turn.thread);
    },
  });
}
