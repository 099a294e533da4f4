/** What operators can read and write: threads, their entries in order, alerts, and words that are sent once. */
import { uuidv7 } from 'uuidv7';
import { describe, expect, it } from 'vitest';
import { type DeliveryId, ThreadId } from '../../../core/ids.ts';
import type { OperatorPort, ThreadEntry } from '../../../memory/operators.ts';
import { append, appendOne, messageFrom, newVisitor } from '../../support/store.ts';
import { answer, countRows, failsWith, matching, type OpenStore, only } from '../support.ts';

function words(entry: ThreadEntry): string {
  if (entry.kind === 'event') return `in: ${entry.text}`;
  const [block] = entry.delivery.reply.blocks;
  return `out: ${block?.kind === 'text' ? block.text : ''}`;
}

export function describeOperators(open: OpenStore): void {
  const operators = (): OperatorPort => open().memory.operators;
  describe('threads', () => describeThreads(open, operators));
  describe('entries', () => describeEntries(open, operators));
  describe('alerts', () => describeAlerts(open, operators));
  describe("an operator's words", () => describeWriting(open, operators));

  it('count what there is', async () => {
    const before = await operators().counts();
    await answer(open());
    await appendOne(open(), messageFrom(newVisitor(), 'pending'));
    const after = await operators().counts();
    const grown = ['persons', 'threads', 'turns', 'pending'].map((name) => (after[name] ?? 0) - (before[name] ?? 0));
    expect(grown).toEqual([2, 2, 1, 1]);
  });
}

function describeThreads(open: OpenStore, operators: () => OperatorPort): void {
  it('come newest first, with who wrote, what, and where they stand', async () => {
    const visitor = newVisitor();
    const sender = { externalId: visitor, displayName: 'Mirela', isMember: false };
    const older = await answer(open());
    const journey = { stage: 'curious', definition: 1, since: '2026-11-22T09:00:00.000Z', version: 0, tags: [] };
    const alerts = [{ kind: 'hand_over' as const, summary: 'asked for a human' }];
    const { thread, person } = await answer(open(), { visitor, journey, alerts, ownership: 'waiting' });
    await appendOne(open(), messageFrom(visitor, `Hello again ${'x'.repeat(200)}`, { sender }));
    const listed = await operators().threads(1000);
    expect(listed[0]).toEqual({
      id: thread,
      channel: 'web',
      clearance: 'private',
      ownership: 'waiting',
      person,
      name: 'Mirela',
      stage: 'curious',
      preview: matching(/^Hello again x+$/),
      lastAt: matching(/Z$/),
      turns: 1,
      openAlerts: 1,
    });
    expect(listed[0]?.preview).toHaveLength(160);
    expect(listed.findIndex(({ id }) => id === older.thread)).toBeGreaterThan(0);
    expect(await operators().threads(1)).toHaveLength(1);
  });
}

function describeEntries(open: OpenStore, operators: () => OperatorPort): void {
  it('come in the order in which they happened, also those of one request and of one turn', async () => {
    const visitor = newVisitor();
    const texts = Array.from({ length: 6 }, (_, n) => `answer ${n}`);
    const { thread } = await answer(open(), { visitor, texts });
    await append(open(), ...['a', 'b', 'c', 'd', 'e', 'f'].map((text) => messageFrom(visitor, text)));
    const entries = await operators().entries(thread, 100);
    expect(entries.map(words)).toEqual([
      'in: Hello',
      ...texts.map((text) => `out: ${text}`),
      ...['a', 'b', 'c', 'd', 'e', 'f'].map((text) => `in: ${text}`),
    ]);
    expect((await operators().entries(thread, 2)).map(words)).toEqual(['in: e', 'in: f']);
  });

  it('say what became of each', async () => {
    const { thread, burst, deliveries } = await answer(open());
    expect(await operators().entries(thread, 10)).toMatchObject([
      {
        kind: 'event',
        id: burst.events[0]?.id,
        externalId: burst.events[0]?.event.externalId,
        eventKind: 'message',
        state: 'done',
        turn: burst.turn,
        name: null,
      },
      { kind: 'delivery', delivery: { id: deliveries[0], state: 'queued' } },
    ]);
  });
}

function describeAlerts(open: OpenStore, operators: () => OperatorPort): void {
  it('are open until somebody acknowledges them, once', async () => {
    const { thread, burst } = await answer(open(), { alerts: [{ kind: 'crisis', summary: 'crisis words' }] });
    const mine = async (isOpen: boolean) =>
      (await operators().alerts({ open: isOpen, limit: 1000 })).filter((alert) => alert.thread === thread);
    const alert = only(await mine(true));
    expect(alert).toMatchObject({ kind: 'crisis', turn: burst.turn, summary: 'crisis words', acknowledgedAt: null });
    expect(await operators().acknowledge(alert.id)).toBe(true);
    expect(await operators().acknowledge(alert.id)).toBe(false);
    expect(await mine(true)).toEqual([]);
    expect(await mine(false)).toMatchObject([{ id: alert.id, acknowledgedAt: matching(/Z$/) }]);
  });
}

function describeWriting(open: OpenStore, operators: () => OperatorPort): void {
  it('go to whoever wrote last on the thread, once per message id', async () => {
    const thread = { key: `group:${uuidv7()}`, clearance: 'public' as const };
    await appendOne(open(), messageFrom(newVisitor(), 'first', { thread, answerUnder: '4001' }));
    const last = await appendOne(open(), messageFrom(newVisitor(), 'last', { thread, answerUnder: '4002' }));
    const message = { id: uuidv7(), text: 'I am here.' };
    const written = await operators().write(last.thread, message);
    expect(written).toMatchObject({
      id: `${message.id}.0`,
      turn: null,
      thread: last.thread,
      handle: last.handle,
      replyTo: '4002',
      messageClass: 'hand_over',
      state: 'queued',
      reply: { blocks: [{ kind: 'text', text: 'I am here.' }] },
    });
    const again = await Promise.all([1, 2, 3].map(() => operators().write(last.thread, message)));
    expect(again).toEqual([written, written, written]);
    expect(await countRows(open(), 'deliveries where thread_id = $1', [last.thread])).toBe(1);
    expect(await open().memory.outbox.get(written.id as DeliveryId)).toEqual(written);
  });

  it('are refused for a thread that is not there', async () => {
    const written = operators().write(ThreadId.parse(uuidv7()), { id: uuidv7(), text: 'Hello?' });
    await expect(written).rejects.toEqual(failsWith('InvalidPayloadError', 'not_found'));
  });
}
