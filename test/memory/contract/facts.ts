/** What every store of facts keeps: their owner, their audience, the later one, and that forgotten means gone. */
import { describe, expect, it } from 'vitest';
import type { Audience, Clearance, Hearing } from '../../../core/audience.ts';
import { audiencesHeard } from '../../../core/audience.ts';
import { embedLexically } from '../../../core/embedding.ts';
import type { PersonId } from '../../../core/ids.ts';
import { appendOne, messageFrom, newVisitor } from '../../support/store.ts';
import { answer, countRows, factOf, newPersonId, newTurnId, type OpenStore, rows } from '../support.ts';

const audiences: readonly Audience[] = ['public', 'members', 'person', 'private', 'operators'];
const clearances: readonly Clearance[] = ['public', 'members', 'private'];
const privately = (person: PersonId): Hearing => ({ clearance: 'private', isMember: false, person });
const PROOF = { proof: 'deep_link', reason: 'clicked' } as const;

export function describeFacts(open: OpenStore): void {
  const facts = () => open().memory.facts;
  const texts = async (hearing: Hearing, limit = 20): Promise<readonly string[]> =>
    (await facts().recall(hearing, { limit })).map(({ text }) => text);
  const key = (turn = newTurnId()) => ({ turn, tool: 'forget_facts', arguments: {} });
  const at = (minute: number): string =>
    new Date(Date.parse('2026-11-20T09:00:00.000Z') + minute * 60_000).toISOString();

  describe('recall', () => {
    it('gives them to their owner only, by what the thread may hear', async () => {
      const learned = audiences.map((audience) => factOf({ audience, subject: audience, text: audience }));
      const { person } = await answer(open(), { learned });
      for (const clearance of clearances) {
        for (const isMember of [true, false]) {
          const hearing = { clearance, isMember, person };
          expect((await texts(hearing)).toSorted(), `${clearance}, ${isMember}`).toEqual(
            audiencesHeard(hearing).toSorted(),
          );
          expect(await texts({ ...hearing, person: newPersonId() })).toEqual([]);
        }
      }
    });

    it('leaves out what is over', async () => {
      const over = factOf({ subject: 'over', expiresAt: '2026-01-01T00:00:00.000Z' });
      const { person } = await answer(open(), { learned: [over, factOf({ expiresAt: '2099-01-01T00:00:00.000Z' })] });
      expect((await facts().recall(privately(person), { limit: 9 })).map(({ subject }) => subject)).toEqual(['goal']);
    });

    it('tells everything about a fact', async () => {
      const { person, burst } = await answer(open(), { learned: [factOf()] });
      const [fact] = await facts().recall(privately(person), { limit: 1 });
      expect(fact).toMatchObject({ ...factOf(), channel: 'web', handle: burst.handle, turn: burst.turn });
      expect(fact?.supersededBy).toBeNull();
    });

    it('ranks by relevance, importance and age, and keeps to the limit', async () => {
      const said = (subject: string, text: string) => {
        const vector = { embedder: 'e1', vector: embedLexically(text) };
        return factOf({ kind: 'interest', subject, text, quote: text, vector });
      };
      const learned = [said('a', 'breathing at night'), said('b', 'refunds and money'), said('c', 'yoga for the back')];
      const { person } = await answer(open(), { learned });
      const near = (text: string, embedder = 'e1') => ({ embedder, vector: embedLexically(text) });
      const first = async (query: Parameters<ReturnType<typeof facts>['recall']>[1]) =>
        (await facts().recall(privately(person), query))[0]?.subject;
      expect(await first({ limit: 1, near: near('refunds and money') })).toBe('b');
      expect(await first({ limit: 1, near: near('breathing at night') })).toBe('a');
      // Vectors of another embedder say nothing, nor do those of another size.
      expect(await first({ limit: 1, near: near('breathing at night', 'e2') })).toBe('c');
      expect(await first({ limit: 1, near: { embedder: 'e1', vector: [1, 0] } })).toBe('c');
      await rows(open(), `update facts set learned_at = now() - interval '300 days' where subject = 'c'`);
      expect(await first({ limit: 1 })).toBe('b');
      expect(await texts(privately(person), 2)).toHaveLength(2);
    });
  });

  describe('a later one', () => {
    const tell = async (visitor: string, [text, minute]: readonly [string, number]) => {
      const { burst, person } = await answer(open(), { visitor, toLearn: true });
      const fact = factOf({ kind: 'name', subject: 'name', text, quote: `My name is ${text}` });
      await facts().learn({ turn: burst.turn, handle: burst.handle, learnedAt: at(minute), facts: [fact] });
      return { person, handle: burst.handle };
    };
    const history = (person: PersonId) =>
      rows<{ text: string; after: string | null }>(
        open(),
        `select f.text, s.text as after from facts f join handles h on h.id = f.handle_id
         left join facts s on s.id = f.superseded_by where h.person_id = $1 order by f.learned_at`,
        [person],
      );

    it('supersedes and never overwrites', async () => {
      const visitor = newVisitor();
      await tell(visitor, ['Anna', 0]);
      const { person } = await tell(visitor, ['Ana', 1]);
      expect(await texts(privately(person))).toEqual(['Ana']);
      expect(await history(person)).toEqual([
        { text: 'Anna', after: 'Ana' },
        { text: 'Ana', after: null },
      ]);
    });

    it('said again is not written again', async () => {
      const visitor = newVisitor();
      await tell(visitor, ['Ana', 0]);
      const { person } = await tell(visitor, ['ana', 1]);
      expect(await history(person)).toHaveLength(1);
    });

    it('counts by when it was said, in whatever order the lessons come', async () => {
      const visitor = newVisitor();
      await tell(visitor, ['Ana', 5]);
      const { person } = await tell(visitor, ['Anna', 2]);
      expect(await texts(privately(person))).toEqual(['Ana']);
      expect(await history(person)).toEqual([
        { text: 'Anna', after: 'Ana' },
        { text: 'Ana', after: null },
      ]);
    });

    it('on a linked handle supersedes while the link holds, and no longer', async () => {
      const second = newVisitor();
      const web = await tell(newVisitor(), ['Anna', 0]);
      const other = await appendOne(open(), messageFrom(second, 'Hello'));
      await open().memory.people.link(web.handle, other.handle, PROOF);
      await tell(second, ['Ana', 1]);
      const { id: together } = await open().memory.people.ofHandle(web.handle);
      expect(await texts(privately(together))).toEqual(['Ana']);
      await open().memory.people.unlink(web.handle, other.handle);
      expect(await texts(privately(web.person))).toEqual(['Anna']);
      expect(await texts(privately((await open().memory.people.ofHandle(other.handle)).id))).toEqual(['Ana']);
    });
  });

  describe('a lesson', () => {
    it('is written once', async () => {
      const { burst, person } = await answer(open(), { toLearn: true });
      const lesson = { turn: burst.turn, handle: burst.handle, learnedAt: at(0), facts: [factOf()] };
      expect(await facts().learn(lesson)).toBe(1);
      expect(await facts().learn({ ...lesson, facts: [factOf({ subject: 'other' })] })).toBe(0);
      expect(await texts(privately(person))).toHaveLength(1);
    });

    it('of a turn that has none is not written', async () => {
      const { burst } = await answer(open());
      const lesson = { turn: burst.turn, handle: burst.handle, learnedAt: at(0), facts: [factOf()] };
      expect(await facts().learn(lesson)).toBe(0);
    });

    it('that nobody finished is listed after a minute, and for a day', async () => {
      const started = (minutes: number) =>
        rows(open(), `update turns set started_at = now() - $2 * interval '1 minute' where id = $1`, [
          burst.turn,
          minutes,
        ]);
      const { burst } = await answer(open(), { toLearn: true });
      const isListed = async () => (await facts().listUnlearned(1_000)).includes(burst.turn);
      await started(0);
      expect(await isListed()).toBe(false);
      await started(5);
      expect(await isListed()).toBe(true);
      await started(60 * 30);
      expect(await isListed()).toBe(false);
      await started(5);
      await facts().learn({ turn: burst.turn, handle: burst.handle, learnedAt: at(0), facts: [] });
      expect(await isListed()).toBe(false);
    });

    it('corrects at once, and the same correction twice is one', async () => {
      const { burst, person } = await answer(open());
      const lesson = { turn: burst.turn, handle: burst.handle, learnedAt: at(0), facts: [factOf()] };
      expect([await facts().correct(lesson), await facts().correct(lesson)]).toEqual([1, 0]);
      expect(await texts(privately(person))).toEqual(['sleep better']);
    });
  });

  describe('to forget', () => {
    const SECRET = 'zanzibar';
    const wordsLeft = (handle: string) =>
      countRows(open(), `facts where handle_id = $1 and (text || quote || subject) like '%${SECRET}%'`, [handle]);

    it('leaves the row and none of its words, of what it superseded neither', async () => {
      const visitor = newVisitor();
      const told = (text: string) => answer(open(), { visitor, learned: [factOf({ text, quote: `I said ${text}` })] });
      await told(`old ${SECRET}`);
      const { person, burst } = await told(SECRET);
      await answer(open(), { visitor, learned: [factOf({ subject: 'other', text: 'stays' })] });
      const [fact] = (await facts().recall(privately(person), { limit: 9 })).filter(({ text }) => text === SECRET);
      expect(await facts().forget(person, [fact?.id ?? ''], key())).toBe(1);
      expect(await texts(privately(person))).toEqual(['stays']);
      expect(await wordsLeft(burst.handle)).toBe(0);
      expect(await countRows(open(), 'facts where handle_id = $1 and forgotten_at is not null', [burst.handle])).toBe(
        2,
      );
    });

    it('everything leaves nothing, on every linked handle', async () => {
      const a = await answer(open(), { learned: [factOf({ text: SECRET }), factOf({ subject: 'b', text: SECRET })] });
      const b = await answer(open(), { learned: [factOf({ subject: 'c', text: SECRET })] });
      await open().memory.people.link(a.burst.handle, b.burst.handle, PROOF);
      const { id } = await open().memory.people.ofHandle(a.burst.handle);
      expect(await facts().forget(id, 'all', key())).toBe(3);
      for (const { burst } of [a, b]) expect(await wordsLeft(burst.handle)).toBe(0);
      expect(await texts(privately(id))).toEqual([]);
    });

    it('never reaches somebody else’s', async () => {
      const mine = await answer(open(), { learned: [factOf()] });
      const theirs = await answer(open(), { learned: [factOf()] });
      const [fact] = await facts().recall(privately(theirs.person), { limit: 1 });
      expect(await facts().forget(mine.person, [fact?.id ?? ''], key())).toBe(0);
      expect(await texts(privately(theirs.person))).toHaveLength(1);
    });

    it('happens once in a turn, whatever is asked the second time', async () => {
      const { person } = await answer(open(), { learned: [factOf(), factOf({ subject: 'b', text: 'b' })] });
      const [first, second] = await facts().recall(privately(person), { limit: 2 });
      const turn = newTurnId();
      expect(await facts().forget(person, [first?.id ?? ''], key(turn))).toBe(1);
      expect(await facts().forget(person, [second?.id ?? ''], key(turn))).toBe(1);
      expect(await texts(privately(person))).toHaveLength(1);
    });

    it('keeps what was just said from being learned, drops summaries and ends the matter', async () => {
      const visitor = newVisitor();
      const { person, burst, thread } = await answer(open(), { visitor, learned: [factOf()] });
      const waiting = await answer(open(), { visitor, toLearn: true });
      const through = at(0);
      await open().memory.threads.saveSummary({ thread, handle: burst.handle, text: SECRET, through, since: null });
      await facts().forget(person, 'all', key());
      const lesson = { turn: waiting.burst.turn, handle: burst.handle, learnedAt: at(0), facts: [factOf()] };
      expect(await facts().learn(lesson)).toBe(0);
      const told = await open().memory.threads.conversation({ thread, handle: burst.handle, limit: 9 });
      expect(told.summary).toBeNull();
      expect(told.episodeAt).not.toBeNull();
      expect(await countRows(open(), `thread_summaries where text like '%${SECRET}%'`)).toBe(0);
    });
  });
}
