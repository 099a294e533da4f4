import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evalVerb } from '../../cli/eval-run.ts';
import { runProgram } from '../../cli/program.ts';
import { InvalidPayloadError, TransientError } from '../../core/errors.ts';
import type { Play, Played } from '../../evals/world.ts';
import { fakeTurn, fakeWorld, playedOf } from '../evals/fakes.ts';

const folder = mkdtempSync(join(tmpdir(), 'eval-run-'));
const workspaceFolder = join(folder, 'workspace');
const dataFolder = join(folder, 'data');

const suite = (name: string, cases: string, gate = '{metric: pass_rate, use: rate, min: 1}'): string =>
  `suite: ${name}\nkind: regression\ngate: [${gate}]\ncases:\n${cases}`;
const line = (id: string, route = 'knowledge', tags = ''): string =>
  `  - id: ${id}\n    tags: [${tags}]\n    turns: [{says: ${id}, expect: [{routed_to: ${route}}]}]\n`;

beforeAll(() => {
  const sample = join(import.meta.dirname, '../../workspace');
  cpSync(sample, workspaceFolder, { recursive: true, filter: (source) => !source.endsWith('/evals') });
  mkdirSync(join(workspaceFolder, 'evals'));
  writeFileSync(
    join(workspaceFolder, 'evals/good.yaml'),
    suite('good', line('fine', 'knowledge', 'quick') + line('also-fine')),
  );
  writeFileSync(join(workspaceFolder, 'evals/bad.yml'), suite('bad', line('fine') + line('wrong', 'sales', 'quick')));
  writeFileSync(join(workspaceFolder, 'evals/notes.txt'), 'no suite');
});

afterAll(() => rmSync(folder, { recursive: true }));

let runs = 0;

type Ran = { readonly code: number | null; readonly stdout: string; readonly stderr: string; readonly worlds: number };

async function run(
  args: readonly string[],
  options: { readonly play?: (play: Play) => Played; readonly workspace?: string } = {},
): Promise<Ran> {
  const written = { stdout: '', stderr: '' };
  const outputOf = (key: 'stdout' | 'stderr') => ({
    write: (text: string) => {
      written[key] += text;
    },
    isTerminal: false,
    hasColors: false,
    columns: 100,
  });
  const outputs = { stdout: outputOf('stdout'), stderr: outputOf('stderr') };
  const left: { code: number | null } = { code: null };
  let worlds = 0;
  runs += 1;
  const verb = evalVerb({
    outputs,
    config: () => ({ workspaceFolder: options.workspace ?? workspaceFolder, dataFolder }),
    openWorlds: () =>
      Promise.resolve(() => {
        worlds += 1;
        return Promise.resolve(fakeWorld(options.play ?? (() => playedOf(fakeTurn({ agent: 'knowledge' })))));
      }),
    clock: () => Date.parse('2026-11-22T12:00:00Z'),
    monotonic: () => 0,
    mint: () => `id-${String(runs).padStart(6, '0')}`,
    leave: (code) => {
      left.code = code;
    },
  });
  const code = await runProgram(['eval', 'run', ...args], { verbs: [verb], outputs, isDebug: () => false });
  return { code: code === 0 ? left.code : code, worlds, ...written };
}

describe('throughline eval run', () => {
  it('ends with 0 when every gate holds', async () => {
    const { code, stdout, stderr } = await run(['good']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^PASS {2}2 passed/);
    expect(stderr).toBe('2 of 2 · 2 passed\n');
  });

  it('ends with 1 when a gate is missed, and shows the failure', async () => {
    const { code, stdout, stderr } = await run([]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^FAIL {2}3 passed · 1 failed/);
    expect(stdout).toContain('✗ bad/wrong');
    expect(stdout).toContain('expected   route sales');
    expect(stdout).toContain('got        route knowledge');
    expect(stderr).toContain('fail     bad/wrong\n');
  });

  it('ends with 3 when the platform broke, with 5 when cases could not be played', async () => {
    const broken = (): never => {
      throw new TransientError('store_down', 'The database is away.');
    };
    const impossible = (): never => {
      throw new InvalidPayloadError('wrong_type', 'Nobody can do this.');
    };
    expect((await run(['good'], { play: broken })).code).toBe(3);
    expect((await run(['good'], { play: impossible })).code).toBe(5);
  });

  it.each([
    [['nothing'], /there is no suite "nothing" in .*evals; write one of bad, good, or a path that ends in \.yaml/],
    [['/nowhere/x.yaml'], /\/nowhere\/x\.yaml: the suite cannot be read \(ENOENT\)/],
    [['--case', 'zzz*'], /no case fits --case zzz\*; --case takes the whole id/],
    [['--tag', 'zzz'], /no case fits --tag zzz/],
    [['--repeat', '0'], /Write a whole number from 1 to 999/],
    [['-j', 'many'], /Write a whole number from 1 to 999/],
  ])('ends with 2 for %j, before anything is played', async (args, said) => {
    const { code, stderr, stdout, worlds } = await run(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(said);
    expect(stdout).toBe('');
    expect(worlds).toBe(0);
  });

  it('ends with 2 for a suite that is wrong, naming the place', async () => {
    const path = join(folder, 'wrong.yaml');
    writeFileSync(path, suite('wrong', '  - id: a\n    turns: [{says: a, expect: [{intent: no-such}]}]\n'));
    const { code, stderr, worlds } = await run([path]);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^throughline: wrong\.yaml:6:33: cases\[0\]\.turns\[0\]\.expect\[0\]\.intent is "no-such"; there is no such intent/,
    );
    expect(worlds).toBe(0);
  });

  it('ends with 2 for a workspace that is wrong or has no suite', async () => {
    expect((await run([], { workspace: join(folder, 'nowhere') })).code).toBe(2);
    const bare = join(folder, 'bare');
    cpSync(workspaceFolder, bare, { recursive: true, filter: (source) => !source.endsWith('/evals') });
    const { code, stderr } = await run([], { workspace: bare });
    expect(code).toBe(2);
    expect(stderr).toContain('holds no suite; add a YAML file there, or name one on the command line');
  });

  it('plays only what was asked for; then every case must pass and gates on rates rest', async () => {
    const one = await run(['--case', 'fine']);
    expect(one).toMatchObject({ code: 0 });
    expect(one.stdout).toContain('2 passed');
    expect(one.stdout).toContain('every selected case passes');
    const quick = await run(['--tag', 'quick']);
    expect(quick.code).toBe(1);
    expect(quick.stdout).toContain('1 passed · 1 failed');
  });

  it('repeats each case', async () => {
    expect((await run(['good', '--repeat', '3'])).stdout).toContain('6 trials');
  });

  it('prints one JSON object on standard output, and nothing else there', async () => {
    const { code, stdout } = await run(['--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      version: 1,
      exitCode: 1,
      summary: { all: { counts: { pass: 3, fail: 1 } } },
      trials: [{ suite: 'bad', case: 'fine', verdict: 'pass' }, { case: 'wrong', verdict: 'fail' }, {}, {}],
    });
  });

  it('leaves the run in the data folder', async () => {
    const { stdout } = await run(['good']);
    const path = stdout.trimEnd().split('\n').at(-1) ?? '';
    expect(path).toBe(join(dataFolder, 'evals', `20261122T120000Z-${String(runs).padStart(6, '0')}`));
    expect(readFileSync(join(path, 'results.jsonl'), 'utf8').trimEnd().split('\n')).toHaveLength(2);
    expect(readdirSync(path).toSorted()).toEqual([
      'junit.xml',
      'report.txt',
      'results.jsonl',
      'run.json',
      'turns.jsonl',
    ]);
    expect(readFileSync(join(path, 'report.txt'), 'utf8')).toMatch(/^PASS/);
  });

  it('has help that lists the exit codes', async () => {
    const { code, stdout } = await run(['--help']);
    expect(code).toBe(null);
    expect(stdout).toContain('Usage: throughline eval run [options] [suite...]');
    expect(stdout).toContain('5  too many cases that cannot be played or measured');
  });
});
