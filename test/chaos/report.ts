/** What a run found: a table for people, a summary for programs. Beside every zero stands the rate it only bounds. */
import type { Figures, Mutant, Verdict } from './scenario.ts';

export type Outcome = {
  readonly id: string;
  readonly title: string;
  readonly target: string;
  /** Null: the protection was on. */
  readonly mutant: Pick<Mutant, 'name' | 'expects'> | null;
  readonly verdict: Verdict;
  /** Why the rig itself failed; such a run proves nothing. */
  readonly broken: string | null;
  readonly seconds: number;
  readonly folder: string;
};

export type Report = {
  readonly seed: number;
  readonly size: string;
  readonly outcomes: readonly Outcome[];
  /** By name and reason. */
  readonly notRun: readonly string[];
  /** Mutants that the code has grown away from. */
  readonly misfits: readonly string[];
  readonly seconds: number;
};

/** A mutant must fail by what it is expected to lead to; everything else must not fail. */
export function isAsItShould({ mutant, verdict, broken }: Outcome): boolean {
  if (broken !== null) return false;
  return mutant === null ? verdict.problems.length === 0 : verdict.problems.some((line) => mutant.expects.test(line));
}

export function summaryOf({ seed, size, outcomes, notRun, misfits, seconds }: Report): object {
  const real = outcomes.filter(({ mutant }) => mutant === null).map(({ verdict }) => verdict.figures);
  const sum = (of: (figures: Figures) => number): number => real.reduce((total, figures) => total + of(figures), 0);
  const recoveries = real.flatMap((figures) => figures.recoveries);
  const messages = sum((one) => one.messages);
  return {
    ok: outcomes.every(isAsItShould) && misfits.length === 0,
    size,
    seed,
    seconds: Math.round(seconds),
    kills: sum((one) => one.kills),
    messages,
    lost: sum((one) => one.lost),
    duplicated: sum((one) => one.duplicated),
    outOfOrder: sum((one) => one.outOfOrder),
    unknown: sum((one) => one.unknown),
    unheard: sum((one) => one.unheard),
    recoveryP99Ms: recoveries.length === 0 ? null : Math.round(quantile(recoveries, 0.99)),
    /** At 95 %: a zero among so many bounds the rate by this. */
    zeroBoundsRateBy: messages === 0 ? null : 3 / messages,
    scenarios: outcomes.map(({ verdict, folder, mutant, ...outcome }) => {
      const { recoveries: many, ...figures } = verdict.figures;
      return {
        ...outcome,
        mutant: mutant?.name ?? null,
        expects: mutant?.expects.source ?? null,
        ok: isAsItShould({ ...outcome, mutant, verdict, folder }),
        ...figures,
        recoveryP99Ms: many.length === 0 ? null : Math.round(quantile(many, 0.99)),
        problems: verdict.problems.slice(0, 20),
      };
    }),
    notRun,
    misfits,
  };
}

export function tableOf(report: Report): string {
  const rows = report.outcomes.map(rowOf);
  const header = ['', 'scenario', 'messages', 'kills', 'lost', 'twice', 'order', 'unknown', 'recovery p99', 'seconds'];
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  const details = report.outcomes.filter((one) => !isAsItShould(one)).flatMap(explain);
  const more = report.outcomes.filter(({ mutant }) => mutant === null).flatMap(moreOf);
  return [
    line(header),
    ...rows.map(line),
    '',
    ...more,
    ...report.notRun.map((name) => `not run: ${name}`),
    ...report.misfits.map((line) => `FAILED ${line}`),
    ...details,
    `seed ${report.seed}, ${Math.round(report.seconds)} s. In brackets: what a zero bounds the rate by (3/n, 95 %).`,
  ].join('\n');
}

function rowOf(outcome: Outcome): string[] {
  const { id, title, mutant, verdict, seconds } = outcome;
  const { figures } = verdict;
  const bound = figures.trials === 0 ? '' : ` (${percent(3 / figures.trials)})`;
  const count = (value: number): string => (value === 0 ? `0${bound}` : String(value));
  const p99 = figures.recoveries.length === 0 ? '–' : `${(quantile(figures.recoveries, 0.99) / 1000).toFixed(1)} s`;
  return [
    isAsItShould(outcome) ? 'ok' : 'FAILED',
    mutant === null ? `${id} ${title}` : `${id} mutant: ${mutant.name} (${verdict.problems.length} problems)`,
    String(figures.messages),
    String(figures.kills),
    count(figures.lost),
    count(figures.duplicated),
    count(figures.outOfOrder),
    figures.unknown === 0 ? '0' : `${figures.unknown} (${figures.unheard} unheard)`,
    p99,
    seconds.toFixed(0),
  ];
}

function percent(share: number): string {
  return `< ${(share * 100).toPrecision(2)} %`;
}

function moreOf({ id, target, verdict }: Outcome): readonly string[] {
  const more = Object.entries(verdict.figures.more).map(([name, value]) => `${name} ${value}`);
  return [`${id}: must reach ${target}`, ...(more.length === 0 ? [] : [`    measured: ${more.join(' · ')}`])];
}

function explain({ id, mutant, verdict, folder, broken }: Outcome): readonly string[] {
  if (broken !== null)
    return [`FAILED ${id}${mutant === null ? '' : ` mutant "${mutant.name}"`}: the rig itself failed: ${broken}`];
  const found = verdict.problems.length === 0 ? 'and nothing was found' : 'and only this was found:';
  return [
    mutant === null
      ? `FAILED ${id} (history and logs in ${folder}):`
      : `FAILED ${id}: the mutant "${mutant.name}" should be noticed by ${String(mutant.expects)}, ${found}`,
    ...verdict.problems.slice(0, 10).map((problem) => `    ${problem}`),
    ...(verdict.problems.length > 10 ? [`    … and ${verdict.problems.length - 10} more`] : []),
  ];
}

export function quantile(values: readonly number[], share: number): number {
  const ordered = values.toSorted((a, b) => a - b);
  return ordered[Math.min(ordered.length - 1, Math.floor(ordered.length * share))] ?? 0;
}
