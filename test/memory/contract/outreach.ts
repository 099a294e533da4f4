/** What every store keeps when we write first: consent, quiet hours, a budget per person, and nothing twice. */
import { uuidv7 } from 'uuidv7';
import { describe, expect, it } from 'vitest';
import type { Broadcast } from '../../../core/broadcast.ts';
import type { PersonId, ThreadId } from '../../../core/ids.ts';
import type { JourneyState } from '../../../core/journey.ts';
import type { Store } from '../../../memory/postgres/index.ts';
import { appendOne, messageFrom, newVisitor } from '../../support/store.ts';
import { type OpenStore, rows } from '../support.ts';

type Somebody = { readonly person: PersonId; readonly thread: ThreadId };

/** A zone in which it is this hour now. */
function zoneAt(hour: number): string {
  const offset = hour - new Date().getUTCHours();
  const inRange = offset > 12 ? offset - 24 : offset < -12 ? offset + 24 : offset;
  return `Etc/GMT${inRange <= 0 ? '+' : '-'}${Math.abs(inRange)}`;
}

/** Somebody at noon who asked for news, in a stage nobody else stands in. */
async function somebody(
  store: Store,
  options: { stage: string; news?: boolean; hour?: number; visitor?: string },
): Promise<Somebody> {
  const { lane, thread } = await appendOne(store, messageFrom(options.visitor ?? newVisitor(), 'hello'));
  const consents = options.news === false ? {} : { news: true };
  await rows(store, `update persons set consents = $2, time_zone = $3, locale = 'de' where id = $1`, [
    lane,
    JSON.stringify(consents),
    zoneAt(options.hour ?? 12),
  ]);
  await rows(
    store,
    `insert into journeys (person_id, stage, definition, since, version) values ($1, $2, 1, now() - interval '10 days', 1)
     on conflict do nothing`,
    [lane, options.stage],
  );
  return { person: lane, thread };
}

function newsFor(stage: string, id = uuidv7()): Broadcast {
  return { id, name: 'News', texts: { en: 'News!', de: 'Neues!' }, segment: { stages: [stage] } };
}

const newStage = (): string => `s${uuidv7().slice(-8)}`;

type Fate = {
  readonly words: unknown;
  readonly purpose: string | null;
  readonly state?: string;
  readonly failure?: string | null;
  readonly later?: boolean;
};

async function fateOf(store: Store, thread: ThreadId): Promise<Fate> {
  const claim = await store.memory.outbox.claim(thread, { holder: 'sender', claimMs: 60_000 });
  if (claim) await store.memory.outbox.markSent(claim, { losses: [], last: null });
  const [last] = await rows(
    store,
    `select state, failure, due_at > now() as later from deliveries where thread_id = $1 order by sequence desc limit 1`,
    [thread],
  );
  return { words: claim?.delivery.reply.blocks[0], purpose: claim?.delivery.purpose ?? null, ...last };
}

export function describeOutreach(open: OpenStore): void {
  describe('a broadcast', () => {
    it('reaches those of the segment who asked for it, in their language, once', async () => {
      const store = open();
      const stage = newStage();
      const willing = await somebody(store, { stage });
      const silent = await somebody(store, { stage, news: false });
      const elsewhere = await somebody(store, { stage: newStage() });
      const news = newsFor(stage);
      const { outreach } = store.memory;
      const look = await outreach.announce(news, { isDryRun: true });
      expect(look).toEqual({ people: 2, consenting: 1, isNew: true });
      expect(await outreach.announce(news, { isDryRun: false })).toEqual(look);
      expect(await outreach.announce(news, { isDryRun: false })).toEqual({ ...look, isNew: false });
      expect(await fateOf(store, willing.thread)).toMatchObject({
        words: { text: 'Neues!' },
        purpose: 'broadcast',
        state: 'sent',
      });
      for (const { thread } of [willing, silent, elsewhere]) {
        expect(await store.memory.outbox.claim(thread, { holder: 'sender', claimMs: 1 })).toBeNull();
      }
    });

    it('never goes to a public thread', async () => {
      const store = open();
      const stage = newStage();
      const visitor = newVisitor();
      const { thread } = await somebody(store, { stage, visitor });
      await rows(store, `update threads set clearance = 'public' where id = $1`, [thread]);
      expect(await store.memory.outreach.announce(newsFor(stage), { isDryRun: false })).toMatchObject({ people: 0 });
    });
  });

  describe('when its words are about to leave', () => {
    it('a "stop" that came after they were queued still counts', async () => {
      const store = open();
      const stage = newStage();
      const { person, thread } = await somebody(store, { stage });
      await store.memory.outreach.announce(newsFor(stage), { isDryRun: false });
      await rows(store, `update persons set consents = '{"outreach": false, "news": false}' where id = $1`, [person]);
      expect(await fateOf(store, thread)).toMatchObject({ state: 'suppressed', failure: 'no_consent' });
    });

    it('night keeps them until the morning, and holds nothing else up', async () => {
      const store = open();
      const stage = newStage();
      const { thread } = await somebody(store, { stage, hour: 23 });
      await store.memory.outreach.announce(newsFor(stage), { isDryRun: false });
      expect(await fateOf(store, thread)).toMatchObject({ state: 'queued', failure: 'quiet_hours', later: true });
      const [wait] = await rows<{ hours: string }>(
        store,
        `select extract(epoch from due_at - now()) / 3600 as hours from deliveries where thread_id = $1`,
        [thread],
      );
      // It is 23 something; the morning begins at eight.
      expect(Number(wait?.hours)).toBeGreaterThan(7.9);
      expect(Number(wait?.hours)).toBeLessThan(9.1);
      await store.memory.operators.write(thread, { id: uuidv7(), text: 'An operator works late.' });
      expect(await fateOf(store, thread)).toMatchObject({ words: { text: 'An operator works late.' } });
    });

    it('the budget is one for all threads of a person', async () => {
      const store = open();
      const stage = newStage();
      const first = await somebody(store, { stage });
      const second = await somebody(store, { stage: newStage() });
      await rows(store, 'update handles set person_id = $1 where person_id = $2', [first.person, second.person]);
      const queue = (thread: ThreadId): Promise<unknown> =>
        rows(
          store,
          `insert into deliveries (id, thread_id, handle_id, message_class, reply, purpose)
           select $2, $1, i.handle_id, 'sales', '{"agent":"sales","messageClass":"sales","blocks":[{"kind":"text","text":"x"}],"citations":[]}', 'broadcast'
           from inbox i where i.thread_id = $1 limit 1`,
          [thread, `${uuidv7()}.0`],
        );
      const fates: unknown[] = [];
      for (const { thread } of [first, second, first, second]) {
        await queue(thread);
        fates.push((await fateOf(store, thread)).failure);
      }
      // The rule when the workspace says nothing: three in a week.
      expect(fates).toEqual([null, null, null, 'outreach_budget']);
      await rows(store, `update deliveries set sent_at = now() - interval '8 days' where thread_id = $1`, [
        first.thread,
      ]);
      await queue(second.thread);
      expect(await fateOf(store, second.thread)).toMatchObject({ state: 'sent' });
    });

    it('a reminder comes at night, too, unless all outreach was withdrawn', async () => {
      const store = open();
      for (const [consents, state] of [
        ['{}', 'sent'],
        ['{"outreach": false}', 'suppressed'],
      ] as const) {
        const { person, thread } = await somebody(store, { stage: newStage(), hour: 23 });
        await rows(store, 'update persons set consents = $2 where id = $1', [person, consents]);
        await rows(
          store,
          `insert into deliveries (id, thread_id, handle_id, message_class, reply, purpose)
           select $2, $1, i.handle_id, 'courtesy', '{"agent":"course","messageClass":"courtesy","blocks":[{"kind":"text","text":"Practice!"}],"citations":[]}', 'reminder'
           from inbox i where i.thread_id = $1 limit 1`,
          [thread, `${uuidv7()}.0`],
        );
        expect(await fateOf(store, thread)).toMatchObject({ state });
      }
    });
  });

  describe('time in a stage', () => {
    it('moves somebody once and writes once, and gives way to a turn', async () => {
      const store = open();
      const stage = newStage();
      const { person, thread } = await somebody(store, { stage });
      const { journeys } = store.memory;
      const wait = (hours: number) => journeys.listDue([{ stage, hours }], { limit: 10, after: null });
      expect(await wait(11 * 24)).toEqual([]);
      const [due] = await wait(9 * 24);
      if (!due) throw new Error('nobody is due');
      expect(due).toMatchObject({ person, isMember: false });
      const after: JourneyState = { ...due.state, stage: newStage(), since: new Date().toISOString() };
      const moved = {
        after,
        moves: [{ transition: 'goes-quiet', from: stage, to: after.stage, cause: 'time' }],
        messages: [{ transition: 'goes-quiet', texts: { en: 'Still there?' } }],
      };
      expect(await journeys.move(due, moved)).toBe(true);
      expect(await journeys.move(due, moved)).toBe(false);
      expect(await wait(0)).toEqual([]);
      expect(await rows(store, 'select cause from journey_moves where person_id = $1', [person])).toEqual([
        { cause: 'time' },
      ]);
      expect(await fateOf(store, thread)).toMatchObject({ words: { text: 'Still there?' }, purpose: 'journey' });
      expect(await rows(store, 'select 1 from deliveries where thread_id = $1', [thread])).toHaveLength(1);
    });
  });
}
