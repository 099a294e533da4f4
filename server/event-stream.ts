/** Server-sent events over a Koa context: headers, heartbeats, and an end that always comes. */
import { PassThrough } from 'node:stream';
import type { Context } from 'koa';

const HEARTBEAT_MS = 20_000;

export type EventStream = {
  readonly send: (event: string, data: unknown, id?: number) => void;
  readonly isOpen: () => boolean;
  readonly close: () => void;
};

/** Opens the stream; `onClose` runs once, when the client has gone or the server closes. */
export function openEventStream(context: Context, onClose: () => void): EventStream {
  const stream = new PassThrough();
  context.status = 200;
  context.type = 'text/event-stream';
  context.set('cache-control', 'no-store');
  context.set('x-accel-buffering', 'no');
  context.body = stream;
  const heartbeat = setInterval(() => stream.write(': still here\n\n'), HEARTBEAT_MS);
  stream.write(': open\n\n');
  let isOpen = true;
  stream.once('close', () => {
    isOpen = false;
    clearInterval(heartbeat);
    onClose();
  });
  // A reset connection ends in close as well; without a listener it would end the process.
  stream.on('error', () => undefined);
  return {
    isOpen: () => isOpen,
    close: () => void stream.end(),
    send: (event, data, id) => {
      if (!isOpen) return;
      stream.write(`${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    },
  };
}
