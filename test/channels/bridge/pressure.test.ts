/** Pressure: what waits is read now and then, not per message, and too much of it is refused in words a platform heeds. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPressure } from '../../../channels/bridge/pressure.ts';
import { TransientError } from '../../../core/errors.ts';
import type { Memory } from '../../../memory/memory.ts';
import { failsWith } from '../../memory/support.ts';
import { fakeLog } from './fakes.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function openPressure(depth: { events: number; isDown?: boolean }) {
  let reads = 0;
  const log = fakeLog();
  const inbox = {
    depth: () => {
      reads += 1;
      if (depth.isDown) return Promise.reject(new TransientError('store_down', 'away'));
      return Promise.resolve({ events: depth.events, oldestMs: 0 });
    },
  } as unknown as Memory['inbox'];
  const pressure = createPressure({ memory: { inbox }, mostPending: 100, log });
  return { ...pressure, reads: () => reads, log };
}

/** Lets a read come back. */
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(1);

describe('pressure', () => {
  it('asks the database once a second, however many messages come', async () => {
    const { refuseIfFull, reads } = openPressure({ events: 3 });
    for (let n = 0; n < 500; n += 1) refuseIfFull();
    expect(reads()).toBe(1);
    await vi.advanceTimersByTimeAsync(1_000);
    refuseIfFull();
    expect(reads()).toBe(2);
  });

  it('refuses at the limit, says for how long, and takes again when less waits', async () => {
    const depth = { events: 100 };
    const { refuseIfFull } = openPressure(depth);
    refuseIfFull();
    await settle();
    expect(refuseIfFull).toThrow(expect.objectContaining({ code: 'overloaded', afterMs: 10_000 }) as Error);
    depth.events = 99;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(refuseIfFull).toThrow(failsWith('TransientError', 'overloaded') as Error);
    await settle();
    expect(refuseIfFull).not.toThrow();
  });

  it('refuses nobody for what waited before a silence', async () => {
    const depth = { events: 100 };
    const { refuseIfFull } = openPressure(depth);
    refuseIfFull();
    await settle();
    expect(refuseIfFull).toThrow('100 events wait');
    depth.events = 0;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(refuseIfFull).not.toThrow();
  });

  it('counts what came in here since the last look', async () => {
    const { refuseIfFull, add } = openPressure({ events: 60 });
    refuseIfFull();
    await settle();
    add(39);
    expect(refuseIfFull).not.toThrow();
    add(1);
    expect(refuseIfFull).toThrow();
  });

  it('refuses nobody because the depth cannot be read', async () => {
    const { refuseIfFull, log } = openPressure({ events: 0, isDown: true });
    refuseIfFull();
    await settle();
    expect(refuseIfFull).not.toThrow();
    expect(log.warnings).toHaveLength(1);
  });
});
