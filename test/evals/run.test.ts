import { describe, expect, it } from 'vitest';
import { InvalidPayloadError, PermanentError, TransientError } from '../../core/errors.ts';
import { arrangeTrials, selectTrials } from '../../evals/arrange.ts';
import type { Suite } from '../../evals/case.ts';
import { runTrials } from '../../evals/run.ts';
import type { TrialResult } from '../../evals/trial.ts';
import type { OpenWorld, Play, Played } from '../../evals/world.ts';
import { type FakeWorld, fakeTurn, fakeWorld, NOTHING, playedOf, suiteOf } from './fakes.ts';

const answer = (): Played => playedOf(fakeTurn({ agent: 'knowledge' }));
const saidIn = (play: Play): string => ('says' in play.does ? play.does.says : play.does.label);

type Ran = { readonly results: readonly TrialResult[]; readonly worlds: readonly FakeWorld[] };

async function run(
  suite: Suite,
  options: {
    readonly play?: (play: Play) => Played | Promise<Played>;
    readonly workers?: number;
    readonly repeat?: number;
    readonly patienceMs?: number;
  } = {},
): Promise<Ran> {
  const worlds: FakeWorld[] = [];
  const openWorld: OpenWorld = () => {
    const world = fakeWorld(options.play ?? answer);
    worlds.push(world);
    return Promise.resolve(world);
  };
  const trials = selectTrials([suite], options.repeat === undefined ? {} : { repeat: options.repeat });
  const results = await runTrials(trials, {
    openWorld,
    workers: options.workers ?? 1,
    monotonic: () => 0,
    onResult: () => undefined,
    ...(options.patienceMs === undefined ? {} : { patienceMs: options.patienceMs }),
  });
  return { results, worlds };
}

const line = (id: string, expect = 'routed_to: knowledge', given = ''): string =>
  `  - id: ${id}\n${given}    turns: [{says: ${id}, expect: [{${expect}}]}]\n`;
const member = (id: string, number: string): string =>
  line(id, 'routed_to: knowledge', `    given: {person: {member: '${number}'}}\n`);

describe('selectTrials', () => {
  const suite = suiteOf(
    `${line('refund.course')}${line('refund.member')}${line('price').replace('    turns', '    tags: [money, p1]\n    turns')}`,
  );
  const ids = (selection: Parameters<typeof selectTrials>[1]): readonly string[] =>
    selectTrials([suite], selection).map((trial) => `${trial.case.id} ${trial.repeat}`);

  it('takes every case once, or as often as was asked', () => {
    expect(ids({})).toEqual(['refund.course 1', 'refund.member 1', 'price 1']);
    expect(ids({ repeat: 2 })).toEqual([
      'refund.course 1',
      'refund.member 1',
      'price 1',
      'refund.course 2',
      'refund.member 2',
      'price 2',
    ]);
  });

  it('takes the cases whose id fits the whole glob', () => {
    expect(ids({ caseGlob: 'refund.*' })).toEqual(['refund.course 1', 'refund.member 1']);
    expect(ids({ caseGlob: 'refund' })).toEqual([]);
    expect(ids({ caseGlob: 'pric?' })).toEqual(['price 1']);
    // The dot is a dot.
    expect(ids({ caseGlob: 'refund?course' })).toEqual(['refund.course 1']);
    expect(ids({ caseGlob: 'refundXcourse' })).toEqual([]);
  });

  it('takes the cases that have all the tags', () => {
    expect(ids({ tags: ['money'] })).toEqual(['price 1']);
    expect(ids({ tags: ['money', 'other'] })).toEqual([]);
  });
});

describe('arrangeTrials', () => {
  it('never lets a world meet a member twice, and spreads the others', () => {
    const suite = suiteOf(`${member('a', '1001')}${member('b', '1001')}${member('c', '1002')}${line('d')}${line('e')}`);
    const lists = arrangeTrials(selectTrials([suite], { repeat: 2 }), 2);
    expect(lists.flat()).toHaveLength(10);
    for (const list of lists) {
      const members = list.flatMap((trial) => trial.case.given.person.member ?? []);
      expect(new Set(members).size).toBe(members.length);
    }
    // 1001 is met four times, so four worlds are needed and no more.
    expect(lists).toHaveLength(4);
  });

  it('opens no world for nothing', () => {
    expect(arrangeTrials([], 3)).toEqual([]);
    expect(arrangeTrials(selectTrials([suiteOf(line('a'))], {}), 3)).toHaveLength(1);
  });
});

describe('runTrials', () => {
  it('gives a verdict for every trial, in the order they were asked for', async () => {
    const suite = suiteOf(`${line('good')}${line('bad', 'routed_to: sales')}`);
    const { results, worlds } = await run(suite, { repeat: 2 });
    expect(results.map(({ trial, verdict }) => `${trial.case.id} ${trial.repeat} ${verdict}`)).toEqual([
      'good 1 pass',
      'bad 1 fail',
      'good 2 pass',
      'bad 2 fail',
    ]);
    expect(worlds).toHaveLength(1);
    expect(worlds.every((world) => world.isClosed())).toBe(true);
  });

  it('gives every trial a person and a thread of its own, the same in every turn of it', async () => {
    const suite = suiteOf(
      `${line('a')}${line('b')}  - id: c\n    turns: [{says: c1}, {says: c2}]\n    expect: [{routed_to: knowledge}]\n`,
    );
    const { worlds } = await run(suite, { repeat: 2 });
    const plays = worlds.flatMap((world) => world.plays);
    const threads = new Map<string, Set<string>>();
    for (const play of plays) threads.set(play.thread, (threads.get(play.thread) ?? new Set()).add(saidIn(play)));
    expect(threads.size).toBe(6);
    expect(new Set(plays.map((play) => play.sender.externalId)).size).toBe(6);
    expect([...threads.values()].map((said) => [...said].join())).toContain('c1,c2');
    // What the web takes as a visitor.
    expect(plays.every((play) => /^[A-Za-z0-9_-]{1,100}$/.test(play.sender.externalId))).toBe(true);
  });

  it('is the same person in every run: nothing about it is random', async () => {
    const suite = suiteOf(line('a'));
    const [first, second] = [await run(suite), await run(suite)];
    expect(first.worlds[0]?.plays).toEqual(second.worlds[0]?.plays);
  });

  it('a member meets each world once', async () => {
    const suite = suiteOf(`${member('a', '1001')}${member('b', '1001')}${line('c')}`);
    const { worlds } = await run(suite);
    expect(worlds).toHaveLength(2);
    for (const world of worlds) expect(world.plays.filter((play) => play.sender.member === '1001')).toHaveLength(1);
  });

  it('works in as many worlds at once as it may', async () => {
    let open = 0;
    let most = 0;
    const play = async (): Promise<Played> => {
      open += 1;
      most = Math.max(most, open);
      await new Promise((resolve) => setImmediate(resolve));
      open -= 1;
      return answer();
    };
    const suite = suiteOf([1, 2, 3, 4, 5, 6].map((number) => line(`c${number}`)).join(''));
    const { worlds, results } = await run(suite, { workers: 3, play });
    expect(worlds).toHaveLength(3);
    expect(most).toBe(3);
    expect(results.every(({ verdict }) => verdict === 'pass')).toBe(true);
  });
});

describe('a trial that says nothing about quality', () => {
  it('is an error when the world breaks, and what was seen before is kept', async () => {
    const suite = suiteOf('  - id: a\n    turns: [{says: one, expect: [{routed_to: sales}]}, {says: two}]\n');
    const play = (one: Play): Played => {
      if (saidIn(one) === 'two') throw new TransientError('store_down', 'The database is away.');
      return answer();
    };
    const { results } = await run(suite, { play });
    expect(results[0]).toMatchObject({ verdict: 'error', reason: 'store_down: The database is away.' });
    expect(results[0]?.checks.map(({ score }) => score.verdict)).toEqual(['fail']);
  });

  it('is invalid when the case cannot be played', async () => {
    const play = (): Played => {
      throw new InvalidPayloadError('wrong_type', 'Nobody can do this here.');
    };
    const { results } = await run(suiteOf(line('a')), { play });
    expect(results[0]).toMatchObject({ verdict: 'invalid', reason: 'wrong_type: Nobody can do this here.' });
  });

  it('is invalid when it waits in a world whose clock cannot be moved, and waits where it can', async () => {
    const suite = suiteOf(
      '  - id: a\n    turns: [{says: one}, {says: two, after: 2h, expect: [{routed_to: knowledge}]}]\n',
    );
    expect((await run(suite)).results[0]).toMatchObject({
      verdict: 'invalid',
      reason: expect.stringContaining('waits 2h') as unknown,
    });
    const waited: number[] = [];
    const openWorld: OpenWorld = () =>
      Promise.resolve({ ...fakeWorld(answer), wait: async (ms) => void waited.push(ms) });
    const trials = selectTrials([suite], {});
    const [result] = await runTrials(trials, { openWorld, workers: 1, monotonic: () => 0, onResult: () => undefined });
    expect(result?.verdict).toBe('pass');
    expect(waited).toEqual([7_200_000]);
  });

  it('is an error when a message made no turn, or a turn that ended in an error', async () => {
    const { results } = await run(suiteOf(line('a')), { play: () => NOTHING });
    expect(results[0]).toMatchObject({
      verdict: 'error',
      reason: 'turn 1 (says "a") made no turn: nothing was answered',
    });
    const broken = (): Played =>
      playedOf(fakeTurn({ status: 'error', error: { code: 'model_garbage', message: 'what?' } }));
    const second = await run(suiteOf(line('a')), { play: broken });
    expect(second.results[0]).toMatchObject({
      verdict: 'error',
      reason: 'turn 1 (says "a") ended in an error: model_garbage: what?',
    });
  });

  it('is judged as usual when the case expects the error', async () => {
    const broken = (): Played =>
      playedOf(fakeTurn({ status: 'error', error: { code: 'model_garbage', message: 'what?' } }));
    const { results } = await run(suiteOf(line('a', 'status: error')), { play: broken });
    expect(results[0]?.verdict).toBe('pass');
  });

  it('is unscored when nothing failed and something could not be measured', async () => {
    const play = (): Played => playedOf(fakeTurn({ intent: null }));
    const one = await run(suiteOf(line('a', 'intent: price')), { play });
    expect(one.results[0]).toMatchObject({ verdict: 'unscored', reason: null });
    // A failure is worth more than what is not known.
    const both = suiteOf('  - id: a\n    turns: [{says: a, expect: [{intent: price}, {routed_to: sales}]}]\n');
    expect((await run(both, { play })).results[0]?.verdict).toBe('fail');
  });

  it('costs a world that never comes back its life, and the next trial nothing', async () => {
    const suite = suiteOf(`${line('stuck')}${line('fine')}`);
    const play = (one: Play): Played | Promise<Played> =>
      saidIn(one) === 'stuck' ? new Promise(() => undefined) : answer();
    const { results, worlds } = await run(suite, { play, patienceMs: 5 });
    expect(results.map(({ verdict }) => verdict)).toEqual(['error', 'pass']);
    expect(results[0]?.reason).toBe('nothing came back within 0.005 s');
    expect(worlds).toHaveLength(2);
  });

  it('is an error of every trial of a world that could not be opened, but no world at all is thrown', async () => {
    const trials = selectTrials([suiteOf(`${member('a', '1001')}${member('b', '1001')}`)], {});
    const failure = new PermanentError('workspace_invalid', 'No workspace.');
    let opened = 0;
    const openWorld: OpenWorld = () => {
      opened += 1;
      return opened === 1 ? Promise.resolve(fakeWorld(answer)) : Promise.reject(failure);
    };
    const options = { workers: 1, monotonic: () => 0, onResult: () => undefined };
    const results = await runTrials(trials, { openWorld, ...options });
    expect(results.map(({ verdict, reason }) => [verdict, reason])).toEqual([
      ['pass', null],
      ['error', 'no world could be opened: workspace_invalid: No workspace.'],
    ]);
    await expect(runTrials(trials, { openWorld: () => Promise.reject(failure), ...options })).rejects.toThrow(
      'No workspace.',
    );
  });
});

describe('choices', () => {
  const offer = (...labels: readonly string[]): Played =>
    playedOf(
      fakeTurn({
        blocks: [
          { kind: 'choices', options: labels.map((label, index) => ({ label, token: `t:${index}` })) },
          { kind: 'card', title: 'Card', body: '', options: [{ label: 'On the card', token: 't:card' }] },
        ],
      }),
    );
  const suite = (label: string): Suite =>
    suiteOf(
      `  - id: a\n    turns: [{says: a, expect: [{routed_to: knowledge}]}, {chooses: ${label}, expect: [{routed_to: knowledge}]}]\n`,
    );

  it.each([
    ['Talk to a person', 't:1'],
    ['don’t', 't:0'],
    ['on the card', 't:card'],
  ])('presses what was offered as "%s"', async (label, token) => {
    const { worlds, results } = await run(suite(label), { play: () => offer("Don't", 'Talk to a person') });
    expect(worlds[0]?.plays[1]?.does).toMatchObject({ chooses: token });
    expect(results[0]?.verdict).toBe('pass');
  });

  it('fails when it was not offered, and says what was', async () => {
    const { results, worlds } = await run(suite('Maybe'), { play: () => offer('Yes', 'No') });
    expect(worlds[0]?.plays).toHaveLength(1);
    expect(results[0]?.verdict).toBe('fail');
    expect(results[0]?.checks.at(-1)?.score).toEqual({
      verdict: 'fail',
      expected: 'offered [Maybe]',
      got: '[Yes] [No] [On the card]',
    });
  });
});

describe('expectations of the whole case', () => {
  it('see what all turns caused', async () => {
    const suite = suiteOf(
      '  - id: a\n    turns: [{says: one}, {says: two}]\n    expect: [{tool: {name: my_orders, times: 2}}, {alert: crisis}]\n',
    );
    const play = (one: Play): Played =>
      playedOf(fakeTurn({ tools: [{ name: 'my_orders' }] }), saidIn(one) === 'one' ? { alerts: ['crisis'] } : {});
    expect((await run(suite, { play })).results[0]?.verdict).toBe('pass');
  });

  it('a turn may be on another channel', async () => {
    const suite = suiteOf(
      '  - id: a\n    turns: [{says: one}, {says: two, channel: telegram}]\n    expect: [{routed_to: knowledge}]\n',
    );
    const { worlds } = await run(suite);
    expect(worlds[0]?.plays.map((play) => play.channel)).toEqual(['web', 'telegram']);
  });
});
