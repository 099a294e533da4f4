/** Journeys as rows: regions, moves with what they rest on, acts by hand, counts. On every engine that is here. */
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PersonId } from '../../core/ids.ts';
import type { JourneyState, Move } from '../../core/journey.ts';
import type { Store } from '../../memory/postgres/index.ts';
import { appendOne, messageFrom, newVisitor, OPEN_TIMEOUT_MS, take, testEngines } from '../support/store.ts';
import { commitOf, failsWith, matching, newPersonId, rows, turnOf } from './support.ts';

const HOUR_MS = 3_600_000;
const ago = (hours: number): string => new Date(Date.now() - hours * HOUR_MS).toISOString();
/** Names of this run's own, so that the counts of other tests do not disturb. */
const newStage = (): string => `s${uuidv7().slice(-8)}`;

for (const { name, missing, open: openStore } of testEngines) {
  describe.skipIf(missing !== null)(`journeys on ${name}${missing === null ? '' : ` (not run: ${missing})`}`, () => {
    let store: Store;
    beforeAll(async () => {
      store = await openStore();
    }, OPEN_TIMEOUT_MS);
    afterAll(() => store.memory.close());

    const stranger = async (): Promise<PersonId> => (await appendOne(store, messageFrom(newVisitor(), 'Hello'))).lane;
    const stateOf = (change: Partial<JourneyState> = {}): JourneyState => {
      return { stage: 'lead', definition: 1, since: ago(0), version: 0, tags: ['warm'], ...change };
    };
    const byHand = (to: string, change: Partial<Move> = {}): Move => {
      return {
        transition: 'operator',
        from: 'stranger',
        to,
        cause: 'operator',
        operator: 'Ines',
        reason: 'Told me.',
        ...change,
      };
    };

    it('read as ever where no region was ever stored', async () => {
      const person = await stranger();
      const before = { stage: 'lead', definition: 1, since: '2026-11-01T08:00:00.000Z', version: 2, tags: ['warm'] };
      await rows(
        store,
        `insert into journeys (person_id, stage, definition, since, version, tags) values ($1, 'lead', 1, $2, 2, '["warm"]')`,
        [person, before.since],
      );
      expect(await store.memory.journeys.get(person)).toEqual(before);
    });

    it('keep an act by hand, also of somebody who never moved, with who and why', async () => {
      const { journeys } = store.memory;
      const person = await stranger();
      const after = stateOf();
      expect(await journeys.operate(person, { before: null, after, move: byHand('lead') })).toBe(true);
      const stored = await journeys.get(person);
      expect(stored).toEqual({ ...after, version: 1 });
      const regions = { care: { stage: 'in-care', since: ago(1) } };
      const evidence: Partial<Move> = {
        from: 'well',
        region: 'care',
        quote: 'I want to start.',
        confidence: 0.9,
        of: '1',
      };
      const move = byHand('in-care', evidence);
      expect(await journeys.operate(person, { before: stored, after: { ...after, regions }, move })).toBe(true);
      expect(await journeys.get(person)).toEqual({ ...after, version: 2, regions });
      expect(await journeys.moves(person, 10)).toEqual([
        { ...move, id: matching(/^\d+$/), movedAt: matching(/Z$/) },
        { ...byHand('lead'), id: matching(/^\d+$/), movedAt: matching(/Z$/) },
      ]);
      expect(await journeys.moves(person, 1)).toHaveLength(1);
    });

    it('are kept whole with the turn that moved them: regions, and the words a move rests on', async () => {
      const visitor = newVisitor();
      const { lease, burst } = await take(
        store,
        (await appendOne(store, messageFrom(visitor, 'I want to start.'))).lane,
      );
      const journey = stateOf({ regions: { care: { stage: 'in-care', since: ago(1) } } });
      const move: Move = {
        ...{ transition: 'worried', from: 'well', to: 'in-care', cause: 'evidence', region: 'care' },
        ...{ quote: 'I want to start.', confidence: 0.5 },
      };
      const turn = { ...turnOf(burst), moves: [move] };
      await store.memory.turns.commit(lease, commitOf(burst, { turn, journey }));
      expect(await store.memory.journeys.get(lease.lane)).toEqual({ ...journey, version: 1 });
      expect(await store.memory.journeys.moves(lease.lane, 10)).toMatchObject([move]);
    });

    it('write nothing when the person moved meanwhile', async () => {
      const { journeys } = store.memory;
      const person = await stranger();
      const acted = { before: null, after: stateOf(), move: byHand('lead') };
      expect(await journeys.operate(person, acted)).toBe(true);
      expect(await journeys.operate(person, acted)).toBe(false);
      expect(await journeys.operate(person, { ...acted, before: stateOf({ version: 7 }) })).toBe(false);
      expect(await journeys.moves(person, 10)).toHaveLength(1);
      expect(await journeys.get(person)).toMatchObject({ version: 1 });
    });

    it('have nobody without a handle', async () => {
      const { journeys } = store.memory;
      const nobody = newPersonId();
      expect(await journeys.operate(nobody, { before: null, after: stateOf(), move: byHand('lead') })).toBe(false);
      const [old, kept] = [await appendOne(store, messageFrom(newVisitor(), 'Hi')), await stranger()];
      await rows(store, 'update handles set person_id = $2 where id = $1', [old.handle, kept]);
      const acted = { before: null, after: stateOf(), move: byHand('lead') };
      await expect(journeys.operate(old.lane, acted)).rejects.toEqual(failsWith('InvalidPayloadError', 'not_found'));
      expect(await journeys.get(old.lane)).toBeNull();
    });

    it('tell the moves of all handles of a person', async () => {
      const { journeys } = store.memory;
      const [one, other] = [await appendOne(store, messageFrom(newVisitor(), 'Hi')), await stranger()];
      await journeys.operate(one.lane, { before: null, after: stateOf(), move: byHand('lead') });
      await journeys.operate(other, { before: null, after: stateOf(), move: byHand('lead') });
      await rows(store, 'update handles set person_id = $2 where id = $1', [one.handle, other]);
      expect(await journeys.moves(other, 10)).toHaveLength(2);
      expect(await journeys.moves(one.lane, 10)).toEqual([]);
    });

    it('are due by the time of a region too, with what a guard asks for', async () => {
      const { journeys } = store.memory;
      const person = await stranger();
      await rows(store, `update persons set time_zone = 'Asia/Tokyo', consents = '{"news": true}' where id = $1`, [
        person,
      ]);
      const [main, beside] = [newStage(), newStage()];
      const regions = { care: { stage: beside, since: ago(10) } };
      await journeys.operate(person, {
        before: null,
        after: stateOf({ stage: main, since: ago(1), regions }),
        move: byHand(main),
      });
      const due = (stage: string, hours: number) => journeys.listDue([{ stage, hours }], { limit: 10, after: null });
      expect(await due(beside, 11)).toEqual([]);
      expect(await due(main, 9)).toEqual([]);
      const [found] = await due(beside, 9);
      expect(found).toMatchObject({
        person,
        timeZone: 'Asia/Tokyo',
        consents: { news: true },
        state: { stage: main, regions },
      });
      if (!found) throw new Error('nobody is due');
      const after = { ...found.state, regions: { care: { stage: newStage(), since: ago(0) } } };
      const moves = [
        { transition: 'heals', from: beside, to: after.regions.care.stage, region: 'care', cause: 'time' },
      ];
      expect(await journeys.move(found, { after, moves, messages: [] })).toBe(true);
      expect(await due(beside, 0)).toEqual([]);
      expect((await journeys.moves(person, 1))[0]).toMatchObject({ transition: 'heals', region: 'care' });
    });

    it('are counted by stage and version, and by move', async () => {
      const { journeys } = store.memory;
      const [main, beside, from] = [newStage(), newStage(), newStage()];
      const regions = { care: { stage: beside, since: ago(1) } };
      const people = [await stranger(), await stranger(), await stranger()];
      for (const [index, person] of people.entries()) {
        const after = stateOf({ stage: main, definition: index === 0 ? 1 : 2, ...(index === 0 ? { regions } : {}) });
        await journeys.operate(person, { before: null, after, move: byHand(main, { from }) });
      }
      const [first] = people;
      if (!first) throw new Error('nobody');
      const [made] = await journeys.moves(first, 1);
      const before = await journeys.get(first);
      const dispute = byHand(main, { from: main, transition: 'dispute', of: made?.id ?? '' });
      await journeys.operate(first, { before, after: stateOf({ stage: main, regions }), move: dispute });
      const counts = await journeys.counts();
      expect(counts.people.filter(({ stage }) => [main, beside].includes(stage))).toEqual([
        { region: null, stage: main, definition: 1, count: 1 },
        { region: null, stage: main, definition: 2, count: 2 },
        { region: 'care', stage: beside, definition: 1, count: 1 },
      ]);
      expect(counts.moves.filter((edge) => edge.from === from)).toEqual([
        { transition: 'operator', from, to: main, count: 3, disputed: 1 },
      ]);
    });
  });
}
