/** The sender: parts in order, each recorded before the next; and what may arrive twice is decided by class. */
import { describe, expect, it, vi } from 'vitest';
import { createSender } from '../../../channels/bridge/outbox.ts';
import type { SendOutcome } from '../../../channels/channel.ts';
import type { Delivery } from '../../../core/delivery.ts';
import { HandoffNeeded, PermanentError, TransientError } from '../../../core/errors.ts';
import type { ThreadId } from '../../../core/ids.ts';
import { MessageClass } from '../../../core/reply.ts';
import type { Claim, OutboxPort } from '../../../memory/outbox.ts';
import {
  deliveryOf,
  type FakeConnection,
  type FakeOutbox,
  fakeConnection,
  fakeLog,
  fakeOutbox,
  newThread,
  owing,
  unknownOutcome,
} from './fakes.ts';

const thread = newThread();

function openSender(outbox: FakeOutbox, connection: FakeConnection | undefined = fakeConnection()) {
  const announced: Delivery[] = [];
  const counted: string[] = [];
  const log = fakeLog();
  const sender = createSender({
    memory: outbox.memory,
    holder: 'test',
    owed: owing(),
    log,
    count: (what) => counted.push(what),
    connectionOf: ({ channel }) => (connection?.channel === channel ? connection : undefined),
    onSent: (delivery) => announced.push(delivery),
  });
  return { ...sender, connection, announced, counted, log };
}

const fails = (error: unknown) => (): Promise<SendOutcome> => Promise.reject(error);
const texts = ({ sent }: FakeConnection): readonly string[] => sent.map(({ text }) => text);
const stateOf = (outbox: FakeOutbox, n = 0) => outbox.rows[n]?.delivery.state;

describe('sendThread', () => {
  it('sends what is due in order, each part recorded before the next one leaves', async () => {
    const outbox = fakeOutbox(deliveryOf('a1|a2'), deliveryOf('b'));
    const connection = fakeConnection();
    const { sendThread, announced } = openSender(outbox, connection);
    connection.outcomes.push(
      () => Promise.resolve({ kind: 'sent', platformId: '501' }),
      () => {
        expect(outbox.rows[0]).toMatchObject({ partsSent: 1, platformIds: ['501'] });
        return Promise.resolve({ kind: 'sent', platformId: null });
      },
    );
    await sendThread(thread);
    expect(texts(connection)).toEqual(['a1', 'a2', 'b']);
    expect(outbox.calls).toEqual(['recordPart 0', 'markSent 1', 'markSent 0']);
    expect(announced.map(({ id, state }) => [id, state])).toEqual(
      outbox.rows.map(({ delivery }) => [delivery.id, 'sent']),
    );
  });

  it('keeps what the channel could not show', async () => {
    const outbox = fakeOutbox(deliveryOf('a'));
    const loss = { block: 'card', what: 'card', became: 'text' } as const;
    const connection = { ...fakeConnection(), render: () => ({ parts: [{ text: 'a', payload: {} }], losses: [loss] }) };
    await openSender(outbox, connection).sendThread(thread);
    expect(outbox.rows[0]?.delivery).toMatchObject({ state: 'sent', losses: [loss] });
  });

  it('goes on with the second part when the first one left before', async () => {
    const outbox = fakeOutbox(deliveryOf('a1|a2|a3'));
    const connection = fakeConnection();
    const { sendThread } = openSender(outbox, connection);
    connection.outcomes.push(
      () => Promise.resolve({ kind: 'sent', platformId: '501' }),
      fails(new TransientError('channel_unavailable', 'The channel is away.')),
    );
    await sendThread(thread);
    expect(outbox.calls).toEqual(['recordPart 0', 'putBack channel_unavailable 2000']);
    outbox.elapse();
    await sendThread(thread);
    expect(texts(connection)).toEqual(['a1', 'a2', 'a3']);
    expect(stateOf(outbox)).toBe('sent');
  });

  it('fails a delivery whose connection is gone, and goes on', async () => {
    const outbox = fakeOutbox(deliveryOf('a', { channel: 'facebook' }), deliveryOf('b'));
    const { sendThread, connection } = openSender(outbox);
    await sendThread(thread);
    expect(outbox.calls[0]).toBe('markFailed connection_missing');
    expect(texts(connection)).toEqual(['b']);
  });
});

describe('a refusal', () => {
  it('that says when to come back is heeded to the millisecond, and nothing else of the thread is sent', async () => {
    const outbox = fakeOutbox(deliveryOf('a'), deliveryOf('b'));
    const connection = fakeConnection();
    const { sendThread } = openSender(outbox, connection);
    connection.outcomes.push(fails(new TransientError('channel_rate_limited', 'Too many.', { afterMs: 17_000 })));
    await sendThread(thread);
    expect(outbox.calls).toEqual(['close telegram/main 17000', 'putBack channel_rate_limited 17000']);
    await sendThread(thread);
    expect(texts(connection)).toEqual([]);
    outbox.elapse();
    await sendThread(thread);
    expect(texts(connection)).toEqual(['a', 'b']);
  });

  it('to take more for now is never counted against the delivery', async () => {
    const outbox = fakeOutbox(deliveryOf('a', { attempts: 30 }));
    const connection = fakeConnection();
    connection.outcomes.push(fails(new TransientError('channel_rate_limited', 'Too many.', { afterMs: 1_000 })));
    await openSender(outbox, connection).sendThread(thread);
    expect(stateOf(outbox)).toBe('queued');
  });

  it.each([
    [0, 'putBack channel_unavailable 2000'],
    [1, 'putBack channel_unavailable 4000'],
    [6, 'putBack channel_unavailable 128000'],
    [7, 'markFailed channel_unavailable'],
  ])('of the channel after %i tries: %s', async (attempts, call) => {
    const outbox = fakeOutbox(deliveryOf('a', { attempts }));
    const connection = fakeConnection();
    connection.outcomes.push(fails(new TransientError('channel_unavailable', 'The channel is away.')));
    await openSender(outbox, connection).sendThread(thread);
    expect(outbox.calls).toEqual([call]);
  });

  it.each([
    new PermanentError('recipient_gone', 'The person blocked us.'),
    new HandoffNeeded('window_closed', 'The window to answer is over.'),
  ])('for good ($code) fails this delivery at once and lets the thread go on', async (error) => {
    const outbox = fakeOutbox(deliveryOf('a', {}, 'crisis'), deliveryOf('b'));
    const connection = fakeConnection();
    connection.outcomes.push(fails(error));
    await openSender(outbox, connection).sendThread(thread);
    expect(outbox.calls[0]).toBe(`markFailed ${error.code}`);
    expect(texts(connection)).toEqual(['b']);
  });

  it('by our own rendering sends nothing and fails', async () => {
    const outbox = fakeOutbox(deliveryOf('a', {}, 'crisis'), deliveryOf('b'));
    const connection = fakeConnection();
    let renders = 0;
    const broken: FakeConnection = {
      ...connection,
      render: (reply) => {
        renders += 1;
        if (renders === 1) throw new TypeError('blocks is not iterable');
        return connection.render(reply);
      },
    };
    const { log } = await sendAll(outbox, broken);
    expect(outbox.calls[0]).toBe('markFailed invalid_content');
    expect(texts(connection)).toEqual(['b']);
    expect(log.warnings).toHaveLength(1);
  });
});

async function sendAll(outbox: FakeOutbox, connection: FakeConnection) {
  const sender = openSender(outbox, connection);
  await sender.sendThread(thread);
  return sender;
}

/** Lost between leaving and recording: what may be sent again. */
const maySendAgain: Readonly<Record<MessageClass, boolean>> = {
  crisis: true,
  hand_over: true,
  answer: false,
  courtesy: false,
  sales: false,
};
const everyClass = MessageClass.options.flatMap((name) => [true, false].map((keyed) => ({ name, keyed })));

describe('an unknown outcome', () => {
  it.each(everyClass)(
    'of class $name on a channel that drops a second one by its key: $keyed',
    async ({ name, keyed }) => {
      for (const outcome of [unknownOutcome, fails(new TypeError('fetch failed'))]) {
        const outbox = fakeOutbox(deliveryOf('a', {}, name), deliveryOf('b'));
        const connection = fakeConnection({ keyedSend: keyed });
        connection.outcomes.push(outcome);
        const { sendThread } = await sendAll(outbox, connection);
        const again = keyed || maySendAgain[name];
        expect(outbox.calls[0]).toBe(again ? 'markUnknown resend' : 'markUnknown end');
        expect(stateOf(outbox)).toBe(again ? 'queued' : 'unknown');
        expect(stateOf(outbox, 1)).toBe(again ? 'queued' : 'sent');
        await sendThread(thread);
        expect(outbox.rows.map(({ delivery }) => delivery.state)).toEqual([again ? 'sent' : 'unknown', 'sent']);
      }
    },
  );

  it('is not resent for ever', async () => {
    const outbox = fakeOutbox(deliveryOf('a', { attempts: 7 }, 'crisis'));
    const connection = fakeConnection({ keyedSend: true });
    connection.outcomes.push(unknownOutcome);
    await sendAll(outbox, connection);
    expect(stateOf(outbox)).toBe('unknown');
  });

  it('of a later part is about that part only', async () => {
    const outbox = fakeOutbox(deliveryOf('a1|a2', {}, 'hand_over'));
    const connection = fakeConnection();
    connection.outcomes.push(() => Promise.resolve({ kind: 'sent', platformId: '1' }), unknownOutcome);
    const { sendThread } = await sendAll(outbox, connection);
    await sendThread(thread);
    expect(texts(connection)).toEqual(['a1', 'a2', 'a2']);
  });
});

describe('a pace', () => {
  const rate = { perSecond: 30, perThread: 1 };

  it('puts the delivery back when its slot is far away, and counts no try', async () => {
    const outbox = fakeOutbox(deliveryOf('a'), deliveryOf('b'));
    outbox.pace.answers.push(null);
    const { connection } = await sendAll(outbox, fakeConnection({ rate }));
    expect(outbox.calls).toEqual(['putBack channel_pace 2000']);
    expect(connection?.sent).toEqual([]);
  });

  it('holds back a call whose connection was closed while it waited for its slot', async () => {
    const outbox = fakeOutbox(deliveryOf('a'));
    outbox.pace.answers.push(5);
    outbox.pace.isOpen = false;
    const { connection } = await sendAll(outbox, fakeConnection({ rate }));
    expect(connection?.sent).toEqual([]);
    expect(stateOf(outbox)).toBe('queued');
  });

  it('is asked before every part, and goes on with the part that waited', async () => {
    const outbox = fakeOutbox(deliveryOf('a1|a2'));
    outbox.pace.answers.push(0, null);
    const { sendThread, connection } = await sendAll(outbox, fakeConnection({ rate }));
    expect(texts(connection as FakeConnection)).toEqual(['a1']);
    outbox.elapse();
    await sendThread(thread);
    expect(texts(connection as FakeConnection)).toEqual(['a1', 'a2']);
  });

  it('is asked of nobody on a channel without one', async () => {
    const outbox = fakeOutbox(deliveryOf('a'));
    outbox.pace.answers.push(null);
    const { connection } = await sendAll(outbox, fakeConnection());
    expect(connection?.sent).toHaveLength(1);
  });
});

/** Threads of two channels, each with one delivery. */
function manyThreads(slow: number) {
  const queue = new Map<ThreadId, Delivery>();
  for (let n = 0; n < slow; n += 1) {
    const delivery = deliveryOf(`slow ${n}`, { channel: 'facebook' });
    queue.set(delivery.thread, delivery);
  }
  const quick = deliveryOf('quick', { channel: 'web' });
  queue.set(quick.thread, quick);
  const claimed: string[] = [];
  const outbox = {
    ...fakeOutbox().memory.outbox,
    claim: (asked: ThreadId, { holder }: { holder: string }) => {
      const delivery = queue.get(asked);
      queue.delete(asked);
      if (!delivery) return Promise.resolve(null);
      claimed.push(delivery.thread);
      return Promise.resolve({ delivery, partsSent: 0, holder, tries: 1 });
    },
    putBack: ({ delivery }: Claim) => {
      queue.set(delivery.thread, delivery);
      return Promise.resolve(true);
    },
    leave: () => Promise.resolve('go'),
    recordPart: () => Promise.resolve(true),
    markSent: () => Promise.resolve({ hasMore: false }),
  } as unknown as OutboxPort;
  return { threads: [...queue.keys()], quick: quick.thread, outbox, claimed, left: () => queue.size };
}

describe('a channel that hangs', () => {
  function openHanging(slow: number) {
    const world = manyThreads(slow);
    const hanging: (() => void)[] = [];
    const sent: string[] = [];
    const facebook: FakeConnection = {
      ...fakeConnection({ channel: 'facebook' }),
      send: ({ text }) =>
        new Promise((resolve) => {
          hanging.push(() => {
            sent.push(text);
            resolve({ kind: 'sent', platformId: null });
          });
        }),
    };
    const web = fakeConnection({ channel: 'web' });
    const sender = createSender({
      memory: { ...fakeOutbox().memory, outbox: world.outbox },
      holder: 'test',
      owed: owing(),
      log: fakeLog(),
      count: () => undefined,
      perConnection: 3,
      connectionOf: ({ channel }) => (channel === 'web' ? web : facebook),
      onSent: () => undefined,
    });
    return { ...world, sender, hanging, sent, web };
  }

  it('has only its own slots; its other threads take no place and go on when one is free', async () => {
    const { sender, threads, quick, hanging, sent, web, left } = openHanging(8);
    const runs = threads.filter((one) => one !== quick).map((one) => sender.sendThread(one));
    // All but three come back at once, although nothing was sent yet.
    await vi.waitFor(async () => expect(await settled(runs)).toBe(5));
    expect(hanging).toHaveLength(3);
    await sender.sendThread(quick);
    expect(web.sent).toHaveLength(1);
    while (left() > 0 || sent.length < 8) {
      hanging.shift()?.();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(new Set(sent).size).toBe(8);
  });

  it('is not asked for its threads again and again while it is busy', async () => {
    const { sender, threads, quick, claimed } = openHanging(8);
    const slow = threads.filter((one) => one !== quick);
    for (const one of slow) void sender.sendThread(one);
    await vi.waitFor(() => expect(claimed).toHaveLength(8));
    for (const one of slow) await Promise.race([sender.sendThread(one), Promise.resolve()]);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(claimed).toHaveLength(8);
  });

  it('and a stop: what is on its way ends, nothing new leaves', async () => {
    const { sender, threads, quick, hanging, sent } = openHanging(8);
    for (const one of threads.filter((one) => one !== quick)) void sender.sendThread(one);
    await vi.waitFor(() => expect(hanging).toHaveLength(3));
    const stopping = sender.stop();
    for (const end of hanging) end();
    await stopping;
    expect(sent).toHaveLength(3);
    expect(hanging).toHaveLength(3);
  });
});

async function settled(runs: readonly Promise<void>[]): Promise<number> {
  const open = Symbol('open');
  const states = await Promise.all(runs.map((run) => Promise.race([run, Promise.resolve(open)])));
  return states.filter((state) => state !== open).length;
}

describe('a stop', () => {
  it('between two parts keeps the second for whoever comes next', async () => {
    const outbox = fakeOutbox(deliveryOf('a1|a2'));
    const connection = fakeConnection();
    const { sendThread, stop } = openSender(outbox, connection);
    connection.outcomes.push(() => {
      void stop();
      return Promise.resolve({ kind: 'sent', platformId: '1' });
    });
    await sendThread(thread);
    expect(outbox.calls).toEqual(['recordPart 0', 'putBack sender_stopped 0']);
    expect(outbox.rows[0]).toMatchObject({ partsSent: 1, delivery: { state: 'queued' } });
  });
});

describe('what is counted', () => {
  it('is every wait a channel asked for, every unknown outcome and every end', async () => {
    const outbox = fakeOutbox(deliveryOf('a'), deliveryOf('b'), deliveryOf('c'));
    const connection = fakeConnection();
    connection.outcomes.push(unknownOutcome, fails(new PermanentError('recipient_gone', 'gone')));
    expect((await sendAll(outbox, connection)).counted).toEqual([
      'unknown_sends',
      'deliveries',
      'deliveries',
      'deliveries',
    ]);
    const limited = fakeOutbox(deliveryOf('a'));
    connection.outcomes.push(fails(new TransientError('channel_rate_limited', 'wait')));
    expect((await sendAll(limited, connection)).counted).toEqual(['rate_limited']);
  });
});

describe('a store that goes away', () => {
  const away = (): Promise<never> => Promise.reject(new TransientError('store_down', 'away'));
  const untilQueued = (outbox: FakeOutbox) =>
    vi.waitFor(() => expect(stateOf(outbox)).toBe('queued'), { timeout: 4_000 });

  it('between two parts is told later what left, and the next try goes on from there', { timeout: 6_000 }, async () => {
    const outbox = fakeOutbox(deliveryOf('a1|a2'));
    outbox.records.push(away);
    const { connection, sendThread } = await sendAll(outbox, fakeConnection());
    expect(texts(connection)).toEqual(['a1']);
    expect(stateOf(outbox)).toBe('claimed');
    await untilQueued(outbox);
    // Also when the store was back before the wait was told.
    expect(outbox.calls).toEqual(['recordPart 0', 'recordPart 0', 'putBack store_down 0']);
    await sendThread(thread);
    expect(texts(connection)).toEqual(['a1', 'a2']);
    expect(stateOf(outbox)).toBe('sent');
  });

  it('before anything leaves holds the delivery no longer than it is away', { timeout: 6_000 }, async () => {
    const outbox = fakeOutbox(deliveryOf('a'));
    const { leave } = outbox.memory.outbox;
    outbox.memory.outbox.leave = away;
    const { connection, sendThread } = await sendAll(outbox, fakeConnection());
    expect(texts(connection)).toEqual([]);
    outbox.memory.outbox.leave = leave;
    await untilQueued(outbox);
    await sendThread(thread);
    expect(texts(connection)).toEqual(['a']);
  });

  it('after the last part is told later that all of it left', { timeout: 6_000 }, async () => {
    const outbox = fakeOutbox(deliveryOf('a'));
    const { markSent } = outbox.memory.outbox;
    outbox.memory.outbox.markSent = away;
    const { announced } = await sendAll(outbox, fakeConnection());
    expect(announced).toHaveLength(1);
    expect(stateOf(outbox)).toBe('claimed');
    outbox.memory.outbox.markSent = markSent;
    await vi.waitFor(() => expect(stateOf(outbox)).toBe('sent'), { timeout: 4_000 });
  });
});

describe('a claim that was lost', () => {
  it('ends the sending: no further part, no mark', async () => {
    const outbox = fakeOutbox(deliveryOf('a1|a2'), deliveryOf('b'));
    outbox.records.push(() => Promise.resolve(false));
    const { connection } = await sendAll(outbox, fakeConnection());
    expect(texts(connection)).toEqual(['a1']);
    expect(outbox.calls).toEqual(['recordPart 0']);
  });

  it('because an operator took the thread ends with nothing sent, and the next delivery goes its way', async () => {
    const outbox = fakeOutbox(deliveryOf('a1|a2'));
    outbox.isTakenOver.value = true;
    const { connection } = await sendAll(outbox, fakeConnection());
    expect(texts(connection)).toEqual([]);
    expect(stateOf(outbox)).toBe('suppressed');
  });

  it('in the middle of an answer by an operator’s takeover keeps the rest of it back', async () => {
    const outbox = fakeOutbox(deliveryOf('a1|a2|a3'));
    outbox.records.push(() => {
      outbox.isTakenOver.value = true;
      return Promise.resolve(true);
    });
    const { connection } = await sendAll(outbox, fakeConnection());
    expect(texts(connection)).toEqual(['a1']);
    expect(stateOf(outbox)).toBe('suppressed');
  });

  it.each(everyClass)('by a sender that died before anything left goes again, class $name', async ({ name, keyed }) => {
    const outbox = fakeOutbox(deliveryOf('a', { state: 'claimed', attempts: 1 }, name));
    const sender = openSender(outbox, fakeConnection({ keyedSend: keyed }));
    expect(await sender.settleLostClaims()).toBe(1);
    expect(outbox.calls).toEqual(['putBack sender_died 0']);
  });

  it('by one sender after the other is given up where operators see it', async () => {
    const outbox = fakeOutbox(deliveryOf('a', { state: 'claimed', attempts: 8 }));
    await openSender(outbox, fakeConnection()).settleLostClaims();
    expect(outbox.calls).toEqual(['markFailed sender_died']);
  });

  it.each(everyClass)('by a dead sender, class $name, keyed $keyed, is settled by class', async ({ name, keyed }) => {
    const outbox = fakeOutbox(deliveryOf('a', { state: 'claimed', attempts: 1 }, name));
    for (const row of outbox.rows) row.isLeaving = true;
    const connection = fakeConnection({ keyedSend: keyed });
    expect(await openSender(outbox, connection).settleLostClaims()).toBe(1);
    expect(stateOf(outbox)).toBe(keyed || maySendAgain[name] ? 'queued' : 'unknown');
    expect(connection.sent).toEqual([]);
  });
});
