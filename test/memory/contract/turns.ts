/** What every store of turns keeps: a turn is written whole, once, by the holder of its lane, or not at all. */
import { uuidv7 } from 'uuidv7';
import { describe, expect, it } from 'vitest';
import { deliveryIdOf, TurnId } from '../../../core/ids.ts';
import type { JourneyState, Move } from '../../../core/journey.ts';
import type { Burst, Lease } from '../../../memory/inbox.ts';
import type { Store } from '../../../memory/postgres/index.ts';
import type { TurnCommit } from '../../../memory/turns.ts';
import { acquire, appendOne, messageFrom, newVisitor, nextBurst, take } from '../../support/store.ts';
import {
  answer,
  commitOf,
  countRows,
  failsWith,
  newTurnId,
  type OpenStore,
  replyOf,
  rows,
  turnOf,
} from '../support.ts';

const LANE_LOST = failsWith('TransientError', 'lane_lost');
const SUPERSEDED = failsWith('TransientError', 'superseded');

const journey: JourneyState = {
  stage: 'curious',
  definition: 1,
  since: '2026-11-22T09:00:00.000Z',
  version: 0,
  tags: ['breathwork'],
};
const move: Move = { transition: 'asked', from: 'new', to: 'curious', cause: 'intent' };

/** A commit that writes to every table it may. */
function fullCommit(burst: Burst, changes: Partial<TurnCommit> = {}): TurnCommit {
  return commitOf(burst, {
    turn: turnOf(burst, { moves: [move], reply: replyOf('An answer.') }),
    deliveries: [
      { reply: replyOf('An answer.'), replyTo: 'm1' },
      { reply: replyOf('A reminder.', 'courtesy'), replyTo: null, dueAt: '2099-01-01T00:00:00.000Z' },
    ],
    journey,
    toLearn: true,
    endsEpisode: true,
    alerts: [{ kind: 'hand_over', summary: 'asked for a human' }],
    ownership: 'waiting',
    locale: 'de',
    ...changes,
  });
}

type Left = Readonly<Record<string, number | string | null>>;

/** Everything a turn may leave, counted by table and not through the ports. */
async function leftBy(store: Store, { turn, thread, lane, events }: Burst): Promise<Left> {
  const [row] = await rows<Left>(
    store,
    `select (select count(*)::int from turns where id = $1) as turns,
       (select count(*)::int from deliveries where turn_id = $1) as deliveries,
       (select count(*)::int from turns where id = $1 and to_learn) as lessons,
       (select count(*)::int from threads where id = $2 and episode_at is not null) as ended,
       (select count(*)::int from alerts where turn_id = $1) as alerts,
       (select count(*)::int from journey_moves where turn_id = $1) as moves,
       (select count(*)::int from journeys where person_id = $3) as journeys,
       (select count(*)::int from inbox where id = any($4) and state = 'pending') as pending,
       (select ownership from threads where id = $2) as ownership,
       (select locale from persons where id = $3) as locale`,
    [turn, thread, lane, events.map(({ id }) => id)],
  );
  if (!row) throw new Error('no row');
  return row;
}

const NOTHING: Left = {
  turns: 0,
  deliveries: 0,
  lessons: 0,
  ended: 0,
  alerts: 0,
  moves: 0,
  journeys: 0,
  pending: 1,
  ownership: 'agents',
  locale: null,
};
const EVERYTHING: Left = {
  turns: 1,
  deliveries: 2,
  lessons: 1,
  ended: 1,
  alerts: 1,
  moves: 1,
  journeys: 1,
  pending: 0,
  ownership: 'waiting',
  locale: 'de',
};

async function receive(store: Store): Promise<{ lease: Lease; burst: Burst; visitor: string }> {
  const visitor = newVisitor();
  const { lane } = await appendOne(store, messageFrom(visitor, 'Hello'));
  return { ...(await take(store, lane)), visitor };
}

export function describeTurns(open: OpenStore): void {
  describe('a commit', () => {
    describeWholeness(open);
    describeFence(open);
  });
  describe('a newer message', () => describeSuperseding(open));
  describe('a takeover', () => describeTakeover(open));
  describe('the journey', () => describeJourney(open));
  describe('what is left to read', () => describeReading(open));
}

function describeWholeness(open: OpenStore): void {
  it('writes everything', async () => {
    const { lease, burst } = await receive(open());
    await open().memory.turns.commit(lease, fullCommit(burst));
    expect(await leftBy(open(), burst)).toEqual(EVERYTHING);
    const delivery = await open().memory.outbox.get(deliveryIdOf(burst.turn, 0));
    expect(delivery).toMatchObject({ state: 'queued', replyTo: 'm1', turn: burst.turn, handle: burst.handle });
    expect((await open().memory.people.ofHandle(burst.handle)).locale).toBe('de');
  });

  const broken: readonly (readonly [string, Partial<TurnCommit>])[] = [
    ['delivery', { deliveries: [{ reply: replyOf('An answer.', null as unknown as 'answer'), replyTo: null }] }],
    ['alert', { alerts: [{ kind: 'parked', summary: null as unknown as string }] }],
    ['hold on the thread', { ownership: 'nobody' as 'agents' }],
    ['journey', { journey: { ...journey, stage: null as unknown as string } }],
  ];
  it.each(broken)('of which one %s cannot be written leaves nothing, and can be made again', async (_, part) => {
    const { lease, burst } = await receive(open());
    const whole = fullCommit(burst);
    await expect(open().memory.turns.commit(lease, { ...whole, ...part })).rejects.toThrow();
    expect(await leftBy(open(), burst)).toEqual(NOTHING);
    await open().memory.turns.commit(lease, whole);
    expect(await leftBy(open(), burst)).toEqual(EVERYTHING);
  });
}

function describeFence(open: OpenStore): void {
  it('of a stale holder writes nothing at all', async () => {
    const { lease, burst } = await receive(open());
    for (const stale of [
      { ...lease, fence: lease.fence - 1 },
      { ...lease, fence: lease.fence + 1 },
      { ...lease, holder: 'somebody else' },
    ]) {
      await expect(open().memory.turns.commit(stale, fullCommit(burst))).rejects.toEqual(LANE_LOST);
      expect(await leftBy(open(), burst)).toEqual(NOTHING);
    }
  });

  it('of a holder that was passed writes nothing, also when both commit at the same moment', async () => {
    const { lease, burst } = await receive(open());
    await rows(open(), `update lanes set leased_until = now() - interval '1 s' where lane = $1`, [lease.lane]);
    const [late, held] = await Promise.allSettled([
      open().memory.turns.commit(lease, fullCommit(burst)),
      acquire(open(), lease.lane, 'next').then(async (next) => {
        const again = await open().memory.inbox.nextBurst(next);
        if (again.kind === 'ready') await open().memory.turns.commit(next, fullCommit(again.burst));
      }),
    ]);
    expect(held.status).toBe('fulfilled');
    if (late.status === 'rejected') expect(late.reason).toEqual(LANE_LOST);
    expect(await leftBy(open(), burst)).toEqual(EVERYTHING);
  });

  it('is refused the second time, and changes nothing then', async () => {
    const { lease, burst } = await receive(open());
    await open().memory.turns.commit(lease, fullCommit(burst));
    await expect(open().memory.turns.commit(lease, fullCommit(burst))).rejects.toEqual(LANE_LOST);
    const another = { ...burst, turn: newTurnId() };
    await expect(open().memory.turns.commit(lease, fullCommit(another))).rejects.toEqual(LANE_LOST);
    expect(await leftBy(open(), burst)).toEqual(EVERYTHING);
  });

  it('is written once when it is made twice at the same moment', async () => {
    const { lease, burst } = await receive(open());
    const both = await Promise.allSettled([1, 2].map(() => open().memory.turns.commit(lease, fullCommit(burst))));
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(await leftBy(open(), burst)).toEqual(EVERYTHING);
  });
}

function describeSuperseding(open: OpenStore): void {
  it('makes the turn give way and leave nothing', async () => {
    const { lease, burst, visitor } = await receive(open());
    await appendOne(open(), messageFrom(visitor, 'and one more thing'));
    await expect(open().memory.turns.commit(lease, fullCommit(burst))).rejects.toEqual(SUPERSEDED);
    expect(await leftBy(open(), burst)).toEqual(NOTHING);
    await open().memory.inbox.putBack(lease, { burst, why: 'joined' });
    const joined = await nextBurst(open(), lease);
    expect(joined).toMatchObject({ turn: burst.turn, joins: 1 });
    expect(joined.events).toHaveLength(2);
  });

  it('waits for its own turn when the running one may not give way', async () => {
    const { lease, burst, visitor } = await receive(open());
    await appendOne(open(), messageFrom(visitor, 'and one more thing'));
    await open().memory.turns.commit(lease, fullCommit(burst, { yieldToNewer: false }));
    expect(await leftBy(open(), burst)).toEqual(EVERYTHING);
    const next = await nextBurst(open(), lease);
    expect(next.events).toHaveLength(1);
    expect(next.turn).not.toBe(burst.turn);
  });

  it('of another thread, of another person or without a question does not count', async () => {
    const { lease, burst, visitor } = await receive(open());
    const elsewhere = { key: `${visitor}/2`, clearance: 'private' as const };
    await appendOne(open(), messageFrom(visitor, 'elsewhere', { thread: elsewhere }));
    await appendOne(open(), messageFrom(newVisitor(), 'me too', { thread: { key: visitor, clearance: 'private' } }));
    const event = messageFrom(visitor, '');
    await open().memory.inbox.append(
      [{ event, burst: { quietMs: 0, capMs: 0, immediate: false }, ignored: 'reaction' }],
      '{}',
    );
    await expect(open().memory.turns.commit(lease, fullCommit(burst))).resolves.toEqual({ isLetGo: false });
  });

  it('anywhere in the lane keeps the lane, which the commit gives back only when nothing waits, and only if asked to', async () => {
    const { lanes, turns } = open().memory;
    const { lease, burst, visitor } = await receive(open());
    const isFree = async (): Promise<boolean> =>
      (await lanes.acquire(lease.lane, { holder: 'other', leaseMs: 60_000 })) !== null;
    await appendOne(
      open(),
      messageFrom(visitor, 'elsewhere', { thread: { key: `${visitor}/2`, clearance: 'private' } }),
    );
    expect(await turns.commit(lease, fullCommit(burst), { letsGo: true })).toEqual({ isLetGo: false });
    expect(await isFree()).toBe(false);
    const last = await nextBurst(open(), lease);
    const stale = { ...lease, fence: lease.fence - 1 };
    await expect(turns.commit(stale, commitOf(last), { letsGo: true })).rejects.toEqual(LANE_LOST);
    expect(await isFree()).toBe(false);
    expect(await turns.commit(lease, commitOf(last), { letsGo: true })).toEqual({ isLetGo: true });
    expect(await isFree()).toBe(true);
  });
}

function describeTakeover(open: OpenStore): void {
  const classes = ['crisis', 'hand_over', 'answer', 'courtesy', 'sales'] as const;

  it('that came while the turn ran suppresses everything but crisis words', async () => {
    const { lease, burst } = await receive(open());
    await open().memory.threads.setOwnership(burst.thread, 'operator');
    const deliveries = classes.map((name) => ({ reply: replyOf(`as ${name}`, name), replyTo: null }));
    await open().memory.turns.commit(lease, commitOf(burst, { deliveries, ownership: 'agents' }));
    const states = await Promise.all(
      classes.map((_, position) => open().memory.outbox.get(deliveryIdOf(burst.turn, position))),
    );
    expect(states.map((one) => one?.state)).toEqual(['queued', 'suppressed', 'suppressed', 'suppressed', 'suppressed']);
  });

  it('is only ended by an operator', async () => {
    const { lease, burst } = await receive(open());
    await open().memory.threads.setOwnership(burst.thread, 'operator');
    await open().memory.turns.commit(lease, commitOf(burst, { ownership: 'agents' }));
    expect((await open().memory.threads.get(burst.thread)).ownership).toBe('operator');
    await open().memory.threads.setOwnership(burst.thread, 'agents');
    expect((await open().memory.threads.get(burst.thread)).ownership).toBe('agents');
  });

  it('is not made or ended by a turn that says nothing of it', async () => {
    const visitor = newVisitor();
    const { thread } = await answer(open(), { visitor, ownership: 'waiting' });
    await answer(open(), { visitor });
    expect((await open().memory.threads.get(thread)).ownership).toBe('waiting');
  });
}

function describeJourney(open: OpenStore): void {
  it('is saved with the version it was read at, plus one', async () => {
    const visitor = newVisitor();
    const { person } = await answer(open(), { visitor, journey });
    expect(await open().memory.journeys.get(person)).toEqual({ ...journey, version: 1 });
    await answer(open(), { visitor, journey: { ...journey, stage: 'buyer', version: 1 } });
    expect(await open().memory.journeys.get(person)).toEqual({ ...journey, stage: 'buyer', version: 2 });
  });

  it('is not overwritten by a turn that read an older version; that turn writes nothing', async () => {
    const visitor = newVisitor();
    const { person } = await answer(open(), { visitor, journey });
    const { lane } = await appendOne(open(), messageFrom(visitor, 'Hello again'));
    const { lease, burst } = await take(open(), lane);
    await expect(open().memory.turns.commit(lease, fullCommit(burst))).rejects.toEqual(LANE_LOST);
    expect(await leftBy(open(), burst)).toEqual({ ...NOTHING, journeys: 1 });
    expect(await open().memory.journeys.get(person)).toMatchObject({ version: 1 });
  });

  it('of somebody who never moved is null', async () => {
    const { person } = await answer(open());
    expect(await open().memory.journeys.get(person)).toBeNull();
  });
}

function describeReading(open: OpenStore): void {
  it('is the turn as it was written', async () => {
    const { lease, burst } = await receive(open());
    const commit = fullCommit(burst);
    await open().memory.turns.commit(lease, commit);
    expect(await open().memory.turns.get(burst.turn)).toEqual(commit.turn);
    const missing = TurnId.parse(uuidv7());
    await expect(open().memory.turns.get(missing)).rejects.toEqual(failsWith('InvalidPayloadError', 'not_found'));
  });

  it('is a list, newest first, of one thread or of all', async () => {
    const visitor = newVisitor();
    const ids: string[] = [];
    for (const hour of ['10', '12', '11']) {
      const { lane } = await appendOne(open(), messageFrom(visitor, hour));
      const { lease, burst } = await take(open(), lane);
      const turn = turnOf(burst, { startedAt: `2026-11-22T${hour}:00:00.000Z`, reply: replyOf(`At ${hour}.`) });
      await open().memory.turns.commit(lease, commitOf(burst, { turn }));
      await open().memory.lanes.release(lease);
      ids.push(burst.turn);
    }
    const thread = (await open().memory.threads.find({ channel: 'web', connection: 'main', key: visitor }))?.id;
    if (!thread) throw new Error('no thread');
    const listed = await open().memory.turns.list({ thread, limit: 2 });
    expect(listed.map(({ id }) => id)).toEqual([ids[1], ids[2]]);
    expect(listed[0]).toEqual({
      id: ids[1],
      thread,
      channel: 'web',
      status: 'ok',
      intent: null,
      agent: null,
      preview: 'At 12.',
      startedAt: '2026-11-22T12:00:00.000Z',
      milliseconds: 12,
    });
    expect((await open().memory.turns.list({ limit: 1000 })).map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
  });

  it('is a parked message with an alert, when the turn ended in an error', async () => {
    const { lease, burst } = await receive(open());
    const turn = turnOf(burst, { status: 'error', error: { code: 'unexpected', message: 'broke' } });
    const alerts = ['parked', 'parked', 'hand_over'].map((kind) => ({ kind: kind as 'parked', summary: 'broke' }));
    await open().memory.turns.commit(lease, commitOf(burst, { turn, alerts }));
    expect(await open().memory.inbox.nextBurst(lease)).toEqual({ kind: 'empty' });
    expect(
      await countRows(open(), `inbox where turn_id = $1 and state = 'parked' and reason = 'error'`, [burst.turn]),
    ).toBe(1);
    expect(await countRows(open(), 'alerts where turn_id = $1', [burst.turn])).toBe(2);
    const parked = (await open().memory.operators.parked(1000)).filter(({ thread }) => thread === burst.thread);
    expect(parked).toMatchObject([{ id: burst.events[0]?.id, text: 'Hello', attempts: 1 }]);
  });

  it('is the reason of a turn that stayed silent', async () => {
    const { lease, burst } = await receive(open());
    await open().memory.turns.commit(
      lease,
      commitOf(burst, { turn: turnOf(burst, { status: 'silent' }), deliveries: [] }),
    );
    expect(
      await countRows(open(), `inbox where turn_id = $1 and state = 'done' and reason = 'silent'`, [burst.turn]),
    ).toBe(1);
  });
}
