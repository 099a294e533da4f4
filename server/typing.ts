/** Shows on the person's channel that an answer is being written: a courtesy, whether it arrives changes nothing. */
import type { Connection } from '../channels/channel.ts';
import type { Burst } from '../memory/inbox.ts';
import { connectionKey, type PacePort } from '../memory/paces.ts';

/** An answer that is there before it is no news that one is being written, and would cost a call of the platform's. */
const FIRST_MS = 700;
/** Telegram shows it for five seconds (its sendChatAction). */
const AGAIN_MS = 4_500;

type TypingParts = { readonly connections: readonly Connection[]; readonly paces: Pick<PacePort, 'isOpen'> };

/** Shows it for as long as the answer takes: until what this returns is called. A channel that told us to wait is not called for this. */
export function startTyping(burst: Burst, { connections, paces }: TypingParts): () => void {
  const event = burst.events.at(-1)?.event;
  const connection = connections.find((one) => one.channel === event?.channel && one.name === event.connection);
  if (!event || !connection?.showTyping) return () => undefined;
  const { showTyping: show, profile } = connection;
  const key = connectionKey(event);
  const target = { threadKey: event.thread.key, address: event.sender.externalId };
  let timer = setTimeout(showOnce, FIRST_MS);
  let isOver = false;
  function showOnce(): void {
    timer = setTimeout(showOnce, AGAIN_MS);
    const isOpen = profile.rate === undefined ? Promise.resolve(true) : paces.isOpen(key);
    isOpen.then((open) => (open && !isOver ? show(target) : undefined)).catch(() => undefined);
  }
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}
