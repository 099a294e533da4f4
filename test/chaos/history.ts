/** What the outside saw: an append-only history of every delivery to the application, every send of it, and every fault. */

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

/** Milliseconds since 1970, of the rig's clock; the databases run on the same machine. */
export type At = { readonly at: number };

/** One try of the channel to deliver one update. `status` 0: no answer. */
export type Tried = At & {
  readonly kind: 'tried';
  readonly update: number;
  readonly to: string;
  readonly status: number;
  readonly milliseconds: number;
  /** Of a refusal: when to come again. */
  readonly retryAfter: string | null;
};

/** One call of `sendMessage`. `accepted`: the person sees it, whatever we were told. */
export type Sent = At & {
  readonly kind: 'sent';
  readonly chat: number;
  readonly text: string;
  readonly messageId: number;
  readonly isAccepted: boolean;
  /** What the application was told: `ok`, `dropped`, `429`, … */
  readonly told: string;
};

/** Something was hurt. */
export type Hurt = At & { readonly kind: 'hurt'; readonly what: string; readonly isKill: boolean };

export type Line = Tried | Sent | Hurt;

export type History = {
  readonly lines: readonly Line[];
  readonly file: string;
  readonly write: (line: Line) => void;
  readonly hurt: (what: string, options?: { readonly isKill: boolean }) => void;
  readonly close: () => Promise<void>;
};

export function openHistory(file: string): History {
  const lines: Line[] = [];
  const stream = createWriteStream(file, { flags: 'a' });
  const write = (line: Line): void => {
    lines.push(line);
    stream.write(`${JSON.stringify(line)}\n`);
  };
  return {
    lines,
    file,
    write,
    hurt: (what, { isKill } = { isKill: false }) => write({ kind: 'hurt', at: Date.now(), what, isKill }),
    close: async () => {
      stream.end();
      await once(stream, 'finish');
    },
  };
}
