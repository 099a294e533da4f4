/** The queue on its real Postgres backend: wake-ups are hints, told apart, and never lost behind one another. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWakeQueue, type WakeQueue } from '../../../channels/bridge/queue.ts';
import type { PersonId, ThreadId } from '../../../core/ids.ts';
import { type Engine, openEmbedded } from '../../../memory/postgres/engine.ts';
import { OPEN_TIMEOUT_MS } from '../../support/store.ts';
import { newLane, newThread, queueOver } from './fakes.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await openEmbedded(null);
  // BullMQ listens once for each queue and worker that a test opens, and never stops.
  engine.pool.setMaxListeners(100);
}, OPEN_TIMEOUT_MS);
afterAll(() => engine.close());

type Work = { readonly id: PersonId | ThreadId; readonly finish: () => void };

/** A started queue whose work ends when told. */
async function openQueue(options: { readonly endsAtOnce?: boolean } = {}) {
  const queue: WakeQueue = await queueOver(engine.pool);
  const works: Work[] = [];
  const work = (id: PersonId | ThreadId): Promise<void> =>
    new Promise((resolve) => {
      works.push({ id, finish: resolve });
      if (options.endsAtOnce) resolve();
    });
  const start = (): void =>
    queue.start({ runLane: work, sendThread: work, onError: () => undefined }, { lanes: 4, threads: 4 });
  return { queue, works, start };
}

async function until(isTrue: () => boolean): Promise<void> {
  const end = performance.now() + 20_000;
  while (!isTrue()) {
    if (performance.now() > end) throw new Error('it did not come to pass in 20 s');
    await sleep(10);
  }
}

describe('the queue', () => {
  it('brings lanes and threads to their work', async () => {
    const { queue, works, start } = await openQueue({ endsAtOnce: true });
    start();
    const [lane, thread] = [newLane(), newThread()];
    await Promise.all([queue.wakeLane(lane), queue.wakeThread(thread)]);
    await until(() => works.length === 2);
    expect(new Set(works.map(({ id }) => id))).toEqual(new Set([lane, thread]));
    await queue.close();
  });

  it('makes one of many wake-ups that wait, and one more of those that come during the work', async () => {
    const { queue, works, start } = await openQueue();
    const lane = newLane();
    await Promise.all([1, 2, 3].map(() => queue.wakeLane(lane)));
    start();
    await until(() => works.length === 1);
    await Promise.all([1, 2, 3].map(() => queue.wakeLane(lane)));
    await sleep(100);
    expect(works).toHaveLength(1);
    works[0]?.finish();
    await until(() => works.length === 2);
    works[1]?.finish();
    await queue.close();
    expect(works).toHaveLength(2);
  });

  it('brings what was roused although an earlier wake-up of it is held, as by a process that died', async () => {
    const { queue, works, start } = await openQueue();
    const [lane, thread] = [newLane(), newThread()];
    start();
    await Promise.all([queue.wakeLane(lane), queue.wakeThread(thread)]);
    await until(() => works.length === 2);
    await Promise.all([queue.rouseLane(lane), queue.rouseThread(thread)]);
    await until(() => works.length === 4);
    expect(works.slice(2).map(({ id }) => id)).toEqual(expect.arrayContaining([lane, thread]));
    for (const { finish } of works) finish();
    await queue.close();
  });

  it('does not let a late wake-up swallow one for now', async () => {
    const { queue, works, start } = await openQueue({ endsAtOnce: true });
    const lane = newLane();
    await queue.wakeLane(lane, 600_000);
    await queue.wakeLane(lane);
    start();
    await until(() => works.length === 1);
    await queue.close();
  });

  it('comes back later when the work itself asks for it', async () => {
    const queue = await queueOver(engine.pool);
    const lane = newLane();
    let runs = 0;
    const runLane = async (): Promise<void> => {
      runs += 1;
      if (runs < 4) await queue.wakeLane(lane, 30);
    };
    const work = { runLane, sendThread: () => Promise.resolve(), onError: () => undefined };
    queue.start(work, { lanes: 2, threads: 1 });
    await queue.wakeLane(lane);
    await until(() => runs === 4);
    await queue.close();
  });

  it('takes the next wake-up after work that failed', async () => {
    const queue = await queueOver(engine.pool);
    let runs = 0;
    const runLane = (): Promise<void> => {
      runs += 1;
      return runs === 1 ? Promise.reject(new Error('no')) : Promise.resolve();
    };
    const work = { runLane, sendThread: () => Promise.resolve(), onError: () => undefined };
    queue.start(work, { lanes: 1, threads: 1 });
    const lane = newLane();
    await queue.wakeLane(lane);
    await until(() => runs === 1);
    await sleep(50);
    await queue.wakeLane(lane);
    await until(() => runs === 2);
    await queue.close();
  });

  it('finishes what runs before it closes, and leaves the pool to the others', async () => {
    const { queue, works, start } = await openQueue();
    start();
    await queue.wakeLane(newLane());
    await until(() => works.length === 1);
    let isClosed = false;
    const closing = queue.close().then(() => {
      isClosed = true;
    });
    await sleep(100);
    expect(isClosed).toBe(false);
    works[0]?.finish();
    await closing;
    expect((await engine.pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('on a Redis that is not there refuses a wake-up instead of waiting for ever, and closes', async () => {
    const queue = await openWakeQueue({ kind: 'redis', url: 'redis://127.0.0.1:1' });
    await expect(queue.wakeLane(newLane())).rejects.toMatchObject({ name: 'TransientError', code: 'store_down' });
    await queue.close();
  });
});

const redisUrl = process.env['REDIS_URL'] ?? '';

/** In front of Redis; when it is cut, nobody answers there any more. */
async function openCable(url: string): Promise<{ readonly url: string; readonly cut: () => void }> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(target.port) || 6379, target.hostname);
    for (const socket of [near, far]) sockets.add(socket.on('error', () => undefined));
    near.pipe(far).pipe(near);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const cut = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { url: `redis://127.0.0.1:${port}`, cut };
}

describe.skipIf(redisUrl === '')(`the queue on Redis${redisUrl === '' ? ' (not run: no REDIS_URL)' : ''}`, () => {
  it.each([false, true])('is closed although Redis is gone (a wake-up asked for meanwhile: %s)', async (wakes) => {
    const cable = await openCable(redisUrl);
    const queue = await openWakeQueue({ kind: 'redis', url: cable.url });
    const nothing = (): Promise<void> => Promise.resolve();
    queue.start({ runLane: nothing, sendThread: nothing, onError: () => undefined }, { lanes: 2, threads: 2 });
    await until(() => queue.isUp());
    await queue.wakeLane(newLane());
    cable.cut();
    await until(() => !queue.isUp());
    if (wakes) await expect(queue.wakeLane(newLane())).rejects.toThrow('did not answer');
    await queue.pause();
    await queue.close();
    expect(queue.isUp()).toBe(false);
  });
});
