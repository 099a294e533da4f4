/** Turns off what LangChain prepares for LangSmith at every call of a runnable; our traces are our own (DESIGN section 9). */
import { AsyncLocalStorage } from 'node:async_hooks';
import { AsyncLocalStorageProviderSingleton as provider } from '@langchain/core/singletons';

/** Where LangChain looks for the configuration of the call it is in. */
const CONFIG = Symbol.for('lc:child_config');

/**
 * `runWithConfig` of @langchain/core 1.4 makes a LangSmith RunTree (two random ids, two dates, a read of the environment)
 * for each runnable and for each write of a step, traced or not: some forty a turn, a tenth of its time. This keeps what
 * LangGraph needs of it, the configuration.
 */
export function withoutRunTrees(): void {
  const store = new AsyncLocalStorage<object>();
  // LangGraph has set one of its own by now; then that one is kept.
  provider.initializeGlobalInstance(store);
  const kept = provider.getInstance() as Pick<typeof store, 'run'>;
  provider.runWithConfig = (config: unknown, callback) => kept.run({ extra: { [CONFIG]: config } }, callback);
}
