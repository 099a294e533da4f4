/** The platform without a door: memory, pipeline and bridge, put together. The server and the eval world both stand on it. */
import { randomBytes } from 'node:crypto';
import { ACTORS, SUPERVISOR } from '../agents/registry.ts';
import { type Bridge, createBridge } from '../channels/bridge/bridge.ts';
import { openWakeQueue } from '../channels/bridge/queue.ts';
import { reachRedis } from '../channels/bridge/reach-redis.ts';
import type { Connection } from '../channels/channel.ts';
import type { MergeStates } from '../core/link-fold.ts';
import { hasCrisis } from '../core/screen-text.ts';
import type { Workspace } from '../core/workspace.ts';
import { agentOfIntent } from '../graph/routes.ts';
import type { TurnPorts } from '../graph/state.ts';
import { createJourneyMachine } from '../journey/machine.ts';
import { mergeStates } from '../journey/merge.ts';
import type { Memory } from '../memory/memory.ts';
import { type Installation, openStore, type Store, type StoreLocation } from '../memory/postgres/index.ts';
import type { AloneParts } from './alone.ts';
import { backendOf, noticesOf } from './backends.ts';
import { type CallTokens, createCallTokens } from './call-token.ts';
import { createEmbedder } from './embedder.ts';
import { createLearner, type Learner } from './learner.ts';
import { createLiveBus, type LiveBus } from './live.ts';
import { createMetrics, type Metrics, type ModelPrices } from './metrics.ts';
import { createModels, type ModelSettings, modelNames } from './model.ts';
import type { Outside } from './outside.ts';
import { openRelay, type Relay } from './relay.ts';
import { ALL_ROLES, type Roles } from './roles.ts';
import { type SeedReport, seed } from './seed.ts';
import { teachIntents } from './teach-intents.ts';
import type { Telemetry } from './telemetry.ts';
import { startTimers } from './timers.ts';
import { openTraces } from './traces.ts';
import { type TrainIntents, trainIntents } from './train-intents.ts';
import { startTyping } from './typing.ts';
import { announceCommit, createTurnMaker, proposeExemplar } from './worker.ts';

export type PlatformOptions = {
  readonly location: StoreLocation;
  readonly redisUrl: string | null;
  readonly workspace: Workspace;
  readonly model: ModelSettings;
  readonly connections: (installation: Installation) => Promise<readonly Connection[]>;
  /** What this process does; everything when left out. */
  readonly roles?: Roles;
  /** How intents are trained; by default in a thread of their own. */
  readonly train?: TrainIntents;
  /** What tokens cost, for the metrics. */
  readonly modelPrices?: ModelPrices;
  /** Where people reach this installation; without one, links carry no tokens. */
  readonly publicUrl?: string | null;
  /** Where traces of turns are sent; nowhere when left out. */
  readonly otlpEndpoint?: string | null;
} & Omit<Outside, 'fetch'>;

export type Platform = {
  readonly memory: Memory;
  readonly installation: Installation;
  readonly workspace: Workspace;
  readonly connections: readonly Connection[];
  readonly bridge: Bridge;
  readonly live: LiveBus;
  readonly metrics: Metrics;
  readonly callTokens: CallTokens;
  /** The library's own queues, for the page that shows them. */
  readonly queues: readonly object[];
  readonly modelName: string | null;
  /** Names this process in leases and claims. */
  readonly holder: string;
  readonly seeded: SeedReport;
  /** Stops taking work, lets what runs finish, closes the store. */
  readonly close: () => Promise<void>;
};

/** Lanes and threads worked on side by side in one process; a waiting lane costs a promise. */
const CONCURRENCY = { lanes: 200, threads: 50 };

export async function openPlatform(options: PlatformOptions): Promise<Platform> {
  const { workspace, mint, pid, log, end } = options;
  const defaults = {
    locale: workspace.organisation.locales[0] ?? 'en',
    timeZone: workspace.organisation.timeZone,
    ...(workspace.organisation.outreach ? { outreach: workspace.organisation.outreach } : {}),
  };
  // Before the database is opened: only waiting would show later that it is not there.
  if (options.redisUrl !== null) await reachRedis(options.redisUrl);
  const merge: MergeStates = (a, b) => mergeStates(workspace.journey, a, b);
  const store = await openStore({
    location: options.location,
    mint,
    pid,
    defaults,
    mergeStates: merge,
    onLost: (error) => end(error.message),
  });
  try {
    const holder = `${pid}-${mint()}`;
    const parts = await prepare(options, store);
    const telemetry = await openTraces(options);
    const queue = await openWakeQueue(backendOf(options.redisUrl, store), { isTraced: telemetry !== null });
    const running = await openParts({ ...options, ...parts, store, queue, holder, telemetry });
    log.info('platform open', {
      store: options.location.kind,
      migrated: store.migrated.length,
      seeded: parts.seeded,
      trained: parts.trained,
    });
    const { memory, installation } = store;
    const modelName = parts.models.agent?.name ?? null;
    const { connections, callTokens, seeded } = parts;
    const { queues } = queue;
    return { queues, memory, installation, workspace, connections, callTokens, seeded, modelName, holder, ...running };
  } catch (error) {
    await store.memory.close();
    throw error;
  }
}

/** What every process needs before it takes part: the workspace in the store, the intent reader, connections, models. */
async function prepare(options: PlatformOptions, { memory, installation, exclusively }: Store) {
  const { workspace } = options;
  const connections = await options.connections(installation);
  const labels = {
    connections: connections.map(({ channel, name }) => ({ channel, connection: name })),
    models: modelNames(options.model),
    priced: Object.keys(options.modelPrices ?? {}),
    embeddingModel: options.model.embeddingModel,
  };
  const metrics = createMetrics({ memory, prices: options.modelPrices ?? {}, labels, log: options.log });
  const embedder = createEmbedder(options.model, {
    clock: options.clock,
    onCall: (call) => metrics.noteModelCall({ ...call, agent: 'embedder', outputTokens: 0, firstTokenMs: null }),
  });
  const teach = (): ReturnType<typeof teachIntents> =>
    teachIntents({ memory, workspace, embedder, train: options.train ?? trainIntents });
  // Processes that start together find this done by the first of them.
  const prepared = exclusively(() => Promise.all([seed(memory, workspace, embedder), teach()]));
  const [seeded, { reader, trained }] = await prepared;
  const models = createModels(options.model, { clock: options.clock, onCall: metrics.noteModelCall });
  const secret = await installation.secret('call_secret', () => randomBytes(32).toString('base64url'));
  const callTokens = createCallTokens(secret.value);
  return { metrics, embedder, reader, models, connections, callTokens, seeded, trained };
}

type Opening = Omit<PlatformOptions, 'connections'> &
  Awaited<ReturnType<typeof prepare>> & {
    readonly store: Store;
    readonly queue: Awaited<ReturnType<typeof openWakeQueue>>;
    readonly holder: string;
    readonly telemetry: Telemetry | null;
  };

/** The parts that run: the live bus, the bridge, the learner; each as far as this process plays the role for it. */
async function openParts(opening: Opening): Promise<Pick<Platform, 'bridge' | 'live' | 'metrics' | 'close'>> {
  const { roles = ALL_ROLES, store, log, metrics } = opening;
  const ports = portsOf(opening);
  const local = createLiveBus();
  const notices = noticesOf(opening);
  const bridgeOf: { current: Bridge | null } = { current: null };
  const relay =
    notices === null
      ? null
      : await openRelay(local, {
          notices,
          origin: opening.holder,
          hasReaders: roles.has('ingress') || roles.has('console'),
          makesTurns: roles.has('worker'),
          onArrived: (arrived) => bridgeOf.current?.interrupt(arrived, arrived),
          log,
        });
  const live = relay?.live ?? local;
  const learner = createLearner({ ...opening, ...ports, model: opening.models.router });
  const bridge = openBridge({ ...opening, ports, live, relay, learner });
  bridgeOf.current = bridge;
  if (roles.has('worker')) learner.start();
  const timers = roles.has('worker')
    ? startTimers({ ...ports, definition: opening.workspace.journey }, aloneOf(opening))
    : null;
  bridge.start({
    lanes: roles.has('worker') ? CONCURRENCY.lanes : 0,
    threads: roles.has('delivery') ? CONCURRENCY.threads : 0,
  });
  const close = async (): Promise<void> => {
    await bridge.stop();
    await timers?.stop();
    await learner.stop();
    await notices?.close();
    metrics.close();
    await opening.telemetry?.close();
    await store.memory.close();
  };
  return { bridge, live, metrics, close };
}

function portsOf({ workspace, embedder, reader, models, store, clock }: Opening): TurnPorts {
  return {
    memory: store.memory,
    workspace,
    machine: createJourneyMachine(workspace.journey),
    embedder,
    intents: reader,
    actors: ACTORS,
    supervise: SUPERVISOR.create({
      agentOf: (intent) => agentOfIntent(workspace, intent) ?? null,
      suggestions: workspace.organisation.suggestions,
    }),
    models,
    clock,
  };
}

type BridgeOptions = Opening & {
  readonly ports: TurnPorts;
  readonly live: LiveBus;
  readonly relay: Relay | null;
  readonly learner: Learner;
};

function openBridge({
  ports,
  live,
  relay,
  learner,
  metrics,
  telemetry,
  connections,
  queue,
  holder,
  log,
  monotonic,
  mint,
  callTokens,
  publicUrl = null,
}: BridgeOptions): Bridge {
  return createBridge({
    memory: ports.memory,
    queue,
    connections,
    holder,
    log,
    isCrisis: hasCrisis,
    count: metrics.count,
    onArrived: ({ lane, thread }, { isCrisis }) => relay?.arrived({ lane, thread, isCrisis }),
    turns: createTurnMaker({
      ports,
      live,
      monotonic,
      calls: { workspace: ports.workspace, tokens: callTokens, mint, publicUrl },
      startTyping: (burst) => startTyping(burst, { connections, paces: ports.memory.paces }),
    }),
    onCommit: (commit) => {
      announceCommit(live, commit);
      metrics.noteTurn(commit.turn);
      telemetry?.noteTurn(commit.turn);
      if (commit.toLearn) learner.note(commit.turn);
      proposeExemplar(commit.turn, { ports, log });
    },
    onSuperseded: ({ thread, turn }) => live.publish({ kind: 'reset', thread, turn }),
    onSent: (delivery) => {
      const { thread, id, state } = delivery;
      metrics.noteSent(delivery);
      telemetry?.noteSent(delivery);
      live.publish({ kind: 'delivery', thread, delivery: id, state });
    },
  });
}

function aloneOf({ store, holder, log }: Opening): AloneParts {
  return { leases: store.memory.leases, holder, log };
}
