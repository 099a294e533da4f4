/** Words and bodies made to keep a program busy: long, deep, repetitive, and shaped for backtracking patterns. */

const LONG = 90_000;

/** What a person may write: at most 1 MB as JSON. */
export const HOSTILE_TEXTS: Readonly<Record<string, string>> = {
  'one word without end': 'a'.repeat(900_000),
  'spaces before a full stop': `${' '.repeat(LONG)}.`,
  'tabs and new lines': '\t\n'.repeat(LONG / 2),
  'marks on one letter': `a${'\u0301\u0316'.repeat(LONG / 2)}`,
  'letters that become eighteen': 'ﷺ'.repeat(LONG),
  'capital dotted I': 'İ'.repeat(LONG),
  'joined emoji': '👩\u200d👩\u200d'.repeat(LONG / 6),
  'direction marks': '\u202e\u2066a'.repeat(LONG / 3),
  'open brackets': '['.repeat(LONG),
  'open links': '[a]('.repeat(LONG / 4),
  'emphasis in emphasis': '*a_ '.repeat(LONG / 4),
  'stars alone': '*'.repeat(LONG),
  'quotes in quotes': `${'> '.repeat(LONG / 2)}a`,
  'lists in lists': Array.from({ length: 400 }, (_, depth) => `${'  '.repeat(depth)}- a`).join('\n'),
  'code fences': '```\n'.repeat(LONG / 4),
  'a wide table': `${'| a '.repeat(LONG / 8)}|\n${'|---'.repeat(LONG / 8)}|\n`,
  'open elements': '<div>'.repeat(LONG / 5),
  'half addresses': 'a@a.'.repeat(LONG / 4),
  'half links': 'http://'.repeat(LONG / 7),
  'dots and hosts': `http://${'a.'.repeat(LONG / 2)}`,
  'digits like a phone number': '+1 2-'.repeat(LONG / 5),
  'digits like an amount': '1.000,'.repeat(LONG / 6),
  'negations without end': 'I do not want to not '.repeat(LONG / 21),
  'nearly said': "I don't want to be here any ".repeat(LONG / 28),
  'my name is': 'my name is A'.repeat(LONG / 12),
  'clauses without end': 'and then, and also, or '.repeat(LONG / 23),
  'for backtracking': `${'aA '.repeat(LONG / 3)}!`,
  questions: '?!.'.repeat(LONG / 3),
  'remind me': 'remind me in 5 minutes to '.repeat(LONG / 26),
};

/** What a model may answer. */
export const HOSTILE_ANSWERS: readonly string[] = [
  '['.repeat(50_000),
  `${'> '.repeat(20_000)}a`,
  '*a_ '.repeat(20_000),
  '![a]('.repeat(10_000),
  `${'| a '.repeat(5_000)}|\n${'|---'.repeat(5_000)}|\n`,
  Array.from({ length: 300 }, (_, depth) => `${'  '.repeat(depth)}- a`).join('\n'),
  '<a href="'.repeat(10_000),
  'https://evil.example/?q='.repeat(10_000),
  'The course takes eight weeks [1]. '.repeat(3_000),
  'a'.repeat(1_000_000),
];

/** Bodies that are no update at all; each must be refused with 4xx. */
export const HOSTILE_BODIES: readonly string[] = [
  '['.repeat(500_000),
  `${'['.repeat(200_000)}${']'.repeat(200_000)}`,
  `${'{"message":'.repeat(40_000)}1${'}'.repeat(40_000)}`,
  `"${'\\u0000'.repeat(150_000)}"`,
  `{"update_id": ${'9'.repeat(500_000)}}`,
];
