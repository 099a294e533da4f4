/** What every memory keeps of erasing: nothing of the person is left in any table, others keep what is theirs, and no turn writes afterwards. */
import { uuidv7 } from 'uuidv7';
import { expect, it } from 'vitest';
import type { HandleId } from '../../../core/ids.ts';
import type { Store } from '../../../memory/postgres/index.ts';
import { PERSON_STORES } from '../../../memory/postgres/person-stores.ts';
import { acquire, append, appendOne, messageFrom, nextBurst, take } from '../../support/store.ts';
import {
  commitOf,
  countRows,
  factOf,
  failsWith,
  newTurnId,
  type OpenStore,
  only,
  replyOf,
  rows,
  turnOf,
} from '../support.ts';

/** Every table of ours and of the queue. */
async function tablesOf(store: Store): Promise<readonly string[]> {
  const found = await rows<{ name: string }>(
    store,
    `select quote_ident(table_schema) || '.' || quote_ident(table_name) as name from information_schema.tables
     where table_schema in ('public', 'bullmq') and table_type = 'BASE TABLE' order by 1`,
  );
  return found.map(({ name }) => name);
}

/** The tables in which these words stand, in whatever column and form. */
export async function tablesWith(store: Store, words: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const table of await tablesOf(store)) {
    const hex = Buffer.from(words).toString('hex');
    const n = await countRows(store, `${table} t where strpos(t::text, $1) > 0 or strpos(t::text, $2) > 0`, [
      words,
      hex,
    ]);
    if (n > 0) found.push(table.replace('public.', ''));
  }
  return found;
}

export type Canary = {
  readonly words: string;
  readonly handle: HandleId;
  readonly other: HandleId;
  readonly handles: readonly HandleId[];
};

/** Somebody whose every word, name and address holds the same string, in every store, beside somebody else in a group. */
export async function keepCanary(store: Store): Promise<Canary> {
  const { memory } = store;
  const words = `canary${uuidv7().replaceAll('-', '')}`;
  const sender = { externalId: `visitor:${words}`, displayName: `Name ${words}`, isMember: false };
  const subject = { id: `post-${words}`, url: `https://x.example/${words}`, excerpt: `about ${words}` };
  const thread = { key: `visitor:${words}`, clearance: 'private', subject } as const;
  const member = { externalId: `member:${words}`, displayName: words, isMember: true };
  const first = await appendOne(
    store,
    messageFrom('-', `my words are ${words}`, { thread, sender, externalId: `id-${words}` }),
  );
  const { lease, burst } = await take(store, first.lane);
  const call = uuidv7();
  const calls = [
    {
      id: call,
      position: 0,
      purpose: 'continue',
      name: 'action:lead',
      label: `Go on, ${words}`,
      url: `https://t.me/${words}`,
      stage: 'lead',
      lifeHours: 24,
    },
  ] as const;
  const journey = { stage: 'lead', definition: 1, since: '2026-11-22T09:00:00.000Z', version: 0, tags: [words] };
  const draft = { ...replyOf(`you said ${words}`), toolCalls: [], grounded: false, unanswered: `what is ${words}?` };
  await memory.turns.commit(
    lease,
    commitOf(burst, {
      turn: turnOf(burst, { draft, moves: [{ transition: 'asks', from: 'curious', to: 'lead', cause: words }] }),
      deliveries: [{ reply: replyOf(`you said ${words}`), replyTo: `re-${words}` }],
      alerts: [{ kind: 'hand_over', summary: words }],
      journey,
      calls,
      toLearn: true,
      locale: 'de',
      consents: { news: true },
    }),
  );
  await memory.facts.learn({
    turn: burst.turn,
    handle: burst.handle,
    learnedAt: new Date().toISOString(),
    facts: [factOf({ text: words, quote: words })],
  });
  const ticket = { thread: first.thread, subject: words, summary: words, kind: 'question' } as const;
  await memory.catalogue.openTicket(first.lane, ticket, { turn: burst.turn, tool: 'open_ticket', arguments: {} });
  await memory.catalogue.holdPlace(first.lane, `offer-${words}`, { turn: burst.turn, tool: 'hold', arguments: {} });
  await memory.threads.saveSummary({
    thread: first.thread,
    handle: first.handle,
    text: words,
    through: new Date().toISOString(),
    since: null,
  });
  await memory.exemplars.propose({ text: `ask ${words}`, intent: 'price', reason: 'correction', turn: burst.turn });
  const candidate = only((await memory.exemplars.candidates('pending')).filter(({ text }) => text.includes(words)));
  await memory.exemplars.decide(candidate.id, { state: 'accepted' });
  await rows(
    store,
    `insert into exemplars (intent, text, embedding) select 'price', $1, array_fill(0, array[512])::vector`,
    [`ask ${words}`],
  );
  await rows(store, `insert into intent_models (version, data) values ($1, $2)`, [uuidv7(), Buffer.from(words)]);
  await memory.people.prove(first.handle, { proof: 'email_code', value: `${words}@example.org` });
  await memory.lanes.release(lease);
  // A second address of theirs, a member's, reached by the call to action.
  const second = await appendOne(
    store,
    messageFrom('-', `again ${words}`, { sender: member, thread: { key: `member:${words}`, clearance: 'private' } }),
  );
  await memory.calls.redeem(call, { handle: second.handle, thread: second.thread, turn: newTurnId() });
  await rows(store, `insert into courses (id, position, record) values ('c', 1, '{}') on conflict do nothing`);
  await rows(store, `insert into enrolments (member_ref, course_id, started_at) values ($1, 'c', '2026-01-01')`, [
    words,
  ]);
  await rows(store, `insert into orders (number, member_ref, record) values ($1, $1, '{}')`, [words]);
  await rows(
    store,
    `insert into documents (id, source, title, audience, owner_handle_id, language, body) values ($1, $1, $1, 'person', $2, 'en', $1)`,
    [words, first.handle],
  );
  await rows(
    store,
    `insert into passages (id, document_id, position, title, headings, text, audience, owner_handle_id, language) values ($1, $1, 0, $1, '[]', $1, 'person', $2, 'en')`,
    [words, first.handle],
  );
  await memory.paces.take([{ key: `web/main/${first.thread}`, everyMs: 1, slackMs: 0 }], 1000);
  // A group in which somebody else writes, and a link that was blocked.
  const group = { key: `group-${uuidv7()}`, clearance: 'members' } as const;
  const [, other] = await append(
    store,
    messageFrom('-', `hello, I am ${words}`, { sender, thread: group }),
    messageFrom(`visitor:${uuidv7()}`, 'hello all', { thread: group }),
  );
  if (!other) throw new Error('nobody else wrote');
  await memory.people.prove(other.handle, { proof: 'email_code', value: `${uuidv7()}@example.org` });
  await memory.people.link(first.handle, other.handle, { proof: 'deep_link', reason: `said ${words}` });
  return { words, handle: first.handle, other: other.handle, handles: [first.handle, second.handle] };
}

export function describeErasures(open: OpenStore): void {
  it('finds the canary in every store before, and in none after; the receipt says where it was', {
    timeout: 60_000,
  }, async () => {
    const { words, handle } = await keepCanary(open());
    const before = await tablesWith(open(), words);
    const kept = PERSON_STORES.map(({ table }) => table);
    // These hold ids and times only; all others hold the words.
    const idsOnly = ['continuations', 'links', 'told', 'effects', 'persons', 'send_paces'];
    expect(before).toEqual(expect.arrayContaining(kept.filter((table) => !idsOnly.includes(table))));
    const receipt = await open().memory.erasures.erase(handle, 'Olga');
    expect(await tablesWith(open(), words)).toEqual([]);
    expect(receipt).toMatchObject({
      erasedBy: 'Olga',
      handles: 2,
      counts: { handles: 2, persons: 2, turns: 1, facts: 1, claims: 1, continuations: 1, send_paces: 1 },
    });
    for (const table of before.filter((name) => kept.includes(name)))
      expect(receipt.counts[table], table).toBeGreaterThan(0);
    expect(await open().memory.erasures.receipts(1)).toEqual([receipt]);
  });

  it('leaves others what is theirs', async () => {
    const { handle, other } = await keepCanary(open());
    const person = await open().memory.people.ofHandle(other);
    await open().memory.erasures.erase(handle, 'Olga');
    expect(await open().memory.people.ofHandle(other)).toEqual(person);
    expect(await countRows(open(), `inbox where handle_id = $1 and event->>'text' = 'hello all'`, [other])).toBe(1);
  });

  it('leaves to somebody who was linked once what they did while they were', async () => {
    const [a, b] = [
      await appendOne(open(), messageFrom(`visitor:${uuidv7()}`, 'I am a')),
      await appendOne(open(), messageFrom(`visitor:${uuidv7()}`, 'I am b')),
    ];
    const { people, turns, lanes, erasures } = open().memory;
    await people.link(a.handle, b.handle, { proof: 'deep_link', reason: 'clicked' });
    const lease = await acquire(open(), a.lane);
    for (let n = 0; n < 2; n += 1) await turns.commit(lease, commitOf(await nextBurst(open(), lease)));
    await lanes.release(lease);
    await people.unlink(a.handle, b.handle);
    await erasures.erase(a.handle, 'Olga');
    expect(await turns.list({ thread: b.thread, limit: 5 })).toHaveLength(1);
    expect(await turns.list({ thread: a.thread, limit: 5 })).toEqual([]);
  });

  it('while a turn of theirs runs ends it: it commits nothing, teaches nothing, opens nothing', async () => {
    const words = `canary${uuidv7()}`;
    const said = await appendOne(open(), messageFrom(`visitor:${words}`, words));
    const { lease, burst } = await take(open(), said.lane);
    const { erasures, turns, facts, catalogue, threads, exemplars, lanes } = open().memory;
    await erasures.erase(said.handle, 'Olga');
    const counts = async (): Promise<object> =>
      Object.fromEntries(
        await Promise.all(
          [
            'turns',
            'deliveries',
            'facts',
            'tickets',
            'thread_summaries',
            'exemplar_candidates',
            'inbox',
            'handles',
          ].map(async (table) => [table, await countRows(open(), table)] as const),
        ),
      );
    const before = await counts();
    await expect(turns.commit(lease, commitOf(burst))).rejects.toEqual(failsWith('TransientError', 'lane_lost'));
    expect(await lanes.renew(lease, 60_000)).toBe(false);
    const { turn, handle } = burst;
    const learnedAt = new Date().toISOString();
    expect(await facts.learn({ turn, handle, learnedAt, facts: [factOf({ text: words })] })).toBe(0);
    const late = [
      facts.correct({ turn, handle, learnedAt, facts: [factOf({ text: words })] }),
      catalogue.openTicket(
        said.lane,
        { thread: said.thread, subject: words, summary: words, kind: 'question' },
        { turn, tool: 'open_ticket', arguments: {} },
      ),
      exemplars.propose({ text: words, intent: null, reason: 'tie-break', turn }),
    ];
    expect((await Promise.allSettled(late)).map(({ status }) => status)).toEqual(late.map(() => 'rejected'));
    await threads.saveSummary({ thread: said.thread, handle, text: words, through: learnedAt, since: null });
    expect(await counts()).toEqual(before);
    expect(await tablesWith(open(), words)).toEqual([]);
    // The same process takes the same lane once more: the turn before still has the wrong fence.
    const again = await acquire(open(), said.lane);
    expect(again.fence).toBeGreaterThan(lease.fence);
    await lanes.release(again);
  });

  it('makes a stranger of the same address', async () => {
    const visitor = `visitor:${uuidv7()}`;
    const before = await appendOne(open(), messageFrom(visitor, 'my goal is to sleep'));
    await open().memory.erasures.erase(before.handle, 'Olga');
    const after = await appendOne(open(), messageFrom(visitor, 'hello'));
    expect([after.handle === before.handle, after.lane === before.lane, after.isNew]).toEqual([false, false, true]);
    expect((await open().memory.people.ofHandle(after.handle)).handles).toHaveLength(1);
  });

  it('with events coming in at the same moment keeps or loses each whole', async () => {
    const visitor = `visitor:${uuidv7()}`;
    const first = await appendOne(open(), messageFrom(visitor, 'one'));
    const more = Array.from({ length: 6 }, (_, n) =>
      appendOne(open(), messageFrom(visitor, `more ${n}`)).catch(() => null),
    );
    await open().memory.erasures.erase(first.handle, 'Olga');
    const accepted = (await Promise.all(more)).filter((one) => one !== null);
    const left = await rows<{ handle_id: string }>(
      open(),
      `select i.handle_id from inbox i join handles h on h.id = i.handle_id where h.external_id = $1`,
      [visitor],
    );
    expect(left.every(({ handle_id }) => handle_id !== first.handle)).toBe(true);
    expect(left.length).toBeLessThanOrEqual(accepted.length);
  });

  it('of somebody who is not there is refused', async () => {
    const nobody = uuidv7() as HandleId;
    const refused = failsWith('InvalidPayloadError', 'not_found');
    await expect(open().memory.erasures.erase(nobody, 'Olga')).rejects.toEqual(refused);
    await expect(open().memory.erasures.collect(nobody)).rejects.toEqual(refused);
  });

  it('hands over everything it would erase, but for its own machinery', async () => {
    const { words, handle } = await keepCanary(open());
    const collected = await open().memory.erasures.collect(handle);
    for (const { table, isInner } of PERSON_STORES) expect(table in collected, table).toBe(isInner !== true);
    const said = JSON.stringify(collected);
    for (const part of [`my words are ${words}`, `you said ${words}`, `${words}@example.org`, `Name ${words}`])
      expect(said).toContain(part);
    expect(said).not.toMatch(/"embedding"|hello all/);
    await open().memory.erasures.erase(handle, 'Olga');
  });

  it('knows every table that points at a person', async () => {
    const pointing = await rows<{ table: string }>(
      open(),
      `select distinct c.conrelid::regclass::text as table from pg_constraint c
       where c.contype = 'f' and c.confrelid in ('handles'::regclass, 'persons'::regclass, 'threads'::regclass, 'turns'::regclass, 'deliveries'::regclass)`,
    );
    const known = PERSON_STORES.map(({ table }) => table);
    expect(pointing.map(({ table }) => table).filter((table) => !known.includes(table))).toEqual([]);
  });
}
