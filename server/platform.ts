/** The platform without a door: memory, pipeline and bridge, put together. The server and the eval world both stand on it. */
import { ACTORS, SUPERVISOR } from '../agents/registry.ts';
import { type Bridge, createBridge } from '../channels/bridge/bridge.ts';
import { openWakeQueue, type QueueBackend } from '../channels/bridge/queue.ts';
import type { Connection } from '../channels/channel.ts';
import { createLexicalEmbedder } from '../core/embedding.ts';
import { hasCrisis } from '../core/screen-text.ts';
import type { Workspace } from '../core/workspace.ts';
import { agentOfIntent } from '../graph/routes.ts';
import type { TurnPorts } from '../graph/state.ts';
import { createJourneyMachine } from '../journey/machine.ts';
import type { Burst } from '../memory/inbox.ts';
import type { Memory } from '../memory/memory.ts';
import { type Installation, openStore, type StoreLocation } from '../memory/postgres/index.ts';
import { createLiveBus, type LiveBus } from './live.ts';
import { createModels, type ModelSettings } from './model.ts';
import type { Outside } from './outside.ts';
import { type SeedReport, seed } from './seed.ts';
import { announceCommit, createTurnMaker } from './worker.ts';

export type PlatformOptions = {
  readonly location: StoreLocation;
  readonly redisUrl: string | null;
  readonly workspace: Workspace;
  readonly model: ModelSettings;
  readonly connections: (installation: Installation) => Promise<readonly Connection[]>;
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
  const store = await openStore({ location: options.location, mint, pid, defaults });
  try {
    const { memory } = store;
    const embedder = createLexicalEmbedder();
    const seeded = await seed(memory, workspace, embedder);
    const models = createModels(options.model, { clock: options.clock });
    const connections = await options.connections(store.installation);
    const live = createLiveBus();
    const machine = createJourneyMachine(workspace.journey);
    const supervise = SUPERVISOR.create({
      agentOf: (intent) => agentOfIntent(workspace, intent) ?? null,
      suggestions: workspace.organisation.suggestions,
    });
    const ports = { memory, workspace, machine, embedder, actors: ACTORS, supervise, models, clock: options.clock };
    const backend: QueueBackend = options.redisUrl
      ? { kind: 'redis', url: options.redisUrl }
      : { kind: 'postgres', pool: store.pool };
    const queue = await openWakeQueue(backend);
    const bridge = openBridge({ ...options, ports, live, connections, queue, holder: `${pid}-${mint()}` });
    bridge.start(CONCURRENCY);
    const close = async (): Promise<void> => {
      await bridge.stop();
      await memory.close();
    };
    log.info('platform open', { store: options.location.kind, migrated: store.migrated.length, seeded });
    const modelName = models.agent?.name ?? null;
    return { memory, installation: store.installation, workspace, connections, bridge, live, modelName, seeded, close };
  } catch (error) {
    await store.memory.close();
    throw error;
  }
}

type BridgeOptions = Pick<PlatformOptions, 'log' | 'monotonic'> & {
  readonly ports: TurnPorts;
  readonly live: LiveBus;
  readonly connections: readonly Connection[];
  readonly queue: Awaited<ReturnType<typeof openWakeQueue>>;
  readonly holder: string;
};

function openBridge({ ports, live, connections, queue, holder, log, monotonic }: BridgeOptions): Bridge {
  return createBridge({
    memory: ports.memory,
    queue,
    connections,
    holder,
    log,
    isCrisis: hasCrisis,
    turns: createTurnMaker({ ports, live, monotonic, showTyping: (burst) => showTyping(connections, burst) }),
    onCommit: (commit) => announceCommit(live, commit),
    onSuperseded: ({ thread, turn }) => live.publish({ kind: 'reset', thread, turn }),
    onSent: ({ thread, id, state }) => live.publish({ kind: 'delivery', thread, delivery: id, state }),
  });
}

/** A courtesy: whether it arrives changes nothing. */
function showTyping(connections: readonly Connection[], burst: Burst): void {
  const event = burst.events.at(-1)?.event;
  const connection = connections.find((one) => one.channel === event?.channel && one.name === event.connection);
  if (!event || !connection?.showTyping) return;
  connection.showTyping({ threadKey: event.thread.key, address: event.sender.externalId }).catch(() => undefined);
}
