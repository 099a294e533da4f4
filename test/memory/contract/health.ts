/** What every store knows of its own health: what waits, for how long, and what is over is not counted. */
import { expect, it } from 'vitest';
import type { Health } from '../../../memory/health.ts';
import { acquire, appendOne, messageFrom, newVisitor, nextBurst } from '../../support/store.ts';
import { answer, commitOf, newTurnId, type OpenStore, rows } from '../support.ts';

/** What became more between two looks. */
function change(before: Health, after: Health): Partial<Health> {
  const names = Object.keys(after) as (keyof Health)[];
  const counts = names.filter((name) => !name.endsWith('Ms') && after[name] !== before[name]);
  return Object.fromEntries(counts.map((name) => [name, after[name] - before[name]]));
}

export function describeHealth(open: OpenStore): void {
  const read = (): Promise<Health> => open().memory.health.read();

  it('counts events until their turn is committed, and the age of the oldest', async () => {
    const before = await read();
    const { lane, thread } = await appendOne(open(), messageFrom(newVisitor(), 'a'));
    await rows(open(), `update inbox set received_at = now() - interval '3 hours' where thread_id = $1`, [thread]);
    const during = await read();
    expect(change(before, during)).toEqual({ pendingEvents: 1 });
    expect(during.oldestPendingMs).toBeGreaterThanOrEqual(3 * 3_600_000);
    const lease = await acquire(open(), lane);
    await open().memory.turns.commit(
      lease,
      commitOf(await nextBurst(open(), lease), { toLearn: true, deliveries: [] }),
    );
    const after = await read();
    expect(change(before, after)).toEqual({ turnsToLearn: 1 });
    expect(after.oldestPendingMs).toBeLessThan(3 * 3_600_000);
  });

  it('counts deliveries that are due or on their way, not those that wait for their time', async () => {
    const before = await read();
    const { thread, deliveries } = await answer(open(), { texts: ['now', 'later'] });
    await rows(open(), `update deliveries set due_at = now() + interval '1 hour' where id = $1`, [deliveries[1]]);
    await rows(open(), `update deliveries set due_at = now() - interval '2 hours' where id = $1`, [deliveries[0]]);
    expect(change(before, await read())).toEqual({ dueDeliveries: 1 });
    expect((await read()).oldestDueMs).toBeGreaterThanOrEqual(2 * 3_600_000);
    const claim = await open().memory.outbox.claim(thread, { holder: 'sender', claimMs: 60_000 });
    expect(change(before, await read())).toEqual({ claimedDeliveries: 1 });
    if (claim) await open().memory.outbox.markUnknown(claim, false);
    expect(change(before, await read())).toEqual({ unknownDeliveries: 1 });
  });

  it('counts what is parked and alerts nobody acknowledged', async () => {
    const before = await read();
    const { lane } = await appendOne(open(), messageFrom(newVisitor(), 'a'));
    const lease = await acquire(open(), lane);
    const commit = commitOf(await nextBurst(open(), lease), {
      alerts: [{ kind: 'parked', summary: 'parked' }],
      deliveries: [],
    });
    await open().memory.turns.commit(lease, { ...commit, turn: { ...commit.turn, status: 'error' } });
    expect(change(before, await read())).toEqual({ parkedEvents: 1, openAlerts: 1 });
  });

  it('tells how long ago the oldest event of a turn came in', async () => {
    const { lane, thread } = await appendOne(open(), messageFrom(newVisitor(), 'a'));
    await rows(open(), `update inbox set received_at = now() - interval '90 s' where thread_id = $1`, [thread]);
    const lease = await acquire(open(), lane);
    const burst = await nextBurst(open(), lease);
    await open().memory.turns.commit(lease, commitOf(burst));
    const since = await open().memory.health.sinceReceived(burst.turn);
    expect(since).toBeGreaterThanOrEqual(90_000);
    expect(since).toBeLessThan(150_000);
    expect(await open().memory.health.sinceReceived(newTurnId())).toBeNull();
  });
}
