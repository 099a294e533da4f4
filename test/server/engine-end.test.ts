/** The embedded engine dies under a running server: the process says so and ends, because whoever runs it can start another. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { endServers, startServer } from './process.ts';
import { START_TIMEOUT_MS } from './support.ts';

const PRELOAD = pathToFileURL(join(import.meta.dirname, 'preload-engine-end.ts')).href;
const folder = mkdtempSync(join(tmpdir(), 'throughline-engine-'));

afterAll(async () => {
  await endServers();
  rmSync(folder, { recursive: true, force: true });
});

it('a server whose engine died ends with one line and code 1, and the next one goes on', {
  timeout: 2 * START_TIMEOUT_MS,
}, async () => {
  const variables = { DATA_DIR: join(folder, 'data') };
  const server = startServer({ ...variables, NODE_OPTIONS: `--import ${PRELOAD}` });
  await server.address();
  expect(await server.kill('SIGUSR2')).toEqual({ code: 1, signal: null });
  expect(server.output.stderr.trim()).toMatch(/^Throughline has ended: The embedded database has ended[^\n]*$/);
  const next = startServer(variables);
  const answer = await fetch(`${await next.address()}/readyz`);
  expect(answer.status).toBe(200);
  expect(await next.kill('SIGTERM')).toEqual({ code: 0, signal: null });
});
