/** What every inbox keeps: accepted means durable, once, whole, and it leaves as bursts in the order it came. */
import { uuidv7 } from 'uuidv7';
import { describe, expect, it } from 'vitest';
import type { Clearance } from '../../../core/audience.ts';
import type { InboundEvent } from '../../../core/event.ts';
import type { PersonId } from '../../../core/ids.ts';
import { type Accepted, type Arrival, MOST_EVENTS } from '../../../memory/inbox.ts';
import { createDatabase } from '../../../memory/postgres/database.ts';
import { openServer } from '../../../memory/postgres/engine.ts';
import { createInbox } from '../../../memory/postgres/inbox.ts';
import type { Store } from '../../../memory/postgres/index.ts';
import { acquire, append, appendOne, messageFrom, newVisitor, nextBurst, take } from '../../support/store.ts';
import { aNumber, commitOf, countRows, databaseCutAt, failsWith, type OpenStore, only, rows } from '../support.ts';

const WINDOW = { quietMs: 60_000, capMs: 200_000, immediate: false };
const clearances: readonly Clearance[] = ['private', 'members', 'public'];

/** Makes the pending events of a lane this much older, as the database sees it. */
async function elapse(store: Store, lane: PersonId, milliseconds: number): Promise<void> {
  await store.pool.query(
    `update inbox set quiet_until = quiet_until - $2 * interval '1 ms', cap_until = cap_until - $2 * interval '1 ms'
     where state = 'pending' and handle_id in (select id from handles where person_id = $1)`,
    [lane, milliseconds],
  );
}

function texts(events: readonly { readonly event: InboundEvent }[]): readonly string[] {
  return events.map(({ event }) => ('text' in event ? event.text : event.kind));
}

function countEvents(store: Store, visitor: string): Promise<number> {
  return countRows(store, 'inbox i join handles h on h.id = i.handle_id where h.external_id = $1', [visitor]);
}

export function describeInbox(open: OpenStore): void {
  describe('append', () => {
    describeDedupe(open);
    describeWhole(open);
  });
  describe('strangers', () => describeStrangers(open));
  describe('bursts', () => {
    describeWindow(open);
    describeOrder(open);
    describeRetry(open);
  });
  describe('what waits', () => describeWaiting(open));
}

function describeDedupe(open: OpenStore): void {
  it('stores an external id once per connection, and says what was there', async () => {
    const event = messageFrom(newVisitor(), 'Hello');
    const first = await appendOne(open(), event);
    const again = await appendOne(open(), { ...event, occurredAt: '2026-11-23T09:00:00.000Z' });
    expect(first.isNew).toBe(true);
    expect(again).toEqual({ ...first, isNew: false });
    const elsewhere = await appendOne(open(), { ...event, connection: 'second' });
    expect(elsewhere).toMatchObject({ isNew: true });
    expect(elsewhere.id).not.toBe(first.id);
  });

  it('stores an external id once when it comes twenty times at the same moment', async () => {
    const visitor = newVisitor();
    // The first round brings a newcomer, the others somebody known; one round alone seldom meets the narrow moment.
    for (let round = 1; round <= 10; round += 1) {
      const event = messageFrom(visitor, 'Hello', { externalId: `${visitor}:${round}` });
      const accepted = await Promise.all(Array.from({ length: 20 }, () => appendOne(open(), event)));
      expect(accepted.filter(({ isNew }) => isNew)).toHaveLength(1);
      expect(new Set(accepted.map(({ id }) => id)).size).toBe(1);
      expect(await countEvents(open(), visitor)).toBe(round);
    }
  });

  it('knows an id again after it was answered', async () => {
    const event = messageFrom(newVisitor(), 'Hello');
    const { lane, id } = await appendOne(open(), event);
    const { lease, burst } = await take(open(), lane);
    await open().memory.turns.commit(lease, commitOf(burst));
    expect(await appendOne(open(), event)).toMatchObject({ id, isNew: false });
    expect(await open().memory.inbox.nextBurst(lease)).toEqual({ kind: 'empty' });
  });

  it('takes a late event with a smaller id: dedupe is by set', async () => {
    const visitor = newVisitor();
    await appendOne(open(), messageFrom(visitor, 'second', { externalId: `${visitor}:2` }));
    const late = await appendOne(open(), messageFrom(visitor, 'first', { externalId: `${visitor}:1` }));
    expect(late.isNew).toBe(true);
  });

  it('answers many events of one request in their order, and finds a duplicate among them', async () => {
    const visitor = newVisitor();
    const events = ['a', 'b', 'c'].map((text) => messageFrom(visitor, text));
    const accepted = await append(open(), ...events, ...events.slice(0, 1));
    expect(accepted.map(({ isNew }) => isNew)).toEqual([true, true, true, false]);
    expect(accepted[3]?.id).toBe(accepted[0]?.id);
    const { burst } = await take(open(), accepted[0]?.lane as PersonId);
    expect(burst.events.map(({ id }) => id)).toEqual(accepted.slice(0, 3).map(({ id }) => id));
  });
}

function describeWhole(open: OpenStore): void {
  const arrivals = (visitor: string): Arrival[] =>
    ['a', 'b'].map((text) => ({ event: messageFrom(visitor, text), burst: WINDOW }));

  it('stores nothing of a request that is cut off at any statement, and says store_down', async () => {
    const visitor = newVisitor();
    let cuts = 0;
    for (let n = 1; ; n += 1) {
      const inbox = createInbox(databaseCutAt(open(), n), uuidv7);
      const outcome = await inbox.append(arrivals(visitor), '{}').catch((error: unknown) => error);
      if (Array.isArray(outcome)) break;
      expect(outcome).toEqual(failsWith('TransientError', 'store_down'));
      expect(await countRows(open(), 'handles where external_id = $1', [visitor]), `cut at ${n}`).toBe(0);
      expect(await open().memory.threads.find({ channel: 'web', connection: 'main', key: visitor })).toBeNull();
      cuts += 1;
    }
    expect(cuts).toBeGreaterThan(4);
    expect(await countEvents(open(), visitor)).toBe(2);
  });

  it('stores nothing of a request when one of its events cannot be stored', async () => {
    const visitor = newVisitor();
    const bad = messageFrom(visitor, 'b', { thread: { key: visitor, clearance: 'nobody' as Clearance } });
    await expect(append(open(), messageFrom(visitor, 'a'), bad)).rejects.toThrow();
    expect(await countRows(open(), 'handles where external_id = $1', [visitor])).toBe(0);
  });

  it('says store_down when the pool is closed or nobody listens', async () => {
    const closed = openServer('postgres://app:app@127.0.0.1:1/none');
    const refused = createInbox(createDatabase(closed), uuidv7).append(arrivals(newVisitor()), '{}');
    await expect(refused).rejects.toEqual(failsWith('TransientError', 'store_down'));
    await closed.close();
    const inbox = createInbox(createDatabase(closed), uuidv7);
    await expect(inbox.append(arrivals(newVisitor()), '{}')).rejects.toEqual(failsWith('TransientError', 'store_down'));
    await expect(inbox.depth()).rejects.toEqual(failsWith('TransientError', 'store_down'));
  });

  it('keeps characters that the database refuses from refusing the message', async () => {
    const visitor = newVisitor();
    const text = 'nul \u0000, half a pair \ud83d, a path C:\\u0000, 🙂';
    const sender = { externalId: visitor, displayName: 'M\u0000', isMember: false };
    const { lane } = await appendOne(open(), messageFrom(visitor, text, { sender }), { ...WINDOW, immediate: true });
    const { lease, burst } = await take(open(), lane);
    expect(texts(burst.events)).toEqual(['nul \ufffd, half a pair \ufffd, a path C:\\u0000, 🙂']);
    await open().memory.turns.commit(lease, commitOf(burst));
    expect(await open().memory.turns.get(burst.turn)).toMatchObject({ id: burst.turn });
    expect(await open().memory.people.ofHandle(burst.handle)).toMatchObject({ handles: [{ displayName: 'M\ufffd' }] });
  });

  it('records what asks for no answer, with its reason, and wakes nobody for it', async () => {
    const visitor = newVisitor();
    const event = messageFrom(visitor, '');
    const accepted = only(await open().memory.inbox.append([{ event, burst: WINDOW, ignored: 'sticker' }], '{"a":1}'));
    const stored = await rows(
      open(),
      'select state, reason, raw, finished_at is not null as done from inbox where id = $1',
      [accepted.id],
    );
    expect(stored).toEqual([{ state: 'ignored', reason: 'sticker', raw: '{"a":1}', done: true }]);
    const lease = await acquire(open(), accepted.lane);
    expect(await open().memory.inbox.nextBurst(lease)).toEqual({ kind: 'empty' });
  });
}

function describeStrangers(open: OpenStore): void {
  it('stay strangers, whatever they call themselves and write', async () => {
    const name = `Mirela ${uuidv7()}`;
    const like = (externalId: string, more: object): InboundEvent =>
      messageFrom(externalId, 'I am mirela@mail.example', {
        sender: { externalId, displayName: name, isMember: false },
        ...more,
      });
    const visitor = newVisitor();
    const accepted = await append(
      open(),
      like(visitor, {}),
      like(newVisitor(), {}),
      like(visitor, { connection: 'second' }),
      like(visitor, { channel: 'telegram' }),
    );
    expect(new Set(accepted.map(({ lane }) => lane)).size).toBe(4);
    for (const { lane, handle } of accepted) {
      expect(await open().memory.people.ofHandle(handle)).toMatchObject({ id: lane, handles: [{ id: handle }] });
    }
  });

  it('become one person each, however often they write first at the same moment', async () => {
    const before = await countRows(open(), 'persons');
    const visitors = Array.from({ length: 5 }, () => newVisitor());
    const newcomers = visitors.flatMap((visitor) => Array.from({ length: 8 }, () => visitor));
    const accepted = await Promise.all(newcomers.map((visitor) => appendOne(open(), messageFrom(visitor, 'Hello'))));
    expect(new Set(accepted.map(({ lane }) => lane)).size).toBe(5);
    expect(new Set(accepted.map(({ thread }) => thread)).size).toBe(5);
    expect(await countRows(open(), 'persons')).toBe(before + 5);
  });

  it('share a thread without sharing a lane', async () => {
    const thread = { key: `group:${uuidv7()}`, clearance: 'public' as const };
    const accepted = await append(
      open(),
      messageFrom(newVisitor(), 'a', { thread }),
      messageFrom(newVisitor(), 'b', { thread }),
    );
    expect(new Set(accepted.map((one) => one.thread)).size).toBe(1);
    const { burst } = await take(open(), only(accepted.slice(0, 1)).lane);
    expect(texts(burst.events)).toEqual(['a']);
  });

  it('write on threads whose clearance only widens', async () => {
    for (const first of clearances) {
      for (const second of clearances) {
        const visitor = newVisitor();
        const accepted: Accepted[] = [];
        for (const clearance of [first, second, 'private'] as const) {
          accepted.push(await appendOne(open(), messageFrom(visitor, 'x', { thread: { key: visitor, clearance } })));
        }
        const widest = clearances[Math.max(clearances.indexOf(first), clearances.indexOf(second))];
        const thread = await open().memory.threads.get(only(accepted.slice(0, 1)).thread);
        expect(thread.clearance, `${first}, ${second}, private`).toBe(widest);
      }
    }
  });
}

function describeWindow(open: OpenStore): void {
  it('waits for quiet, counted from the newest event', async () => {
    const visitor = newVisitor();
    const { lane } = await appendOne(open(), messageFrom(visitor, 'a'), WINDOW);
    await elapse(open(), lane, 50_000);
    await appendOne(open(), messageFrom(visitor, 'b'), WINDOW);
    const lease = await acquire(open(), lane);
    await elapse(open(), lane, 30_000);
    const waiting = await open().memory.inbox.nextBurst(lease);
    expect(waiting).toMatchObject({ kind: 'wait', milliseconds: aNumber });
    if (waiting.kind === 'wait') expect(waiting.milliseconds).toBeGreaterThan(0);
    if (waiting.kind === 'wait') expect(waiting.milliseconds).toBeLessThanOrEqual(30_000);
    await elapse(open(), lane, 30_000);
    expect(texts((await nextBurst(open(), lease)).events)).toEqual(['a', 'b']);
  });

  it('waits no longer than the cap, counted from the oldest event', async () => {
    const visitor = newVisitor();
    const { lane } = await appendOne(open(), messageFrom(visitor, 'a'), WINDOW);
    for (const text of ['b', 'c', 'd', 'e']) {
      await elapse(open(), lane, 50_000);
      await appendOne(open(), messageFrom(visitor, text), WINDOW);
    }
    const lease = await acquire(open(), lane);
    expect(texts((await nextBurst(open(), lease)).events)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('ends at once for the whole burst when one event is immediate', async () => {
    const visitor = newVisitor();
    const { lane } = await appendOne(open(), messageFrom(visitor, 'a'), WINDOW);
    await appendOne(open(), messageFrom(visitor, '/start'), { ...WINDOW, immediate: true });
    const lease = await acquire(open(), lane);
    expect(texts((await nextBurst(open(), lease)).events)).toEqual(['a', '/start']);
  });

  it('is kept per thread: two threads of one person are two bursts', async () => {
    const visitor = newVisitor();
    const other = { key: `${visitor}/2`, clearance: 'public' as const };
    const { lane } = await appendOne(open(), messageFrom(visitor, 'slow'), WINDOW);
    await appendOne(open(), messageFrom(visitor, 'there', { thread: other }), { ...WINDOW, immediate: true });
    const lease = await acquire(open(), lane);
    const burst = await nextBurst(open(), lease);
    expect(texts(burst.events)).toEqual(['there']);
    await open().memory.turns.commit(lease, commitOf(burst));
    expect(await open().memory.inbox.nextBurst(lease)).toMatchObject({ kind: 'wait' });
    await elapse(open(), lane, 60_000);
    const second = await nextBurst(open(), lease);
    expect(texts(second.events)).toEqual(['slow']);
    expect(second.turn).not.toBe(burst.turn);
  });
}

function describeOrder(open: OpenStore): void {
  it('follows arrival, not the time the platform states', async () => {
    const visitor = newVisitor();
    const accepted = await append(
      open(),
      messageFrom(visitor, 'b', { occurredAt: '2026-11-22T10:00:00.000Z', externalId: `z${visitor}` }),
      messageFrom(visitor, 'a', { occurredAt: '2026-11-22T09:00:00.000Z', externalId: `a${visitor}` }),
    );
    const { burst } = await take(open(), only(accepted.slice(0, 1)).lane);
    expect(texts(burst.events)).toEqual(['b', 'a']);
  });

  it('takes the thread that waits longest first', async () => {
    const visitor = newVisitor();
    const thread = (n: number): Pick<Extract<InboundEvent, { kind: 'message' }>, 'thread'> => ({
      thread: { key: `${visitor}/${n}`, clearance: 'private' },
    });
    const accepted = await append(
      open(),
      messageFrom(visitor, 'a', thread(1)),
      messageFrom(visitor, 'b', thread(2)),
      messageFrom(visitor, 'c', thread(1)),
    );
    const { lease, burst } = await take(open(), only(accepted.slice(0, 1)).lane);
    expect(texts(burst.events)).toEqual(['a', 'c']);
    await open().memory.turns.commit(lease, commitOf(burst));
    expect(texts((await nextBurst(open(), lease)).events)).toEqual(['b']);
  });

  it('takes a thread that may not wait before one that has waited longer', async () => {
    const visitor = newVisitor();
    const elsewhere = { key: `${visitor}/2`, clearance: 'private' as const };
    const { lane } = await appendOne(open(), messageFrom(visitor, 'slow'), { ...WINDOW, quietMs: 0 });
    await appendOne(open(), messageFrom(visitor, 'crisis', { thread: elsewhere }));
    const { burst } = await take(open(), lane);
    expect(texts(burst.events)).toEqual(['crisis']);
  });

  it('gives a burst only to the lease that holds the lane now', async () => {
    const { lane } = await appendOne(open(), messageFrom(newVisitor(), 'a'));
    const lease = await acquire(open(), lane);
    for (const stale of [
      { ...lease, fence: lease.fence - 1 },
      { ...lease, holder: 'other' },
    ]) {
      expect(await open().memory.inbox.nextBurst(stale)).toEqual({ kind: 'empty' });
    }
    expect(await open().memory.inbox.nextBurst(lease)).toMatchObject({ kind: 'ready', burst: { attempt: 1 } });
  });

  it('gives the lane back when nothing waits in it, if asked to, and only then', async () => {
    const { inbox, lanes } = open().memory;
    const { lane } = await appendOne(open(), messageFrom(newVisitor(), 'a'), { ...WINDOW, quietMs: 60_000 });
    const isFree = async (): Promise<boolean> =>
      (await lanes.acquire(lane, { holder: 'other', leaseMs: 1_000 })) !== null;
    const lease = await acquire(open(), lane);
    expect(await inbox.nextBurst(lease, { letsGo: true })).toMatchObject({ kind: 'wait' });
    expect(await isFree()).toBe(false);
    await rows(
      open(),
      `update inbox set state = 'done' where handle_id in (select id from handles where person_id = $1)`,
      [lane],
    );
    expect(await inbox.nextBurst(lease)).toEqual({ kind: 'empty' });
    expect(await inbox.nextBurst({ ...lease, fence: lease.fence + 1 }, { letsGo: true })).toEqual({ kind: 'empty' });
    expect(await isFree()).toBe(false);
    expect(await inbox.nextBurst(lease, { letsGo: true })).toEqual({ kind: 'empty' });
    expect(await isFree()).toBe(true);
  });
}

function describeRetry(open: OpenStore): void {
  it('keeps the turn id over every attempt, and counts them', async () => {
    const visitor = newVisitor();
    const { lane } = await appendOne(open(), messageFrom(visitor, 'a'));
    const lease = await acquire(open(), lane);
    const first = await nextBurst(open(), lease);
    await open().memory.lanes.release(lease);
    await appendOne(open(), messageFrom(visitor, 'b'));
    const { burst: second } = await take(open(), lane, 'somebody else');
    expect([first.attempt, second.attempt]).toEqual([1, 2]);
    expect(second.turn).toBe(first.turn);
    expect(texts(second.events)).toEqual(['a', 'b']);
  });

  it('is made without what was written since, which has its own turn after it', async () => {
    const visitor = newVisitor();
    const ready = { ...WINDOW, quietMs: 0 };
    const { lane } = await appendOne(open(), messageFrom(visitor, 'poison'), ready);
    const { lease, burst } = await take(open(), lane);
    await appendOne(open(), messageFrom(visitor, 'innocent'), ready);
    await open().memory.inbox.putBack(lease, { burst, why: 'failed' });
    await elapse(open(), lane, 60_000);
    const again = await nextBurst(open(), lease);
    expect(again).toMatchObject({ turn: burst.turn, attempt: 2 });
    expect(texts(again.events)).toEqual(['poison']);
    await open().memory.turns.commit(lease, commitOf(again, { yieldToNewer: false }));
    const next = await nextBurst(open(), lease);
    expect(next).toMatchObject({ attempt: 1 });
    expect(texts(next.events)).toEqual(['innocent']);
  });

  it('holds so many messages and no more; the others follow in the next one, in order', async () => {
    const visitor = newVisitor();
    const ready = { ...WINDOW, quietMs: 0 };
    const said = Array.from({ length: MOST_EVENTS + 7 }, (_, index) => `word ${index}`);
    let lane = (await appendOne(open(), messageFrom(visitor, said[0] ?? ''), ready)).lane;
    for (const text of said.slice(1)) lane = (await appendOne(open(), messageFrom(visitor, text), ready)).lane;
    const { lease, burst } = await take(open(), lane);
    expect(texts(burst.events)).toEqual(said.slice(0, MOST_EVENTS));
    await open().memory.turns.commit(lease, commitOf(burst, { yieldToNewer: false }), { letsGo: true });
    expect(texts((await nextBurst(open(), lease)).events)).toEqual(said.slice(MOST_EVENTS));
  });

  it('leaves nothing behind that skips the window: crisis words do not wait for a turn of their own', async () => {
    const visitor = newVisitor();
    const ready = { ...WINDOW, quietMs: 0 };
    const said = Array.from({ length: MOST_EVENTS + 7 }, (_, index) => `word ${index}`);
    for (const text of said) await appendOne(open(), messageFrom(visitor, text), ready);
    const { lane } = await appendOne(open(), messageFrom(visitor, 'I want to die'), { ...ready, immediate: true });
    await appendOne(open(), messageFrom(visitor, 'and later'), ready);
    const { lease, burst } = await take(open(), lane);
    expect(texts(burst.events)).toEqual([...said, 'I want to die']);
    await open().memory.turns.commit(lease, commitOf(burst, { yieldToNewer: false }));
    expect(texts((await nextBurst(open(), lease)).events)).toEqual(['and later']);
  });

  it('keeps all of a turn that was begun, also what is beyond so many when it is tried again', async () => {
    const visitor = newVisitor();
    const ready = { ...WINDOW, quietMs: 0 };
    const said = Array.from({ length: MOST_EVENTS + 7 }, (_, index) => `word ${index}`);
    for (const text of said) await appendOne(open(), messageFrom(visitor, text), ready);
    const { lane } = await appendOne(open(), messageFrom(visitor, 'I want to die'), { ...ready, immediate: true });
    const { lease, burst } = await take(open(), lane);
    await open().memory.inbox.putBack(lease, { burst, why: 'failed' });
    await elapse(open(), lane, 60_000);
    const again = await nextBurst(open(), lease);
    expect(again).toMatchObject({ turn: burst.turn, attempt: 2 });
    expect(texts(again.events)).toEqual([...said, 'I want to die']);
  });

  it('joins: a superseded burst waits with the newer message, counts a join and no attempt', async () => {
    const visitor = newVisitor();
    const { lane } = await appendOne(open(), messageFrom(visitor, 'a'), { ...WINDOW, quietMs: 0 });
    const { lease, burst } = await take(open(), lane);
    await appendOne(open(), messageFrom(visitor, 'b'), WINDOW);
    await open().memory.inbox.putBack(lease, { burst, why: 'joined' });
    expect(await open().memory.inbox.nextBurst(lease)).toMatchObject({ kind: 'wait' });
    await elapse(open(), lane, 60_000);
    const joined = await nextBurst(open(), lease);
    expect(joined).toMatchObject({ turn: burst.turn, attempt: 1, joins: 1 });
    expect(texts(joined.events)).toEqual(['a', 'b']);
  });

  it('backs off after a failure, longer after each, even when the burst was immediate', async () => {
    const { lane } = await appendOne(open(), messageFrom(newVisitor(), 'a'));
    const lease = await acquire(open(), lane);
    let last = 0;
    for (const attempt of [1, 2, 3]) {
      const burst = await nextBurst(open(), lease);
      expect(burst).toMatchObject({ attempt, joins: 0 });
      await open().memory.inbox.putBack(lease, { burst, why: 'failed' });
      const waiting = await open().memory.inbox.nextBurst(lease);
      if (waiting.kind !== 'wait') throw new Error(`expected a wait, got ${waiting.kind}`);
      expect(waiting.milliseconds).toBeGreaterThan(last);
      last = waiting.milliseconds;
      await elapse(open(), lane, 60_000);
    }
  });

  it('released: is ready as it was, and the try is not counted', async () => {
    const { lane } = await appendOne(open(), messageFrom(newVisitor(), 'a'));
    const { lease, burst } = await take(open(), lane);
    await open().memory.inbox.putBack(lease, { burst, why: 'released' });
    expect(await nextBurst(open(), lease)).toMatchObject({ turn: burst.turn, attempt: 1, joins: 0 });
  });

  it('spares a burst that was tried so often: it is not counted, unless it does not wait for others', async () => {
    const inbox = open().memory.inbox;
    const { lane } = await appendOne(open(), messageFrom(newVisitor(), 'a'), { ...WINDOW, quietMs: 0 });
    const lease = await acquire(open(), lane);
    for (const attempt of [1, 2])
      expect(await inbox.nextBurst(lease, { spare: 2 })).toMatchObject({ burst: { attempt } });
    for (let n = 0; n < 3; n += 1) expect(await inbox.nextBurst(lease, { spare: 2 })).toEqual({ kind: 'suspect' });
    expect(await inbox.nextBurst(lease)).toMatchObject({ burst: { attempt: 3 } });
    await rows(
      open(),
      'update inbox set immediate = true where thread_id = (select thread_id from inbox i join handles h on h.id = i.handle_id where h.person_id = $1)',
      [lane],
    );
    expect(await inbox.nextBurst(lease, { spare: 2 })).toMatchObject({ burst: { attempt: 4 } });
  });

  it('puts nothing back for a lease that was lost, and nothing that was answered', async () => {
    const { lane } = await appendOne(open(), messageFrom(newVisitor(), 'a'));
    const { lease, burst } = await take(open(), lane);
    await open().memory.inbox.putBack({ ...lease, fence: lease.fence - 1 }, { burst, why: 'failed' });
    expect(await nextBurst(open(), lease)).toMatchObject({ attempt: 2 });
    await open().memory.turns.commit(lease, commitOf(burst));
    await open().memory.inbox.putBack(lease, { burst, why: 'failed' });
    expect(await open().memory.inbox.nextBurst(lease)).toEqual({ kind: 'empty' });
  });
}

function describeWaiting(open: OpenStore): void {
  const listed = async (lane: PersonId): Promise<boolean> =>
    (await open().memory.inbox.listWaitingLanes(10_000)).includes(lane);

  it('lists lanes whose window is over and that nobody holds, oldest first', async () => {
    const quiet = await appendOne(open(), messageFrom(newVisitor(), 'not yet'), WINDOW);
    const first = await appendOne(open(), messageFrom(newVisitor(), 'a'));
    const second = await appendOne(open(), messageFrom(newVisitor(), 'b'));
    const lanes = await open().memory.inbox.listWaitingLanes(10_000);
    expect(lanes.filter((lane) => [quiet.lane, first.lane, second.lane].includes(lane))).toEqual([
      first.lane,
      second.lane,
    ]);
    const { lease, burst } = await take(open(), first.lane);
    expect(await listed(first.lane)).toBe(false);
    await open().memory.lanes.release(lease);
    expect(await listed(first.lane)).toBe(true);
    const again = await take(open(), first.lane);
    await open().memory.turns.commit(again.lease, commitOf(burst));
    await open().memory.lanes.release(again.lease);
    expect(await listed(first.lane)).toBe(false);
    expect(await open().memory.inbox.listWaitingLanes(1)).toHaveLength(1);
  });

  it('leaves out what became ready just now, when asked to', async () => {
    const { lane } = await appendOne(open(), messageFrom(newVisitor(), 'a'));
    expect(await open().memory.inbox.listWaitingLanes(10_000, 60_000)).not.toContain(lane);
    await rows(
      open(),
      `update inbox set received_at = received_at - interval '61 s' where handle_id in
       (select id from handles where person_id = $1)`,
      [lane],
    );
    expect(await open().memory.inbox.listWaitingLanes(10_000, 60_000)).toContain(lane);
  });

  it('lists the lane of a holder that died', async () => {
    const { lane } = await appendOne(open(), messageFrom(newVisitor(), 'a'));
    await take(open(), lane, 'killed');
    await rows(open(), `update lanes set leased_until = now() - interval '1 s' where lane = $1`, [lane]);
    expect(await listed(lane)).toBe(true);
  });

  it('knows how much is unfinished and for how long', async () => {
    const before = await open().memory.inbox.depth();
    const { lane } = await appendOne(open(), messageFrom(newVisitor(), 'a'), WINDOW);
    await rows(
      open(),
      `update inbox set received_at = now() - interval '1 hour' where handle_id in
      (select id from handles where person_id = $1)`,
      [lane],
    );
    const after = await open().memory.inbox.depth();
    expect(after.events).toBe(before.events + 1);
    expect(after.oldestMs).toBeGreaterThanOrEqual(3_600_000);
  });
}
