/** The terminal as a chat window: what is typed is said, what is answered is shown, a number presses its option. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ChatLine, openChat } from '../../cli/chat-client.ts';
import { like, START_TIMEOUT_MS, startTestApp, type TestApp, until, wordsOf } from '../server/support.ts';

const MAIN = join(import.meta.dirname, '../../cli/main.ts');

let test: TestApp;

beforeAll(async () => {
  test = await startTestApp();
}, START_TIMEOUT_MS);

afterAll(() => test.stop());

/** Runs `throughline chat` with these lines as a pipe gives them. */
async function chat(lines: readonly string[], ...options: readonly string[]) {
  const child = spawn(process.execPath, [MAIN, 'chat', ...options], {
    env: { PATH: process.env['PATH'] ?? '', DATA_DIR: join(test.folder, 'other'), LOG_LEVEL: 'silent' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (bytes: Buffer) => {
    output.stdout += bytes.toString();
  });
  child.stderr.on('data', (bytes: Buffer) => {
    output.stderr += bytes.toString();
  });
  child.stdin.end(`${lines.join('\n')}\n`);
  const [code] = (await once(child, 'close')) as [number];
  const said = output.stdout
    .split('school> ')
    .slice(1)
    .map((part) => part.replaceAll('you> ', '').trim());
  return { ...output, code, said };
}

describe('throughline chat', { timeout: START_TIMEOUT_MS }, () => {
  it('answers each line of a pipe, and ends when all have had their answer', async () => {
    const { stdout, stderr, code, said } = await chat(
      ['hi', 'how long is the breathwork course?', 'goodbye'],
      '--url',
      test.address,
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/welcome to Tidewell School/);
    expect(said).toHaveLength(3);
    expect(said[1]).toMatch(/8 weeks|eight weeks/i);
    expect(said[2]).toMatch(/^Goodbye/);
  });

  it('numbers the options, and a number presses its option', async () => {
    const { said } = await chat(['asdf', '5', 'goodbye'], '--url', `${test.address}/`);
    expect(said[0]).toMatch(/\[1\] .+\n.*\[2\] /);
    expect(said[0]).toMatch(/\[5\] Talk to a person/);
    expect(said[1]).toMatch(/^A person of the team/);
  });

  it('speaks the language it was told', async () => {
    const { stdout } = await chat([''], '--url', test.address, '--locale', 'de');
    expect(stdout).toMatch(/willkommen bei Tidewell School/);
  });

  it('says in one line that nobody is there', async () => {
    const { code, stderr, stdout } = await chat(['hi'], '--url', 'http://127.0.0.1:1');
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr.trim().split('\n')).toEqual([
      'throughline: Nobody answers at http://127.0.0.1:1/chat/start. Start the server, or check --url.',
    ]);
  });
});

describe('the client', () => {
  let server: Server | null = null;

  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
    server = null;
  });

  it('shows an operator as what they are, and nothing twice', async () => {
    const client = await openChat(test.address, {});
    const heard: ChatLine[] = [];
    const listening = client.listen((line) => heard.push(line));
    await client.send('hi');
    await client.settle();
    const [thread] = await test.app.platform.memory.operators.threads(1);
    await test.console('POST', `/api/threads/${thread?.id}/messages`, {
      id: '01996d2e-8a4b-4c3d-9e5f-000000000001',
      text: 'This is Tom.',
    });
    await until('operator', () => heard[1]);
    expect(heard.map(({ from }) => from)).toEqual(['agent', 'operator']);
    client.close();
    await listening;
  });

  it('reads letters that arrive in two pieces', async () => {
    const line = { id: '1', from: 'agent', blocks: [{ kind: 'text', text: 'Schöne Grüße 🙂' }] };
    const bytes = Buffer.from(`id: 1\nevent: message\ndata: ${JSON.stringify(line)}\n\n`);
    const stream = createServer((request, response) => {
      if (request.url === '/chat/start') return response.end(JSON.stringify({ token: 't', greeting: 'g' }));
      if (request.url === '/chat/history') return response.end(JSON.stringify({ entries: [], lastSequence: 0 }));
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const half = bytes.indexOf('ö') + 1;
      response.write(bytes.subarray(0, half));
      // The second half goes when the first has arrived; then they are two pieces for the reader, too.
      response.socket?.setNoDelay(true);
      setTimeout(() => response.write(bytes.subarray(half)), 50);
      return response;
    });
    server = stream;
    await new Promise<void>((resolve) => stream.listen(0, resolve));
    const client = await openChat(`http://localhost:${(stream.address() as AddressInfo).port}`, {});
    const heard: ChatLine[] = [];
    const listening = client.listen((one) => heard.push(one));
    expect(wordsOf(await until('line', () => heard[0]))).toBe('Schöne Grüße 🙂');
    client.close();
    await listening;
  });

  it('comes back after the stream broke off, and asks for what it missed', async () => {
    const asked: (string | string[] | undefined)[] = [];
    const breaking = createServer((request, response) => {
      if (request.url === '/chat/start') return response.end(JSON.stringify({ token: 't', greeting: 'g' }));
      if (request.url === '/chat/history') return response.end(JSON.stringify({ entries: [], lastSequence: 7 }));
      asked.push(request.headers['last-event-id']);
      const id = 7 + asked.length;
      const line = { id: String(id), from: 'agent', blocks: [{ kind: 'text', text: `line ${id}` }] };
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      return response.write(`id: ${id}\nevent: message\ndata: ${JSON.stringify(line)}\n\n`, () => response.destroy());
    });
    server = breaking;
    await new Promise<void>((resolve) => breaking.listen(0, resolve));
    const client = await openChat(`http://localhost:${(breaking.address() as AddressInfo).port}`, {});
    const heard: ChatLine[] = [];
    const listening = client.listen((one) => heard.push(one));
    await until('second line', () => heard[1]);
    expect(heard.map(wordsOf)).toEqual(['line 8', 'line 9']);
    expect(asked).toEqual(['7', '8']);
    client.close();
    await listening;
  });

  it('says what the server said when it refuses', async () => {
    const refusing = createServer((_request, response) =>
      response.writeHead(503).end('{"error":{"code":"store_down"}}'),
    );
    server = refusing;
    await new Promise<void>((resolve) => refusing.listen(0, resolve));
    const address = `http://localhost:${(refusing.address() as AddressInfo).port}`;
    await expect(openChat(address, {})).rejects.toMatchObject({
      code: 'channel_unavailable',
      message: like(/503.*store_down/),
    });
  });
});
