/** What the turns of this process have said so far, so that a reader who comes late or missed a piece hears it all. */
import type { ThreadId, TurnId } from '../core/ids.ts';
import type { LiveBus } from './live.ts';

/** A delta must fit into a notice, however many bytes its characters take. */
const MAX_DELTA = 1_000;

export type Speech = {
  /** Words of the answer, as the model writes them. */
  readonly say: (text: string) => void;
  /** The words so far are taken back; the answer begins anew. */
  readonly withdraw: () => void;
  readonly end: () => void;
};

export type Spoken = { readonly begin: (thread: ThreadId, turn: TurnId) => Speech };

type Running = { readonly turn: TurnId; text: string };

export function createSpoken(live: LiveBus): Spoken {
  const running = new Map<ThreadId, Running>();
  live.onAsked((thread) => {
    const speech = running.get(thread);
    if (!speech) return;
    live.publish({ kind: 'turn-start', thread, turn: speech.turn });
    tell(live, { thread, turn: speech.turn, at: 0, text: speech.text });
  });
  return {
    begin: (thread, turn) => {
      const mine: Running = { turn, text: '' };
      running.set(thread, mine);
      live.publish({ kind: 'turn-start', thread, turn });
      return {
        say: (text) => {
          const at = mine.text.length;
          mine.text += text;
          tell(live, { thread, turn, at, text });
        },
        withdraw: () => {
          mine.text = '';
          live.publish({ kind: 'reset', thread, turn });
        },
        end: () => {
          if (running.get(thread) === mine) running.delete(thread);
        },
      };
    },
  };
}

type Telling = { readonly thread: ThreadId; readonly turn: TurnId; readonly at: number; readonly text: string };

function tell(live: LiveBus, { thread, turn, at, text }: Telling): void {
  for (let start = 0; start < text.length; start += MAX_DELTA) {
    live.publish({ kind: 'delta', thread, turn, at: at + start, text: text.slice(start, start + MAX_DELTA) });
  }
}
