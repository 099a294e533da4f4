/** The stream that comes back: after drops, after silence, from where it was. */
import { describe, expect, it } from 'vitest';
import { backoffMs } from '../../console/stream/backoff.ts';
import { followStream, type StreamState } from '../../console/stream/follow.ts';
import { createFakeClock, settle } from './fake-clock.ts';

type Opened = {
  readonly lastEventId: string | null;
  readonly push: (text: string) => void;
  readonly drop: () => void;
  readonly signal: AbortSignal;
};

/** A server that answers each attempt as `answers` says, the last one for all that follow. */
function createServer(answers: readonly ('stream' | 'refuse' | 'over' | 'hang' | number)[] = ['stream']) {
  const opened: Opened[] = [];
  let attempts = 0;
  const open = (lastEventId: string | null, signal: AbortSignal): Promise<Response | null> => {
    const answer = answers[Math.min(attempts, answers.length - 1)];
    attempts += 1;
    if (answer === 'over') return Promise.resolve(null);
    if (answer === 'hang') {
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      });
    }
    if (answer === 'refuse') return Promise.reject(new TypeError('refused'));
    if (typeof answer === 'number') return Promise.resolve(new Response('no', { status: answer }));
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        opened.push({
          lastEventId,
          signal,
          push: (text) => controller.enqueue(new TextEncoder().encode(text)),
          drop: () => controller.close(),
        });
      },
    });
    return Promise.resolve(new Response(body));
  };
  return { open, opened, attempts: () => attempts };
}

function follow(server: ReturnType<typeof createServer>, lastEventId: string | null = null) {
  const clock = createFakeClock();
  const heard: string[] = [];
  const states: StreamState[] = [];
  const stream = followStream({
    open: server.open,
    onEvent: (event) => heard.push(`${event.name}:${event.data}`),
    onState: (state) => states.push(state),
    clock,
    random: () => 0,
    lastEventId,
  });
  return { clock, heard, states, stream };
}

describe('followStream', () => {
  it('hands on what comes and asks from where it was told to begin', async () => {
    const server = createServer();
    const { heard, states } = follow(server, '41');
    await settle();
    server.opened[0]?.push('id: 42\nevent: message\ndata: hello\n\n');
    await settle();
    expect(server.opened[0]?.lastEventId).toBe('41');
    expect(heard).toEqual(['message:hello']);
    expect(states).toEqual(['connecting', 'open']);
  });

  it('comes back after a drop with the last id it heard', async () => {
    const server = createServer();
    const { clock, states } = follow(server);
    await settle();
    server.opened[0]?.push('id: 42\ndata: hello\n\ndata: without id\n\n');
    server.opened[0]?.drop();
    await clock.move(1_000);
    expect(server.opened[1]?.lastEventId).toBe('42');
    expect(states).toEqual(['connecting', 'open', 'waiting', 'connecting', 'open']);
  });

  it('waits longer after each failure, and short again after a success', async () => {
    const server = createServer(['refuse', 503, 'refuse', 'stream', 'refuse']);
    const { clock } = follow(server);
    await settle();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const [wait = 0] = clock.waiting();
      waits.push(wait);
      await clock.move(wait);
    }
    expect(waits).toEqual([1_000, 2_000, 4_000]);
    server.opened[0]?.push(': still here\n\n');
    await settle();
    server.opened[0]?.drop();
    await settle();
    expect(clock.waiting()).toEqual([1_000]);
  });

  it('takes a silent stream for dead and opens another', async () => {
    const server = createServer();
    const { clock } = follow(server);
    await settle();
    await clock.move(40_000);
    server.opened[0]?.push(': still here\n\n');
    await clock.move(40_000);
    expect(server.attempts()).toBe(1);
    await clock.move(12_000);
    expect(server.opened[0]?.signal.aborted).toBe(true);
    expect(server.attempts()).toBe(2);
  });

  it('gives up on a server that takes the call and does not answer', async () => {
    const server = createServer(['hang', 'stream']);
    const { clock, states } = follow(server);
    await clock.move(14_999);
    expect(server.attempts()).toBe(1);
    await clock.move(1_001);
    expect(server.attempts()).toBe(2);
    expect(states.at(-1)).toBe('open');
  });

  it('leaves a stream on which the server tells of an error', async () => {
    const server = createServer();
    const { clock, heard } = follow(server);
    await settle();
    server.opened[0]?.push('id: 3\ndata: a\n\nevent: error\ndata: {}\n\nid: 9\ndata: after a gap\n\n');
    await clock.move(1_000);
    expect(heard).toEqual(['message:a']);
    expect(server.opened[1]?.lastEventId).toBe('3');
  });

  it('does not wait when hurried', async () => {
    const server = createServer(['refuse', 'refuse', 'refuse', 'stream']);
    const { clock, stream } = follow(server);
    await clock.move(3_000);
    const before = server.attempts();
    stream.hurry();
    await settle();
    expect(server.attempts()).toBe(before + 1);
  });

  it('stops for good when there is nothing to follow', async () => {
    const server = createServer(['over']);
    const { clock, states } = follow(server);
    await clock.move(120_000);
    expect(server.attempts()).toBe(1);
    expect(states.at(-1)).toBe('closed');
  });

  it('lets go when closed, also in the middle of a wait', async () => {
    const server = createServer(['stream', 'refuse']);
    const { clock, states, stream } = follow(server);
    await settle();
    stream.close();
    await clock.move(120_000);
    expect(server.opened[0]?.signal.aborted).toBe(true);
    expect(server.attempts()).toBe(1);
    expect(states.at(-1)).toBe('closed');
    expect(clock.waiting()).toEqual([]);
  });
});

describe('backoffMs', () => {
  it('doubles up to half a minute', () => {
    const waits = [0, 1, 2, 3, 4, 5, 6, 50].map((attempt) => backoffMs(attempt, () => 0));
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });

  it('takes up to a half off by chance', () => {
    expect(backoffMs(2, () => 1)).toBe(2_000);
  });
});
