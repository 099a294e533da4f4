/** The part of a report that is read first: what was said, what was sent, what was expected instead. Pure. */
import { comparable, oneLine, sentOptions, sentText } from '../sent-text.ts';
import { caseName, countedResults } from '../summary.ts';
import type { Checked, PlayedTurn, TrialResult } from '../trial.ts';
import { type Cell, duration, type Paint, setLabelled, setTable, wrap } from './layout.ts';

export type Setting = { readonly paint: Paint; readonly width: number };

const MAX_SHOWN = 25;
const MAX_SENT_LINES = 14;

/** What is only tracked beside suites that decide gets one line per failed case: nobody is held up by it. */
export function setTracked(results: readonly TrialResult[], { paint }: Setting): readonly string[] {
  const decided = countedResults(results);
  const failed = results.filter((result) => result.verdict === 'fail' && !decided.includes(result));
  const first = failed.filter(
    (result, index) => failed.findIndex((one) => caseName(one) === caseName(result)) === index,
  );
  const rows = first.map((result): readonly Cell[] => {
    const { score } = result.checks.find(isFailed) ?? {};
    const said = score?.verdict === 'fail' ? { expected: score.expected, got: score.got } : { expected: '', got: '' };
    return [
      { text: `  · ${caseName(result)}` },
      { text: oneLine(said.expected, 40) },
      { text: oneLine(`got ${said.got}`, 40), tone: 'faint' },
    ];
  });
  return setTable(rows, paint);
}

/** One entry per failed case that counts: its first failed repeat. */
export function setFailures(results: readonly TrialResult[], setting: Setting): readonly string[] {
  const failed = countedResults(results).filter(({ verdict }) => verdict === 'fail');
  const cases = [...new Set(failed.map(caseName))];
  const shown = cases.slice(0, MAX_SHOWN).flatMap((name) => {
    const repeats = results.filter((result) => caseName(result) === name);
    const first = failed.find((result) => caseName(result) === name);
    return first ? [...setTrial(first, { repeats, setting }), ''] : [];
  });
  const rest = cases.length - MAX_SHOWN;
  return rest > 0 ? [...shown, `and ${rest} more failed cases; results.jsonl has them all`, ''] : shown;
}

type TrialSetting = { readonly repeats: readonly TrialResult[]; readonly setting: Setting };

function setTrial(result: TrialResult, { repeats, setting }: TrialSetting): readonly string[] {
  const { paint, width } = setting;
  const { trial, turns, checks } = result;
  const { locale, member } = trial.case.given.person;
  const failed = repeats.filter(({ verdict }) => verdict === 'fail').length;
  const facts = [
    trial.channel,
    locale,
    ...(member === undefined ? [] : [`member ${member}`]),
    ...(repeats.length > 1 ? [`failed ${failed} of ${repeats.length} repeats`] : []),
  ].join(' · ');
  const name = `✗ ${caseName(result)}`;
  const gap = ' '.repeat(Math.max(2, width - name.length - facts.length));
  const last = Math.max(...checks.filter(isFailed).map(({ turn }) => turn ?? turns.length));
  return [
    `${paint('bad', name)}${gap}${paint('faint', facts)}`,
    ...turns.slice(0, last).flatMap((turn, index) => [
      ...setPlayed(turn, setting),
      ...setChecks(
        checks.filter((check) => check.turn === index + 1),
        setting,
      ),
    ]),
    ...setChecks(
      checks.filter((check) => check.turn === null),
      setting,
    ),
  ];
}

function isFailed({ score }: Checked): boolean {
  return score.verdict === 'fail';
}

function setPlayed(turn: PlayedTurn, { paint, width }: Setting): readonly string[] {
  const lines = wrap(sentWithOptions(turn), Math.max(20, width - 15));
  const more = lines.length > MAX_SENT_LINES ? [`… ${lines.length - MAX_SENT_LINES} more lines`] : [];
  const sent = [...lines.slice(0, MAX_SENT_LINES), ...more].join('\n');
  return [
    ...wrap(turn.did, width - 4).map((line) => paint('strong', `    ${line}`)),
    ...setLabelled('sent', sent || '(nothing)', { indent: 4, width }),
    ...setLabelled('turn', storyOf(turn), { indent: 4, width }).map((line) => paint('faint', line)),
  ];
}

/** What could be pressed is shown in brackets, unless the words list it already. */
function sentWithOptions({ played }: PlayedTurn): string {
  const words = sentText(played);
  const labels = sentOptions(played).map(({ label }) => label);
  const hidden = [...new Set(labels)].filter((label) => !comparable(words).includes(comparable(label)));
  return [words, hidden.map((label) => `[${label}]`).join(' ')].filter(Boolean).join('\n');
}

/** Why it went this way, in one line: what a prompt engineer looks up next. */
function storyOf({ played, milliseconds }: PlayedTurn): string {
  const turn = played.turns.at(-1);
  if (!turn) return `no turn was made · ${duration(milliseconds)}`;
  const { route, intent, draft, check, status } = turn;
  const tools =
    draft?.toolCalls.map((call) => (call.outcome === 'ok' ? call.name : `${call.name} (${call.outcome})`)) ?? [];
  const parts = [
    route ? `${route.kind === 'agent' ? route.agent : route.kind} (${route.because})` : 'no route',
    intent ? `intent ${intent.name} ${intent.confidence.toFixed(2)}` : null,
    intent?.neighbours[0]
      ? `nearest "${intent.neighbours[0].text}" ${intent.neighbours[0].similarity.toFixed(2)}`
      : null,
    tools.length > 0 ? `tools ${tools.join(', ')}` : null,
    draft?.fallback ? `fallback ${draft.fallback}` : null,
    check && check.outcome !== 'allowed' ? `check ${check.outcome}: ${check.objections.join(', ')}` : null,
    status === 'ok' ? null : `status ${status}`,
    duration(milliseconds),
  ];
  return parts.filter((part) => part !== null).join(' · ');
}

/** Failed ones in full, one below the other; what held is named in one line. */
function setChecks(checks: readonly Checked[], { paint, width }: Setting): readonly string[] {
  const held = checks.flatMap(({ score }) => (score.verdict === 'pass' ? [score.expected] : []));
  return [
    ...checks.flatMap(({ score }) => {
      if (score.verdict === 'pass') return [];
      if (score.verdict === 'unscored') {
        return setLabelled('unscored', score.because, { indent: 4, width }).map((line) => paint('warn', line));
      }
      return [
        ...setLabelled('expected', score.expected, { indent: 4, width }).map((line) => paint('bad', line)),
        ...setLabelled('got', score.got, { indent: 4, width }),
      ];
    }),
    ...(held.length > 0
      ? setLabelled('held', held.join(' · '), { indent: 4, width }).map((line) => paint('faint', line))
      : []),
  ];
}
