/** What every memory keeps of links: rows stay with their handle, strong claims keep people apart, and nothing is slow by size. */
import fc from 'fast-check';
import { uuidv7 } from 'uuidv7';
import { describe, expect, it } from 'vitest';
import type { HandleId } from '../../../core/ids.ts';
import { laterState } from '../../../core/link-fold.ts';
import type { Accepted, Burst, Lease } from '../../../memory/inbox.ts';
import type { PeoplePort } from '../../../memory/people.ts';
import { createDatabase, type Database } from '../../../memory/postgres/database.ts';
import type { Store } from '../../../memory/postgres/index.ts';
import { createLinks } from '../../../memory/postgres/people-links.ts';
import { acquire, appendOne, messageFrom, newVisitor, nextBurst } from '../../support/store.ts';
import { answer, commitOf, countRows, factOf, failsWith, newTurnId, type OpenStore, only, rows } from '../support.ts';

const PROOF = { proof: 'deep_link', reason: 'clicked the link of a call to action' } as const;

function stranger(store: Store, visitor = newVisitor()): Promise<Accepted> {
  return appendOne(store, messageFrom(visitor, 'Hello'));
}

export function describeLinks(open: OpenStore): void {
  describe('taking links away', () => describeUndoing(open));
  describe('split', () => describeSplit(open));
  describe('strong claims', () => describeClaims(open));
  describe('cases', () => describeCases(open));
  describe('a person with 200 handles', () => describeMany(open));
  it('refuses a handle with itself, and one that is not there', async () => {
    const { handle } = await stranger(open());
    const { people } = open().memory;
    await expect(people.link(handle, handle, PROOF)).rejects.toEqual(failsWith('InvalidPayloadError', 'malformed'));
    const unknown = uuidv7() as HandleId;
    await expect(people.link(handle, unknown, PROOF)).rejects.toEqual(failsWith('InvalidPayloadError', 'not_found'));
    await expect(people.split(unknown)).rejects.toEqual(failsWith('InvalidPayloadError', 'not_found'));
  });
}

/** Everything that is read of these people, as it is read. Bytes, not values: the order counts, too. */
async function readModels(store: Store, people: readonly Accepted[]): Promise<string> {
  const { memory } = store;
  const models = await Promise.all(
    people.map(async ({ handle, thread }) => {
      const person = await memory.people.ofHandle(handle);
      const hearing = { clearance: 'private', isMember: true, person: person.id } as const;
      return {
        person,
        journey: await memory.journeys.get(person.id),
        facts: await memory.facts.recall(hearing, { limit: 50 }),
        conversation: await memory.threads.conversation({ thread, handle, limit: 50 }),
        tickets: await memory.catalogue.tickets(person.id),
        enrolments: await memory.catalogue.enrolments(person.id),
        orders: await memory.catalogue.orders(person.id),
        claims: await memory.people.claims(person.id),
        links: await memory.people.links(person.id),
        threads: (await memory.operators.threads(500)).filter(({ id }) => id === thread),
        moves: await rows(
          store,
          'select transition, from_stage, to_stage from journey_moves where handle_id = $1 order by id',
          [handle],
        ),
      };
    }),
  );
  return JSON.stringify(models);
}

const STAGES = ['stranger', 'curious', 'lead', 'member'] as const;
const CONSENTS = [{ outreach: false, news: false }, { outreach: true, news: true }, { news: true }] as const;

/** What a handle does in one turn. */
const happening = fc.record({
  kind: fc.constant('turn' as const),
  who: fc.nat({ max: 4 }),
  stage: fc.option(fc.constantFrom(...STAGES), { nil: null }),
  fact: fc.option(fc.constantFrom('goal', 'city', 'hours'), { nil: null }),
  consents: fc.option(fc.constantFrom(...CONSENTS), { nil: null }),
  locale: fc.option(fc.constantFrom('de', 'fr'), { nil: null }),
  hasTicket: fc.boolean(),
});
const pair = { a: fc.nat({ max: 4 }), b: fc.nat({ max: 4 }) };
const step = fc.oneof(
  happening,
  happening,
  fc.record({ kind: fc.constant('link' as const), ...pair }),
  fc.record({ kind: fc.constant('unlink' as const), ...pair }),
  fc.record({ kind: fc.constant('split' as const), a: pair.a }),
);
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

type Cast = readonly { readonly visitor: string; readonly accepted: Accepted }[];

async function play(store: Store, cast: Cast, one: Step): Promise<void> {
  const { memory } = store;
  const handleOf = (n: number): HandleId => cast[n]?.accepted.handle ?? only([]);
  if (one.kind === 'turn') return act(store, cast, one);
  if (one.kind === 'split') return void (await memory.people.split(handleOf(one.a)));
  if (one.a === one.b) return;
  if (one.kind === 'link') await memory.people.link(handleOf(one.a), handleOf(one.b), PROOF);
  else await memory.people.unlink(handleOf(one.a), handleOf(one.b));
}

async function act(store: Store, cast: Cast, one: Extract<Step, { kind: 'turn' }>): Promise<void> {
  const { memory } = store;
  const { visitor, accepted } = cast[one.who] ?? only([]);
  const { id: person } = await memory.people.ofHandle(accepted.handle);
  const before = await memory.journeys.get(person);
  const since = new Date().toISOString();
  const start = before ?? { stage: 'stranger', definition: 1, since, version: 0, tags: [] };
  const journey = one.stage && { ...start, stage: one.stage, since, tags: [...new Set([...start.tags, one.stage])] };
  const { burst } = await answer(store, {
    visitor,
    journey,
    ...(one.consents ? { consents: one.consents } : {}),
    ...(one.locale ? { locale: one.locale } : {}),
    learned: one.fact ? [factOf({ subject: one.fact, text: uuidv7() })] : [],
  });
  if (!one.hasTicket) return;
  const ticket = { thread: burst.thread, subject: 'Help', summary: uuidv7(), kind: 'question' } as const;
  await memory.catalogue.openTicket(person, ticket, { turn: burst.turn, tool: 'open_ticket', arguments: {} });
}

/** The person's lane, and of what waits in it the burst of this handle. */
async function takeBurstOf(
  store: Store,
  lane: Accepted['lane'],
  of: Accepted,
): Promise<{ lease: Lease; burst: Burst }> {
  const lease = await acquire(store, lane);
  for (;;) {
    const burst = await nextBurst(store, lease);
    if (burst.handle === of.handle) return { lease, burst };
    await store.memory.turns.commit(lease, commitOf(burst));
  }
}

async function newCast(store: Store): Promise<Cast> {
  const cast: { visitor: string; accepted: Accepted }[] = [];
  for (let n = 0; n < 5; n += 1) {
    const visitor = newVisitor();
    cast.push({ visitor, accepted: (await answerFirst(store, visitor)).accepted });
  }
  return cast;
}

async function answerFirst(store: Store, visitor: string): Promise<{ readonly accepted: Accepted }> {
  const accepted = await stranger(store, visitor);
  await answer(store, { visitor });
  return { accepted };
}

function describeUndoing(open: OpenStore): void {
  it('after any sequence of turns, links, unlinks and splits gives back every read model to the same bytes', {
    timeout: 240_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 3, maxLength: 14 }),
        fc.nat({ max: 4 }),
        fc.nat({ max: 3 }),
        async (steps, a, skip) => {
          const cast = await newCast(open());
          for (const one of steps) await play(open(), cast, one);
          const people = cast.map(({ accepted }) => accepted);
          const [left, right] = [people[a] ?? only([]), people.filter((_, n) => n !== a)[skip] ?? only([])];
          const before = await readModels(open(), people);
          const { kind } = await open().memory.people.link(left.handle, right.handle, PROOF);
          if (kind !== 'linked') return;
          expect(await open().memory.people.unlink(right.handle, left.handle)).toBe(true);
          expect(await readModels(open(), people)).toBe(before);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('leaves with each what it did while they were one person', async () => {
    const [first, second] = [newVisitor(), newVisitor()];
    const [a, b] = [(await answerFirst(open(), first)).accepted, (await answerFirst(open(), second)).accepted];
    const { people, journeys } = open().memory;
    const since = '2026-11-22T09:00:00.000Z';
    const state = { stage: 'lead', definition: 1, since, version: 0, tags: ['asked'] };
    await answer(open(), { visitor: first, journey: state, consents: { news: true } });
    await people.link(a.handle, b.handle, PROOF);
    const one = await journeys.get(a.lane);
    expect(one).toMatchObject({ stage: 'lead', version: 1 });
    await answer(open(), {
      visitor: second,
      journey: { ...state, stage: 'member', version: 1 },
      consents: { outreach: false, news: false },
      locale: 'de',
    });
    expect(await people.ofHandle(a.handle)).toMatchObject({ locale: 'de', consents: { outreach: false, news: false } });
    await people.unlink(a.handle, b.handle);
    expect(await journeys.get(a.lane)).toEqual({ ...state, version: 1 });
    expect(await journeys.get(b.lane)).toMatchObject({ stage: 'member', version: 1 });
    expect(await people.ofHandle(a.handle)).toMatchObject({ locale: 'en', consents: { news: true } });
    expect(await people.ofHandle(b.handle)).toMatchObject({ locale: 'de', consents: { outreach: false, news: false } });
  });

  it('keeps a "stop" that was said again while it stood already', async () => {
    const [first, second] = [newVisitor(), newVisitor()];
    const [a, b] = [(await answerFirst(open(), first)).accepted, (await answerFirst(open(), second)).accepted];
    const stop = { outreach: false, news: false };
    await answer(open(), { visitor: first, consents: stop });
    await open().memory.people.link(a.handle, b.handle, PROOF);
    await answer(open(), { visitor: second, consents: stop });
    await open().memory.people.unlink(a.handle, b.handle);
    expect((await open().memory.people.ofHandle(b.handle)).consents).toEqual(stop);
  });

  it('leaves no journey behind that time would move for somebody without an address', async () => {
    const [first, second] = [newVisitor(), newVisitor()];
    const [a, b] = [(await answerFirst(open(), first)).accepted, (await answerFirst(open(), second)).accepted];
    const state = { stage: 'lead', definition: 1, since: '2026-11-22T09:00:00.000Z', version: 0, tags: [] };
    for (const visitor of [first, second]) await answer(open(), { visitor, journey: state });
    await open().memory.people.link(a.handle, b.handle, PROOF);
    expect(await countRows(open(), 'journeys where person_id = any($1)', [[a.lane, b.lane]])).toBe(1);
  });

  it('keeps what time alone moved with who moved last', async () => {
    const [first, second] = [newVisitor(), newVisitor()];
    const [a, b] = [(await answerFirst(open(), first)).accepted, (await answerFirst(open(), second)).accepted];
    const { people, journeys } = open().memory;
    const state = { stage: 'lead', definition: 1, since: '2026-11-22T09:00:00.000Z', version: 0, tags: [] };
    await answer(open(), { visitor: second, journey: state });
    await people.link(a.handle, b.handle, PROOF);
    const current = (await journeys.get(a.lane)) ?? only([]);
    const due = { person: a.lane, isMember: false, state: current };
    expect(await journeys.move(due, { after: { ...current, stage: 'lapsed' }, moves: [], messages: [] })).toBe(true);
    await people.unlink(a.handle, b.handle);
    expect(await journeys.get(a.lane)).toBeNull();
    expect(await journeys.get(b.lane)).toMatchObject({ stage: 'lapsed' });
  });

  it('leaves tickets and held places with the handle that asked for them', async () => {
    const [a, b] = [await stranger(open()), await stranger(open())];
    const { people, catalogue } = open().memory;
    await people.link(a.handle, b.handle, PROOF);
    const { lease, burst } = await takeBurstOf(open(), a.lane, b);
    const key = { turn: burst.turn, tool: 'open_ticket', arguments: {} };
    const ticket = { thread: b.thread, subject: 'Help', summary: 'Please help', kind: 'question' } as const;
    const { number } = await catalogue.openTicket(a.lane, ticket, key);
    const held = await catalogue.holdPlace(a.lane, 'breathing', { ...key, tool: 'hold_place' });
    await people.unlink(a.handle, b.handle);
    expect(await catalogue.tickets(a.lane)).toEqual([]);
    expect(await catalogue.tickets(b.lane)).toMatchObject([{ number }]);
    const again = { turn: newTurnId(), tool: 'hold_place', arguments: {} };
    expect(await catalogue.holdPlace(b.lane, 'breathing', again)).toEqual(held);
    expect(await countRows(open(), 'holds where handle_id = $1', [a.handle])).toBe(0);
    await open().memory.lanes.release(lease);
  });

  it('drops what a model summed up while they were one, and nothing older', async () => {
    const [a, b] = [await stranger(open()), await stranger(open())];
    const { threads, people } = open().memory;
    const sum = { text: 'in short', through: '2026-11-22T09:00:00.000Z', since: null };
    const summaryOf = async ({ thread, handle }: Accepted): Promise<string | undefined> =>
      (await threads.conversation({ thread, handle, limit: 5 })).summary?.text;
    await threads.saveSummary({ ...sum, thread: a.thread, handle: a.handle });
    await people.link(a.handle, b.handle, PROOF);
    await threads.saveSummary({ ...sum, thread: b.thread, handle: b.handle });
    await people.unlink(a.handle, b.handle);
    expect(await summaryOf(a)).toBe('in short');
    expect(await summaryOf(b)).toBeUndefined();
  });
}

function describeSplit(open: OpenStore): void {
  it('takes one handle out with all its edges; the others stay together as far as they hold', async () => {
    const [a, b, c, d] = [
      await stranger(open()),
      await stranger(open()),
      await stranger(open()),
      await stranger(open()),
    ];
    const { people } = open().memory;
    for (const other of [a, c, d]) await people.link(b.handle, other.handle, PROOF);
    await people.link(c.handle, d.handle, PROOF);
    expect(await people.split(b.handle)).toBe(3);
    const ids = await Promise.all([a, b, c, d].map(async ({ handle }) => (await people.ofHandle(handle)).id));
    expect(ids).toEqual([a.lane, b.lane, c.lane, c.lane]);
    expect(await people.split(b.handle)).toBe(0);
  });
}

function describeClaims(open: OpenStore): void {
  const people = (): PeoplePort => open().memory.people;

  it('block a link, and put both sides before the operators', async () => {
    const [a, b, c] = [await stranger(open()), await stranger(open()), await stranger(open())];
    await people().prove(a.handle, { proof: 'email_code', value: `${uuidv7()}@example.org` });
    await people().prove(b.handle, { proof: 'email_code', value: `${uuidv7()}@example.org` });
    await people().link(b.handle, c.handle, PROOF);
    const outcome = await people().link(a.handle, c.handle, PROOF);
    expect(outcome).toMatchObject({ kind: 'blocked', conflicts: ['email'] });
    expect((await people().ofHandle(c.handle)).id).toBe(b.lane);
    const found = (await people().cases({ open: true, limit: 500 })).find(
      (one) => 'case' in outcome && one.id === outcome.case,
    );
    const sides = (found?.sides ?? []).toSorted((x, y) => x.handles.length - y.handles.length);
    expect(sides).toMatchObject([
      { handles: [{ id: a.handle }], claims: [{ handle: a.handle, kind: 'email', proof: 'email_code' }] },
      { handles: [{ id: b.handle }, { id: c.handle }], claims: [{ handle: b.handle, kind: 'email' }] },
    ]);
    await people().link(c.handle, a.handle, PROOF);
    expect(
      (await people().cases({ open: true, limit: 500 })).filter(({ a: x, b: y }) => [x, y].includes(a.handle)),
    ).toHaveLength(1);
  });

  it('are there for members the site has proven, also those of earlier releases', async () => {
    const [ana, ben] = [await stranger(open(), `member:${uuidv7()}`), await stranger(open(), `member:${uuidv7()}`)];
    expect(await people().link(ana.handle, ben.handle, { proof: 'operator', reason: 'same name' })).toMatchObject({
      kind: 'blocked',
      conflicts: ['site_account'],
    });
    expect((await people().ofHandle(ben.handle)).id).toBe(ben.lane);
  });

  it('of one site account make its two addresses one person with the first words', async () => {
    const ref = `m-${uuidv7()}`;
    const web = await stranger(open(), `member:${ref}`);
    const sender = { externalId: ref, isMember: true };
    const event = messageFrom('-', 'Hello', {
      channel: 'buddyboss',
      sender,
      thread: { key: `message:${ref}`, clearance: 'private' },
    });
    const site = await appendOne(open(), event);
    expect(site.lane).toBe(web.lane);
    expect(await people().links(web.lane)).toMatchObject([{ proof: 'site_login' }]);
    // Whoever only calls themself so is nobody's account.
    const posing = { externalId: `member:${ref}`, isMember: false };
    const stranger2 = await appendOne(open(), messageFrom('-', 'Hello', { channel: 'telegram', sender: posing }));
    expect(stranger2.lane).not.toBe(web.lane);
    expect((await people().ofHandle(web.handle)).handles).toHaveLength(2);
  });

  it('that two have proven make them one', async () => {
    const [a, b] = [await stranger(open()), await stranger(open())];
    const value = `${uuidv7()}@Example.org`;
    expect(await people().prove(a.handle, { proof: 'email_code', value })).toEqual({ kind: 'known' });
    expect(await people().prove(b.handle, { proof: 'email_code', value: value.toLowerCase() })).toEqual({
      kind: 'linked',
    });
    expect((await people().ofHandle(b.handle)).id).toBe(a.lane);
    expect(await people().links(a.lane)).toMatchObject([{ proof: 'email_code' }]);
  });

  it('cannot be a second value of one person', async () => {
    const [a, b] = [await stranger(open()), await stranger(open())];
    await people().link(a.handle, b.handle, PROOF);
    await people().prove(a.handle, { proof: 'verified_phone', value: '+49 30 1234567' });
    const second = await people().prove(b.handle, { proof: 'verified_phone', value: '+49 30 7654321' });
    expect(second).toMatchObject({ kind: 'blocked', conflicts: ['phone'] });
    expect(await people().claims(a.lane)).toMatchObject([{ value: '+49301234567' }]);
  });
}

function describeCases(open: OpenStore): void {
  const people = (): PeoplePort => open().memory.people;
  const caseOf = async (handle: HandleId): Promise<string> =>
    only((await people().cases({ open: true, limit: 500 })).filter(({ a, b }) => a === handle || b === handle)).id;

  it('that propose a link make it only by an operator', async () => {
    const [a, b] = [await stranger(open()), await stranger(open())];
    for (let n = 0; n < 2; n += 1) await people().suggest(b.handle, a.handle, 'both wrote about the same order');
    expect((await people().ofHandle(b.handle)).id).toBe(b.lane);
    const id = await caseOf(a.handle);
    await people().decide(id, { outcome: 'linked', by: 'Olga' });
    expect((await people().ofHandle(b.handle)).id).toBe(a.lane);
    expect(await people().links(a.lane)).toMatchObject([{ proof: 'suggestion', reason: 'decided by Olga' }]);
    await expect(people().decide(id, { outcome: 'linked', by: 'Olga' })).rejects.toEqual(
      failsWith('InvalidPayloadError', 'not_found'),
    );
  });

  it('that are kept apart link nobody', async () => {
    const [a, b] = [await stranger(open()), await stranger(open())];
    await people().suggest(a.handle, b.handle, 'same display name');
    await people().decide(await caseOf(a.handle), { outcome: 'kept_apart', by: 'Olga' });
    expect((await people().ofHandle(b.handle)).id).toBe(b.lane);
  });

  it('of a conflict link by an operator’s word, and the two values are theirs from then on', async () => {
    const [a, b, c] = [await stranger(open()), await stranger(open()), await stranger(open())];
    const [old, now] = [`${uuidv7()}@example.org`, `${uuidv7()}@example.org`];
    await people().prove(a.handle, { proof: 'email_code', value: old });
    await people().prove(b.handle, { proof: 'email_code', value: now });
    await people().link(a.handle, b.handle, PROOF);
    await people().decide(await caseOf(a.handle), { outcome: 'linked', by: 'Olga' });
    expect((await people().ofHandle(b.handle)).id).toBe(a.lane);
    expect(await people().prove(c.handle, { proof: 'email_code', value: old })).toEqual({ kind: 'linked' });
  });
}

/** The same store, counting what is asked of it. */
function counting(store: Store): { readonly database: Database; readonly count: () => number } {
  let asked = 0;
  const connect = async (): Promise<unknown> => {
    const client = await store.pool.connect();
    return {
      query: (text: string, values?: unknown[]): Promise<unknown> => {
        asked += 1;
        return client.query(text, values);
      },
      release: (isBroken?: boolean) => client.release(isBroken),
    };
  };
  const query = (text: string, values: unknown[]): Promise<unknown> => {
    asked += 1;
    return store.pool.query(text, values);
  };
  return {
    database: createDatabase({ pool: { connect, query } as never, namesStatements: false }),
    count: () => asked,
  };
}

function describeMany(open: OpenStore): void {
  it('links and unlinks by as many statements as one with two', { timeout: 120_000 }, async () => {
    const { database, count } = counting(open());
    const links = createLinks(database, { mint: uuidv7, mergeStates: laterState });
    const crowd = [await stranger(open()), await stranger(open())];
    const cost = async (work: () => Promise<unknown>): Promise<number> => {
      const before = count();
      await work();
      return count() - before;
    };
    const [first, second] = [crowd[0] ?? only([]), crowd[1] ?? only([])];
    const few = await cost(() => links.link(first.handle, second.handle, PROOF));
    const fewGone = await cost(() => links.unlink(first.handle, second.handle));
    await links.link(first.handle, second.handle, PROOF);
    while (crowd.length < 199) {
      const next = await stranger(open());
      await links.link(crowd.at(-1)?.handle ?? next.handle, next.handle, PROOF);
      crowd.push(next);
    }
    // A ring, so that taking one edge away parts nobody.
    await links.link(crowd.at(-1)?.handle ?? first.handle, first.handle, PROOF);
    const last = await stranger(open());
    expect(await cost(() => links.link(first.handle, last.handle, PROOF))).toBe(few);
    expect((await open().memory.people.ofHandle(last.handle)).handles).toHaveLength(200);
    expect(await cost(() => links.unlink(first.handle, last.handle))).toBe(fewGone);
    expect((await open().memory.people.ofHandle(last.handle)).handles).toHaveLength(1);
    expect(await links.split(crowd[100]?.handle ?? first.handle)).toBe(2);
    expect((await open().memory.people.ofHandle(first.handle)).handles).toHaveLength(198);
  });
}
