/** The bridge over the embedded store and the real queue: every message ends in one turn, every delivery leaves once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bridge, createBridge } from '../../../channels/bridge/bridge.ts';
import type { TurnMaker, TurnOptions } from '../../../channels/bridge/bursts.ts';
import { createLaneRunner } from '../../../channels/bridge/lanes.ts';
import type { WakeQueue } from '../../../channels/bridge/queue.ts';
import { PermanentError, TransientError } from '../../../core/errors.ts';
import { eventText, type InboundEvent } from '../../../core/event.ts';
import type { PersonId, ThreadId } from '../../../core/ids.ts';
import type { MessageClass } from '../../../core/reply.ts';
import type { Burst } from '../../../memory/inbox.ts';
import type { Store } from '../../../memory/postgres/index.ts';
import type { TurnCommit } from '../../../memory/turns.ts';
import { commitOf, failsWith, replyOf, rows, turnOf } from '../../memory/support.ts';
import { messageFrom, newVisitor, OPEN_TIMEOUT_MS, openTestStore } from '../../support/store.ts';
import { type FakeConnection, fakeConnection, fakeLog, owing, queueOver, unknownOutcome, wideRoom } from './fakes.ts';

const CRISIS = 'I do not want to live any more';

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
}, OPEN_TIMEOUT_MS);
afterAll(() => store.memory.close());

const textOf = ({ events }: Burst): string => events.map(({ event }) => eventText(event)).join('+');

/** A turn that repeats what was said. */
function echo(burst: Burst, changes: Partial<TurnCommit> & { readonly messageClass?: MessageClass } = {}): TurnCommit {
  const { messageClass, ...commit } = changes;
  const reply = replyOf(`echo ${textOf(burst)}`, messageClass);
  return commitOf(burst, { deliveries: [{ reply, replyTo: null }], ...commit });
}

function apologise(burst: Burst): Promise<TurnCommit> {
  const turn = turnOf(burst, { status: 'error', error: { code: 'unexpected', message: 'broke' } });
  const alerts = [{ kind: 'parked' as const, summary: 'A message is parked.' }];
  const deliveries = [{ reply: replyOf('Sorry.'), replyTo: null }];
  return Promise.resolve(commitOf(burst, { turn, alerts, deliveries, yieldToNewer: false }));
}

/** A queue that takes nothing. */
function refusingQueue(): WakeQueue {
  const refuse = (): Promise<void> => Promise.reject(new TransientError('store_down', 'The queue is down.'));
  const done = (): Promise<void> => Promise.resolve();
  return {
    wakeLane: refuse,
    wakeThread: refuse,
    rouseLane: refuse,
    rouseThread: refuse,
    start: () => undefined,
    pause: done,
    isTraced: false,
    queues: [],
    isUp: () => false,
    close: done,
  };
}

type Opening = {
  readonly make?: TurnMaker['make'];
  readonly queue?: WakeQueue;
  readonly connections?: readonly FakeConnection[];
};

async function openBridge({ make, queue, connections = [fakeConnection({ channel: 'web' })] }: Opening = {}) {
  const log = fakeLog();
  const bridge = createBridge({
    memory: store.memory,
    queue: queue ?? (await queueOver(store.pool)),
    turns: { make: make ?? ((burst) => Promise.resolve(echo(burst))), apologise },
    connections,
    isCrisis: (text) => text.includes(CRISIS),
    holder: uuidv7(),
    log,
  });
  return { bridge, log, connections };
}

const CONCURRENCY = { lanes: 12, threads: 6 };

async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 25_000;
  while (!(await isTrue())) {
    if (performance.now() > end) throw new Error('it did not come to pass in 25 s');
    await sleep(20);
  }
}

/** What became of a visitor's messages and of the words for them, oldest first. */
async function storyOf(
  visitor: string,
): Promise<{ readonly events: readonly string[]; readonly deliveries: readonly string[] }> {
  const events = await rows<{ line: string }>(
    store,
    `select (event->>'text') || ' ' || state as line from inbox where event->'sender'->>'externalId' = $1 order by arrival`,
    [visitor],
  );
  const deliveries = await rows<{ line: string }>(
    store,
    `select (reply->'blocks'->0->>'text') || ' ' || state as line from deliveries d join handles h on h.id = d.handle_id
     where h.external_id = $1 order by d.sequence`,
    [visitor],
  );
  return { events: events.map(({ line }) => line), deliveries: deliveries.map(({ line }) => line) };
}

async function isSettled(visitor: string): Promise<boolean> {
  const { events, deliveries } = await storyOf(visitor);
  const open = [...events, ...deliveries].filter((line) => /(pending|queued|claimed)$/.test(line));
  return events.length > 0 && open.length === 0;
}

/** Lets every wait of a visitor run out, as the database sees it. */
async function elapse(visitor: string): Promise<void> {
  const own = '(select id from handles where external_id = $1)';
  await rows(store, `update inbox set quiet_until = now(), cap_until = now() where handle_id in ${own}`, [visitor]);
  await rows(store, `update deliveries set due_at = now() where handle_id in ${own}`, [visitor]);
  await rows(store, 'update send_paces set closed_until = now()', []);
}

const sentTo = ({ sent }: FakeConnection, visitor: string): readonly string[] =>
  sent.filter(({ address }) => address === visitor).map(({ text }) => text);

describe('200 messages of 20 people, half of them delivered twice, over two processes', () => {
  const people = Array.from({ length: 20 }, () => newVisitor());
  const connection = fakeConnection({ channel: 'web', quietMs: 25 });
  const turnsAtWork = new Map<PersonId, number>();
  const overlaps: string[] = [];
  const bridges: Bridge[] = [];

  /** Answers after a moment, gives way when told, and notices a second turn in its lane. */
  async function make(burst: Burst, { signal, yieldToNewer }: TurnOptions): Promise<TurnCommit> {
    const others = turnsAtWork.get(burst.lane) ?? 0;
    if (others > 0) overlaps.push(burst.lane);
    turnsAtWork.set(burst.lane, others + 1);
    try {
      await sleep(10, undefined, { signal });
      return echo(burst, { yieldToNewer });
    } finally {
      turnsAtWork.set(burst.lane, (turnsAtWork.get(burst.lane) ?? 1) - 1);
    }
  }

  /** Ten messages each; every third on a second thread. */
  function messages(): InboundEvent[] {
    return Array.from({ length: 10 }, (_, n) =>
      people.map((person) =>
        messageFrom(person, `${n}`, {
          externalId: `${person}:${n}`,
          thread: { key: n % 3 === 2 ? `${person}/2` : person, clearance: 'private' },
        }),
      ),
    ).flat();
  }

  beforeAll(async () => {
    for (let n = 0; n < 2; n += 1) {
      const { bridge } = await openBridge({ make, connections: [connection] });
      bridge.start(CONCURRENCY);
      bridges.push(bridge);
    }
    const accepting: Promise<unknown>[] = [];
    for (const [n, event] of messages().entries()) {
      const [first, second] = n % 3 === 0 ? bridges : bridges.toReversed();
      accepting.push(first?.accept(connection, [event], '{}') ?? Promise.resolve());
      if (n % 2 === 0) accepting.push(second?.accept(connection, [event, event], '{}') ?? Promise.resolve());
      if (n % 20 === 19) await Promise.all(accepting.splice(0));
    }
    await Promise.all(accepting);
    await until(async () => {
      for (const person of people) if (!(await isSettled(person))) return false;
      return true;
    });
    await Promise.all(bridges.map((bridge) => bridge.stop()));
  }, OPEN_TIMEOUT_MS);

  it('end in exactly one turn each', async () => {
    const found = await rows<{ external_id: string; turns: number; state: string }>(
      store,
      `select i.external_id, i.state, (select count(*)::int from turns t, jsonb_array_elements(t.record->'events') e
         where e->>'id' = i.id::text) as turns
       from inbox i join handles h on h.id = i.handle_id where h.external_id = any($1)`,
      [people],
    );
    expect(found).toHaveLength(200);
    expect(found.filter(({ turns, state }) => turns !== 1 || state !== 'done')).toEqual([]);
  });

  it('are answered in the order in which they came, thread by thread, turn after turn', async () => {
    expect(overlaps).toEqual([]);
    for (const person of people) {
      for (const key of [person, `${person}/2`]) {
        const came = await rows<{ text: string }>(
          store,
          `select event->>'text' as text from inbox where thread_id = (select id from threads where key = $1) order by arrival`,
          [key],
        );
        const thread = await store.memory.threads.find({ channel: 'web', connection: 'main', key });
        const answered = await store.memory.outbox.list(thread?.id as ThreadId, { after: -1, limit: 100 });
        const texts = answered.map(({ reply }) =>
          reply.blocks.map((block) => ('text' in block ? block.text : '')).join(),
        );
        expect(texts.map((text) => text.replace('echo ', '')).join('+')).toBe(came.map(({ text }) => text).join('+'));
      }
    }
  });

  it('get every delivery once, in the order of its thread', async () => {
    const stored = await rows<{ id: string; thread_id: string; state: string }>(
      store,
      `select d.id, d.thread_id, d.state from deliveries d join handles h on h.id = d.handle_id
       where h.external_id = any($1) order by d.sequence`,
      [people],
    );
    expect(new Set(stored.map(({ state }) => state))).toEqual(new Set(['sent']));
    expect(connection.sent).toHaveLength(stored.length);
    const threadOf = new Map(stored.map(({ id, thread_id }) => [id, thread_id]));
    for (const thread of new Set(threadOf.values())) {
      const inOrder = stored.filter(({ thread_id }) => thread_id === thread).map(({ id }) => id);
      const left = connection.sent.filter(({ delivery }) => threadOf.get(delivery) === thread);
      expect(left.map(({ delivery }) => delivery)).toEqual(inOrder);
    }
  });
});

describe('one bridge', () => {
  it('lets a newer message join the running turn, at most twice', async () => {
    const visitor = newVisitor();
    const makings: { readonly burst: Burst; readonly options: TurnOptions; readonly finish: () => void }[] = [];
    const make: TurnMaker['make'] = (burst, options) =>
      new Promise((resolve, reject) => {
        options.signal.addEventListener('abort', () => reject(options.signal.reason as Error));
        const finish = (): void => resolve(echo(burst, { yieldToNewer: options.yieldToNewer }));
        makings.push({ burst, options, finish });
      });
    const { bridge, connections } = await openBridge({ make });
    const [connection] = connections as [FakeConnection];
    bridge.start(CONCURRENCY);
    for (const [n, text] of ['a', 'b', 'c', 'd'].entries()) {
      await bridge.accept(connection, [messageFrom(visitor, text)], '{}');
      await until(() => makings.length >= Math.min(n + 1, 3));
    }
    expect(makings.map(({ burst }) => textOf(burst))).toEqual(['a', 'a+b', 'a+b+c']);
    expect(makings.map(({ options }) => options.yieldToNewer)).toEqual([true, true, false]);
    expect(new Set(makings.map(({ burst }) => burst.turn)).size).toBe(1);
    expect(makings[2]?.options.signal.aborted).toBe(false);
    makings[2]?.finish();
    await until(() => makings.length === 4);
    makings[3]?.finish();
    await until(() => isSettled(visitor));
    await bridge.stop();
    expect(sentTo(connection, visitor)).toEqual(['echo a+b+c', 'echo d']);
  });

  it('parks what fails three times, with an apology and an alert, and goes on', async () => {
    const [visitor, attempts] = [newVisitor(), [] as number[]];
    const make: TurnMaker['make'] = (burst) => {
      if (!textOf(burst).includes('poison')) return Promise.resolve(echo(burst));
      attempts.push(burst.attempt);
      return Promise.reject(new PermanentError('model_garbage', 'The model answered garbage.'));
    };
    const { bridge, connections } = await openBridge({ make });
    const [connection] = connections as [FakeConnection];
    bridge.start(CONCURRENCY);
    const [accepted] = await bridge.accept(connection, [messageFrom(visitor, 'poison')], '{}');
    await bridge.accept(
      connection,
      [messageFrom(visitor, 'next', { thread: { key: `${visitor}/2`, clearance: 'private' } })],
      '{}',
    );
    await until(() => isSettled(visitor));
    await bridge.stop();
    expect(attempts).toEqual([1, 2, 3]);
    expect(await storyOf(visitor)).toEqual({
      events: ['poison parked', 'next done'],
      deliveries: ['echo next sent', 'Sorry. sent'],
    });
    const alerts = await store.memory.operators.alerts({ open: true, limit: 1000 });
    expect(alerts.filter(({ thread }) => thread === accepted?.thread)).toMatchObject([{ kind: 'parked' }]);
  });

  it('gets everything done by the sweeper while the queue takes nothing', async () => {
    const visitors = [newVisitor(), newVisitor(), newVisitor()];
    const { bridge, connections, log } = await openBridge({ queue: refusingQueue() });
    const [connection] = connections as [FakeConnection];
    for (const visitor of visitors) await bridge.accept(connection, [messageFrom(visitor, 'hello')], '{}');
    await until(() => log.warnings.length === 3);
    bridge.start(CONCURRENCY);
    for (const visitor of visitors) await until(() => isSettled(visitor));
    await bridge.stop();
    for (const visitor of visitors) expect(sentTo(connection, visitor)).toEqual(['echo hello']);
  });

  it('answers a crisis while the queue takes nothing and nobody sweeps', async () => {
    const visitor = newVisitor();
    const alerts = [{ kind: 'crisis' as const, summary: 'Crisis words.' }];
    const make: TurnMaker['make'] = (burst) => Promise.resolve(echo(burst, { messageClass: 'crisis', alerts }));
    const connection = fakeConnection({ channel: 'web', quietMs: 60_000 });
    const { bridge } = await openBridge({ make, queue: refusingQueue(), connections: [connection] });
    await bridge.accept(connection, [messageFrom(visitor, 'hello')], '{}');
    const [accepted] = await bridge.accept(connection, [messageFrom(visitor, CRISIS)], '{}');
    await bridge.stop();
    expect(sentTo(connection, visitor)).toEqual([`echo hello+${CRISIS}`]);
    const raised = await store.memory.operators.alerts({ open: true, limit: 1000 });
    expect(raised.filter(({ thread }) => thread === accepted?.thread)).toMatchObject([{ kind: 'crisis' }]);
  });

  it('answers a crisis before the turn that is running for the same person on another thread', async () => {
    const visitor = newVisitor();
    const began: string[] = [];
    const make: TurnMaker['make'] = async (burst, { signal }) => {
      began.push(textOf(burst));
      if (began.length === 1) await sleep(60_000, undefined, { signal });
      return echo(burst, { messageClass: textOf(burst) === CRISIS ? 'crisis' : 'answer' });
    };
    const { bridge, connections } = await openBridge({ make });
    const [connection] = connections as [FakeConnection];
    bridge.start(CONCURRENCY);
    const elsewhere = { thread: { key: `${visitor}/2`, clearance: 'private' as const } };
    await bridge.accept(connection, [messageFrom(visitor, 'a long story', elsewhere)], '{}');
    await until(() => began.length === 1);
    await bridge.accept(connection, [messageFrom(visitor, CRISIS)], '{}');
    await until(() => isSettled(visitor));
    await bridge.stop();
    expect(began).toEqual(['a long story', CRISIS, 'a long story']);
    expect(sentTo(connection, visitor)).toEqual([`echo ${CRISIS}`, 'echo a long story']);
  });

  it('waits when the channel says so, and keeps the order', async () => {
    const visitor = newVisitor();
    const { bridge, connections } = await openBridge();
    const [connection] = connections as [FakeConnection];
    connection.outcomes.push(() =>
      Promise.reject(new TransientError('channel_rate_limited', 'Too many.', { afterMs: 60_000 })),
    );
    bridge.start(CONCURRENCY);
    const [first] = await bridge.accept(connection, [messageFrom(visitor, 'a')], '{}');
    await until(async () => (await storyOf(visitor)).deliveries.length === 1 && connection.outcomes.length === 0);
    await bridge.accept(connection, [messageFrom(visitor, 'b')], '{}');
    await until(async () => (await storyOf(visitor)).events.join() === 'a done,b done');
    await bridge.wakeThread(first?.thread as ThreadId);
    await sleep(200);
    expect(connection.sent).toEqual([]);
    await elapse(visitor);
    await bridge.wakeThread(first?.thread as ThreadId);
    await until(() => isSettled(visitor));
    await bridge.stop();
    expect(sentTo(connection, visitor)).toEqual(['echo a', 'echo b']);
  });

  it('goes on with the second part after the first one left', async () => {
    const visitor = newVisitor();
    const { bridge, connections } = await openBridge();
    const [connection] = connections as [FakeConnection];
    connection.outcomes.push(
      () => Promise.resolve({ kind: 'sent', platformId: '501' }),
      () => Promise.reject(new TransientError('channel_unavailable', 'The channel is away.')),
    );
    bridge.start(CONCURRENCY);
    const [accepted] = await bridge.accept(connection, [messageFrom(visitor, 'one|two|three')], '{}');
    await until(async () => (await storyOf(visitor)).deliveries.length === 1 && connection.outcomes.length === 0);
    await until(async () => (await storyOf(visitor)).deliveries.join().endsWith('queued'));
    await elapse(visitor);
    await bridge.wakeThread(accepted?.thread as ThreadId);
    await until(() => isSettled(visitor));
    await bridge.stop();
    expect(sentTo(connection, visitor)).toEqual(['echo one', 'two', 'three']);
  });

  it('sends again what may arrive twice after an unknown outcome, and nothing else', async () => {
    const keyed = fakeConnection({ channel: 'web', keyedSend: true });
    const unkeyed = fakeConnection({ channel: 'telegram' });
    const make: TurnMaker['make'] = (burst) =>
      Promise.resolve(echo(burst, { messageClass: textOf(burst) as MessageClass }));
    const { bridge } = await openBridge({ make, connections: [keyed, unkeyed] });
    bridge.start(CONCURRENCY);
    const sends: Record<string, number> = {};
    for (const connection of [keyed, unkeyed]) {
      for (const messageClass of ['crisis', 'hand_over', 'answer'] as const) {
        const visitor = newVisitor();
        connection.outcomes.push(unknownOutcome);
        const event = messageFrom(visitor, messageClass, { channel: connection.channel });
        const [accepted] = await bridge.accept(connection, [event], '{}');
        await until(() => sentTo(connection, visitor).length > 0);
        await until(async () => !(await storyOf(visitor)).deliveries.join().endsWith('claimed'));
        await bridge.wakeThread(accepted?.thread as ThreadId);
        await until(() => isSettled(visitor));
        const [end] = (await storyOf(visitor)).deliveries.map((line) => line.split(' ').at(-1));
        sends[`${connection.channel} ${messageClass} ${end}`] = sentTo(connection, visitor).length;
      }
    }
    await bridge.stop();
    expect(sends).toEqual({
      'web crisis sent': 2,
      'web hand_over sent': 2,
      'web answer sent': 2,
      'telegram crisis sent': 2,
      'telegram hand_over sent': 2,
      'telegram answer unknown': 1,
    });
  });

  it('stops in time: a turn that does not end is given back, and another process answers at once', async () => {
    const visitor = newVisitor();
    const making: AbortSignal[] = [];
    const hang = (_burst: Burst, { signal }: TurnOptions): Promise<never> => {
      making.push(signal);
      return new Promise(() => undefined);
    };
    const [first, second] = [await openBridge({ make: hang }), await openBridge()];
    first.bridge.start(CONCURRENCY);
    const [connection] = first.connections as [FakeConnection];
    await first.bridge.accept(connection, [messageFrom(visitor, 'Hello')], '{}');
    await until(() => making.length === 1);
    expect(first.bridge.health()).toMatchObject({ isStopping: false });
    await first.bridge.stop(10);
    expect(making[0]?.aborted).toBe(true);
    expect(first.bridge.health()).toMatchObject({ isStopping: true });
    const [given] = await rows<{ attempts: number }>(
      store,
      `select attempts from inbox where event->'sender'->>'externalId' = $1`,
      [visitor],
    );
    expect(given).toEqual({ attempts: 0 });
    second.bridge.start(CONCURRENCY);
    await until(() => isSettled(visitor));
    await second.bridge.stop();
    expect(sentTo(second.connections[0] as FakeConnection, visitor)).toEqual(['echo Hello']);
  });

  it('sends what its last turn left before it stops', async () => {
    const visitor = newVisitor();
    let end: () => void = () => undefined;
    let isMaking = false;
    const make = (burst: Burst): Promise<TurnCommit> =>
      new Promise((resolve) => {
        isMaking = true;
        end = () => resolve(echo(burst));
      });
    const { bridge, connections } = await openBridge({ make });
    const [connection] = connections as [FakeConnection];
    bridge.start(CONCURRENCY);
    await bridge.accept(connection, [messageFrom(visitor, 'Hello')], '{}');
    await until(() => isMaking);
    const stopping = bridge.stop();
    end();
    await stopping;
    expect(sentTo(connection, visitor)).toEqual(['echo Hello']);
  });

  it('refuses what is too much, and answers a crisis all the same', async () => {
    const [visitor, other] = [newVisitor(), newVisitor()];
    const connection = fakeConnection({ channel: 'web' });
    const counted: string[] = [];
    const bridge = createBridge({
      memory: store.memory,
      queue: refusingQueue(),
      turns: { make: (burst) => Promise.resolve(echo(burst, { messageClass: 'crisis' })), apologise },
      connections: [connection],
      isCrisis: (text) => text.includes(CRISIS),
      holder: uuidv7(),
      count: (what) => counted.push(what),
      mostPending: 1,
      log: fakeLog(),
    });
    await bridge.accept(connection, [messageFrom(other, 'Hello')], '{}');
    const more = bridge.accept(connection, [messageFrom(other, 'More')], '{}');
    await expect(more).rejects.toEqual(failsWith('TransientError', 'overloaded'));
    await bridge.accept(connection, [messageFrom(visitor, CRISIS)], '{}');
    await bridge.stop();
    expect(sentTo(connection, visitor)).toEqual([`echo ${CRISIS}`]);
    expect(counted).toContain('refused_events');
    await rows(store, `update inbox set state = 'ignored' where event->'sender'->>'externalId' = $1`, [other]);
  });

  it('lets a process that slept past its lease write and send nothing', async () => {
    const visitor = newVisitor();
    const connection = fakeConnection({ channel: 'web' });
    const { bridge } = await openBridge({ queue: refusingQueue(), connections: [connection] });
    const [accepted] = await bridge.accept(connection, [messageFrom(visitor, 'hello')], '{}');
    const lane = accepted?.lane as PersonId;
    let wakeUp: () => void = () => undefined;
    const sleeping = new Promise<void>((resolve) => {
      wakeUp = resolve;
    });
    const committed: TurnCommit[] = [];
    const runnerOf = (holder: string, slow: Promise<void>) =>
      createLaneRunner({
        count: () => undefined,
        memory: store.memory,
        holder,
        owed: owing(),
        room: wideRoom,
        log: fakeLog(),
        turns: { make: (burst) => slow.then(() => echo(burst)), apologise },
        onCommit: (commit) => Promise.resolve(void committed.push(commit)),
        onSuperseded: () => undefined,
        wakeLater: () => Promise.resolve(),
        isCrisis: () => false,
      });
    const late = runnerOf('sleeper', sleeping).run(lane);
    const refused = expect(late).rejects.toMatchObject({ name: 'TransientError', code: 'lane_lost' });
    await until(async () => (await store.memory.inbox.listWaitingLanes(1000)).every((waiting) => waiting !== lane));
    await rows(store, `update lanes set leased_until = now() - interval '1 s' where lane = $1`, [lane]);
    await runnerOf('next', Promise.resolve()).run(lane);
    wakeUp();
    await refused;
    expect(committed).toHaveLength(1);
    expect((await storyOf(visitor)).deliveries).toEqual(['echo hello queued']);
  });
});
