/** Follows a stream of server events: reads it by fetch, comes back after every drop, and asks for what it missed. */
import { backoffMs } from './backoff.ts';
import type { Clock } from './clock.ts';
import { createEventParser, type ServerEvent } from './event-parser.ts';

export type StreamState = 'connecting' | 'open' | 'waiting' | 'closed';

export type StreamOptions = {
  /** Opens the stream; null: there is nothing to follow any more (signed out), so it ends. */
  readonly open: (lastEventId: string | null, signal: AbortSignal) => Promise<Response | null>;
  readonly onEvent: (event: ServerEvent) => void;
  readonly onState: (state: StreamState) => void;
  readonly clock: Clock;
  readonly random: () => number;
  /** Where to begin: what came before is already known. */
  readonly lastEventId?: string | null;
};

export type Stream = {
  /** Ends the wait before the next attempt: the network is back, or the page is looked at again. */
  readonly hurry: () => void;
  readonly close: () => void;
};

/** Longer than two heartbeats: a stream this quiet is dead, whatever the socket says. */
const SILENCE_MS = 50_000;

/** A server that is there says so much sooner; one that is just starting may take the call and never answer it. */
const OPENING_MS = 15_000;

/** Starts at once and goes on until closed. */
export function followStream(options: StreamOptions): Stream {
  const { clock, random, onState } = options;
  const line = { lastEventId: options.lastEventId ?? null, attempt: 0 };
  const closing = new AbortController();
  let endWait = () => {};

  const wait = (milliseconds: number) =>
    new Promise<void>((resolve) => {
      const cancel = clock.after(milliseconds, resolve);
      endWait = () => {
        cancel();
        resolve();
      };
    });

  const run = async () => {
    while (!closing.signal.aborted) {
      onState('connecting');
      const isOver = await readOnce(options, { line, closing: closing.signal });
      if (isOver || closing.signal.aborted) break;
      onState('waiting');
      await wait(backoffMs(line.attempt, random));
      line.attempt += 1;
    }
    onState('closed');
  };
  void run();

  return {
    hurry: () => endWait(),
    close: () => {
      closing.abort();
      endWait();
    },
  };
}

type Line = { lastEventId: string | null; attempt: number };

/** One connection from its opening to its end, however it ends; true: do not come back. */
async function readOnce(
  options: StreamOptions,
  { line, closing }: { readonly line: Line; readonly closing: AbortSignal },
): Promise<boolean> {
  const connection = new AbortController();
  const signal = AbortSignal.any([closing, connection.signal]);
  let calm = () => {};
  const watch = (milliseconds: number) => {
    calm();
    calm = options.clock.after(milliseconds, () => connection.abort());
  };
  try {
    watch(OPENING_MS);
    const response = await options.open(line.lastEventId, signal);
    if (response === null) return true;
    if (response.ok && response.body) await readBody(response.body, { options, line, signal, watch });
    return false;
  } catch {
    // Refused, cut off, or aborted by us: all mean the same here, try again.
    return false;
  } finally {
    calm();
    connection.abort();
  }
}

type Reading = {
  readonly options: StreamOptions;
  readonly line: Line;
  readonly signal: AbortSignal;
  readonly watch: (milliseconds: number) => void;
};

async function readBody(body: ReadableStream<Uint8Array>, reading: Reading): Promise<void> {
  const { options, line, signal, watch } = reading;
  let isBroken = false;
  const parser = createEventParser((event) => {
    // By this the server says that it lost its own source: what follows would have gaps.
    if (event.name === 'error') isBroken = true;
    if (isBroken) return;
    line.lastEventId = event.id ?? line.lastEventId;
    options.onEvent(event);
  });
  options.onState('open');
  watch(SILENCE_MS);
  const reader = body.getReader();
  const decoder = new TextDecoder();
  // A body that does not listen to the signal must still let go when the silence is too long.
  const stop = () => void reader.cancel().catch(() => {});
  signal.addEventListener('abort', stop, { once: true });
  for (let piece = await reader.read(); !piece.done && !signal.aborted; piece = await reader.read()) {
    watch(SILENCE_MS);
    parser.push(decoder.decode(piece.value, { stream: true }));
    if (isBroken) return;
    line.attempt = 0;
  }
}
