/** The queue: wake-ups only. It carries ids, and everything in it can be rebuilt from Postgres by the sweeper. */
import {
  createPostgresBackend,
  type JobsOptions,
  type PgPool,
  Queue,
  type QueueOptions,
  runMigrations,
  Worker,
  withBackend,
} from 'bullmq';
import { Redis } from 'ioredis';
import { TransientError } from '../../core/errors.ts';
import { PersonId, ThreadId } from '../../core/ids.ts';

/** A `pg.Pool`; only its home may name the type, and BullMQ's own narrower one refuses its overloads. */
export type QueuePool = Pick<PgPool, 'end'>;

export type QueueBackend =
  | { readonly kind: 'postgres'; readonly pool: QueuePool }
  | { readonly kind: 'redis'; readonly url: string };

export type WakeWork = {
  readonly runLane: (lane: PersonId) => Promise<void>;
  readonly sendThread: (thread: ThreadId) => Promise<void>;
  /** The worker could not reach its queue; the sweeper carries on. */
  readonly onError: (error: Error) => void;
};

export type WakeQueue = {
  /** Asks for a lane to be run. Waking a lane that is being run makes it run once more afterwards. */
  wakeLane(lane: PersonId, delayMs?: number): Promise<void>;
  /** Asks for a thread's due deliveries to be sent. */
  wakeThread(thread: ThreadId, delayMs?: number): Promise<void>;
  /**
   * The same for what the sweeper found asleep: its wake-up may have died with its process, and the queue would join a
   * second one to the dead one until that one's lock ends.
   */
  rouseLane(lane: PersonId): Promise<void>;
  rouseThread(thread: ThreadId): Promise<void>;
  /** 0: this process takes none of these. */
  start(work: WakeWork, concurrency: { readonly lanes: number; readonly threads: number }): void;
  /** Takes no further work; what runs goes on, and wake-ups are still accepted, for others. */
  pause(): Promise<void>;
  /** Its wake-ups are spans that somebody collects: none is followed past it. */
  readonly isTraced: boolean;
  /** The library's own queues, for a page that shows them. */
  readonly queues: readonly object[];
  /** Does the queue answer, and do the workers of this process ask it for work? */
  isUp(): boolean;
  /** Stops taking work, waits for what runs, closes. A queue that is away is not waited for. */
  close(): Promise<void>;
};

const LANES = 'lanes';
const THREADS = 'threads';
/** BullMQ renews a job's lock by itself; this is how long a dead process's job stays locked. */
const LOCK_MS = 30_000;
/** A wake-up that is not taken by then is refused; a client that is cut off would wait for ever. */
const WAKE_LIMIT_MS = 2_000;
/** What ran here has ended before the queue is closed; what it still has to say fits into this, or reaches nobody. */
const CLOSE_LIMIT_MS = 2_000;

/** `isTraced`: wake-ups are spans of whatever tracing this process has; the library for it is loaded only then. */
export async function openWakeQueue(
  backend: QueueBackend,
  { isTraced = false }: { readonly isTraced?: boolean } = {},
): Promise<WakeQueue> {
  const telemetry = isTraced ? { telemetry: new (await import('bullmq-otel')).BullMQOtel() } : {};
  const maker = await createMaker(backend, telemetry);
  const lanes = maker.queue(LANES);
  const threads = maker.queue(THREADS);
  const workers: WakeWorker[] = [];
  return {
    wakeLane: (lane, delayMs = 0) => wake(lanes, { id: lane, delayMs }),
    wakeThread: (thread, delayMs = 0) => wake(threads, { id: thread, delayMs }),
    rouseLane: (lane) => wake(lanes, { id: lane, delayMs: 0, isRoused: true }),
    rouseThread: (thread) => wake(threads, { id: thread, delayMs: 0, isRoused: true }),
    start: (work, concurrency) => {
      const runLane = (id: string): Promise<void> => work.runLane(PersonId.parse(id));
      const sendThread = (id: string): Promise<void> => work.sendThread(ThreadId.parse(id));
      if (concurrency.lanes > 0) workers.push(maker.worker(LANES, runLane, concurrency.lanes));
      if (concurrency.threads > 0) workers.push(maker.worker(THREADS, sendThread, concurrency.threads));
      for (const worker of workers) worker.on('error', work.onError);
    },
    pause: async () => {
      await Promise.all(workers.map((worker) => worker.pause(true)));
    },
    isTraced,
    queues: [lanes, threads],
    isUp: () => maker.isUp() && workers.every((worker) => worker.isRunning() && !worker.isPaused()),
    close: async () => {
      const isAway = !maker.isUp();
      const parted = Promise.all(workers.map((worker) => worker.close(isAway)))
        .then(() => Promise.all([lanes.close(), threads.close()]))
        .then(() => maker.close());
      await within(CLOSE_LIMIT_MS, parted).catch(() => undefined);
      maker.drop();
    },
  };
}

type WakeUp = { readonly id: string; readonly delayMs: number; readonly isRoused?: boolean };

async function wake(queue: WakeableQueue, { id, delayMs, isRoused = false }: WakeUp): Promise<void> {
  // A delayed wake-up must not swallow an immediate one, nor one that died another; so they are told apart.
  const kind = delayMs > 0 ? ':later' : '';
  const deduplication = { id: `${id}${isRoused ? ':roused' : kind}`, keepLastIfActive: true };
  const options = { delay: delayMs, deduplication, removeOnComplete: true, removeOnFail: true };
  await within(WAKE_LIMIT_MS, queue.add(id, {}, options));
}

function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = new TransientError('store_down', `The queue did not answer for ${milliseconds} ms.`);
    const timer = setTimeout(() => reject(late), milliseconds);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

type WakeableQueue = {
  add(name: string, data: object, options: JobsOptions): Promise<unknown>;
  close(): Promise<void>;
};
/** A wake-up that fails tells its caller; without a listener each lost connection would be written to the console. */
function quiet<Emitter extends { on(event: 'error', listener: () => void): unknown }>(queue: Emitter): Emitter {
  queue.on('error', () => undefined);
  return queue;
}

type WakeWorker = {
  on(event: 'error', listener: (error: Error) => void): unknown;
  pause(doNotWaitActive: boolean): Promise<void>;
  isPaused(): boolean;
  isRunning(): boolean;
  close(force?: boolean): Promise<void>;
};
type Maker = {
  readonly queue: (name: string) => WakeableQueue;
  readonly worker: (name: string, run: (id: string) => Promise<void>, concurrency: number) => WakeWorker;
  readonly isUp: () => boolean;
  readonly close: () => Promise<void>;
  /** Lets go of every connection at once, also of one that is trying to come back. */
  readonly drop: () => void;
};

async function createMaker(backend: QueueBackend, telemetry: Pick<QueueOptions, 'telemetry'>): Promise<Maker> {
  if (backend.kind === 'redis') {
    const connection = quiet(new Redis(backend.url, { maxRetriesPerRequest: null }));
    return {
      queue: (name) => quiet(new Queue(name, { connection, ...telemetry })),
      worker: (name, run, concurrency) =>
        new Worker(name, (job) => run(job.name), { connection, concurrency, lockDuration: LOCK_MS, ...telemetry }),
      isUp: () => connection.status === 'ready',
      close: async () => void (await connection.quit()),
      drop: () => connection.disconnect(),
    };
  }
  const pool = backend.pool as PgPool;
  const client = await pool.connect();
  await runMigrations(client).finally(() => client.release());
  const classes = withBackend(createPostgresBackend);
  const connection = pool;
  return {
    queue: (name) => quiet(new classes.Queue(name, { connection, ...telemetry })),
    worker: (name, run, concurrency) =>
      new classes.Worker(name, (job) => run(job.name), {
        connection,
        concurrency,
        lockDuration: LOCK_MS,
        ...telemetry,
      }),
    // It is the store itself; whoever asks for the one asks for the other.
    isUp: () => true,
    close: () => Promise.resolve(),
    drop: () => undefined,
  };
}
