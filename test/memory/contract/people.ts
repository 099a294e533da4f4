/** What every memory of people keeps: a person is a component of handles, and taking a link away brings both back. */
import { uuidv7 } from 'uuidv7';
import { describe, expect, it } from 'vitest';
import { HandleId, ThreadId } from '../../../core/ids.ts';
import type { Accepted } from '../../../memory/inbox.ts';
import type { PeoplePort } from '../../../memory/people.ts';
import type { Store } from '../../../memory/postgres/index.ts';
import { acquire, appendOne, DEFAULTS, messageFrom, newVisitor, nextBurst, take } from '../../support/store.ts';
import { answer, commitOf, factOf, failsWith, type OpenStore, rows } from '../support.ts';

const PROOF = { proof: 'deep_link', reason: 'clicked the link of a call to action' } as const;

function stranger(store: Store, text = 'Hello'): Promise<Accepted> {
  return appendOne(store, messageFrom(newVisitor(), text));
}

/** Everything that belongs to these people, as rows. */
function snapshot(store: Store, people: readonly Accepted[]): Promise<object[]> {
  return rows(
    store,
    `select h.id, h.person_id, p.locale, p.preferences, p.consents, j.stage, j.version,
       (select count(*)::int from facts where handle_id = h.id) as facts,
       (select count(*)::int from links where h.id in (a, b)) as links
     from handles h join persons p on p.id = h.person_id left join journeys j on j.person_id = h.person_id
     where h.id = any($1) order by h.id`,
    [people.map(({ handle }) => handle)],
  );
}

export function describePeople(open: OpenStore): void {
  describe('a person', () => describePerson(open));
  describe('a link', () => {
    describeLink(open);
    describeRunningTurn(open);
  });
  describe('a thread', () => describeThread(open));
}

function describePerson(open: OpenStore): void {
  it('is one handle with the defaults of the organisation', async () => {
    const visitor = newVisitor();
    const sender = { externalId: visitor, displayName: 'Mirela', isMember: false };
    const { handle, lane } = await appendOne(open(), messageFrom(visitor, 'Hello', { sender }));
    expect(await open().memory.people.ofHandle(handle)).toEqual({
      id: lane,
      locale: DEFAULTS.locale,
      timeZone: DEFAULTS.timeZone,
      preferences: {},
      consents: {},
      handles: [
        {
          id: handle,
          person: lane,
          channel: 'web',
          connection: 'main',
          externalId: visitor,
          displayName: 'Mirela',
          isMember: false,
        },
      ],
    });
    expect(await open().memory.people.links(lane)).toEqual([]);
  });

  it('keeps the language of the first message', async () => {
    const visitor = newVisitor();
    const sender = { externalId: visitor, locale: 'pt-BR', isMember: false };
    const { handle } = await appendOne(open(), messageFrom(visitor, 'Olá', { sender }));
    expect((await open().memory.people.ofHandle(handle)).locale).toBe('pt-BR');
  });

  it('is not there for a handle nobody has', async () => {
    const unknown = HandleId.parse(uuidv7());
    await expect(open().memory.people.ofHandle(unknown)).rejects.toEqual(failsWith('PermanentError', 'unknown_name'));
  });
}

function describeLink(open: OpenStore): void {
  const people = (): PeoplePort => open().memory.people;

  it('makes two handles one person, the older one, and says why', async () => {
    const [a, b] = [await stranger(open()), await stranger(open())];
    await people().link(b.handle, a.handle, PROOF);
    for (const [handle, other] of [
      [a.handle, b.handle],
      [b.handle, a.handle],
    ] as const) {
      expect(await people().ofHandle(handle)).toMatchObject({ id: a.lane, handles: [{ id: handle }, { id: other }] });
    }
    const [low, high] = [a.handle, b.handle].toSorted();
    expect(await people().links(a.lane)).toMatchObject([{ ...PROOF, a: low, b: high }]);
    await people().link(a.handle, b.handle, { proof: 'operator', reason: 'again' });
    expect(await people().links(a.lane)).toMatchObject([PROOF]);
  });

  it('reaches through a chain, and a cycle holds when one edge goes', async () => {
    const [a, b, c] = [await stranger(open()), await stranger(open()), await stranger(open())];
    await people().link(b.handle, c.handle, PROOF);
    expect((await people().ofHandle(c.handle)).id).toBe(b.lane);
    await people().link(c.handle, a.handle, PROOF);
    await people().link(a.handle, b.handle, PROOF);
    await people().unlink(a.handle, c.handle);
    for (const { handle } of [a, b, c]) expect((await people().ofHandle(handle)).id).toBe(a.lane);
    await people().unlink(a.handle, b.handle);
    expect((await people().ofHandle(a.handle)).id).toBe(a.lane);
    for (const { handle } of [b, c]) expect((await people().ofHandle(handle)).id).toBe(b.lane);
  });

  it('made from many sides at the same moment leaves one person', async () => {
    const all = await Promise.all(Array.from({ length: 6 }, () => stranger(open())));
    const pairs = all.slice(1).map((one, index) => [all[index]?.handle ?? one.handle, one.handle] as const);
    await Promise.all(pairs.map(([a, b]) => people().link(a, b, PROOF)));
    const ids = await Promise.all(all.map(async ({ handle }) => (await people().ofHandle(handle)).id));
    expect(new Set(ids).size).toBe(1);
  });

  it('taken away brings both back exactly as they were', async () => {
    const since = '2026-11-22T09:00:00.000Z';
    const [first, second] = [newVisitor(), newVisitor()];
    const journey = { stage: 'curious', definition: 1, since, version: 0, tags: [] };
    await answer(open(), { visitor: first, journey, learned: [factOf({ subject: 'one' })], locale: 'de' });
    const two = [factOf({ subject: 'two' }), factOf({ subject: 'three' })];
    await answer(open(), { visitor: second, journey: { ...journey, stage: 'buyer' }, learned: two });
    const [a, b] = [
      await appendOne(open(), messageFrom(first, 'Hello')),
      await appendOne(open(), messageFrom(second, 'Hello')),
    ];
    const before = await snapshot(open(), [a, b]);
    await people().link(a.handle, b.handle, PROOF);
    const hearing = { clearance: 'private', isMember: false, person: a.lane } as const;
    expect(await open().memory.facts.recall(hearing, { limit: 10 })).toHaveLength(3);
    expect(await snapshot(open(), [a, b])).not.toEqual(before);
    await people().unlink(b.handle, a.handle);
    expect(await snapshot(open(), [a, b])).toEqual(before);
    expect(await open().memory.facts.recall(hearing, { limit: 10 })).toHaveLength(1);
  });
}

function describeRunningTurn(open: OpenStore): void {
  it('makes a turn that runs on the old grouping fail, and run again at once on the new one', async () => {
    const [a, b] = [await stranger(open(), 'from a'), await stranger(open(), 'from b')];
    const ofA = await take(open(), a.lane, 'worker');
    const ofB = await take(open(), b.lane, 'worker');
    await open().memory.people.link(a.handle, b.handle, PROOF);
    for (const { lease, burst } of [ofA, ofB]) {
      const commit = open().memory.turns.commit(lease, commitOf(burst));
      await expect(commit).rejects.toEqual(failsWith('TransientError', 'lane_lost'));
      expect(await open().memory.lanes.renew(lease, 60_000)).toBe(false);
    }
    const lease = await acquire(open(), a.lane, 'worker');
    const turns: string[] = [];
    for (const expected of [ofA, ofB]) {
      const burst = await nextBurst(open(), lease);
      expect(burst).toMatchObject({ turn: expected.burst.turn, lane: a.lane, attempt: 2 });
      await open().memory.turns.commit(lease, commitOf(burst));
      turns.push(burst.turn);
    }
    expect(await open().memory.inbox.nextBurst(lease)).toEqual({ kind: 'empty' });
    expect(new Set(turns).size).toBe(2);
  });

  it('taken away does the same', async () => {
    const [a, b] = [await stranger(open()), await stranger(open())];
    await open().memory.people.link(a.handle, b.handle, PROOF);
    const { lease, burst } = await take(open(), a.lane);
    await open().memory.people.unlink(a.handle, b.handle);
    const commit = open().memory.turns.commit(lease, commitOf(burst));
    await expect(commit).rejects.toEqual(failsWith('TransientError', 'lane_lost'));
    await expect(take(open(), b.lane)).resolves.toMatchObject({ burst: { handle: b.handle } });
  });
}

function describeThread(open: OpenStore): void {
  it('is found by its address and by its id', async () => {
    const key = newVisitor();
    const subject = { id: 'post-7', url: 'https://school.example/p/7', excerpt: 'Breathing' };
    const event = messageFrom(newVisitor(), 'Hello', { thread: { key, clearance: 'public', subject } });
    const { thread } = await appendOne(open(), event);
    const expected = { id: thread, key, clearance: 'public', ownership: 'agents', subject, agent: null };
    expect(await open().memory.threads.get(thread)).toMatchObject(expected);
    const address = { channel: 'web', connection: 'main', key };
    expect(await open().memory.threads.find(address)).toMatchObject(expected);
    expect(await open().memory.threads.find({ ...address, connection: 'second' })).toBeNull();
  });

  it('that is not there is not found', async () => {
    const unknown = ThreadId.parse(uuidv7());
    await expect(open().memory.threads.get(unknown)).rejects.toEqual(failsWith('InvalidPayloadError', 'not_found'));
  });
}
