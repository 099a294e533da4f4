/** A data folder after a kill: its next process waits for nothing that the dead one held. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { uuidv7 } from 'uuidv7';
import { expect, it } from 'vitest';
import { openStore, type Store } from '../../memory/postgres/index.ts';
import { acquire, appendOne, DEFAULTS, messageFrom, newVisitor, OPEN_TIMEOUT_MS } from '../support/store.ts';
import { answer } from './support.ts';

it(
  'a lane, a lease and a claim that a dead process held are free at the next start of its folder',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'leftovers-'));
    const open = (): Promise<Store> =>
      openStore({ location: { kind: 'folder', folder }, mint: uuidv7, pid: process.pid, defaults: DEFAULTS });
    // It closes its files and gives nothing back, as a killed one.
    const dead = await open();
    const { thread } = await answer(dead);
    const claim = await dead.memory.outbox.claim(thread, { holder: 'dead', claimMs: 60_000 });
    const { lane } = await appendOne(dead, messageFrom(newVisitor(), 'hello'));
    const lease = await acquire(dead, lane, 'dead');
    await dead.memory.leases.hold('timers', { holder: 'dead', leaseMs: 60_000 });
    expect(await dead.memory.inbox.listWaitingLanes(10)).toEqual([]);
    expect(await dead.memory.outbox.listLostClaims(10)).toEqual([]);
    await dead.memory.close();

    const next = await open();
    expect(await next.memory.inbox.listWaitingLanes(10)).toEqual([lane]);
    expect((await next.memory.outbox.listLostClaims(10)).map(({ delivery }) => delivery.id)).toEqual([
      claim?.delivery.id,
    ]);
    expect(await next.memory.leases.hold('timers', { holder: 'next', leaseMs: 60_000 })).toBe(true);
    expect(await next.memory.lanes.renew(lease, 60_000)).toBe(false);
    await next.memory.close();
    await rm(folder, { recursive: true });
  },
  OPEN_TIMEOUT_MS,
);
