import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Block } from '../../core/block.ts';
import { TransientError } from '../../core/errors.ts';
import { selectTrials } from '../../evals/arrange.ts';
import type { Suite } from '../../evals/case.ts';
import { junitXml } from '../../evals/junit.ts';
import { setTable, wrap } from '../../evals/report/layout.ts';
import { exitCodeOfRun, textReport } from '../../evals/report.ts';
import { runTrials } from '../../evals/run.ts';
import { createRunFolder, type RunRecord } from '../../evals/run-folder.ts';
import { seededRandom } from '../../evals/statistics.ts';
import { summarise } from '../../evals/summary.ts';
import type { TrialResult } from '../../evals/trial.ts';
import type { Play, Played } from '../../evals/world.ts';
import { fakeTurn, fakeWorld, KNOWN, playedOf, suiteOf } from './fakes.ts';

const PLAIN = { paint: (_: unknown, text: string) => text, width: 100 };

const CASES = `
  - id: length
    tags: [facts]
    turns:
      - says: how long is it?
        expect: [{routed_to: knowledge}, {intent: course-length}, {cites: courses/breathwork-course}]
  - id: price.then-hold
    tags: [facts, money]
    given: {channel: telegram, person: {locale: de}}
    turns:
      - says: how much is the foundation programme, and is there a way to pay for it in several parts over the year?
        expect: [{routed_to: sales}, {sent: {all: [€480, 6 × €85]}}]
      - chooses: Hold a place
        expect: [{tool: {name: hold_place}}]
  - id: store-away
    turns: [{says: boom, expect: [{routed_to: knowledge}]}]
  - id: told-nothing
    turns: [{says: mute, expect: [{sent: {none: [secret]}}]}]
`;

/** Answers wrongly in every way that a report has to show. */
function play({ does }: Play): Played {
  const said = 'says' in does ? does.says : does.label;
  const known: Block = { kind: 'citation', passage: 'courses/foundation-programme#1', label: 'Foundation Programme' };
  if (said === 'boom') throw new TransientError('store_down', 'The database is away.');
  if (said === 'mute') return playedOf(fakeTurn({ route: 'silence', status: 'silent' }));
  if (said === 'how long is it?') {
    return playedOf(
      fakeTurn({
        intent: 'price',
        blocks: [{ kind: 'text', text: 'It takes 16 weeks.' }, known],
        fallback: 'no_model',
      }),
    );
  }
  const card: Block = {
    kind: 'card',
    title: 'Foundation Programme',
    body: '€480',
    options: [{ label: 'Hold a place', token: 'h' }],
  };
  return playedOf(
    fakeTurn({
      agent: 'sales',
      blocks: [card],
      tools: [{ name: 'find_offers' }, { name: 'my_orders', outcome: 'refused' }],
    }),
  );
}

async function resultsOf(suite: Suite, answer: (play: Play) => Played, repeat = 1): Promise<readonly TrialResult[]> {
  let time = 0;
  const monotonic = (): number => {
    time += 20;
    return time;
  };
  const openWorld = () => Promise.resolve(fakeWorld(answer));
  return runTrials(selectTrials([suite], { repeat }), { openWorld, workers: 1, monotonic, onResult: () => undefined });
}

const KNOWN_WITH_HOLD = { ...KNOWN, tool: [...KNOWN.tool, 'hold_place'] };
const suite = suiteOf(CASES.replaceAll('hold_place', 'open_ticket'));

function summaryOf(
  results: readonly TrialResult[],
  options: { readonly isWhole?: boolean; readonly isSelection?: boolean } = {},
) {
  const { isWhole = true, isSelection = false } = options;
  return summarise(results, { suites: [suite], known: KNOWN_WITH_HOLD, random: seededRandom(1), isSelection, isWhole });
}

const wholeReport = (results: readonly TrialResult[], options = {}): string =>
  textReport({ summary: summaryOf(results, options), results, milliseconds: 1_234, commit: 'abc1234' }, PLAIN);

describe('the report', () => {
  it('of a failing run shows what was expected and what was sent', async () => {
    const results = await resultsOf(suite, play);
    await expect(wholeReport(results)).toMatchFileSnapshot('./report-failing.txt');
    expect(exitCodeOfRun(summaryOf(results))).toBe(3);
  });

  it('of a passing run is short', async () => {
    const results = await resultsOf(
      suiteOf('  - id: a\n    turns: [{says: a, expect: [{routed_to: knowledge}]}]\n'),
      () => playedOf(fakeTurn()),
    );
    const report = wholeReport(results, { isWhole: false });
    await expect(report).toMatchFileSnapshot('./report-passing.txt');
    expect(report).toMatch(/^PASS /);
    expect(exitCodeOfRun(summaryOf(results))).toBe(0);
  });

  it('says so when the same case is not the same twice', async () => {
    let count = 0;
    const flaky = suiteOf(
      '  - id: a\n    turns: [{says: a, expect: [{routed_to: knowledge}]}]\n  - id: b\n    turns: [{says: b, expect: [{routed_to: knowledge}]}]\n',
    );
    const answer = (): Played => {
      count += 1;
      return playedOf(fakeTurn({ agent: count === 1 ? 'sales' : 'knowledge' }));
    };
    const results = await resultsOf(flaky, answer, 3);
    const summary = summarise(results, {
      suites: [flaky],
      known: KNOWN,
      random: seededRandom(1),
      isSelection: false,
      isWhole: false,
    });
    expect(summary.flaky).toEqual(['small/a']);
    expect(summary.suites[0]?.passHat.map((chance) => Number(chance.toFixed(3)))).toEqual([0.833, 0.667, 0.5]);
    expect(summary.suites[0]?.rate.method).toBe('bootstrap');
    const report = textReport({ summary, results, milliseconds: 1, commit: null }, PLAIN);
    expect(report).toContain('failed 1 of 3 repeats');
    expect(report).toContain('pass^k, k = 1 … 3  pass@k, k = 1 … 3');
    expect(report).toMatch(/small +5 of 6 .* 0\.83 0\.67 0\.50 +0\.83 1\.00 1\.00/);
    expect(report).toMatch(/flaky\s+small\/a/);
    // One entry for three repeats of one case.
    expect(report.match(/✗ small\/a/g)).toHaveLength(1);
  });

  it('counts apart what is only tracked', async () => {
    const lines =
      '  - id: a\n    turns: [{says: a, expect: [{routed_to: knowledge}]}]\n  - id: b\n    turns: [{says: b, expect: [{routed_to: sales}]}]\n';
    const tracked = suiteOf(lines, 'kind: capability');
    const answer = (): Played => playedOf(fakeTurn({ agent: 'knowledge' }));
    const deciding = { ...suiteOf(lines), suite: 'deciding' };
    const alone = await resultsOf(tracked, answer);
    const options = { known: KNOWN, random: seededRandom(1), isWhole: false };
    const reportOf = (results: readonly TrialResult[], suites: readonly Suite[], isSelection: boolean): string => {
      const summary = summarise(results, { ...options, suites, isSelection });
      return `${exitCodeOfRun(summary)} ${textReport({ summary, results, milliseconds: 1, commit: null }, PLAIN)}`;
    };
    expect(reportOf(alone, [tracked], false)).toMatch(/^0 NO GATE {2}1 passed · 1 failed {2}\(50\.0 %/);
    expect(reportOf(alone, [tracked], false)).toContain('✗ small/b');
    // Nothing that is tracked can fail a run, even when it was asked for by name.
    expect(reportOf(alone, [tracked], true)).toMatch(/^0 /);
    const both = [...(await resultsOf(deciding, answer)), ...alone];
    const report = reportOf(both, [deciding, tracked], false);
    expect(report).toMatch(
      /^0 PASS {2}1 passed · 1 failed · tracked 1 of 2 {2}\(50\.0 % of 2 cases in 1 suite, 2 trials/,
    );
    expect(report).toContain('✗ deciding/b');
    expect(report).not.toContain('✗ small/b');
    expect(report).toMatch(/· small\/b +route sales +got route knowledge/);
  });

  it('keeps errors, invalid and unscored trials out of the rate', async () => {
    const { all } = summaryOf(await resultsOf(suite, play));
    expect(all.counts).toEqual({ pass: 0, fail: 2, error: 1, invalid: 0, unscored: 1, trials: 4 });
    expect(all.rate).toMatchObject({ rate: 0, cases: 2 });
  });

  it('names what nobody touched, only when everything was played', async () => {
    const results = await resultsOf(suite, play);
    expect(summaryOf(results).untouched).toEqual({
      agents: ['supervisor', 'course', 'support', 'safety'],
      intents: ['course-length', 'greeting', 'unclear'],
      tools: ['open_ticket', 'hold_place'],
      documents: ['courses/breathwork-course', 'payments/refund-courses'],
    });
    expect(summaryOf(results, { isWhole: false }).untouched).toBeNull();
    expect(summaryOf(results, { isSelection: true }).untouched).toBeNull();
  });

  it('counts expected against found intents', async () => {
    const { intents } = summaryOf(await resultsOf(suite, play));
    expect(intents).toEqual({
      asked: 1,
      right: 0,
      confusions: [{ expected: 'course-length', got: 'price', cases: ['small/length'] }],
    });
  });
});

describe('layout', () => {
  it('pads before it paints, so that colours do not shift columns', () => {
    const paint = (_: unknown, text: string): string => `<${text}>`;
    expect(
      setTable(
        [
          [
            { text: 'a', tone: 'bad' },
            { text: '1', isRight: true },
          ],
          [{ text: 'bcd' }, { text: '10', isRight: true }],
        ],
        paint,
      ),
    ).toEqual(['<a  >   1', 'bcd  10']);
  });

  it('wraps at spaces, cuts what has none, keeps line breaks', () => {
    expect(wrap('one two three', 8)).toEqual(['one two', 'three']);
    expect(wrap('abcdefghij', 4)).toEqual(['abcd', 'efgh', 'ij']);
    expect(wrap('a\n\nb', 10)).toEqual(['a', '', 'b']);
  });
});

describe('junit', () => {
  it('tells failures, errors and unscored trials apart', async () => {
    const xml = junitXml(await resultsOf(suite, play));
    expect(xml).toContain('<testsuite name="small" tests="4" failures="2" errors="1" skipped="1"');
    expect(xml).toContain('<testcase classname="small" name="length"');
    expect(xml).toContain('<failure message="turn 1: expected intent course-length, got intent price 0.80">');
    expect(xml).toContain('<error message="store_down: The database is away." type="error">');
    expect(xml).toContain('<skipped message="turn 1: unscored: nothing was sent, so there was nothing to read"/>');
    expect(xml).toContain('&quot;6 × €85&quot;');
  });

  it('holds nothing that XML may not hold', async () => {
    const odd = '<a> & "b" \u0000\u001b\ud800 \u{1f600}';
    const answer = (): Played => {
      throw new TransientError('store_down', odd);
    };
    const xml = junitXml(await resultsOf(suite, answer));
    expect(xml).toContain('&lt;a&gt; &amp; &quot;b&quot; \ufffd\ufffd\ufffd \u{1f600}');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the point of the test
    expect(xml).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/);
  });
});

describe('the folder of a run', () => {
  it('holds a line per trial, the turns, the run, the report and JUnit', async () => {
    const parent = mkdtempSync(join(tmpdir(), 'evals-'));
    const folder = await createRunFolder(join(parent, 'evals'), 'run-1');
    const results = await resultsOf(suite, play);
    for (const result of results) folder.append(result);
    const summary = summaryOf(results);
    const record = {
      version: 1,
      id: 'run-1',
      startedAt: '',
      milliseconds: 1,
      exitCode: 3,
      commit: null,
      asked: {},
      summary,
      trials: [],
    } satisfies RunRecord;
    await folder.finish(record, { report: 'text', results });
    const read = (file: string): string => readFileSync(join(folder.path, file), 'utf8');
    const lines = read('results.jsonl')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map((line) => [line['case'], line['verdict']])).toEqual([
      ['length', 'fail'],
      ['price.then-hold', 'fail'],
      ['store-away', 'error'],
      ['told-nothing', 'unscored'],
    ]);
    expect(lines[0]).toMatchObject({
      turns: [{ did: 'says "how long is it?"', sent: [{ parts: [expect.stringContaining('16 weeks')] }] }],
    });
    const turns = read('turns.jsonl').trimEnd().split('\n');
    expect(turns).toHaveLength(4);
    // The lines of a trial name the records of its turns.
    const { turn } = JSON.parse(turns[0] ?? '{}') as { readonly turn: { readonly id: string } };
    expect(lines[0]).toMatchObject({ turns: [{ turns: [turn.id] }] });
    expect(JSON.parse(read('run.json'))).toMatchObject({ version: 1, summary: { all: { counts: { fail: 2 } } } });
    expect(read('report.txt')).toBe('text');
    expect(read('junit.xml')).toContain('<testsuites>');
    rmSync(parent, { recursive: true });
  });

  it('that cannot be made is told with its remedy', async () => {
    const parent = mkdtempSync(join(tmpdir(), 'evals-'));
    writeFileSync(join(parent, 'evals'), 'a file');
    await expect(createRunFolder(join(parent, 'evals'), 'run-1')).rejects.toMatchObject({
      code: 'data_folder_unwritable',
      message: expect.stringContaining('set DATA_DIR to a folder that can be written') as unknown,
    });
    rmSync(parent, { recursive: true });
  });
});
