/** The embedded engine's thread: when it ends by itself, whoever runs the process hears of it, and nobody waits for ever. */
import { afterEach, expect, it, vi } from 'vitest';
import { createDatabase } from '../../memory/postgres/database.ts';
import { openEmbedded } from '../../memory/postgres/engine.ts';
import { OPEN_TIMEOUT_MS } from '../support/store.ts';

type Ending = { readonly terminate: () => Promise<number> };
const { threads } = vi.hoisted(() => ({ threads: [] as Ending[] }));
vi.mock('node:worker_threads', async (original) => {
  const real = await original<typeof import('node:worker_threads')>();
  class Kept extends real.Worker {
    constructor(...values: ConstructorParameters<typeof real.Worker>) {
      super(...values);
      threads.push(this);
    }
  }
  return { ...real, Worker: Kept };
});
afterEach(() => void threads.splice(0));

const down = { code: 'store_down' };

it('ended by itself is told once, and everything asked of it fails at once', { timeout: OPEN_TIMEOUT_MS }, async () => {
  const lost: Error[] = [];
  const engine = await openEmbedded(null, { onLost: (error) => void lost.push(error) });
  const database = createDatabase(engine);
  const asked = expect(database.rows('select pg_sleep(20), $1::int', [1])).rejects.toMatchObject(down);
  await threads[0]?.terminate();
  await asked;
  await expect(database.rows('select $1::int', [1])).rejects.toMatchObject(down);
  expect(lost).toMatchObject([down]);
});

it('closed by us is told to nobody', { timeout: OPEN_TIMEOUT_MS }, async () => {
  const onLost = vi.fn();
  const engine = await openEmbedded(null, { onLost });
  await engine.close();
  await threads[0]?.terminate();
  expect(onLost).not.toHaveBeenCalled();
});
