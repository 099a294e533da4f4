/** What every memory of exemplars keeps besides their vectors: the trained model, and candidates with what came of them. */
import { describe, expect, it } from 'vitest';
import type { NewCandidate } from '../../../memory/exemplars.ts';
import { answer, countRows, type OpenStore, rows } from '../support.ts';

export function describeExemplarLearning(open: OpenStore): void {
  describe('the trained model', () => {
    it('is kept by its version, byte for byte, and only the newest', async () => {
      const { exemplars } = open().memory;
      const data = Uint8Array.from({ length: 1000 }, (_, at) => (at * 7) % 256);
      expect(await exemplars.model('one')).toBeNull();
      await exemplars.saveModel({ version: 'one', data });
      expect(Uint8Array.from((await exemplars.model('one')) ?? [])).toEqual(data);
      await exemplars.saveModel({ version: 'two', data: data.subarray(0, 8) });
      expect(await exemplars.model('one')).toBeNull();
      expect(await exemplars.model('two')).toHaveLength(8);
      await exemplars.saveModel({ version: 'two', data });
      expect(await exemplars.model('two')).toHaveLength(1000);
    });
  });

  it('tell what asking a model cost, and what it saved not to ask', async () => {
    const before = await open().memory.exemplars.ledger(30);
    const call = { agent: 'supervisor', inputTokens: 300, outputTokens: 20, milliseconds: 500 };
    const records = [
      { intent: 'price', modelCalls: [{ ...call, agent: 'sales' }] },
      { intent: 'price', modelCalls: [] },
      { intent: 'unclear', modelCalls: [call] },
      { intent: 'unclear', modelCalls: [] },
    ];
    const { burst } = await answer(open());
    for (const { intent, modelCalls } of records) {
      await rows(
        open(),
        `insert into turns (id, thread_id, person_id, handle_id, channel, status, intent, agent, preview, started_at,
           milliseconds, record)
         select gen_random_uuid(), thread_id, person_id, handle_id, channel, status, $2, agent, preview, now(), 1, $3
         from turns where id = $1`,
        [burst.turn, intent, JSON.stringify({ modelCalls })],
      );
    }
    const after = await open().memory.exemplars.ledger(30);
    expect(after.asked - before.asked).toBe(1);
    expect(after.askedTokens - before.askedTokens).toBe(320);
    expect(after.clear - before.clear).toBeGreaterThanOrEqual(2);
    expect(after.savedTokens).toBe(Math.round((after.askedTokens / after.asked) * after.clear));
  });

  describe('candidates', () => {
    const candidate = (text: string, more: Partial<NewCandidate> = {}): NewCandidate => {
      return { text, intent: 'price', reason: 'tie-break', turn: null, ...more };
    };
    const pending = async (): Promise<readonly string[]> =>
      (await open().memory.exemplars.candidates('pending')).map(({ text }) => text);
    const idOf = async (text: string): Promise<string> => {
      const all = await open().memory.exemplars.candidates('pending');
      return all.find((one) => one.text === text)?.id ?? '';
    };

    it('wait in the order they came; the same text waits once', async () => {
      const { exemplars } = open().memory;
      await exemplars.propose(candidate('set me back'));
      await exemplars.propose(candidate('the damage', { intent: null, reason: 'correction' }));
      await exemplars.propose(candidate('set me back', { intent: 'refund' }));
      expect(await pending()).toEqual(['set me back', 'the damage']);
      const [first] = await exemplars.candidates('pending');
      expect(first).toMatchObject({ intent: 'price', reason: 'tie-break', turn: null, state: 'pending' });
      expect(first?.createdAt).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
    });

    it('are accepted with the suggested intent or another one, or rejected, and then wait no more', async () => {
      const { exemplars } = open().memory;
      await exemplars.propose(candidate('accepted as it is'));
      await exemplars.propose(candidate('accepted otherwise'));
      await exemplars.propose(candidate('rejected'));
      await exemplars.decide(await idOf('accepted as it is'), { state: 'accepted' });
      const other = await exemplars.decide(await idOf('accepted otherwise'), { state: 'accepted', intent: 'gift' });
      expect(other).toMatchObject({ state: 'accepted', intent: 'gift' });
      await exemplars.decide(await idOf('rejected'), { state: 'rejected' });
      expect(await exemplars.candidates('accepted')).toMatchObject([
        { text: 'accepted as it is', intent: 'price' },
        { text: 'accepted otherwise', intent: 'gift' },
      ]);
      expect(await pending()).not.toContain('rejected');
      // It stays known, so that it is not asked about again.
      await exemplars.propose(candidate('rejected'));
      expect(await pending()).not.toContain('rejected');
    });

    it('that an operator corrects wait again, whatever a guess had settled', async () => {
      const { exemplars } = open().memory;
      const [guessed, refused, taken] = ['a guess', 'a guess refused', 'a guess taken'] as const;
      for (const text of [guessed, refused, taken]) await exemplars.propose(candidate(text));
      await exemplars.decide(await idOf(refused), { state: 'rejected' });
      await exemplars.decide(await idOf(taken), { state: 'accepted', intent: 'gift' });
      const correct = (text: string, intent: string) =>
        exemplars.propose(candidate(text, { intent, reason: 'correction' }));
      await correct(taken, 'gift');
      expect(await pending()).not.toContain(taken);
      for (const text of [guessed, refused, taken]) await correct(text, 'refund');
      const waiting = await exemplars.candidates('pending');
      for (const text of [guessed, refused, taken]) {
        expect(waiting.filter((one) => one.text === text)).toMatchObject([{ intent: 'refund', reason: 'correction' }]);
        await exemplars.decide(await idOf(text), { state: 'rejected' });
      }
    });

    it('cannot be accepted without an intent, and say so; unknown ones say so too', async () => {
      const { exemplars } = open().memory;
      await exemplars.propose(candidate('nobody knows', { intent: null }));
      const id = await idOf('nobody knows');
      await expect(exemplars.decide(id, { state: 'accepted' })).rejects.toThrow(`accept ${id} --intent`);
      expect(await pending()).toContain('nobody knows');
      await exemplars.decide(id, { state: 'accepted', intent: 'gift' });
      for (const unknown of ['999999', 'x', '', '1e3', '9'.repeat(40)]) {
        await expect(exemplars.decide(unknown, { state: 'rejected' })).rejects.toMatchObject({ code: 'not_found' });
      }
    });

    it('go with the turn they came from', async () => {
      const { burst } = await answer(open());
      await open().memory.exemplars.propose(candidate('said in a turn', { turn: burst.turn }));
      expect(await pending()).toContain('said in a turn');
      await rows(open(), 'delete from exemplar_candidates where turn_id is null');
      await rows(open(), 'delete from deliveries where turn_id = $1', [burst.turn]).catch(() => []);
      await rows(open(), 'delete from turns where id = $1', [burst.turn]);
      expect(await countRows(open(), 'exemplar_candidates')).toBe(0);
    });
  });
}
