import { describe, expect, it } from 'vitest';
import { PermanentError } from '../../core/errors.ts';
import { parseSuites, readSuites } from '../../evals/read-suite.ts';
import { KNOWN } from './fakes.ts';

const HEAD = 'suite: small\nkind: regression\ngate: [{metric: pass_rate, min: 0.5}]\ncases:\n';
const CASE = '  - id: one\n    turns: [{says: hello, expect: [{routed_to: knowledge}]}]\n';

function problemsOf(...texts: readonly string[]): string {
  const files = texts.map((text, index) => ({ file: `s${index + 1}.yaml`, text }));
  try {
    parseSuites(files, KNOWN);
  } catch (error) {
    expect(error).toBeInstanceOf(PermanentError);
    return error instanceof Error ? error.message : '';
  }
  return 'no problem';
}

describe('a suite file', () => {
  it('is read with its defaults', () => {
    const [suite] = parseSuites([{ file: 's.yaml', text: HEAD + CASE }], KNOWN);
    expect(suite).toMatchObject({
      suite: 'small',
      defaults: { repeat: 1, channel: 'web' },
      gate: [{ metric: 'pass_rate', use: 'lower_bound', min: 0.5 }],
      cases: [{ id: 'one', tags: [], given: { person: { ref: 'someone', locale: 'en' } }, expect: [] }],
    });
    expect(suite?.cases[0]?.turns[0]?.expect).toMatchObject([{ expected: 'knowledge', isNegated: false }]);
    expect(suite?.cases[0]?.turns[0]?.expect[0]?.scorer.name).toBe('routed_to');
  });

  it('reads `not` and expectations of the whole case', () => {
    const text = `${HEAD}  - id: one\n    turns: [{says: hello}]\n    expect: [{not: {tool: {name: my_orders}}}, {alert: crisis}]\n`;
    const [suite] = parseSuites([{ file: 's.yaml', text }], KNOWN);
    expect(suite?.cases[0]?.expect).toMatchObject([
      { isNegated: true, expected: { name: 'my_orders' } },
      { isNegated: false, expected: 'crisis' },
    ]);
  });
});

describe('a problem is told with file, line, column, value and remedy', () => {
  const inCase = (lines: string): string => `${HEAD}  - id: one\n${lines}`;

  it.each([
    [
      'an unknown key of the suite',
      `${HEAD}${CASE}budget: 3\n`,
      's1.yaml:7:1: budget is not a key that is read here; correct its spelling or remove it',
    ],
    [
      'an unknown key of a case',
      inCase('    source: x\n    turns: [{says: a, expect: [{ticket: true}]}]\n'),
      's1.yaml:6:5: cases[0].source is not a key that is read here',
    ],
    [
      'an unknown key of given',
      inCase('    given: {db: x}\n    turns: [{says: a, expect: [{ticket: true}]}]\n'),
      's1.yaml:6:13: cases[0].given.db is not a key',
    ],
    [
      'an unknown key of a turn',
      inCase('    turns: [{say: a, expect: [{ticket: true}]}]\n'),
      's1.yaml:6:14: cases[0].turns[0].say is not a key',
    ],
    [
      'an unknown expectation',
      inCase('    turns: [{says: a, expect: [{judge: x}]}]\n'),
      's1.yaml:6:33: cases[0].turns[0].expect[0].judge: is no expectation: write one of routed_to, intent,',
    ],
    [
      'an unknown expectation under not',
      inCase('    turns: [{says: a, expect: [{not: {judge: x}}]}]\n'),
      's1.yaml:6:39: cases[0].turns[0].expect[0].not.judge: is no expectation',
    ],
    [
      'two expectations in one',
      inCase('    turns: [{says: a, expect: [{ticket: true, hand_over: true}]}]\n'),
      'expected one key with its value',
    ],
    [
      'an unknown key of an expectation',
      inCase('    turns: [{says: a, expect: [{sent: {anny: [x]}}]}]\n'),
      's1.yaml:6:40: cases[0].turns[0].expect[0].sent.anny is not a key',
    ],
    [
      'a wrong value of an expectation',
      inCase('    turns: [{says: a, expect: [{routed_to: nobody}]}]\n'),
      's1.yaml:6:33: cases[0].turns[0].expect[0].routed_to is "nobody"; write one of supervisor, knowledge,',
    ],
    [
      'a number where words are wanted',
      inCase('    turns: [{says: a, expect: [{sent: {all: [8]}}]}]\n'),
      's1.yaml:6:46: cases[0].turns[0].expect[0].sent.all[0] is 8; put it in quotes: "8"',
    ],
    [
      'an expectation of nothing',
      inCase('    turns: [{says: a, expect: [{sent: {}}]}]\n'),
      'sent: expects nothing: name any, all, none, regex, max_chars or language',
    ],
    [
      'a broken regular expression',
      inCase('    turns: [{says: a, expect: [{sent: {regex: "("}}]}]\n'),
      's1.yaml:6:40: cases[0].turns[0].expect[0].sent.regex: is not a regular expression',
    ],
    [
      'a case without any expectation',
      inCase('    turns: [{says: a}]\n'),
      's1.yaml:5:5: cases[0].id: expects nothing: add "expect" to a turn or to the case',
    ],
    [
      'a case that begins with a choice',
      inCase('    turns: [{chooses: A, expect: [{ticket: true}]}]\n'),
      's1.yaml:6:14: cases[0].turns[0].chooses: nothing was answered yet',
    ],
    [
      'a turn that both says and chooses',
      inCase('    turns: [{says: a, chooses: A, expect: [{ticket: true}]}]\n'),
      'a turn has either "says" or "chooses", and not both',
    ],
    [
      'a wrong waiting time',
      inCase('    turns: [{says: a, after: soon, expect: [{ticket: true}]}]\n'),
      's1.yaml:6:23: cases[0].turns[0].after is "soon"; write a number and s, m, h or d, e.g. 20s',
    ],
    [
      'an unknown channel',
      inCase('    given: {channel: fax}\n    turns: [{says: a, expect: [{ticket: true}]}]\n'),
      's1.yaml:6:13: cases[0].given.channel is "fax"; write one of web, telegram, facebook, buddyboss',
    ],
    ['a missing list of turns', inCase('    tags: [x]\n'), 's1.yaml:5:5: cases[0].turns is missing; add it (array)'],
    [
      'an unknown gate',
      `suite: a\nkind: regression\ngate: [{metric: luck, min: 1}]\ncases:\n${CASE}`,
      's1.yaml:3:9: gate[0].metric is "luck"; write one of pass_rate, invalid_rate, error_rate',
    ],
    [
      'a threshold beyond 1',
      `suite: a\nkind: regression\ngate: [{metric: pass_rate, min: 85}]\ncases:\n${CASE}`,
      's1.yaml:3:28: gate[0].min is 85; too big',
    ],
    [
      'a regression suite without a gate',
      `suite: a\nkind: regression\ncases:\n${CASE}`,
      's1.yaml:2:1: kind: a regression suite needs a gate on pass_rate',
    ],
    [
      'a capability suite with a gate',
      HEAD.replace('regression', 'capability') + CASE,
      's1.yaml:3:1: gate: a capability suite decides nothing',
    ],
    ['broken YAML', `${HEAD}  - id: [\n`, 's1.yaml:'],
    ['a key that stands twice', `suite: a\nsuite: b\n`, 's1.yaml:2:1: Map keys must be unique'],
    [
      'a value that refers to nothing',
      `${HEAD}  - id: *gone\n`,
      's1.yaml:1:1: the file cannot be read as a whole (Unresolved alias',
    ],
    ['an empty file', '', 's1.yaml:1:1: the file is empty; expected object: correct it'],
  ])('%s', (_, text, expected) => {
    expect(problemsOf(text)).toContain(expected);
  });

  it('names that nobody knows', () => {
    const expectations = '{intent: pric}, {tool: {name: my_order}}, {not: {cites: courses/breath}}, {cites: nowhere/}';
    const said = problemsOf(inCase(`    turns: [{says: a, expect: [${expectations}]}]\n`)).split('\n');
    expect(said).toEqual([
      expect.stringContaining(
        's1.yaml:6:33: cases[0].turns[0].expect[0].intent is "pric"; there is no such intent: price',
      ),
      expect.stringContaining('expect[1].tool is "my_order"; there is no such tool: my_orders'),
      expect.stringContaining(
        'expect[2].not.cites is "courses/breath"; there is no such document: courses/breathwork-course',
      ),
      expect.stringContaining('expect[3].cites is "nowhere/"; there is no such document'),
    ]);
  });

  it('knows documents by their passages and folders', () => {
    const text = inCase('    turns: [{says: a, expect: [{cites: [courses/breathwork-course#3, payments/]}]}]\n');
    expect(problemsOf(text)).toBe('no problem');
  });

  it('a member nobody knows, and a channel that proves none', () => {
    const given = (person: string, channel: string): string =>
      inCase(
        `    given: {channel: ${channel}, person: {member: '${person}'}}\n    turns: [{says: a, expect: [{ticket: true}]}]\n`,
      );
    expect(problemsOf(given('1001', 'buddyboss'))).toBe('no problem');
    expect(problemsOf(given('9', 'web'))).toBe(
      's1.yaml:6:36: cases[0].given.person.member is "9"; members.yaml has 1001, 1002',
    );
    expect(problemsOf(given('1001', 'telegram'))).toContain('telegram cannot prove a member: use web or buddyboss');
  });

  it('an id or a suite that stands twice', () => {
    expect(problemsOf(HEAD + CASE + CASE)).toBe('s1.yaml:7:5: cases[1].id is "one", as is cases[0].id; change one');
    expect(problemsOf(HEAD + CASE, HEAD + CASE)).toBe('s2.yaml:1:1: suite is "small", as in s1.yaml; change one');
  });

  it('lists every problem in the order of the file, and stops at twenty', () => {
    const many = Array.from({ length: 30 }, (_, index) => `  - id: c${index}\n    turns: [{says: a}]\n`).join('');
    const lines = problemsOf(HEAD + many).split('\n');
    expect(lines).toHaveLength(21);
    expect(lines[0]).toContain('s1.yaml:5:5: cases[0].id');
    expect(lines[20]).toBe('and 10 more; correct these first');
  });

  it('a file that is not there', async () => {
    await expect(readSuites(['/nowhere/x.yaml'], KNOWN)).rejects.toThrow(
      '/nowhere/x.yaml: the suite cannot be read (ENOENT)',
    );
  });
});
