/** The counted parts of a report: gates, rates, confused intents, groups, trouble, what was never touched. Pure. */
import type { GateResult } from '../gate.ts';
import { zeroFailureBound } from '../statistics.ts';
import { caseName, type Group, type SuiteSummary, type Summary } from '../summary.ts';
import type { TrialResult } from '../trial.ts';
import type { Setting } from './failures.ts';
import { type Cell, count, duration, percent, setTable, type Tone, wrap } from './layout.ts';

const MAX_NAMES = 12;
/** Below this, that nothing failed says nearly nothing. */
const ENOUGH_CASES = 10;

/** Gates the suites asked for, and those missed; a default limit that held is not worth a line. */
export function setGates(suites: readonly SuiteSummary[], { paint }: Setting): readonly string[] {
  const rows = suites.flatMap((suite) =>
    suite.gates
      .filter((gate) => !gate.isDefault || !gate.passed)
      .map((gate): readonly Cell[] => [
        { text: gate.passed ? '  ok' : '  MISSED', tone: gate.passed ? 'good' : 'bad' },
        { text: suite.name },
        { text: gate.what },
        { text: percent(gate.value), isRight: true, tone: gate.passed ? 'good' : 'bad' },
        { text: `${gate.sign} ${percent(gate.bound)}` },
        { text: limitText(gate), tone: 'faint' },
      ]),
  );
  return setTable(rows, paint);
}

function limitText({ isDefault }: GateResult): string {
  return isDefault ? 'the limit where a suite names none' : '';
}

/** One row per suite, with the curves over k where cases were repeated, and what no failure at all is worth. */
export function setRates({ suites, all }: Summary, { paint }: Setting): readonly string[] {
  const repeats = Math.max(...suites.map((suite) => suite.passHat.length), 1);
  const title = [...rateTitle('suite'), ...(repeats > 1 ? curveTitle(repeats) : [])];
  const rows = suites.map((suite): readonly Cell[] => [
    ...rateRow(suite),
    ...(repeats > 1 ? [suite.passHat, suite.passAt].map(curveCell) : []),
    ...(suite.kind === 'capability' ? [{ text: 'tracked only', tone: 'faint' as const }] : []),
  ]);
  const sum = suites.length > 1 ? [rateRow(all)] : [];
  return [...setTable([title, ...rows, ...sum], paint), ...boundText(all)];
}

function curveTitle(repeats: number): readonly Cell[] {
  return ['pass^k', 'pass@k'].map((name) => ({ text: `${name}, k = 1 … ${repeats}`, tone: 'faint' }));
}

function curveCell(chances: readonly number[]): Cell {
  return { text: chances.map((chance) => chance.toFixed(2)).join(' ') };
}

function boundText({ counts, rate: { cases } }: Group): readonly string[] {
  if (counts.fail > 0 || cases < ENOUGH_CASES) return [];
  const bound = percent(zeroFailureBound(cases));
  return [`  no failure in ${count(cases, 'case')}: the true failure rate is below ${bound} (3/N)`];
}

function rateTitle(name: string): readonly Cell[] {
  return [
    { text: `  ${name}`, tone: 'faint' },
    { text: 'passed', tone: 'faint', isRight: true },
    { text: 'rate', tone: 'faint', isRight: true },
    { text: '95 % interval', tone: 'faint', isRight: true },
  ];
}

function rateRow({ name, counts, rate }: Group): readonly Cell[] {
  const tone: Tone = counts.fail > 0 ? 'bad' : 'good';
  return [
    { text: `  ${name}` },
    { text: `${counts.pass} of ${counts.pass + counts.fail}`, isRight: true },
    { text: percent(rate.rate), isRight: true, tone },
    { text: rate.rate === null ? '–' : `${percent(rate.low)} – ${percent(rate.high)}`, isRight: true },
  ];
}

export function setIntents({ intents }: Summary, { paint }: Setting): readonly string[] {
  if (intents.asked === 0) return ['  no case expects an intent'];
  const right = `  ${intents.right} of ${intents.asked} as expected`;
  const title: readonly Cell[] = ['  expected', 'got', '', 'cases'].map((text) => ({ text, tone: 'faint' }));
  const rows = intents.confusions.map(({ expected, got, cases }): readonly Cell[] => [
    { text: `  ${expected}` },
    { text: got, tone: 'bad' },
    { text: `${cases.length} ×`, isRight: true },
    { text: cases.join(', '), tone: 'faint' },
  ]);
  return rows.length === 0 ? [right] : [right, ...setTable([title, ...rows], paint)];
}

/** A kind with more members than this shows those with failures alone. */
const MAX_GROUPS = 8;

/** Groups of one kind as a table, worst first; a single group says what the whole says and is left out. */
export function setGroups({ groups }: Summary, { paint, width }: Setting): readonly string[] {
  return Object.entries(groups).flatMap(([kind, members]) => {
    if (members.length < 2) return [];
    const sorted = members.toSorted((a, b) => (a.rate.rate ?? 2) - (b.rate.rate ?? 2));
    const shown = sorted.filter(({ counts }) => members.length <= MAX_GROUPS || counts.fail > 0);
    const clean = sorted.filter((group) => !shown.includes(group)).map(({ name }) => name);
    const rest = clean.length === 0 ? [] : wrap(`without a failure: ${clean.toSorted().join(', ')}`, width - 2);
    const table =
      shown.length === 0
        ? [paint('faint', `  by ${kind}`)]
        : setTable([rateTitle(`by ${kind}`), ...shown.map(rateRow)], paint);
    return [...table, ...rest.map((line) => paint('faint', `  ${line}`)), ''];
  });
}

/** Trials without a verdict, each with its reason, and cases that are not the same twice. */
export function setTrouble(results: readonly TrialResult[], { flaky }: Summary, { paint }: Setting): readonly string[] {
  const rows = results
    .filter(({ verdict }) => verdict === 'error' || verdict === 'invalid' || verdict === 'unscored')
    .map((result): readonly Cell[] => [
      { text: `  ${result.verdict}`, tone: 'warn' },
      { text: caseName(result) },
      { text: result.reason ?? unscoredReason(result), tone: 'faint' },
    ]);
  const unsteady = flaky.map((name): readonly Cell[] => [{ text: '  flaky', tone: 'warn' }, { text: name }]);
  return setTable([...rows, ...unsteady], paint);
}

function unscoredReason({ checks }: TrialResult): string {
  return checks
    .flatMap(({ scorer, score }) => (score.verdict === 'unscored' ? [`${scorer}: ${score.because}`] : []))
    .join('; ');
}

export function setLatency({ latency: { turns, p50, p95 } }: Summary): readonly string[] {
  return [
    `  p50 ${duration(p50)} · p95 ${duration(p95)} over ${count(turns, 'turn')}, from the door to the last part sent`,
  ];
}

export function setCoverage({ untouched }: Summary, { width }: Setting): readonly string[] {
  if (untouched === null) return [];
  const lines = Object.entries(untouched).flatMap(([kind, names]) => {
    if (names.length === 0) return [];
    const shown = names.slice(0, MAX_NAMES).join(', ');
    const rest = names.length > MAX_NAMES ? `, … (${names.length})` : '';
    const [first = '', ...more] = wrap(`${shown}${rest}`, Math.max(20, width - 15));
    return [`  ${kind.padEnd(11)}  ${first}`, ...more.map((line) => `${' '.repeat(15)}${line}`)];
  });
  return lines.length === 0 ? ['  every agent, intent, tool and document was touched'] : lines;
}
