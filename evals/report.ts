/** The report of a run as text, most important first: verdict and gates, failures, rates, intents, groups, the rest. Pure. */
import { type ExitCode, exitCodeOf } from './gate.ts';
import { type Setting, setFailures, setTracked } from './report/failures.ts';
import { count, duration, percent } from './report/layout.ts';
import { setCoverage, setGates, setGroups, setIntents, setLatency, setRates, setTrouble } from './report/tables.ts';
import type { Counts, Fingerprint, SuiteSummary, Summary } from './summary.ts';
import type { TrialResult } from './trial.ts';

export type ReportInput = {
  readonly summary: Summary;
  readonly results: readonly TrialResult[];
  readonly milliseconds: number;
  /** Commit of the working copy, or null. */
  readonly commit: string | null;
};

const VERDICTS: Readonly<Record<ExitCode, string>> = {
  0: 'PASS',
  1: 'FAIL',
  3: 'NO VERDICT: too many errors',
  5: 'NO VERDICT: too many invalid cases',
};

/** 0, 1, 3 or 5: what the process ends with. */
export function exitCodeOfRun({ suites }: Summary): ExitCode {
  return exitCodeOf(suites.flatMap((suite) => suite.gates));
}

/** Lines joined by line breaks, with one at the end. */
export function textReport(input: ReportInput, setting: Setting): string {
  const { summary, results } = input;
  const { paint } = setting;
  const part = (title: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [] : [paint('strong', title), ...lines, ...(lines.at(-1) === '' ? [] : [''])];
  const failures = setFailures(results, setting);
  const lines = [
    ...setVerdict(input, setting),
    '',
    ...part('Gates', setGates(summary.suites, setting)),
    ...part('Failures', failures),
    ...part('Not there yet (tracked, decides nothing)', setTracked(results, setting)),
    ...part('Pass rate', setRates(summary, setting)),
    ...part('Intents', setIntents(summary, setting)),
    ...part('Groups', setGroups(summary, setting)),
    ...part('Not scored, not steady', setTrouble(results, summary, setting)),
    ...part('Latency', setLatency(summary)),
    ...part('Never touched', setCoverage(summary, setting)),
    ...part('Fingerprint', setFingerprint(summary.fingerprint, input.commit)),
    // Who reads in a terminal sees the end first.
    ...(failures.length > 0 ? setVerdict(input, setting) : []),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

/** The verdict and how it was come by, in one line. */
function setVerdict({ summary, milliseconds }: ReportInput, { paint }: Setting): readonly string[] {
  const code = exitCodeOfRun(summary);
  const deciding = summary.suites.filter(({ kind }) => kind === 'regression');
  const word = code === 0 && deciding.length === 0 ? 'NO GATE' : VERDICTS[code];
  const { rate, counts } = summary.all;
  const where = `${percent(rate.rate)} of ${count(rate.cases, 'case')} in ${count(deciding.length || summary.suites.length, 'suite')}`;
  const effort = `${count(counts.trials, 'trial')}, ${duration(milliseconds)}`;
  const said = [...countsText(counts), ...trackedText(summary.suites, deciding.length > 0)].join(' · ');
  return [`${paint(code === 0 ? 'good' : 'bad', word)}  ${said}  (${where}, ${effort})`];
}

function countsText({ pass, fail, error, invalid, unscored }: Counts): readonly string[] {
  const others = [
    [fail, `${fail} failed`],
    [error, count(error, 'error')],
    [invalid, `${invalid} invalid`],
    [unscored, `${unscored} unscored`],
  ] as const;
  return [`${pass} passed`, ...others.flatMap(([number, text]) => (number > 0 ? [text] : []))];
}

/** Suites that only are tracked, beside those that decide. */
function trackedText(suites: readonly SuiteSummary[], isBeside: boolean): readonly string[] {
  const tracked = suites.filter(({ kind }) => kind === 'capability').map(({ counts }) => counts);
  if (!isBeside || tracked.length === 0) return [];
  const sum = (of: (counts: Counts) => number): number => tracked.reduce((total, counts) => total + of(counts), 0);
  return [`tracked ${sum(({ pass }) => pass)} of ${sum(({ pass, fail }) => pass + fail)}`];
}

function setFingerprint({ workspace, prompts, models }: Fingerprint, commit: string | null): readonly string[] {
  const parts = {
    commit: commit ?? 'none',
    workspace: workspace.join(', ') || 'none',
    model: models.join(', ') || 'none: the fallbacks answered',
    ...(prompts.length > 0 ? { prompts: prompts.join(', ') } : {}),
  };
  return Object.entries(parts).map(([name, value]) => `  ${name.padEnd(11)}  ${value}`);
}
