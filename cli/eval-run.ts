/** throughline eval run: plays the workspace's cases through the whole platform in memory and says whether the gates hold. */
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { type Command, InvalidArgumentError } from 'commander';
import type { Clock } from '../core/clock.ts';
import { errorCode, PermanentError } from '../core/errors.ts';
import { selectTrials, type Trial } from '../evals/arrange.ts';
import type { Suite } from '../evals/case.ts';
import { type KnownNames, readSuites } from '../evals/read-suite.ts';
import { exitCodeOfRun, textReport } from '../evals/report.ts';
import { runTrials } from '../evals/run.ts';
import { createRunFolder, type RunRecord } from '../evals/run-folder.ts';
import { seededRandom } from '../evals/statistics.ts';
import { summarise } from '../evals/summary.ts';
import type { TrialResult } from '../evals/trial.ts';
import type { OpenWorld } from '../evals/world.ts';
import type { Config } from '../server/config.ts';
import { readWorkspace } from '../server/workspace.ts';
import { evalCommand } from './eval-command.ts';
import { createProgress } from './eval-progress.ts';
import { knownNames } from './known-names.ts';
import { paintFor } from './paint.ts';
import type { AddVerb, Outputs } from './verb.ts';

/** The outside of the verb; tests pass their own. */
export type EvalParts = {
  readonly outputs: Outputs;
  /** Throws PermanentError('config_invalid'). */
  readonly config: () => Pick<Config, 'workspaceFolder' | 'dataFolder'>;
  readonly openWorlds: (options: { readonly workspaceFolder: string }) => Promise<OpenWorld>;
  readonly clock: Clock;
  readonly monotonic: Clock;
  /** A unique id. */
  readonly mint: () => string;
  /** Ends the process with this code. */
  readonly leave: (code: number) => void;
};

type Options = {
  readonly case?: string;
  readonly tag?: readonly string[];
  readonly repeat?: number;
  readonly jobs: number;
  readonly json?: boolean;
};
type Asked = Options & { readonly suites: readonly string[] };

/** The verb `eval run`. */
export function evalVerb(parts: EvalParts): AddVerb {
  return (program) => {
    declare(evalCommand(program).command('run')).action(async (suites: readonly string[], options: Options) => {
      parts.leave(await evaluate({ suites, ...options }, parts));
    });
  };
}

function declare(command: Command): Command {
  const collect = (tag: string, tags: readonly string[] = []): readonly string[] => [...tags, tag];
  return command
    .description('play the cases of the workspace and check the gates: offline, without a model')
    .argument('[suite...]', 'names of files in workspace/evals, or paths to YAML files (default: all of the workspace)')
    .option('--case <glob>', 'only cases whose id fits, e.g. "refund.*"; then every one of them must pass')
    .option('--tag <tag>', 'only cases with this tag; given more than once: with all of them', collect)
    .option('--repeat <n>', 'play each case n times, instead of what its suite says', wholeNumber)
    .option('-j, --jobs <n>', 'worlds side by side; each takes a few hundred MB', wholeNumber, 1)
    .option('--json', 'print the run as one JSON object')
    .addHelpText('after', `\n${EXIT_CODES}`);
}

const EXIT_CODES = `Exit codes:
  0  every gate holds
  1  a gate is missed
  2  something has to be corrected first: arguments, configuration, a suite
  3  too many errors of the platform to say anything
  5  too many cases that cannot be played or measured`;

async function evaluate(asked: Asked, parts: EvalParts): Promise<number> {
  const { workspaceFolder } = parts.config();
  const known = knownNames(await readWorkspace(workspaceFolder));
  const suites = await readSuites(await suitePaths(workspaceFolder, asked.suites), known);
  const trials = selectTrials(suites, selectionOf(asked));
  if (trials.length === 0) throw nothingSelected(asked);
  const openWorld = await parts.openWorlds({ workspaceFolder });
  return play({ asked, suites, trials, known, openWorld }, parts);
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (/^\d{1,3}$/.test(text) && number >= 1) return number;
  throw new InvalidArgumentError('Write a whole number from 1 to 999.');
}

function selectionOf({ case: caseGlob, tag, repeat }: Options) {
  return {
    tags: tag ?? [],
    ...(caseGlob === undefined ? {} : { caseGlob }),
    ...(repeat === undefined ? {} : { repeat }),
  };
}

/** Every YAML file of workspace/evals in the order of names, or the named ones. Throws PermanentError('unknown_name'). */
async function suitePaths(workspaceFolder: string, names: readonly string[]): Promise<readonly string[]> {
  const folder = join(workspaceFolder, 'evals');
  const files = (await listFolder(folder)).filter((file) => /^[^.].*\.ya?ml$/.test(file)).toSorted();
  if (files.length === 0 && names.length === 0) {
    throw new PermanentError(
      'unknown_name',
      `${folder} holds no suite; add a YAML file there, or name one on the command line`,
    );
  }
  if (names.length === 0) return files.map((file) => join(folder, file));
  return names.map((name) => {
    if (/\.ya?ml$/.test(name)) return resolve(name);
    const file = files.find((one) => one.replace(/\.ya?ml$/, '') === name);
    if (file) return join(folder, file);
    const known = files.map((one) => one.replace(/\.ya?ml$/, '')).join(', ');
    throw new PermanentError(
      'unknown_name',
      `there is no suite "${name}" in ${folder}; write one of ${known}, or a path that ends in .yaml`,
    );
  });
}

async function listFolder(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw new PermanentError(
      'workspace_invalid',
      `${folder} cannot be read (${errorCode(error)}); make it a folder of suites`,
      { cause: error },
    );
  }
}

function nothingSelected({ case: glob, tag }: Options): PermanentError {
  const wanted = [...(glob === undefined ? [] : [`--case ${glob}`]), ...(tag ?? []).map((one) => `--tag ${one}`)].join(
    ' ',
  );
  return new PermanentError(
    'unknown_name',
    `no case fits ${wanted}; --case takes the whole id, with * for any letters`,
  );
}

type Playing = {
  readonly asked: Asked;
  readonly suites: readonly Suite[];
  readonly trials: readonly Trial[];
  readonly known: KnownNames;
  readonly openWorld: OpenWorld;
};

async function play(playing: Playing, parts: EvalParts): Promise<number> {
  const { asked, trials, openWorld } = playing;
  const { clock, monotonic, mint, config } = parts;
  const { stdout, stderr } = parts.outputs;
  const startedAt = new Date(clock()).toISOString();
  const id = `${startedAt.replaceAll(/[-:]|\.\d+/g, '')}-${mint().slice(-6)}`;
  const folder = await createRunFolder(join(config().dataFolder, 'evals'), id);
  const began = monotonic();
  const progress = createProgress({ stderr, paint: paintFor(stderr), total: trials.length });
  const onResult = (result: TrialResult): void => {
    folder.append(result);
    progress.see(result);
  };
  const results = await runTrials(trials, { openWorld, workers: asked.jobs, monotonic, onResult });
  progress.end();
  const milliseconds = monotonic() - began;
  const { record, report } = await tell({ ...playing, id, startedAt, milliseconds, results });
  await folder.finish(record, { report: report({ paint: (_, text) => text, width: 100 }), results });
  if (asked.json) stdout.write(`${JSON.stringify(record, null, 2)}\n`);
  else stdout.write(`${report({ paint: paintFor(stdout), width: stdout.columns })}\n${folder.path}\n`);
  return record.exitCode;
}

type Played = Playing &
  Pick<RunRecord, 'id' | 'startedAt' | 'milliseconds'> & { readonly results: readonly TrialResult[] };

async function tell({ asked, suites, known, results, id, startedAt, milliseconds }: Played) {
  const isSelection = asked.case !== undefined || asked.tag !== undefined;
  // The same results give the same intervals.
  const random = seededRandom(1);
  const summary = summarise(results, { suites, known, random, isSelection, isWhole: asked.suites.length === 0 });
  const commit = await readCommit();
  const trials = results.map(({ trial, verdict, reason, milliseconds: taken }) => {
    return { suite: trial.suite, case: trial.case.id, repeat: trial.repeat, verdict, reason, milliseconds: taken };
  });
  const exitCode = exitCodeOfRun(summary);
  const record: RunRecord = { version: 1, id, startedAt, milliseconds, exitCode, commit, asked, summary, trials };
  const report = (setting: Parameters<typeof textReport>[1]): string =>
    textReport({ summary, results, milliseconds, commit }, setting);
  return { record, report };
}

/** The commit of the working copy, with `+` when something is changed; null where git knows none. */
async function readCommit(): Promise<string | null> {
  const git = async (...args: readonly string[]): Promise<string> =>
    (await promisify(execFile)('git', args)).stdout.trim();
  try {
    const [commit, changes] = await Promise.all([git('rev-parse', '--short', 'HEAD'), git('status', '--porcelain')]);
    return changes === '' ? commit : `${commit}+`;
  } catch {
    return null;
  }
}
