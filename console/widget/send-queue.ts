/** The visitor's words on their way up: kept until the server has taken them, sent in order, always under the same id. */
import { backoffMs } from '../stream/backoff.ts';
import type { Clock } from '../stream/clock.ts';
import type { SendState } from './conversation.ts';
import type { Keep } from './keep.ts';

export type Outgoing = {
  /** A UUID: the server takes the same id once, however often it is sent. */
  readonly id: string;
  readonly text: string;
  /** The token of a pressed option. */
  readonly choose?: string;
  /** ISO 8601. */
  readonly at: string;
};

/** `later`: not now, maybe at the time named. `refused`: never, whatever we do. */
export type PostOutcome =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'later'; readonly afterMs: number | null }
  | { readonly kind: 'refused' };

export type SendQueueOptions = {
  readonly post: (outgoing: Outgoing) => Promise<PostOutcome>;
  readonly onState: (id: string, state: SendState) => void;
  readonly keep: Keep;
  readonly clock: Clock;
  readonly random: () => number;
};

const PREFIX = 'unsent ';

/** One at a time and in order: an answer to the second message must not overtake the first. */
export class SendQueue {
  readonly #options: SendQueueOptions;
  #waiting: readonly Outgoing[] = [];
  #isPosting = false;
  #attempt = 0;
  #cancelRetry: (() => void) | null = null;

  constructor(options: SendQueueOptions) {
    this.#options = options;
  }

  add(outgoing: Outgoing): void {
    this.#options.keep.set(PREFIX + outgoing.id, JSON.stringify(outgoing));
    this.#waiting = [...this.#waiting, outgoing];
    void this.#pump();
  }

  /** What an earlier page left unsent, oldest first; it is in the queue again. */
  restore(): readonly Outgoing[] {
    const waiting = new Set(this.#waiting.map((outgoing) => outgoing.id));
    const left = readUnsent(this.#options.keep).filter((outgoing) => !waiting.has(outgoing.id));
    this.#waiting = [...left, ...this.#waiting];
    void this.#pump();
    return left;
  }

  /** Tries at once what waits for its next attempt. */
  hurry(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    void this.#pump();
  }

  /** Takes something out: the visitor gave it up, or the history shows that it arrived. */
  drop(id: string): void {
    this.#options.keep.remove(PREFIX + id);
    this.#waiting = this.#waiting.filter((outgoing) => outgoing.id !== id);
  }

  async #pump(): Promise<void> {
    const next = this.#waiting[0];
    if (next === undefined || this.#isPosting || this.#cancelRetry !== null) return;
    this.#isPosting = true;
    const outcome = await this.#options.post(next);
    this.#isPosting = false;
    // It may have been dropped while it was on its way.
    if (this.#waiting.includes(next)) this.#settle(next, outcome);
    await this.#pump();
  }

  #settle(outgoing: Outgoing, outcome: PostOutcome): void {
    const { onState, clock, random } = this.#options;
    if (outcome.kind === 'later') {
      this.#cancelRetry = clock.after(outcome.afterMs ?? backoffMs(this.#attempt, random), () => this.hurry());
      this.#attempt += 1;
      onState(outgoing.id, 'retrying');
      return;
    }
    this.#attempt = 0;
    this.drop(outgoing.id);
    onState(outgoing.id, outcome.kind === 'accepted' ? 'sent' : 'refused');
  }
}

function readUnsent(keep: Keep): readonly Outgoing[] {
  const found = keep.keys(PREFIX).flatMap((key) => {
    const outgoing = parseOutgoing(keep.get(key));
    if (outgoing === null) keep.remove(key);
    return outgoing === null ? [] : [outgoing];
  });
  return found.toSorted((a, b) => a.at.localeCompare(b.at));
}

/** Storage is open to every script of the page, so what it holds is checked like anything from outside. */
function parseOutgoing(stored: string | null): Outgoing | null {
  try {
    const value: unknown = JSON.parse(stored ?? 'null');
    return isOutgoing(value) ? value : null;
  } catch {
    return null;
  }
}

function isOutgoing(value: unknown): value is Outgoing {
  if (typeof value !== 'object' || value === null) return false;
  const { id, text, at, choose } = value as Record<keyof Outgoing, unknown>;
  const isWritten = typeof id === 'string' && typeof text === 'string' && typeof at === 'string';
  return isWritten && (choose === undefined || typeof choose === 'string');
}
