/** Opens the store for verbs that read or mend it while no server has it. */

import { openStore, type Store } from '../memory/postgres/index.ts';
import type { Config } from '../server/config.ts';
import { readEnvironment } from '../server/config.ts';
import { createOutside } from '../server/outside.ts';

/** Runs `work` on the configured store and closes it. Throws what opening throws, e.g. `data_folder_in_use`. */
export async function withStore<T>(work: (store: Store, config: Config) => Promise<T>): Promise<T> {
  const config = readEnvironment();
  const { mint, pid } = createOutside(config.logLevel);
  const location = config.databaseUrl
    ? { kind: 'server' as const, url: config.databaseUrl }
    : { kind: 'folder' as const, folder: config.dataFolder };
  const store = await openStore({ location, mint, pid, defaults: { locale: 'en', timeZone: 'UTC' } });
  try {
    return await work(store, config);
  } finally {
    await store.memory.close();
  }
}
