/** What is owed to the store: told in order, again and again, and not for ever. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createOwed } from '../../../channels/bridge/owed.ts';
import { PermanentError, TransientError } from '../../../core/errors.ts';

const isAway = { value: false };
const told: string[] = [];
const onTold = vi.fn();

function tellOf(name: string) {
  return (): Promise<string> => {
    told.push(name);
    return isAway.value ? Promise.reject(new TransientError('store_down', 'away')) : Promise.resolve(name);
  };
}

beforeEach(() => {
  vi.useFakeTimers();
  isAway.value = false;
  told.length = 0;
  onTold.mockReset();
});
afterEach(() => {
  vi.useRealTimers();
});

const open = () => createOwed({ elapsed: () => performance.now(), onTold });

describe('tell', () => {
  it('tells a store that is there, and owes nothing', async () => {
    expect(await open().tell(tellOf('a'), 'later')).toBe('a');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(told).toEqual(['a']);
    expect(onTold).not.toHaveBeenCalled();
  });

  it('tells a store that is away every second until it is back, in order, and says once that all is told', async () => {
    const owed = open();
    isAway.value = true;
    expect(await owed.tell(tellOf('a'), 'later')).toBe('later');
    expect(await owed.tell(tellOf('b'), 'later')).toBe('later');
    await vi.advanceTimersByTimeAsync(2_000);
    expect(told).toEqual(['a', 'a', 'a']);
    isAway.value = false;
    // Nothing overtakes what is owed.
    expect(await owed.tell(tellOf('c'), 'later')).toBe('later');
    expect(told).toHaveLength(3);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(told.slice(3)).toEqual(['a', 'b', 'c']);
    expect(onTold).toHaveBeenCalledTimes(1);
    expect(await owed.tell(tellOf('d'), 'later')).toBe('d');
  });

  it('throws what is no absence of the store, and forgets it when it is owed', async () => {
    const owed = open();
    const wrong = (): Promise<never> => Promise.reject(new PermanentError('config_invalid', 'wrong'));
    await expect(owed.tell(wrong, null)).rejects.toThrow('wrong');
    isAway.value = true;
    await owed.tell(tellOf('a'), 'later');
    await owed.tell(wrong, null);
    isAway.value = false;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(onTold).toHaveBeenCalledTimes(1);
  });

  it('gives up after two minutes, when every claim has ended by itself, and at a stop', async () => {
    const owed = open();
    isAway.value = true;
    await owed.tell(tellOf('a'), 'later');
    await vi.advanceTimersByTimeAsync(125_000);
    const tries = told.length;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(told).toHaveLength(tries);
    await owed.tell(tellOf('b'), 'later');
    owed.stop();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(told.filter((name) => name === 'b')).toHaveLength(1);
  });
});
