/** What every set of lanes keeps: one holder at a time, by the database's clock, with a fence that only grows. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { PersonId } from '../../../core/ids.ts';
import type { Store } from '../../../memory/postgres/index.ts';
import { acquire, appendOne, messageFrom, newVisitor, nextBurst, take } from '../../support/store.ts';
import { commitOf, failsWith, newPersonId, type OpenStore } from '../support.ts';

async function expire(store: Store, lane: PersonId): Promise<void> {
  await store.pool.query(`update lanes set leased_until = now() - interval '1 ms' where lane = $1`, [lane]);
}

export function describeLanes(open: OpenStore, { ownClock }: { readonly ownClock: boolean }): void {
  const lanes = (): Store['memory']['lanes'] => open().memory.lanes;

  it('refuse a second holder, the same process too', async () => {
    const lane = newPersonId();
    await acquire(open(), lane, 'a');
    expect(await lanes().acquire(lane, { holder: 'b', leaseMs: 1_000 })).toBeNull();
    expect(await lanes().acquire(lane, { holder: 'a', leaseMs: 1_000 })).toBeNull();
  });

  it('go to one of many who ask at the same moment', async () => {
    const lane = newPersonId();
    const asked = Array.from({ length: 12 }, (_, n) => lanes().acquire(lane, { holder: `h${n}`, leaseMs: 60_000 }));
    const got = (await Promise.all(asked)).filter((lease) => lease !== null);
    expect(got).toHaveLength(1);
    expect(got[0]).toMatchObject({ lane, fence: 1 });
  });

  it.each([
    ['another process', 'b'],
    ['the same process', 'a'],
  ])('go to %s when the lease ran out, with a higher fence; the late waker has lost', async (_, holder) => {
    const lane = newPersonId();
    const late = await acquire(open(), lane, 'a');
    await expire(open(), lane);
    const held = await acquire(open(), lane, holder);
    expect(held.fence).toBeGreaterThan(late.fence);
    expect(await lanes().renew(late, 60_000)).toBe(false);
    await lanes().release(late);
    expect(await lanes().acquire(lane, { holder: 'c', leaseMs: 1_000 })).toBeNull();
    expect(await lanes().renew(held, 60_000)).toBe(true);
  });

  it('are lost by running out, although nobody else came', async () => {
    const lease = await acquire(open(), newPersonId(), 'a');
    await expire(open(), lease.lane);
    expect(await lanes().renew(lease, 60_000)).toBe(false);
  });

  it('live on by renewal', async () => {
    const lane = newPersonId();
    const lease = await lanes().acquire(lane, { holder: 'a', leaseMs: 60_000 });
    if (!lease) throw new Error('the lane is held');
    await open().pool.query(`update lanes set leased_until = now() + interval '1 s' where lane = $1`, [lane]);
    expect(await lanes().renew(lease, 60_000)).toBe(true);
    const { rows } = await open().pool.query<{ far: boolean }>(
      `select leased_until > now() + interval '50 s' as far from lanes where lane = $1`,
      [lane],
    );
    expect(rows).toEqual([{ far: true }]);
  });

  it('are free after release, and the fence goes on growing', async () => {
    const lane = newPersonId();
    const fences: number[] = [];
    for (const holder of ['a', 'b', 'a']) {
      const lease = await acquire(open(), lane, holder);
      fences.push(lease.fence);
      await lanes().release(lease);
      expect(await lanes().renew(lease, 60_000)).toBe(false);
    }
    expect(fences).toEqual([1, 2, 3]);
  });

  it('let a holder whose lease ran out commit as long as nobody passed its fence', async () => {
    const { lane } = await appendOne(open(), messageFrom(newVisitor(), 'a'));
    const { lease, burst } = await take(open(), lane);
    await expire(open(), lane);
    await expect(open().memory.turns.commit(lease, commitOf(burst))).resolves.toEqual({ isLetGo: false });
  });

  it('give nothing to a holder whose fence was passed', async () => {
    const { lane } = await appendOne(open(), messageFrom(newVisitor(), 'a'));
    const late = await take(open(), lane, 'a');
    await expire(open(), lane);
    const held = await acquire(open(), lane, 'b');
    const commit = open().memory.turns.commit(late.lease, commitOf(late.burst));
    await expect(commit).rejects.toEqual(failsWith('TransientError', 'lane_lost'));
    expect(await nextBurst(open(), held)).toMatchObject({ turn: late.burst.turn, attempt: 2 });
  });

  describe.skipIf(!ownClock)(`by the database's clock${ownClock ? '' : ' (the embedded engine runs on ours)'}`, () => {
    afterEach(() => {
      vi.useRealTimers();
    });

    it('run out by its time, not ours', async () => {
      const lane = newPersonId();
      await acquire(open(), lane, 'a');
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 });
      expect(await lanes().acquire(lane, { holder: 'b', leaseMs: 1_000 })).toBeNull();
      const other = newPersonId();
      const lease = await acquire(open(), other, 'a');
      vi.setSystemTime(Date.now() - 7_200_000);
      await expire(open(), other);
      expect(await lanes().renew(lease, 1_000)).toBe(false);
      expect(await lanes().acquire(other, { holder: 'b', leaseMs: 1_000 })).not.toBeNull();
    });
  });
}
