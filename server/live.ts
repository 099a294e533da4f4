/** The live bus: what happens now, for the widget's stream and the console. Ids and counts; only deltas carry words. */
import { EventEmitter } from 'node:events';
import type { DeliveryId, ThreadId, TurnId } from '../core/ids.ts';
import type { TraceSpan } from '../core/span.ts';

export type LiveNote =
  /** `key`: what the channel calls the thread. A stream that is open before its first message knows its thread by it. */
  | { readonly kind: 'event-in'; readonly thread: ThreadId; readonly key: string }
  | { readonly kind: 'turn-start'; readonly thread: ThreadId; readonly turn: TurnId }
  | { readonly kind: 'span'; readonly thread: ThreadId; readonly span: TraceSpan }
  /** `at`: how many UTF-16 units of the turn's words stand before these. Whoever misses some, asks for all of them. */
  | {
      readonly kind: 'delta';
      readonly thread: ThreadId;
      readonly turn: TurnId;
      readonly at: number;
      readonly text: string;
    }
  | { readonly kind: 'reset'; readonly thread: ThreadId; readonly turn: TurnId }
  | {
      readonly kind: 'turn-end';
      readonly thread: ThreadId;
      readonly turn: TurnId;
      readonly status: string;
      readonly milliseconds: number;
    }
  | { readonly kind: 'delivery'; readonly thread: ThreadId; readonly delivery: DeliveryId; readonly state: string }
  | { readonly kind: 'alert'; readonly thread: ThreadId; readonly alert: string };

export type LiveBus = {
  readonly publish: (note: LiveNote) => void;
  /** Returns the way to stop listening. */
  readonly listen: (hear: (note: LiveNote) => void) => () => void;
  /** Asks whoever is making a turn on this thread to tell again what it has said so far. */
  readonly askAgain: (thread: ThreadId) => void;
  /** Hears who asks. Returns the way to stop listening. */
  readonly onAsked: (hear: (thread: ThreadId) => void) => () => void;
};

export function createLiveBus(): LiveBus {
  const emitter = new EventEmitter();
  // One listener per open stream; there is no leak to warn about.
  emitter.setMaxListeners(0);
  return {
    publish: (note) => void emitter.emit('note', note),
    listen: (hear) => {
      emitter.on('note', hear);
      return () => void emitter.off('note', hear);
    },
    askAgain: (thread) => void emitter.emit('asked', thread),
    onAsked: (hear) => {
      emitter.on('asked', hear);
      return () => void emitter.off('asked', hear);
    },
  };
}
