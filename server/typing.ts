/** Shows on the person's channel that an answer is being written: a courtesy, whether it arrives changes nothing. */
import type { Connection } from '../channels/channel.ts';
import type { Burst } from '../memory/inbox.ts';
import { connectionKey, type PacePort } from '../memory/paces.ts';

type TypingParts = { readonly connections: readonly Connection[]; readonly paces: Pick<PacePort, 'isOpen'> };

/** Returns at once. A channel that told us to wait is not called for this. */
export function showTyping(burst: Burst, { connections, paces }: TypingParts): void {
  const event = burst.events.at(-1)?.event;
  const connection = connections.find((one) => one.channel === event?.channel && one.name === event.connection);
  if (!event || !connection?.showTyping) return;
  const { showTyping: show, profile } = connection;
  const target = { threadKey: event.thread.key, address: event.sender.externalId };
  const isOpen = profile.rate === undefined ? Promise.resolve(true) : paces.isOpen(connectionKey(event));
  isOpen.then((open) => (open ? show(target) : undefined)).catch(() => undefined);
}
