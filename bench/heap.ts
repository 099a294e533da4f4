/** What a process still holds after its garbage is collected, asked of its inspector. */
import { createServer } from 'node:net';

export type Inspected = {
  /** For NODE_OPTIONS of the process. */
  readonly option: string;
  /** Bytes in use after a collection, of the heap and of buffers. */
  readonly heldBytes: () => Promise<number>;
};

export async function inspectable(): Promise<Inspected> {
  const port = await freePort();
  return { option: `--inspect=127.0.0.1:${port}`, heldBytes: () => heldBytes(port) };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

async function heldBytes(port: number): Promise<number> {
  const targets = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as readonly {
    readonly webSocketDebuggerUrl: string;
  }[];
  const socket = new WebSocket(targets[0]?.webSocketDebuggerUrl ?? '');
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new RangeError(`No inspector answers on port ${port}.`));
  });
  // What the first collection finalises, the second frees.
  for (let n = 0; n < 2; n += 1) await call(socket, 'HeapProfiler.collectGarbage');
  const usage = await call(socket, 'Runtime.getHeapUsage');
  socket.close();
  return Number(usage['usedSize']) + Number(usage['backingStorageSize'] ?? 0);
}

let lastId = 0;

function call(socket: WebSocket, method: string): Promise<Readonly<Record<string, unknown>>> {
  lastId += 1;
  const id = lastId;
  return new Promise((resolve) => {
    const hear = ({ data }: MessageEvent<string>): void => {
      const answer = JSON.parse(data) as { readonly id?: number; readonly result?: Record<string, unknown> };
      if (answer.id !== id) return;
      socket.removeEventListener('message', hear);
      resolve(answer.result ?? {});
    };
    socket.addEventListener('message', hear);
    socket.send(JSON.stringify({ id, method }));
  });
}
