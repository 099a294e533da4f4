/** What every store of threads keeps: each person's own part of a conversation, its end, and its summary. */
import { setTimeout as sleep } from 'node:timers/promises';
import { uuidv7 } from 'uuidv7';
import { describe, expect, it } from 'vitest';
import type { Clearance } from '../../../core/audience.ts';
import { earlierOf, windowOf } from '../../../core/conversation.ts';
import { append, messageFrom, newVisitor, take } from '../../support/store.ts';
import { answer, commitOf, failsWith, type OpenStore, only, replyOf, rows, turnOf } from '../support.ts';

/** A matter ends in a millisecond, and what is said in that one still belongs to it. */
const A_MOMENT_MS = 5;
const intent = { name: 'price', confidence: 1, neighbours: [], runnersUp: [], priors: [] };

export function describeConversations(open: OpenStore): void {
  it('are told oldest line first, without what waits', async () => {
    const visitor = newVisitor();
    const { thread, burst } = await answer(open(), { visitor, texts: ['one', 'two'] });
    await open().memory.operators.write(thread, { id: uuidv7(), text: 'three' });
    await append(open(), messageFrom(visitor, 'pending'));
    const told = async (limit: number) =>
      (await open().memory.threads.conversation({ thread, handle: burst.handle, limit })).lines.map(
        ({ from, text }) => `${from}: ${text}`,
      );
    expect(await told(10)).toEqual(['person: Hello', 'agent: one', 'agent: two', 'operator: three']);
    expect(await told(2)).toEqual(['agent: two', 'operator: three']);
  });

  it('of a thread that is not there are refused', async () => {
    const { burst } = await answer(open());
    const nowhere = { thread: uuidv7() as never, handle: burst.handle, limit: 1 };
    await expect(open().memory.threads.conversation(nowhere)).rejects.toEqual(
      failsWith('InvalidPayloadError', 'not_found'),
    );
  });

  it('on one public thread are each person’s own, lines and turns', async () => {
    const key = `page:${uuidv7()}`;
    const speak = async (text: string) => {
      const visitor = newVisitor();
      const place = { key, clearance: 'public' as Clearance };
      const accepted = only(await append(open(), messageFrom(visitor, text, { thread: place })));
      const { lease, burst } = await take(open(), accepted.lane);
      const turn = turnOf(burst, { intent: { ...intent, name: text } });
      const deliveries = [{ reply: replyOf(`To ${text}`), replyTo: null }];
      await open().memory.turns.commit(lease, commitOf(burst, { turn, deliveries }));
      await open().memory.lanes.release(lease);
      return burst;
    };
    const [ana, ben] = [await speak('ana'), await speak('ben')];
    expect(ana.thread).toBe(ben.thread);
    for (const [burst, name] of [[ana, 'ana'] as const, [ben, 'ben'] as const]) {
      const { lines, past } = await open().memory.threads.conversation({ ...burst, limit: 10 });
      expect(lines.map(({ text }) => text)).toEqual([name, `To ${name}`]);
      expect(past).toMatchObject([{ intent: name, status: 'ok' }]);
    }
  });

  it('end with the turn that says so; the next message sees none of it but what it was about', async () => {
    const visitor = newVisitor();
    const { thread, burst } = await answer(open(), { visitor });
    const before = await open().memory.threads.conversation({ thread, handle: burst.handle, limit: 10 });
    expect(windowOf(before, Date.now())).toHaveLength(2);
    const accepted = only(await append(open(), messageFrom(visitor, 'Bye')));
    const next = await take(open(), accepted.lane);
    const turn = turnOf(next.burst, { intent, draft: draftBy('sales') });
    await open().memory.turns.commit(next.lease, commitOf(next.burst, { turn, endsEpisode: true }));
    const after = await open().memory.threads.conversation({ thread, handle: burst.handle, limit: 10 });
    expect(after.lines).toHaveLength(4);
    expect(windowOf(after, Date.now())).toEqual([]);
    expect(earlierOf(after, [])).toBe('2026-11-22: asked about price; sales answered.');
  });

  it('end when an operator gives the thread back, and only then', async () => {
    const { thread, burst } = await answer(open());
    const { threads } = open().memory;
    const said = async () =>
      windowOf(await threads.conversation({ thread, handle: burst.handle, limit: 10 }), Date.now()).length;
    for (const ownership of ['agents', 'waiting', 'agents', 'operator'] as const) {
      await threads.setOwnership(thread, ownership);
      expect(await said()).toBe(2);
    }
    await open().memory.operators.write(thread, { id: uuidv7(), text: 'That is settled.' });
    expect(await said()).toBe(3);
    await threads.setOwnership(thread, 'agents');
    expect(await said()).toBe(0);
    // What is said from then on is a matter of its own, which a second click does not end.
    await sleep(A_MOMENT_MS);
    await open().memory.operators.write(thread, { id: uuidv7(), text: 'One more thing.' });
    await threads.setOwnership(thread, 'agents');
    expect(await said()).toBe(1);
  });

  it('end when the ticket that came of them is closed, once', async () => {
    const { thread, burst, person } = await answer(open());
    const told = async () =>
      windowOf(await open().memory.threads.conversation({ thread, handle: burst.handle, limit: 10 }), Date.now())
        .length;
    const words = { kind: 'refund' as const, subject: 'Charged twice', summary: 'x', thread };
    const key = { turn: burst.turn, tool: 'open_ticket', arguments: {} };
    const { number } = await open().memory.catalogue.openTicket(person, words, key);
    const { operators } = open().memory;
    expect(await operators.tickets(thread)).toMatchObject([{ number, status: 'open' }]);
    expect(await told()).toBe(2);
    expect(await operators.closeTicket(number)).toBe(true);
    expect(await operators.tickets(thread)).toMatchObject([{ number, status: 'closed' }]);
    expect(await told()).toBe(0);
    await sleep(A_MOMENT_MS);
    await operators.write(thread, { id: uuidv7(), text: 'One more thing.' });
    expect(await operators.closeTicket(number.toLowerCase())).toBe(true);
    expect(await told()).toBe(1);
    for (const nowhere of ['T-999999', 'T-', '1001', "T-1' or 1=1"]) {
      expect(await operators.closeTicket(nowhere)).toBe(false);
    }
  });

  describe('have a summary', () => {
    const through = '2026-11-22T09:00:00.000Z';

    it('of their own thread and handle, replaced by the next one', async () => {
      const { thread, burst } = await answer(open());
      const { handle } = burst;
      const elsewhere = await answer(open());
      for (const text of ['first', 'second'])
        await open().memory.threads.saveSummary({ thread, handle, text, through, since: null });
      const told = async (of: typeof burst) => (await open().memory.threads.conversation({ ...of, limit: 1 })).summary;
      expect(await told(burst)).toEqual({ text: 'second', through });
      expect(await told(elsewhere.burst)).toBeNull();
      // The same thread, somebody else; and the same person, another thread.
      expect(await told({ ...burst, handle: elsewhere.burst.handle })).toBeNull();
      expect(await told({ ...burst, thread: elsewhere.thread })).toBeNull();
    });

    it('that is not read once the thread is open to more people', async () => {
      const { thread, burst } = await answer(open());
      const { handle } = burst;
      await open().memory.threads.saveSummary({ thread, handle, text: 'private', through, since: null });
      await rows(open(), `update threads set clearance = 'public' where id = $1`, [thread]);
      expect((await open().memory.threads.conversation({ thread, handle, limit: 1 })).summary).toBeNull();
    });

    it('that is not kept when the matter ended while it was made', async () => {
      const { thread, burst } = await answer(open(), { endsEpisode: true });
      const { handle } = burst;
      const told = () => open().memory.threads.conversation({ thread, handle, limit: 1 });
      await open().memory.threads.saveSummary({ thread, handle, text: 'late', through, since: null });
      expect((await told()).summary).toBeNull();
      const since = (await told()).episodeAt;
      await open().memory.threads.saveSummary({ thread, handle, text: 'in time', through, since });
      expect((await told()).summary?.text).toBe('in time');
    });
  });
}

function draftBy(agent: 'sales') {
  const blocks = [{ kind: 'text' as const, text: 'x' }];
  return { agent, messageClass: 'answer' as const, blocks, citations: [], toolCalls: [], grounded: false };
}
