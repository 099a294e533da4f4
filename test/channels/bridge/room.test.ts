/** The room of turns: many while the loop has time, few while it has none, and nobody is forgotten. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRoom, loopUtilization } from '../../../channels/bridge/room.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function openRoom(utilization: number) {
  const loop = { utilization };
  const room = createRoom({ elapsed: () => Date.now(), utilization: () => loop.utilization });
  const arrived: number[] = [];
  const enter = (people: number): void => {
    for (let n = 0; n < people; n += 1) void room.enter().then(() => arrived.push(n));
  };
  const pass = (milliseconds: number): Promise<unknown> => vi.advanceTimersByTimeAsync(milliseconds);
  return { loop, room, arrived, enter, pass };
}

describe('a room', () => {
  it('lets few in while the loop is full, and the next when one leaves', async () => {
    const { room, arrived, enter, pass } = openRoom(1);
    await pass(60);
    enter(20);
    await pass(5_000);
    expect(arrived).toHaveLength(8);
    room.leave();
    room.leave();
    await pass(0);
    expect(arrived).toHaveLength(10);
  });

  it('lets everybody in, a few at a time, while the loop has time', async () => {
    const { arrived, enter, pass } = openRoom(0.2);
    enter(30);
    await pass(0);
    expect(arrived).toHaveLength(12);
    await pass(300);
    expect(arrived).toHaveLength(30);
  });

  it('lets those in that wait as soon as the loop has time again, in their order', async () => {
    const { loop, arrived, enter, pass } = openRoom(1);
    await pass(60);
    enter(12);
    await pass(1_000);
    expect(arrived).toHaveLength(8);
    loop.utilization = 0.5;
    await pass(100);
    expect(arrived).toEqual(Array.from({ length: 12 }, (_, n) => n));
  });

  it('is left by everybody at a stop, and looks at nothing when nobody waits', async () => {
    const { room, arrived, enter, pass } = openRoom(1);
    await pass(60);
    enter(40);
    await pass(0);
    room.open();
    await pass(0);
    expect(arrived).toHaveLength(40);
    expect(vi.getTimerCount()).toBe(0);
  });
});

it('a loop that only waits is not busy, one that reckons is', () => {
  vi.useRealTimers();
  const utilization = loopUtilization();
  const end = performance.now() + 50;
  while (performance.now() < end);
  expect(utilization()).toBeGreaterThan(0.9);
});
