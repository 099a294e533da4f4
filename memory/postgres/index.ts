/** Opens the memory of a running platform: the embedded engine or a PostgreSQL server, one code path. */
import { join } from 'node:path';
import type pg from 'pg';
import type { MintId } from '../../core/ids.ts';
import { laterState, type MergeStates } from '../../core/link-fold.ts';
import { DEFAULT_OUTREACH, type OutreachRules } from '../../core/outreach.ts';
import type { Memory } from '../memory.ts';
import type { OnLost } from './backend.ts';
import { createCalls } from './calls.ts';
import { createCatalogue } from './catalogue.ts';
import { createDatabase, type Database } from './database.ts';
import { createDocuments } from './documents.ts';
import { type Engine, openEmbedded, openServer } from './engine.ts';
import { createErasures } from './erasures.ts';
import { exclusively } from './exclusive.ts';
import { createExemplars } from './exemplars.ts';
import { createFacts } from './facts.ts';
import { createGaps } from './gaps.ts';
import { createHealth } from './health.ts';
import { createInbox, type Meet } from './inbox.ts';
import { createInstallation, type Installation } from './installation.ts';
import { createJourneys } from './journeys.ts';
import { createKnowledge } from './knowledge.ts';
import { createLanes } from './lanes.ts';
import { createLeases } from './leases.ts';
import { releaseLeftovers } from './leftovers.ts';
import { type FolderLock, lockFolder } from './lock.ts';
import { migrate } from './migrate.ts';
import { createPostgresNotices } from './notices.ts';
import { createOperators } from './operators.ts';
import { createOutbox } from './outbox.ts';
import { createOutreach } from './outreach.ts';
import { createPaces } from './paces.ts';
import { createPeople, createThreads } from './people.ts';
import { linkAccount } from './people-accounts.ts';
import { reachServer } from './reach.ts';
import { createRetention } from './retention.ts';
import { createTurns } from './turns.ts';

export type { Installation };
export { createPostgresNotices };

export type StoreLocation =
  | { readonly kind: 'server'; readonly url: string }
  | { readonly kind: 'folder'; readonly folder: string }
  | { readonly kind: 'memory' };

export type OpenOptions = {
  readonly location: StoreLocation;
  readonly mint: MintId;
  readonly pid: number;
  /** Told when the embedded engine ended by itself: this process can do nothing any more. */
  readonly onLost?: OnLost | undefined;
  /** How the journeys of two people who turn out to be one become one; by default the later one counts. */
  readonly mergeStates?: MergeStates | undefined;
  /** For people of whom nothing better is known; `outreach` says when we may write first. */
  readonly defaults: { readonly locale: string; readonly timeZone: string; readonly outreach?: OutreachRules };
};

/** The memory, plus what only the composition root needs: the pool for the queue, and this installation's secrets. */
export type Store = {
  readonly memory: Memory;
  readonly pool: pg.Pool;
  readonly installation: Installation;
  readonly migrated: readonly string[];
  /** Does `work` while no other process of this installation does its own. */
  readonly exclusively: <T>(work: () => Promise<T>) => Promise<T>;
};

/** Opens, locks, migrates. Throws PermanentError (folder, refused, newer database) or TransientError('store_down'). */
export async function openStore(options: OpenOptions): Promise<Store> {
  const { engine, lock } = await openEngine(options);
  const database = createDatabase(engine);
  try {
    if (options.location.kind === 'server') await reachServer(engine, options.location.url);
    const migrated = await migrate(database);
    if (lock) await releaseLeftovers(database);
    const close = async (): Promise<void> => {
      await engine.close();
      await lock?.release();
    };
    return {
      memory: createMemory(database, {
        ...options,
        urgent: createDatabase(engine, engine.urgent),
        ownsFiles: options.location.kind === 'folder',
        close,
      }),
      pool: engine.pool,
      installation: createInstallation(database),
      migrated,
      exclusively: (work) => exclusively(engine.pool, work),
    };
  } catch (error) {
    await engine.close();
    await lock?.release();
    throw error;
  }
}

async function openEngine({
  location,
  pid,
  onLost,
}: OpenOptions): Promise<{ readonly engine: Engine; readonly lock: FolderLock | null }> {
  switch (location.kind) {
    case 'server':
      return { engine: openServer(location.url), lock: null };
    case 'memory':
      return { engine: await openEmbedded(null, { onLost }), lock: null };
    case 'folder': {
      const lock = await lockFolder(location.folder, pid);
      try {
        return { engine: await openEmbedded(join(location.folder, 'database'), { onLost }), lock };
      } catch (error) {
        await lock.release();
        throw error;
      }
    }
  }
}

type MemoryParts = Pick<OpenOptions, 'mint' | 'defaults' | 'mergeStates'> & {
  readonly urgent: Database;
  /** The database's files are this process's own. */
  readonly ownsFiles: boolean;
  readonly close: () => Promise<void>;
};

function createMemory(
  database: Database,
  { mint, defaults, mergeStates, urgent, ownsFiles, close }: MemoryParts,
): Memory {
  const linking = { mint, mergeStates: mergeStates ?? laterState };
  const meet: Meet = (sql, event) => linkAccount(sql, event, linking);
  return {
    inbox: { ...createInbox(database, mint), append: createInbox(urgent, mint, meet).append },
    lanes: createLanes(database),
    leases: createLeases(database),
    people: createPeople(database, { defaults, ...linking }),
    threads: createThreads(database),
    calls: createCalls(database, linking),
    journeys: createJourneys(database),
    outreach: createOutreach(database),
    erasures: createErasures(database, { mint, ownsFiles }),
    retention: createRetention(database),
    exemplars: createExemplars(database),
    knowledge: createKnowledge(database),
    documents: createDocuments(database),
    gaps: createGaps(database),
    facts: createFacts(database, mint),
    catalogue: createCatalogue(database),
    turns: createTurns(database, mint),
    outbox: createOutbox(database, { rules: defaults.outreach ?? DEFAULT_OUTREACH, timeZone: defaults.timeZone }),
    paces: createPaces(database),
    health: createHealth(database),
    operators: createOperators(database),
    ping: async () => {
      await database.rows('select 1');
    },
    close,
  };
}
