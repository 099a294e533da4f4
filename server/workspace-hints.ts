/** What should have stood in a workspace file, in words an implementer can act on. */
import type { z } from 'zod';
import { embedLexically } from '../core/embedding.ts';

/** By key, where the schema's own words would not say what to write. */
const HINTS: Readonly<Record<string, string>> = {
  allowedHosts: 'host names without https:// and path: write e.g. [school.example]',
  amount: 'a whole number of cents: write e.g. 48000 for €480',
  at: 'a date: write e.g. 2026-09-07',
  country: 'a country as two capital letters: write e.g. DE',
  currency: 'a currency as three capital letters: write e.g. EUR',
  after: 'a time in hours or days: write e.g. 12h or 3d',
  hoursPerWeek: 'a number of hours above 0: write e.g. 3',
  locales: 'languages as two small letters: write e.g. [en, de]',
  minutes: 'a whole number of minutes above 0: write e.g. 25',
  months: 'a whole number of months, at least 2: write e.g. 6',
  placedAt: 'a date: write e.g. 2026-09-07',
  price: 'an amount and a currency: write e.g. { amount: 48000, currency: EUR }',
  startedAt: 'a date: write e.g. 2026-09-07',
  suggestions:
    'at most five questions of at most 80 characters, or such a list for each language: write e.g. { en: [What does it cost?] }',
  url: 'a full web address: write e.g. https://school.example/courses',
  'valid-from': 'a date or a moment: write e.g. 2026-09-07 or 2026-09-07T18:00:00Z',
  'valid-until': 'a date or a moment: write e.g. 2026-09-07 or 2026-09-07T18:00:00Z',
  version: 'a whole number above 0: write e.g. 1',
  weeks: 'a whole number of weeks above 0: write e.g. 8',
};

const NAME_HINT = 'small letters, digits and hyphens, starting with a letter: write e.g. breathwork-course';
const LANGUAGE_HINT = 'a language as two small letters: write e.g. en';

/** A list that is longer is shortened to what was probably meant. */
const MAX_NAMES = 12;

const TYPES: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'keys with values',
  record: 'keys with values',
  string: 'text',
};

/** What the failed part should be and how to write it. `value` is what stands there; undefined when nothing does. */
export function expectedText(issue: z.core.$ZodIssue, value: unknown): string {
  const key = issue.path.findLast((part) => typeof part === 'string') ?? '';
  const hint = HINTS[key];
  if (hint !== undefined) return hint;
  switch (issue.code) {
    case 'invalid_type':
      return typeText(issue.expected, value);
    case 'too_small':
      return `${issue.inclusive ? 'at least' : 'more than'} ${unitText(issue.minimum, issue.origin)}: write more`;
    case 'too_big':
      return `${issue.inclusive ? 'at most' : 'less than'} ${unitText(issue.maximum, issue.origin)}: write less`;
    case 'invalid_value':
      return oneOf(issue.values.map(String));
    case 'invalid_union':
      return 'options' in issue && Array.isArray(issue.options) ? oneOf(issue.options.map(String)) : issue.message;
    case 'invalid_format':
      return issue.format === 'regex' ? NAME_HINT : issue.message;
    case 'invalid_key':
      return LANGUAGE_HINT;
    default:
      return issue.message;
  }
}

/** `['a', 'b']` → `one of a, b`. Of a long list only the names most like `wanted` are shown, e.g. of what was misspelt. */
export function oneOf(names: readonly string[], wanted = ''): string {
  if (names.length === 0) return 'none, because none is defined';
  if (names.length <= MAX_NAMES) return `one of ${names.join(', ')}`;
  const target = embedLexically(wanted);
  const likeness = (name: string): number =>
    embedLexically(name).reduce((sum, value, index) => sum + value * (target[index] ?? 0), 0);
  const scored = names.map((name) => ({ name, score: likeness(name) })).toSorted((a, b) => b.score - a.score);
  const shown = scored.slice(0, MAX_NAMES).map(({ name }) => name);
  return `one of ${shown.join(', ')}, … (${names.length} in all)`;
}

function typeText(expected: string, value: unknown): string {
  const type = TYPES[expected] ?? expected;
  if (value === undefined) return `${type}: add it`;
  const isQuotable = expected === 'string' && (typeof value === 'number' || typeof value === 'boolean');
  return isQuotable ? `text: put it in quotes, "${String(value)}"` : `${type}: correct it`;
}

function unitText(count: number | bigint, origin: string): string {
  if (origin === 'array') return `${count} items`;
  return origin === 'string' ? `${count} characters` : String(count);
}
