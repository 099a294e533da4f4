/** The figures of `eval intents`, counted by hand, and the verb that prints them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { evalIntentsVerb } from '../../cli/eval-intents.ts';
import { runProgram } from '../../cli/program.ts';
import { type Answered, scoreIntents } from '../../evals/intents/measure.ts';
import { TOY } from '../core/intent/toy.ts';

const answer = (intent: string, found: string, confidence: number): Answered => {
  return { intent, found, confidence, microseconds: 100 * confidence };
};

describe('scoreIntents', () => {
  const answers = [
    answer('a', 'a', 0.9),
    answer('a', 'a', 0.4),
    answer('b', 'a', 0.8),
    answer('b', 'b', 0.6),
    answer('oos', 'a', 0.7),
    answer('oos', 'b', 0.1),
    answer('oos', 'b', 0.2),
    answer('oos', 'b', 0.3),
    answer('oos', 'b', 0.35),
  ];
  const scores = scoreIntents(answers, { threshold: 0.5, trainSeconds: 2 });

  it('has exactly the promised keys', () => {
    expect(Object.keys(scores)).toEqual([
      'accuracy',
      'oosRecall',
      'oosAuroc',
      'accuracyAtOosRecall80',
      'macroF1',
      'usPerMessageP50',
      'usPerMessageP99',
      'trainSeconds',
    ]);
  });

  it('counts a message in scope as right only above the threshold', () => {
    expect(scores['accuracy']).toBe(0.5);
    expect(scores.oosRecall).toBe(0.8);
  });

  it('finds the threshold that turns away four of five by itself', () => {
    // The fourth of the five lies at .35; everything right above it counts.
    expect(scores.accuracyAtOosRecall80).toBe(0.75);
    const tied = scoreIntents([answer('a', 'a', 0.3), answer('oos', 'a', 0.3)], { threshold: 0, trainSeconds: 0 });
    expect(tied.accuracyAtOosRecall80).toBe(0);
  });

  it('compares every message in scope with every one out of scope', () => {
    // .9 and .8 beat all five; .6 and .4 lose to .7 only.
    expect(scores.oosAuroc).toBeCloseTo((5 + 5 + 4 + 4) / 20, 10);
    const ties = scoreIntents([answer('a', 'a', 0.5), answer('oos', 'a', 0.5)], { threshold: 0, trainSeconds: 0 });
    expect(ties.oosAuroc).toBe(0.5);
  });

  it('takes answers to what is out of scope for wrong ones of that intent', () => {
    // a: said 3 times (one is oos, one is b), wanted 2, right 1. b: said once, wanted 2, right 1.
    expect(scores.macroF1).toBeCloseTo((2 / 5 + 2 / 3) / 2, 10);
  });

  it('says null where there is nothing to measure', () => {
    const inside = scoreIntents([answer('a', 'a', 1)], { threshold: 0, trainSeconds: 0 });
    expect(inside).toMatchObject({ accuracy: 1, oosRecall: null, oosAuroc: null, accuracyAtOosRecall80: null });
    expect(scoreIntents([], { threshold: 0, trainSeconds: 0 })).toMatchObject({ accuracy: null, macroF1: null });
  });
});

describe('throughline eval intents', () => {
  const folder = mkdtempSync(join(tmpdir(), 'eval-intents-'));
  const train = join(folder, 'train.jsonl');
  const test = join(folder, 'test.jsonl');
  const lines = (values: readonly unknown[]): string => values.map((value) => JSON.stringify(value)).join('\n');

  beforeAll(() => {
    writeFileSync(train, lines(TOY));
    writeFileSync(
      test,
      lines([...TOY.filter(({ intent }) => intent !== 'oos'), { text: 'why do dogs bark', intent: 'oos' }]),
    );
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function run(...args: readonly string[]) {
    const said = { stdout: '', stderr: '' };
    const output = (name: keyof typeof said) => ({
      write: (text: string) => {
        said[name] += text;
      },
      isTerminal: false,
      hasColors: false,
      columns: 100,
    });
    const outputs = { stdout: output('stdout'), stderr: output('stderr') };
    let now = 0;
    const monotonic = () => {
      now += 1;
      return now;
    };
    const config = () => ({ workspaceFolder: join(folder, 'nowhere') });
    const verbs = [evalIntentsVerb({ outputs, config, monotonic })];
    const code = await runProgram(['eval', 'intents', ...args], { verbs, outputs, isDebug: () => false });
    return { code, ...said };
  }

  it('prints one JSON object, progress apart', async () => {
    const { code, stdout, stderr } = await run('--train', train, '--test', test, '--json');
    expect(code).toBe(0);
    const scores = z.record(z.string(), z.number()).parse(JSON.parse(stdout));
    expect(Object.keys(scores)).toHaveLength(8);
    expect(scores['accuracy']).toBeGreaterThan(0.8);
    expect(scores['usPerMessageP50']).toBe(1000);
    expect(stderr).toContain(`training on ${TOY.length} texts of 8 intents`);
  });

  it('prints a table, and takes validation texts', async () => {
    const { code, stdout } = await run('--train', train, '--test', test, '--val', test);
    expect(code).toBe(0);
    expect(stdout).toMatch(/accuracyAtOosRecall80 +1\.000/);
    expect(stdout).toMatch(/calibration error +0\.\d{3}/);
    expect(stdout).toMatch(/threshold 0\.\d{3}/);
  });

  it.each([
    ['a line without intent', '{"text":"x","intent":"a"}\n{"text":"x"}', /bad\.jsonl:2: "intent"/],
    ['an intent of nothing', '{"text":"x","intent":""}', /bad\.jsonl:1: "intent": write the name/],
    ['what is no JSON', 'text,intent', /bad\.jsonl:1 is not JSON: text,intent/],
    ['no line', '\n', /has no line/],
    ['one intent only', '{"text":"x","intent":"a"}\n{"text":"y","intent":"oos"}', /has 1 intents besides "oos"/],
  ])('refuses %s, and says where', async (_, text, says) => {
    const bad = join(folder, 'bad.jsonl');
    writeFileSync(bad, text);
    const { code, stdout, stderr } = await run('--train', bad, '--test', test, '--json');
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(says);
  });

  it('asks for both files, or none', async () => {
    expect((await run('--train', train)).stderr).toContain('Name both --train and --test');
    expect((await run('--val', train)).code).toBe(2);
  });
});
