/** What every store keeps of paces: one row of slots for all senders, closed for all of them at once. */
import { uuidv7 } from 'uuidv7';
import { describe, expect, it } from 'vitest';
import type { ThreadId } from '../../../core/ids.ts';
import type { Pace, PacePort } from '../../../memory/paces.ts';
import { newVisitor } from '../../support/store.ts';
import { answer, type OpenStore, rows } from '../support.ts';

const newPace = (changes: Partial<Pace> = {}): Pace => ({ key: uuidv7(), everyMs: 10_000, slackMs: 0, ...changes });

export function describePaces(open: OpenStore): void {
  const paces = (): PacePort => open().memory.paces;

  it('gives slots one after the other, however many ask at once', async () => {
    const pace = newPace();
    const waits = await Promise.all(Array.from({ length: 5 }, () => paces().take([pace], 100_000)));
    const sorted = waits.map(Number).toSorted((a, b) => a - b);
    for (const [n, wait] of sorted.entries()) {
      expect(wait).toBeGreaterThan(n * 10_000 - 5_000);
      // Whoever waited for another's row began a moment before its slot was reckoned.
      expect(wait).toBeLessThan(n * 10_000 + 5_000);
    }
  });

  it('gives at once what was not used before, and no more of it', async () => {
    const pace = newPace({ slackMs: 20_000 });
    const waits = [];
    for (let n = 0; n < 4; n += 1) waits.push(await paces().take([pace], 100_000));
    expect(waits.slice(0, 3)).toEqual([0, 0, 0]);
    expect(waits[3]).toBeGreaterThan(5_000);
  });

  it('keeps no slot that is too far away', async () => {
    const pace = newPace();
    await paces().take([pace], 0);
    for (let n = 0; n < 5; n += 1) expect(await paces().take([pace], 1_000)).toBeNull();
    expect(await paces().take([pace], 10_000)).toBeLessThanOrEqual(10_000);
  });

  it('asks every pace of a call: the slowest says when', async () => {
    const overall = newPace({ everyMs: 1 });
    const own = newPace();
    expect(await paces().take([overall, own], 20_000)).toBe(0);
    expect(await paces().take([overall, own], 20_000)).toBeGreaterThan(5_000);
    expect(await paces().take([overall, newPace()], 20_000)).toBeLessThan(5_000);
  });

  it('closes a key for as long as it was told, whatever slots are free', async () => {
    const pace = newPace({ everyMs: 1 });
    await paces().close(pace.key, 60_000);
    await paces().close(pace.key, 5_000);
    expect(await paces().isOpen(pace.key)).toBe(false);
    expect(await paces().take([pace], 50_000)).toBeNull();
    expect(await paces().take([pace], 60_000)).toBeGreaterThan(50_000);
    expect(await paces().isOpen(uuidv7())).toBe(true);
  });

  it('forgets what nobody used for an hour, and no wait that runs', async () => {
    const [old, waiting] = [newPace(), newPace()];
    await paces().take([old, waiting], 0);
    await paces().close(waiting.key, 60_000);
    const keys = [old.key, waiting.key];
    await rows(open(), `update send_paces set slot_at = slot_at - interval '2 hours' where key = any($1)`, [keys]);
    await paces().tidy();
    const left = await rows<{ key: string }>(open(), 'select key from send_paces where key = any($1)', [keys]);
    expect(left).toEqual([{ key: waiting.key }]);
  });

  describe('a closed connection', () => describeClosed(open));
}

function describeClosed(open: OpenStore): void {
  const claim = (thread: ThreadId) => open().memory.outbox.claim(thread, { holder: 'sender', claimMs: 60_000 });

  it('gives out no delivery, not even crisis words, until the wait is over', async () => {
    const { thread } = await answer(open(), { visitor: newVisitor() });
    await open().memory.paces.close('web/main', 60_000);
    expect(await claim(thread)).toBeNull();
    expect(await open().memory.outbox.listDueThreads(10_000)).not.toContain(thread);
    await rows(open(), `update send_paces set closed_until = now() where key = 'web/main'`);
    expect(await open().memory.outbox.listDueThreads(10_000)).toContain(thread);
    expect(await claim(thread)).not.toBeNull();
  });

  it('leaves the others open', async () => {
    const { thread } = await answer(open(), { visitor: newVisitor() });
    await open().memory.paces.close('telegram/main', 60_000);
    expect(await claim(thread)).not.toBeNull();
  });
}
