/** Opens the store for verbs that read or mend it while no server has it. */

import type { MergeStates } from '../core/link-fold.ts';
import { mergeStates } from '../journey/merge.ts';
import { openStore, type Store } from '../memory/postgres/index.ts';
import type { Config } from '../server/config.ts';
import { readEnvironment } from '../server/config.ts';
import { createOutside } from '../server/outside.ts';
import { readWorkspace } from '../server/workspace.ts';

type Work<T> = (store: Store, config: Config) => Promise<T>;

/** As `withStore`, for verbs that change who is whom: two journeys become one as the workspace's definition says. */
export async function withPeople<T>(work: Work<T>): Promise<T> {
  const { journey } = await readWorkspace(readEnvironment().workspaceFolder);
  return withStore(work, (a, b) => mergeStates(journey, a, b));
}

/** Runs `work` on the configured store and closes it. Throws what opening throws, e.g. `data_folder_in_use`. */
export async function withStore<T>(work: Work<T>, merge?: MergeStates): Promise<T> {
  const config = readEnvironment();
  const { mint, pid } = createOutside(config.logLevel);
  const location = config.databaseUrl
    ? { kind: 'server' as const, url: config.databaseUrl }
    : { kind: 'folder' as const, folder: config.dataFolder };
  const store = await openStore({
    location,
    mint,
    pid,
    defaults: { locale: 'en', timeZone: 'UTC' },
    mergeStates: merge,
  });
  try {
    return await work(store, config);
  } finally {
    await store.memory.close();
  }
}
