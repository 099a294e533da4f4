/** What every outbox keeps: one sender at a time, in the thread's order, and an end that stays the end. */
import { uuidv7 } from 'uuidv7';
import { describe, expect, it } from 'vitest';
import { type DeliveryId, deliveryIdOf, type ThreadId } from '../../../core/ids.ts';
import type { Claim, OutboxPort } from '../../../memory/outbox.ts';
import type { Store } from '../../../memory/postgres/index.ts';
import { newVisitor } from '../../support/store.ts';
import { answer, matching, newTurnId, type OpenStore, replyOf, rows } from '../support.ts';

function textOf(claim: Pick<Claim, 'delivery'> | null): string | null {
  const [block] = claim?.delivery.reply.blocks ?? [];
  return block?.kind === 'text' ? block.text : null;
}

/** Makes every wait of a thread this much shorter, as the database sees it. */
async function elapse(store: Store, thread: ThreadId, milliseconds: number): Promise<void> {
  await store.pool.query(
    `update deliveries set due_at = due_at - $2 * interval '1 ms', claimed_until = claimed_until - $2 * interval '1 ms'
     where thread_id = $1`,
    [thread, milliseconds],
  );
}

const SENT = { losses: [], last: null };

type Ending = (outbox: OutboxPort, claim: Claim) => Promise<boolean>;

const endings: Readonly<
  Record<string, { readonly end: Ending; readonly isTerminal: boolean; readonly state: string }>
> = {
  markSent: {
    end: async (outbox, claim) => (await outbox.markSent(claim, SENT)) !== null,
    isTerminal: true,
    state: 'sent',
  },
  'markUnknown, not resent': {
    end: (outbox, claim) => outbox.markUnknown(claim, false),
    isTerminal: true,
    state: 'unknown',
  },
  'markUnknown, resent': {
    end: (outbox, claim) => outbox.markUnknown(claim, true),
    isTerminal: false,
    state: 'queued',
  },
  markFailed: { end: (outbox, claim) => outbox.markFailed(claim, 'recipient_gone'), isTerminal: true, state: 'failed' },
  putBack: {
    end: (outbox, claim) => outbox.putBack(claim, { afterMs: 0, code: 'channel_unavailable', isWait: false }),
    isTerminal: false,
    state: 'queued',
  },
};

export function describeOutbox(open: OpenStore): void {
  const outbox = (): OutboxPort => open().memory.outbox;
  const claim = (thread: ThreadId, holder = 'sender'): Promise<Claim | null> =>
    outbox().claim(thread, { holder, claimMs: 60_000 });
  const claimed = async (thread: ThreadId, holder = 'sender'): Promise<Claim> => {
    const found = await claim(thread, holder);
    if (!found) throw new Error('nothing to claim');
    return found;
  };
  const ports = { open, outbox, claim, claimed };
  describe('a claim', () => describeClaim(ports));
  describe('a delivery that was put back', () => describePutBack(ports));
  describe('an end', () => describeEnds(ports));
  describe('after a takeover', () => describeTakeover(ports));
  describe('what the sweeper and the widget read', () => describeReading(ports));
}

type Ports = {
  readonly open: OpenStore;
  readonly outbox: () => OutboxPort;
  readonly claim: (thread: ThreadId, holder?: string) => Promise<Claim | null>;
  readonly claimed: (thread: ThreadId, holder?: string) => Promise<Claim>;
};

function describeClaim({ open, outbox, claim, claimed }: Ports): void {
  it('follows the order of the thread, one at a time', async () => {
    const visitor = newVisitor();
    const { thread } = await answer(open(), { visitor, texts: ['one', 'two'] });
    await answer(open(), { visitor, texts: ['three'] });
    const told: (string | null)[] = [];
    for (;;) {
      const next = await claim(thread);
      if (!next) break;
      told.push(textOf(next));
      expect(await claim(thread, 'another')).toBeNull();
      expect(await outbox().markSent(next, SENT)).not.toBeNull();
    }
    expect(told).toEqual(['one', 'two', 'three']);
  });

  it('passes over a row that nobody can read, which ends where operators see it', async () => {
    const { thread } = await answer(open(), { texts: ['one', 'two'] });
    await rows(
      open(),
      `update deliveries set reply = '{"blocks": 7}' where thread_id = $1 and sequence = (
      select min(sequence) from deliveries where thread_id = $1)`,
      [thread],
    );
    expect(textOf(await claim(thread))).toBe('two');
    expect(
      await rows(open(), `select state, failure from deliveries where thread_id = $1 order by sequence`, [thread]),
    ).toEqual([
      { state: 'failed', failure: 'invalid_content' },
      { state: 'claimed', failure: null },
    ]);
  });

  it('goes to one of many senders who ask at the same moment', async () => {
    const { thread } = await answer(open(), { texts: ['one', 'two', 'three'] });
    const asked = await Promise.all(Array.from({ length: 8 }, (_, n) => claim(thread, `sender ${n}`)));
    expect(asked.filter((one) => one !== null).map(textOf)).toEqual(['one']);
  });

  it('carries the address of whom the turn answered, and the reply as it was allowed', async () => {
    const visitor = newVisitor();
    const { thread, burst } = await answer(open(), { visitor, texts: ['one'] });
    expect(await claimed(thread)).toMatchObject({
      partsSent: 0,
      holder: 'sender',
      delivery: {
        id: deliveryIdOf(burst.turn, 0),
        turn: burst.turn,
        thread,
        handle: burst.handle,
        channel: 'web',
        connection: 'main',
        threadKey: visitor,
        address: visitor,
        messageClass: 'answer',
        reply: replyOf('one'),
        state: 'claimed',
        attempts: 1,
      },
    });
  });

  it('waits for the time of a reminder, and lets later words pass it', async () => {
    const visitor = newVisitor();
    const reminder = { reply: replyOf('a reminder', 'courtesy'), replyTo: null, dueAt: '2099-01-01T00:00:00.000Z' };
    const { thread } = await answer(open(), { visitor, deliveries: [reminder] });
    expect(await claim(thread)).toBeNull();
    await answer(open(), { visitor, texts: ['later words'] });
    const later = await claimed(thread);
    expect(textOf(later)).toBe('later words');
    await outbox().markSent(later, SENT);
    await rows(open(), `update deliveries set due_at = now() where thread_id = $1 and state = 'queued'`, [thread]);
    expect(textOf(await claimed(thread))).toBe('a reminder');
  });

  it('is not free for others when its time ran out: the class rule comes first', async () => {
    const { thread } = await answer(open());
    await claimed(thread, 'dead');
    await elapse(open(), thread, 61_000);
    expect(await claim(thread, 'another')).toBeNull();
  });

  it('goes on after the parts that left', async () => {
    const { thread } = await answer(open());
    const first = await claimed(thread);
    expect(await outbox().recordPart(first, { position: 0, platformId: '501', claimMs: 60_000 })).toBe(true);
    expect(await outbox().recordPart(first, { position: 1, platformId: null, claimMs: 60_000 })).toBe(true);
    await outbox().putBack(first, { afterMs: 0, code: 'channel_unavailable', isWait: false });
    const second = await claimed(thread);
    expect(second).toMatchObject({ partsSent: 2, delivery: { attempts: 2, platformId: '501' } });
  });
}

function describePutBack({ open, outbox, claim, claimed }: Ports): void {
  it('was no try when it only waited, and every claim still has a number of its own', async () => {
    const { thread } = await answer(open());
    const first = await claimed(thread);
    await outbox().putBack(first, { afterMs: 0, code: 'channel_pace', isWait: true });
    const second = await claimed(thread);
    expect([first.tries, second.tries]).toEqual([1, 1]);
    expect(await outbox().markSent(first, SENT)).toBeNull();
    await outbox().putBack(second, { afterMs: 0, code: 'channel_unavailable', isWait: false });
    expect(await claimed(thread)).toMatchObject({ tries: 2, delivery: { attempts: 3 } });
  });

  it('lives on with every part that left', async () => {
    const { thread } = await answer(open());
    const held = await claimed(thread);
    await elapse(open(), thread, 59_000);
    await outbox().recordPart(held, { position: 0, platformId: '1', claimMs: 60_000 });
    await elapse(open(), thread, 59_000);
    const lost = await outbox().listLostClaims(10_000);
    expect(lost.filter(({ delivery }) => delivery.thread === thread)).toEqual([]);
  });

  it('waits what it was told, and nothing of the thread overtakes it', async () => {
    const visitor = newVisitor();
    const { thread } = await answer(open(), { visitor, texts: ['one', 'two'] });
    const first = await claimed(thread);
    expect(await outbox().putBack(first, { afterMs: 30_000, code: 'channel_rate_limited', isWait: false })).toBe(true);
    await answer(open(), { visitor, texts: ['three'] });
    expect(await claim(thread)).toBeNull();
    expect(await outbox().listDueThreads(10_000)).not.toContain(thread);
    expect(await outbox().get(first.delivery.id)).toMatchObject({ state: 'queued', failure: 'channel_rate_limited' });
    await elapse(open(), thread, 30_000);
    expect(await outbox().listDueThreads(10_000)).toContain(thread);
    const again = await claimed(thread);
    expect(textOf(again)).toBe('one');
    await outbox().markSent(again, SENT);
    expect(textOf(await claimed(thread))).toBe('two');
  });

  it('is overtaken by crisis words only', async () => {
    const visitor = newVisitor();
    const { thread } = await answer(open(), { visitor, texts: ['one'] });
    await outbox().putBack(await claimed(thread), { afterMs: 30_000, code: 'channel_unavailable', isWait: false });
    await answer(open(), { visitor, deliveries: [{ reply: replyOf('call this number', 'crisis'), replyTo: null }] });
    expect(await outbox().listDueThreads(10_000)).toContain(thread);
    expect(textOf(await claimed(thread))).toBe('call this number');
  });
}

function describeEnds({ open, outbox, claim, claimed }: Ports): void {
  it.each(Object.entries(endings))('%s', async (_, { end, isTerminal, state }) => {
    const { thread, deliveries } = await answer(open());
    const first = await claimed(thread);
    expect(await end(outbox(), { ...first, holder: 'somebody else' })).toBe(false);
    expect(await end(outbox(), first)).toBe(true);
    expect(await outbox().get(deliveries[0] as DeliveryId)).toMatchObject({ state, attempts: 1 });
    for (const { end: other } of Object.values(endings)) expect(await other(outbox(), first)).toBe(false);
    expect(await outbox().recordPart(first, { position: 0, platformId: '1', claimMs: 60_000 })).toBe(false);
    expect(await outbox().get(deliveries[0] as DeliveryId)).toMatchObject({ state, attempts: 1, platformId: null });
    expect((await claim(thread)) === null).toBe(isTerminal);
  });

  it('is refused to an earlier claim of the same sender', async () => {
    const { thread } = await answer(open());
    const slow = await claimed(thread);
    await elapse(open(), thread, 61_000);
    for (const lost of await outbox().listLostClaims(10_000)) {
      if (lost.delivery.thread === thread) expect(await outbox().markUnknown(lost, true)).toBe(true);
    }
    const current = await claimed(thread);
    for (const { end } of Object.values(endings)) expect(await end(outbox(), slow)).toBe(false);
    expect(await outbox().recordPart(slow, { position: 0, platformId: '1', claimMs: 60_000 })).toBe(false);
    expect(await outbox().markSent(current, SENT)).not.toBeNull();
  });

  it('says whether anything else of the thread is due, and records the last part with the end', async () => {
    const { thread, deliveries } = await answer(open(), { texts: ['one', 'two', 'three'] });
    const first = await claimed(thread);
    expect(await outbox().markSent(first, { losses: [], last: { position: 0, platformId: '7' } })).toEqual({
      hasMore: true,
    });
    expect(await outbox().get(deliveries[0] as DeliveryId)).toMatchObject({ state: 'sent', platformId: '7' });
    const [row] = await rows(open(), 'select parts_sent from deliveries where id = $1', [deliveries[0]]);
    expect(row).toEqual({ parts_sent: 1 });
    await outbox().markSent(await claimed(thread), SENT);
    const last = await claimed(thread);
    await outbox().putBack(last, { afterMs: 60_000, code: 'channel_unavailable', isWait: false });
    const crisis = await answer(open(), { deliveries: [{ reply: replyOf('one', 'crisis'), replyTo: null }] });
    expect(await outbox().markSent(await claimed(crisis.thread), SENT)).toEqual({ hasMore: false });
  });

  it('keeps what the channel could not show, the first platform id and the time', async () => {
    const { thread, deliveries } = await answer(open());
    const held = await claimed(thread);
    await outbox().recordPart(held, { position: 0, platformId: '501', claimMs: 60_000 });
    await outbox().recordPart(held, { position: 1, platformId: '502', claimMs: 60_000 });
    await outbox().markSent(held, { losses: [{ block: 'card', what: 'card', became: 'text' }], last: null });
    expect(await outbox().get(deliveries[0] as DeliveryId)).toMatchObject({
      state: 'sent',
      platformId: '501',
      losses: [{ block: 'card', what: 'card', became: 'text' }],
      sentAt: matching(/^\d{4}-.*Z$/),
      failure: null,
    });
  });
}

function describeTakeover({ open, outbox, claim, claimed }: Ports): void {
  it('nothing leaves that an agent wrote before, but crisis words and the operator do', async () => {
    const visitor = newVisitor();
    const crisis = { reply: replyOf('call this number', 'crisis'), replyTo: null };
    const later = await answer(open(), { visitor, texts: ['put back', 'queued'] });
    const { thread } = later;
    const first = await claimed(thread);
    const { deliveries } = await answer(open(), { visitor, deliveries: [crisis] });
    await open().memory.threads.setOwnership(thread, 'operator');
    await outbox().putBack(first, { afterMs: 0, code: 'channel_unavailable', isWait: false });
    await open().memory.operators.write(thread, { id: uuidv7(), text: 'I am here.' });
    const told: (string | null)[] = [];
    for (let next = await claim(thread); next; next = await claim(thread)) {
      told.push(textOf(next));
      await outbox().markSent(next, SENT);
    }
    expect(told).toEqual(['call this number', 'I am here.']);
    expect(await outbox().get(deliveries[0] as DeliveryId)).toMatchObject({ state: 'sent' });
    for (const id of later.deliveries) expect(await outbox().get(id)).toMatchObject({ state: 'suppressed' });
    await open().memory.threads.setOwnership(thread, 'agents');
    expect(await claim(thread)).toBeNull();
  });

  it('between the claim and the request nothing leaves either, but crisis words and the operator’s; not the rest of what has begun', async () => {
    const take = async (ours: { readonly thread: ThreadId }) => {
      const held = await claimed(ours.thread);
      return { held, taken: open().memory.threads.setOwnership(ours.thread, 'operator') };
    };
    const plain = await take(await answer(open()));
    await plain.taken;
    expect(await outbox().leave(plain.held, 60_000)).toBe('suppressed');
    expect(await outbox().get(plain.held.delivery.id)).toMatchObject({ state: 'suppressed', failure: 'takeover' });
    expect(await outbox().leave(plain.held, 60_000)).toBe('lost');
    const crisis = await take(
      await answer(open(), { deliveries: [{ reply: replyOf('call', 'crisis'), replyTo: null }] }),
    );
    await crisis.taken;
    expect(await outbox().leave(crisis.held, 60_000)).toBe('go');
    const begun = await take(await answer(open()));
    await outbox().recordPart(begun.held, { position: 0, platformId: '1', claimMs: 60_000 });
    await begun.taken;
    expect(await outbox().leave(begun.held, 60_000)).toBe('suppressed');
    expect(await outbox().get(begun.held.delivery.id)).toMatchObject({ failure: 'takeover_in_part' });
    const { thread } = await answer(open(), { deliveries: [] });
    await open().memory.threads.setOwnership(thread, 'operator');
    await open().memory.operators.write(thread, { id: uuidv7(), text: 'I am here.' });
    expect(await outbox().leave(await claimed(thread), 60_000)).toBe('go');
  });

  it('can be told what is on its way still, from the request of a part to its record', async () => {
    const { thread } = await answer(open());
    const isLeaving = (): Promise<boolean> => outbox().isLeaving(thread);
    expect(await isLeaving()).toBe(false);
    const claim = await claimed(thread);
    expect(await isLeaving()).toBe(false);
    await outbox().leave(claim, 60_000);
    expect(await isLeaving()).toBe(true);
    await outbox().recordPart(claim, { position: 0, platformId: '1', claimMs: 60_000 });
    expect(await isLeaving()).toBe(false);
    await outbox().leave(claim, 60_000);
    expect(await isLeaving()).toBe(true);
    await outbox().markSent(claim, SENT);
    expect(await isLeaving()).toBe(false);
  });

  it('says of a lost claim whether anything was on its way', async () => {
    const ours = [await answer(open()), await answer(open()), await answer(open())];
    const [idle, leaving, recorded] = await Promise.all(ours.map(({ thread }) => claimed(thread, 'dead')));
    if (!idle || !leaving || !recorded) throw new Error('nothing to claim');
    await outbox().leave(leaving, 60_000);
    await outbox().leave(recorded, 60_000);
    await outbox().recordPart(recorded, { position: 0, platformId: '1', claimMs: 60_000 });
    for (const { thread } of ours) await elapse(open(), thread, 61_000);
    const lost = new Map((await outbox().listLostClaims(10_000)).map((one) => [one.delivery.id, one.isLeaving]));
    expect([idle, leaving, recorded].map(({ delivery }) => lost.get(delivery.id))).toEqual([false, true, false]);
    await outbox().markUnknown(leaving, true);
    expect(await claimed(leaving.delivery.thread)).toMatchObject({ isLeaving: false });
  });
}

function describeReading({ open, outbox, claimed }: Ports): void {
  it('is every thread with something due that nobody is sending', async () => {
    const due = await answer(open());
    const busy = await answer(open(), { texts: ['one', 'two'] });
    await claimed(busy.thread);
    const listed = await outbox().listDueThreads(10_000);
    expect(listed).toContain(due.thread);
    expect(listed).not.toContain(busy.thread);
    expect(await outbox().listDueThreads(1)).toHaveLength(1);
  });

  it('has the oldest of every connection before the second of any', async () => {
    const old = await Promise.all(Array.from({ length: 3 }, () => answer(open())));
    const other = await answer(open());
    await rows(open(), `update threads set connection = 'second' where id = $1`, [other.thread]);
    const listed = await outbox().listDueThreads(10_000);
    expect(listed.indexOf(other.thread)).toBeLessThan(listed.indexOf(old[2]?.thread as ThreadId));
  });

  it('is every claim whose time ran out, with who held it', async () => {
    const dead = await answer(open());
    const alive = await answer(open());
    const held = await claimed(dead.thread, 'dead');
    await outbox().recordPart(held, { position: 0, platformId: '1', claimMs: 60_000 });
    await claimed(alive.thread, 'alive');
    await elapse(open(), dead.thread, 61_000);
    const lost = await outbox().listLostClaims(10_000);
    expect(lost.filter(({ delivery }) => delivery.thread === alive.thread)).toEqual([]);
    expect(lost.filter(({ delivery }) => delivery.thread === dead.thread)).toMatchObject([
      { holder: 'dead', partsSent: 1, delivery: { id: held.delivery.id } },
    ]);
  });

  it('is the thread after a sequence, oldest first, without what is not due', async () => {
    const visitor = newVisitor();
    const reminder = { reply: replyOf('later', 'courtesy'), replyTo: null, dueAt: '2099-01-01T00:00:00.000Z' };
    const { thread } = await answer(open(), { visitor, texts: ['one', 'two'] });
    await answer(open(), { visitor, deliveries: [reminder, { reply: replyOf('three'), replyTo: null }] });
    const all = await outbox().list(thread, { after: 0, limit: 10 });
    expect(all.map((delivery) => textOf({ delivery: delivery as Claim['delivery'] }))).toEqual(['one', 'two', 'three']);
    const [first] = all;
    const rest = await outbox().list(thread, { after: first?.sequence ?? -1, limit: 1 });
    expect(rest.map(({ id }) => id)).toEqual([all[1]?.id]);
  });

  it('tells what was sent in the order it was sent, whenever it was written', async () => {
    const visitor = newVisitor();
    const { thread } = await answer(open(), { visitor, texts: ['reminder', 'first'] });
    const [reminder] = await outbox().list(thread, { after: 0, limit: 1 });
    const dueAt = (due: string): Promise<unknown> =>
      rows(open(), 'update deliveries set due_at = $2 where id = $1', [reminder?.id, due]);
    await dueAt('2099-01-01T00:00:00.000Z');
    await outbox().markSent(await claimed(thread), SENT);
    const [first] = await outbox().listSent(thread, { after: 0, limit: 10 });
    await answer(open(), { visitor, texts: ['second'] });
    await outbox().markSent(await claimed(thread), SENT);
    await dueAt('2026-01-01T00:00:00.000Z');
    const held = await claimed(thread);
    expect(await outbox().listSent(thread, { after: 0, limit: 10 })).toHaveLength(2);
    await outbox().markSent(held, SENT);
    const all = await outbox().listSent(thread, { after: 0, limit: 10 });
    expect(all.map((delivery) => textOf({ delivery: delivery as Claim['delivery'] }))).toEqual([
      'first',
      'second',
      'reminder',
    ]);
    const rest = await outbox().listSent(thread, { after: first?.sentSequence ?? -1, limit: 1 });
    expect(rest.map(({ id }) => id)).toEqual([all[1]?.id]);
  });

  it('is null for a delivery that is not there', async () => {
    expect(await outbox().get(deliveryIdOf(newTurnId(), 0))).toBeNull();
  });
}
