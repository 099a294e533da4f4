/** Tells the other tabs of the same site what the visitor said in this one; replies reach each tab by its own stream. */
import type { PersonLine } from './conversation.ts';

export type Tabs = {
  readonly tell: (line: PersonLine) => void;
  readonly hear: (onLine: (line: PersonLine) => void) => void;
};

/** Tabs that show the same chat, named by the place it comes from. Where the browser has no such channel, none. */
export function openTabs(base: string): Tabs {
  if (typeof BroadcastChannel === 'undefined') return { tell: () => {}, hear: () => {} };
  const channel = new BroadcastChannel(`throughline ${base}`);
  return {
    tell: (line) => channel.postMessage(line),
    hear: (onLine) => {
      channel.onmessage = (message: MessageEvent<PersonLine>) => onLine(message.data);
    },
  };
}
