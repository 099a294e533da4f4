/** Hands: wake-ups are followed here as far as there are hands, never twice at once, and never forgotten. */
import { describe, expect, it, vi } from 'vitest';
import { createHands } from '../../../channels/bridge/hands.ts';

/** Runs end when the test says so. */
function open(most: number) {
  const begun: string[] = [];
  const asked: string[] = [];
  const errors: unknown[] = [];
  const ends: { readonly ok: () => void; readonly fail: (error: Error) => void }[] = [];
  const hands = createHands<string>({
    run: (id) => {
      begun.push(id);
      return new Promise((resolve, reject) => ends.push({ ok: resolve, fail: reject }));
    },
    ask: (id) => {
      asked.push(id);
      return Promise.resolve();
    },
    onError: (error) => errors.push(error),
  });
  hands.open(most);
  return {
    hands,
    begun,
    asked,
    errors,
    end: () => ends.shift()?.ok(),
    fail: () => ends.shift()?.fail(new Error('broke')),
  };
}

const until = (isTrue: () => boolean): Promise<boolean> => vi.waitUntil(isTrue, { interval: 1 });

describe('wake', () => {
  it('runs here while there is a hand free, and asks others beyond that', async () => {
    const { hands, begun, asked, end } = open(2);
    for (const id of ['a', 'b', 'c']) await hands.wake(id);
    await until(() => begun.length === 2);
    expect([begun, asked]).toEqual([['a', 'b'], ['c']]);
    end();
    await until(() => !hands.isUnderWay('a'));
    await hands.wake('d');
    expect(asked).toEqual(['c']);
    expect(hands.isUnderWay('d')).toBe(true);
  });

  it('asks others in a process that takes no work', async () => {
    const { hands, begun, asked } = open(0);
    await hands.wake('a');
    expect([begun, asked]).toEqual([[], ['a']]);
  });

  it('of what is under way makes it run once more afterwards, not beside itself', async () => {
    const { hands, begun, end } = open(2);
    await hands.wake('a');
    await until(() => begun.length === 1);
    for (let n = 0; n < 3; n += 1) await hands.wake('a');
    end();
    await until(() => begun.length === 2);
    end();
    await until(() => !hands.isUnderWay('a'));
    expect(begun).toEqual(['a', 'a']);
  });

  it('several times before the run has begun makes one run', async () => {
    const { hands, begun, end } = open(2);
    for (let n = 0; n < 3; n += 1) await hands.wake('a');
    await until(() => begun.length === 1);
    end();
    await until(() => !hands.isUnderWay('a'));
    expect(begun).toEqual(['a']);
  });

  it('that fails is told, and the next one runs', async () => {
    const { hands, begun, errors, fail } = open(1);
    await hands.wake('a');
    await until(() => begun.length === 1);
    fail();
    await until(() => errors.length === 1);
    await hands.wake('a');
    await until(() => begun.length === 2);
  });
});

describe('take', () => {
  it('runs what the queue handed out beyond the hands too, and ends with it', async () => {
    const { hands, begun, end } = open(0);
    const taken = hands.take('a');
    await until(() => begun.length === 1);
    end();
    await taken;
    expect(hands.isUnderWay('a')).toBe(false);
  });

  it('of what is under way waits for it, and for the pass that follows', async () => {
    const { hands, begun, end } = open(1);
    await hands.wake('a');
    await until(() => begun.length === 1);
    let isDone = false;
    const taken = hands.take('a').then(() => {
      isDone = true;
    });
    end();
    await until(() => begun.length === 2);
    expect(isDone).toBe(false);
    end();
    await taken;
  });

  it('throws what the run throws', async () => {
    const { hands, begun, fail } = open(1);
    const taken = expect(hands.take('a')).rejects.toThrow('broke');
    await until(() => begun.length === 1);
    fail();
    await taken;
  });
});

describe('close', () => {
  it('waits for what is under way, and leaves to others what was wanted once more', async () => {
    const { hands, begun, asked, end } = open(2);
    await hands.wake('a');
    await until(() => begun.length === 1);
    await hands.wake('a');
    let isClosed = false;
    const closed = hands.close().then(() => {
      isClosed = true;
    });
    await hands.wake('b');
    expect(isClosed).toBe(false);
    end();
    await closed;
    expect([begun, asked.toSorted()]).toEqual([['a'], ['a', 'b']]);
  });
});
