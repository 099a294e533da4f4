/** Work for one process at a time: the lease of the database, and what a process does that holds it or waits for it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Store } from '../../memory/postgres/index.ts';
import { runAlone } from '../../server/alone.ts';
import { OPEN_TIMEOUT_MS, testEngines } from '../support/store.ts';

const log = { warn: () => undefined, info: () => undefined };

for (const { name, missing, open } of testEngines) {
  describe.skipIf(missing !== null)(`leases on ${name}${missing === null ? '' : ` (not run: ${missing})`}`, () => {
    let store: Store;
    beforeAll(async () => {
      store = await open();
    }, OPEN_TIMEOUT_MS);
    afterAll(() => store.memory.close());

    it('belong to one holder until they run out, and to the next one then', async () => {
      const { leases } = store.memory;
      expect(await leases.hold('a', { holder: 'one', leaseMs: 60_000 })).toBe(true);
      expect(await leases.hold('a', { holder: 'two', leaseMs: 60_000 })).toBe(false);
      expect(await leases.hold('b', { holder: 'two', leaseMs: 60_000 })).toBe(true);
      expect(await leases.hold('a', { holder: 'one', leaseMs: 1 })).toBe(true);
      await sleep(5);
      expect(await leases.hold('a', { holder: 'two', leaseMs: 60_000 })).toBe(true);
      await leases.release('a', 'one');
      expect(await leases.hold('a', { holder: 'one', leaseMs: 60_000 })).toBe(false);
      await leases.release('a', 'two');
      expect(await leases.hold('a', { holder: 'one', leaseMs: 60_000 })).toBe(true);
    });

    it('let one of three processes work, and another one when it stops', async () => {
      const running = new Set<number>();
      const started: number[] = [];
      const stops = [0, 1, 2].map(() => new AbortController());
      const ends = stops.map((stop, index) =>
        runAlone(
          { leases: store.memory.leases, holder: `process ${index}`, log, beatMs: 20 },
          {
            name: 'polling',
            stop: stop.signal,
            work: async (signal) => {
              started.push(index);
              running.add(index);
              expect(running.size).toBe(1);
              await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
              running.delete(index);
            },
          },
        ),
      );
      await vi.waitFor(() => expect(started).toHaveLength(1));
      await sleep(100);
      expect(started).toHaveLength(1);
      stops[started[0] ?? 0]?.abort();
      await vi.waitFor(() => expect(started).toHaveLength(2));
      for (const stop of stops) stop.abort();
      await Promise.all(ends);
    });

    it('begin nothing for a process that is told to stop while it asks, and are given back', async () => {
      const stop = new AbortController();
      const { leases } = store.memory;
      let begun = 0;
      const asking = {
        ...leases,
        hold: async (...asked: Parameters<typeof leases.hold>) => {
          const isHeld = await leases.hold(...asked);
          stop.abort();
          return isHeld;
        },
      };
      const work = (): Promise<void> => {
        begun += 1;
        return Promise.resolve();
      };
      await runAlone({ leases: asking, holder: 'late', log, beatMs: 20 }, { name: 'late', stop: stop.signal, work });
      expect(begun).toBe(0);
      expect(await leases.hold('late', { holder: 'next', leaseMs: 60_000 })).toBe(true);
    });

    it('do what only one may do at a start one after the other', async () => {
      let inside = 0;
      const work = async (): Promise<number> => {
        inside += 1;
        expect(inside).toBe(1);
        await sleep(20);
        inside -= 1;
        return inside;
      };
      const failing = store.exclusively(() => Promise.reject(new Error('on purpose')));
      // The embedded engine is one connection for all: there it is the caller's own lock each time.
      const calls =
        name === 'the embedded engine' ? [store.exclusively(work)] : [1, 2, 3].map(() => store.exclusively(work));
      await expect(failing).rejects.toThrow('on purpose');
      expect(await Promise.all(calls)).toEqual(calls.map(() => 0));
    });
  });
}
