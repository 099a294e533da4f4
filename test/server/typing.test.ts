/** Writing is shown for an answer that takes a while, for as long as it takes, and not against the platform's wish. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Connection } from '../../channels/channel.ts';
import type { Burst } from '../../memory/inbox.ts';
import { startTyping } from '../../server/typing.ts';

const burst = {
  events: [
    { event: { channel: 'telegram', connection: 'main', thread: { key: '601' }, sender: { externalId: '601' } } },
  ],
} as unknown as Burst;

function open({ isOpen = true } = {}) {
  const shown: string[] = [];
  const connection = {
    channel: 'telegram',
    name: 'main',
    profile: { rate: { perSecond: 30 } },
    showTyping: ({ threadKey }: { readonly threadKey: string }) => {
      shown.push(threadKey);
      return Promise.resolve();
    },
  } as unknown as Connection;
  const stop = startTyping(burst, { connections: [connection], paces: { isOpen: () => Promise.resolve(isOpen) } });
  return { shown, stop };
}

describe('showing that an answer is being written', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('costs nothing for an answer that is there at once', async () => {
    const { shown, stop } = open();
    await vi.advanceTimersByTimeAsync(500);
    stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(shown).toEqual([]);
  });

  it('is shown again and again until the answer is there', async () => {
    const { shown, stop } = open();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(shown).toEqual(['601', '601', '601']);
    stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(shown).toHaveLength(3);
  });

  it('is not shown while the platform told us to wait', async () => {
    const { shown } = open({ isOpen: false });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(shown).toEqual([]);
  });
});
