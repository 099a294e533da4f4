/** The platform without a door: memory, pipeline and bridge, put together. The server and the eval world both stand on it. */
import { ACTORS, SUPERVISOR } from '../agents/registry.ts';
import { type Bridge, createBridge } from '../channels/bridge/bridge.ts';
import { openWakeQueue, type QueueBackend } from '../channels/bridge/queue.ts';
import { reachRedis } from '../channels/bridge/reach-redis.ts';
import type { Connection } from '../channels/channel.ts';
import { hasCrisis } from '../core/screen-text.ts';
import type { Turn } from '../core/turn.ts';
import type { Workspace } from '../core/workspace.ts';
import { agentOfIntent } from '../graph/routes.ts';
import type { TurnPorts } from '../graph/state.ts';
import { candidateOf } from '../graph/tie-break.ts';
import { createJourneyMachine } from '../journey/machine.ts';
import type { Burst } from '../memory/inbox.ts';
import type { Memory } from '../memory/memory.ts';
import { type Installation, openStore, type Store, type StoreLocation } from '../memory/postgres/index.ts';
import { createEmbedder } from './embedder.ts';
import { createLearner, type Learner } from './learner.ts';
import { createLiveBus, type LiveBus } from './live.ts';
import { createModels, type ModelSettings } from './model.ts';
import type { Outside } from './outside.ts';
import { type SeedReport, seed } from './seed.ts';
import { teachIntents } from './teach-intents.ts';
import { type TrainIntents, trainIntents } from './train-intents.ts';
import { announceCommit, createTurnMaker } from './worker.ts';

export type PlatformOptions = {
  readonly location: StoreLocation;
  readonly redisUrl: string | null;
  readonly workspace: Workspace;
  readonly model: ModelSettings;
  readonly connections: (installation: Installation) => Promise<readonly Connection[]>;
  /** How intents are trained; by default in a thread of their own. */
  readonly train?: TrainIntents;
} & Omit<Outside, 'fetch'>;

export type Platform = {
  readonly memory: Memory;
  readonly installation: Installation;
  readonly workspace: Workspace;
  readonly connections: readonly Connection[];
  readonly bridge: Bridge;
  readonly live: LiveBus;
  readonly modelName: string | null;
  readonly seeded: SeedReport;
  /** Stops taking work, lets what runs finish, closes the store. */
  readonly close: () => Promise<void>;
};

/** Lanes and threads worked on side by side in one process; a waiting lane costs a promise. */
const CONCURRENCY = { lanes: 200, threads: 50 };

export async function openPlatform(options: PlatformOptions): Promise<Platform> {
  const { workspace, mint, pid, log } = options;
  const defaults = { locale: workspace.organisation.locales[0] ?? 'en', timeZone: workspace.organisation.timeZone };
  // Before the database is opened: only waiting would show later that it is not there.
  if (options.redisUrl !== null) await reachRedis(options.redisUrl);
  const store = await openStore({ location: options.location, mint, pid, defaults });
  try {
    const { memory } = store;
    const embedder = createEmbedder(options.model, { clock: options.clock });
    const teaching = teachIntents({ memory, workspace, embedder, train: options.train ?? trainIntents });
    const [seeded, { reader, trained }] = await Promise.all([seed(memory, workspace, embedder), teaching]);
    const models = createModels(options.model, { clock: options.clock });
    const connections = await options.connections(store.installation);
    const live = createLiveBus();
    const machine = createJourneyMachine(workspace.journey);
    const supervise = SUPERVISOR.create({
      agentOf: (intent) => agentOfIntent(workspace, intent) ?? null,
      suggestions: workspace.organisation.suggestions,
    });
    const ports = {
      memory,
      workspace,
      machine,
      embedder,
      intents: reader,
      actors: ACTORS,
      supervise,
      models,
      clock: options.clock,
    };
    const queue = await openWakeQueue(backendOf(options.redisUrl, store));
    const learner = createLearner({ ...options, ...ports, model: models.router });
    learner.start();
    const bridge = openBridge({ ...options, ports, live, learner, connections, queue, holder: `${pid}-${mint()}` });
    bridge.start(CONCURRENCY);
    const close = async (): Promise<void> => {
      await bridge.stop();
      await learner.stop();
      await memory.close();
    };
    log.info('platform open', { store: options.location.kind, migrated: store.migrated.length, seeded, trained });
    const modelName = models.agent?.name ?? null;
    return { memory, installation: store.installation, workspace, connections, bridge, live, modelName, seeded, close };
  } catch (error) {
    await store.memory.close();
    throw error;
  }
}

function backendOf(redisUrl: string | null, { pool }: Pick<Store, 'pool'>): QueueBackend {
  return redisUrl ? { kind: 'redis', url: redisUrl } : { kind: 'postgres', pool };
}

type BridgeOptions = Pick<PlatformOptions, 'log' | 'monotonic'> & {
  readonly ports: TurnPorts;
  readonly live: LiveBus;
  readonly learner: Learner;
  readonly connections: readonly Connection[];
  readonly queue: Awaited<ReturnType<typeof openWakeQueue>>;
  readonly holder: string;
};

function openBridge({ ports, live, learner, connections, queue, holder, log, monotonic }: BridgeOptions): Bridge {
  return createBridge({
    memory: ports.memory,
    queue,
    connections,
    holder,
    log,
    isCrisis: hasCrisis,
    turns: createTurnMaker({ ports, live, monotonic, showTyping: (burst) => showTyping(connections, burst) }),
    onCommit: (commit) => {
      announceCommit(live, commit);
      if (commit.toLearn) learner.note(commit.turn);
      proposeExemplar(commit.turn, { ports, log });
    },
    onSuperseded: ({ thread, turn }) => live.publish({ kind: 'reset', thread, turn }),
    onSent: ({ thread, id, state }) => live.publish({ kind: 'delivery', thread, delivery: id, state }),
  });
}

/** Off the turn's path: a candidate that is lost is no harm. */
function proposeExemplar(turn: Turn, { ports, log }: Pick<BridgeOptions, 'ports' | 'log'>): void {
  const candidate = candidateOf(turn, ports.workspace);
  if (candidate === null) return;
  ports.memory.exemplars.propose(candidate).catch((error: unknown) => {
    log.warn('a candidate exemplar could not be kept', { turn: turn.id, error });
  });
}

/** A courtesy: whether it arrives changes nothing. */
function showTyping(connections: readonly Connection[], burst: Burst): void {
  const event = burst.events.at(-1)?.event;
  const connection = connections.find((one) => one.channel === event?.channel && one.name === event.connection);
  if (!event || !connection?.showTyping) return;
  connection.showTyping({ threadKey: event.thread.key, address: event.sender.externalId }).catch(() => undefined);
}
