/** The results of a run as JUnit XML, so that any build server shows them. Pure. */
import type { Checked, TrialResult } from './trial.ts';

/** One `testsuite` per suite, one `testcase` per trial; errors are told apart from failures, the unscored are skipped. */
export function junitXml(results: readonly TrialResult[]): string {
  const suites = [...new Set(results.map(({ trial }) => trial.suite))];
  const body = suites.map((suite) =>
    suiteXml(
      suite,
      results.filter(({ trial }) => trial.suite === suite),
    ),
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${body.join('\n')}\n</testsuites>\n`;
}

function suiteXml(name: string, results: readonly TrialResult[]): string {
  const number = (verdict: TrialResult['verdict']): string =>
    String(results.filter((one) => one.verdict === verdict).length);
  const time = results.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const attributes = attributesOf({
    name,
    tests: String(results.length),
    failures: number('fail'),
    errors: String(Number(number('error')) + Number(number('invalid'))),
    skipped: number('unscored'),
    time: seconds(time),
  });
  return `  <testsuite${attributes}>\n${results.map(caseXml).join('\n')}\n  </testsuite>`;
}

function caseXml(result: TrialResult): string {
  const { trial, milliseconds } = result;
  const name = trial.repeat > 1 ? `${trial.case.id} (${trial.repeat})` : trial.case.id;
  const attributes = attributesOf({ classname: trial.suite, name, time: seconds(milliseconds) });
  const inside = outcomeXml(result);
  return inside === ''
    ? `    <testcase${attributes}/>`
    : `    <testcase${attributes}>\n      ${inside}\n    </testcase>`;
}

function outcomeXml({ verdict, reason, checks }: TrialResult): string {
  const said = checks.flatMap(checkText);
  const message = attributesOf({ message: reason ?? said[0] ?? verdict });
  switch (verdict) {
    case 'pass':
      return '';
    case 'fail':
      return `<failure${message}>${escapeXml(said.join('\n'))}</failure>`;
    case 'error':
    case 'invalid':
      return `<error${message} type="${verdict}">${escapeXml(said.join('\n'))}</error>`;
    case 'unscored':
      return `<skipped${message}/>`;
  }
}

function checkText({ turn, score }: Checked): readonly string[] {
  if (score.verdict === 'pass') return [];
  const where = turn === null ? 'case' : `turn ${turn}`;
  const what =
    score.verdict === 'unscored' ? `unscored: ${score.because}` : `expected ${score.expected}, got ${score.got}`;
  return [`${where}: ${what}`];
}

function attributesOf(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeXml(value).replaceAll('\n', '&#10;')}"`)
    .join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** Characters XML 1.0 may not hold, even as entities, become a replacement character. */
function escapeXml(text: string): string {
  const legal = text
    .toWellFormed()
    .replaceAll(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\u{fffd}');
  return legal.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1_000).toFixed(3);
}
