/** From results to the numbers of a report: rates, groups, confused intents, waiting times, what was never touched. Pure. */
import { AgentName } from '../core/agent-name.ts';
import type { Turn } from '../core/turn.ts';
import type { Suite } from './case.ts';
import { type GateResult, judgeGates } from './gate.ts';
import type { KnownNames } from './read-suite.ts';
import { clusteredRate, passAtK, passHatK, quantile, type Rate, type Tally } from './statistics.ts';
import type { TrialResult, Verdict } from './trial.ts';

export type Counts = Readonly<Record<Verdict, number>> & { readonly trials: number };

export type Group = { readonly name: string; readonly counts: Counts; readonly rate: Rate };

export type SuiteSummary = Group & {
  readonly kind: Suite['kind'];
  /** The chance that k repeats of a case all pass, for k from 1; one entry when nothing was repeated. */
  readonly passHat: readonly number[];
  /** The chance that at least one of k does. */
  readonly passAt: readonly number[];
  readonly gates: readonly GateResult[];
};

export type Confusion = { readonly expected: string; readonly got: string; readonly cases: readonly string[] };

export type Summary = {
  /** Of the suites that decide, or of all where none does; so are the groups. */
  readonly all: Group;
  readonly suites: readonly SuiteSummary[];
  readonly intents: { readonly asked: number; readonly right: number; readonly confusions: readonly Confusion[] };
  readonly groups: Readonly<Record<'tag' | 'agent' | 'channel' | 'language', readonly Group[]>>;
  /** Cases that passed once and failed once. */
  readonly flaky: readonly string[];
  readonly latency: { readonly turns: number; readonly p50: number | null; readonly p95: number | null };
  /** What no turn touched, by kind; null when only a part of the suites was played. */
  readonly untouched: Readonly<Record<'agents' | 'intents' | 'tools' | 'documents', readonly string[]>> | null;
  readonly fingerprint: Fingerprint;
};

export type Fingerprint = {
  readonly workspace: readonly string[];
  readonly prompts: readonly string[];
  readonly models: readonly string[];
};

export type SummaryOptions = {
  readonly suites: readonly Suite[];
  readonly known: KnownNames;
  /** Numbers from 0 to 1, for the bootstrap. */
  readonly random: () => number;
  /** True when only some cases were asked for: then no gate on a rate is applied. */
  readonly isSelection: boolean;
  /** True when every suite of the workspace was played. */
  readonly isWhole: boolean;
};

export function summarise(results: readonly TrialResult[], options: SummaryOptions): Summary {
  const { suites, known, random, isSelection, isWhole } = options;
  const counted = countedResults(results);
  const groupBy = (name: string, of: (result: TrialResult) => readonly string[]): readonly Group[] =>
    groupResults(counted, of).map(([value, members]) => groupOf(value || `no ${name}`, members, random));
  const times = results.flatMap((result) => result.turns.map((turn) => turn.milliseconds));
  return {
    all: groupOf('all', counted, random),
    suites: suites.flatMap((suite) => {
      const own = results.filter(({ trial }) => trial.suite === suite.suite);
      return own.length === 0
        ? []
        : [suiteOf(suite, own, { random, isSelection: isSelection && suite.kind === 'regression' })];
    }),
    intents: intentsOf(results),
    groups: {
      tag: groupBy('tag', ({ trial }) => trial.case.tags),
      agent: groupBy('agent', (result) => [lastRoute(result)]),
      channel: groupBy('channel', ({ trial }) => [trial.channel]),
      language: groupBy('language', ({ trial }) => [trial.case.given.person.locale.slice(0, 2)]),
    },
    flaky: flakyCases(results),
    latency: { turns: times.length, p50: quantile(times, 0.5), p95: quantile(times, 0.95) },
    untouched: isWhole && !isSelection ? untouchedBy(turnsOf(results), known) : null,
    fingerprint: fingerprintOf(turnsOf(results)),
  };
}

/** What the headline counts: a suite that is only tracked must not dilute those that decide. */
export function countedResults(results: readonly TrialResult[]): readonly TrialResult[] {
  const deciding = results.filter(({ trial }) => trial.kind === 'regression');
  return deciding.length > 0 ? deciding : results;
}

/** `suite/case`: what a case is called outside its suite. */
export function caseName({ trial }: TrialResult): string {
  return `${trial.suite}/${trial.case.id}`;
}

function turnsOf(results: readonly TrialResult[]): readonly Turn[] {
  return results.flatMap((result) => result.turns.flatMap(({ played }) => played.turns));
}

function groupOf(name: string, results: readonly TrialResult[], random: () => number): Group {
  return { name, counts: countsOf(results), rate: clusteredRate(talliesOf(results), random) };
}

function countsOf(results: readonly TrialResult[]): Counts {
  const counts = { pass: 0, fail: 0, error: 0, invalid: 0, unscored: 0, trials: results.length };
  for (const { verdict } of results) counts[verdict] += 1;
  return counts;
}

/** One tally per case, of its scored trials alone. */
function talliesOf(results: readonly TrialResult[]): readonly Tally[] {
  return groupResults(results, (result) => [caseName(result)]).map(([, trials]) => {
    const passes = trials.filter(({ verdict }) => verdict === 'pass').length;
    return { passes, trials: passes + trials.filter(({ verdict }) => verdict === 'fail').length };
  });
}

type SuiteOptions = Pick<SummaryOptions, 'random' | 'isSelection'>;

function suiteOf(suite: Suite, results: readonly TrialResult[], { random, isSelection }: SuiteOptions): SuiteSummary {
  const group = groupOf(suite.suite, results, random);
  const tallies = talliesOf(results).filter(({ trials }) => trials > 0);
  const most = tallies.length === 0 ? 0 : Math.min(...tallies.map(({ trials }) => trials));
  const curve = (chanceOf: (tally: Tally, k: number) => number): readonly number[] =>
    Array.from({ length: most }, (_, index) => {
      const chances = tallies.map((tally) => chanceOf(tally, index + 1));
      return chances.reduce((sum, chance) => sum + chance, 0) / chances.length;
    });
  const gates = judgeGates(group, { gates: suite.gate, isSelection });
  return { ...group, kind: suite.kind, passHat: curve(passHatK), passAt: curve(passAtK), gates };
}

/** Groups in the order of their names; a result may stand in several. */
function groupResults(
  results: readonly TrialResult[],
  of: (result: TrialResult) => readonly string[],
): readonly (readonly [string, readonly TrialResult[]])[] {
  const groups = new Map<string, TrialResult[]>();
  for (const result of results) {
    for (const name of of(result)) groups.set(name, [...(groups.get(name) ?? []), result]);
  }
  return [...groups].toSorted(([a], [b]) => a.localeCompare(b));
}

/** Who answered last: that is where a failing case is looked for first. */
function lastRoute({ turns }: TrialResult): string {
  const route = turns.at(-1)?.played.turns.at(-1)?.route;
  if (!route) return '';
  return route.kind === 'agent' ? route.agent : route.kind;
}

/** Expected against found, over the expectations that name an intent. */
function intentsOf(results: readonly TrialResult[]): Summary['intents'] {
  const asked = results.flatMap((result) =>
    result.checks.flatMap(({ scorer, isNegated, expected, turn, score }) => {
      if (scorer !== 'intent' || isNegated || score.verdict === 'unscored') return [];
      const played = (turn === null ? result.turns.at(-1) : result.turns[turn - 1])?.played;
      return [
        { expected: String(expected), got: played?.turns.at(-1)?.intent?.name ?? 'none', name: caseName(result) },
      ];
    }),
  );
  const wrong = new Map<string, Confusion>();
  for (const { expected, got, name } of asked.filter((one) => one.expected !== one.got)) {
    const cases = wrong.get(`${expected} ${got}`)?.cases ?? [];
    wrong.set(`${expected} ${got}`, { expected, got, cases: [...new Set([...cases, name])] });
  }
  const confusions = [...wrong.values()].toSorted((a, b) => b.cases.length - a.cases.length);
  return { asked: asked.length, right: asked.filter((one) => one.expected === one.got).length, confusions };
}

function flakyCases(results: readonly TrialResult[]): readonly string[] {
  const passed = new Set(results.filter(({ verdict }) => verdict === 'pass').map(caseName));
  const failed = new Set(results.filter(({ verdict }) => verdict === 'fail').map(caseName));
  return [...passed].filter((name) => failed.has(name)).toSorted();
}

function untouchedBy(turns: readonly Turn[], known: KnownNames): NonNullable<Summary['untouched']> {
  const agents = new Set<string>(turns.flatMap(({ draft }) => draft?.agent ?? []));
  const intents = new Set(turns.map(({ intent }) => intent?.name));
  const tools = new Set(turns.flatMap(({ draft }) => draft?.toolCalls ?? []).map((call) => call.name));
  const documents = new Set(
    turns.flatMap(({ reply }) => reply?.citations ?? []).map((passage) => passage.split('#')[0]),
  );
  return {
    agents: AgentName.options.filter((name) => !agents.has(name)),
    intents: known.intent.filter((name) => !intents.has(name)),
    tools: known.tool.filter((name) => !tools.has(name)),
    documents: known.document.filter((name) => !documents.has(name)),
  };
}

function fingerprintOf(turns: readonly Turn[]): Fingerprint {
  const unique = (values: readonly (string | null)[]): readonly string[] =>
    [...new Set(values)].filter((value) => value !== null).toSorted();
  return {
    workspace: unique(turns.map(({ fingerprint }) => fingerprint.workspace)),
    prompts: unique(turns.map(({ fingerprint }) => fingerprint.prompt)),
    models: unique(turns.map(({ fingerprint }) => fingerprint.model)),
  };
}
