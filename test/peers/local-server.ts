/** A small HTTP server on loopback for the fakes: whole request in, one answer out, or a fault. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type PeerRequest = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Fires when the client goes away. */
  readonly closed: AbortSignal;
};

export type PeerAnswer = {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
};

/** `hang` never answers; `drop` closes the connection without a byte. */
export type PeerOutcome = PeerAnswer | 'hang' | 'drop';

export type LocalServer = { readonly root: string; readonly stop: () => Promise<void> };

export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): PeerAnswer {
  return { status, body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } };
}

/** Serves until stopped; stopping closes open connections too. */
export async function startLocalServer(answer: (request: PeerRequest) => Promise<PeerOutcome>): Promise<LocalServer> {
  const server = createServer((request, response) => {
    serve(request, response, answer).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    root: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  answer: (request: PeerRequest) => Promise<PeerOutcome>,
): Promise<void> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const url = new URL(request.url ?? '/', 'http://peer');
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  const outcome = await answer({
    method: request.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    body: Buffer.concat(pieces).toString(),
    closed: gone.signal,
  });
  if (outcome === 'hang') return;
  if (outcome === 'drop') {
    request.socket.destroy();
    return;
  }
  response.writeHead(outcome.status, outcome.headers).end(outcome.body);
}
