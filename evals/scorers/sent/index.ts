/** sent: the words that would have left, compared without regard to case and kinds of space. */
import { z } from 'zod';
import { detectLanguage } from '../../../core/language.ts';
import { defineScorer, unscored } from '../../scorer.ts';
import { comparable, oneLine, sentText } from '../../sent-text.ts';

const Phrases = z.array(z.string().min(1)).min(1);
const Pattern = z.string().refine(isPattern, { error: 'is not a regular expression' });

const Sent = z
  .strictObject({
    /** One of them is said. */
    any: Phrases.optional(),
    all: Phrases.optional(),
    none: Phrases.optional(),
    /** Over the words as they are sent; upper and lower case do not matter. */
    regex: Pattern.optional(),
    /** The whole answer, all parts together. */
    max_chars: z.number().int().positive().optional(),
    /** Two letters. Told by small words: unscored where the answer has too few of them. */
    language: z
      .string()
      .regex(/^[a-z]{2}$/)
      .optional(),
  })
  .refine((expected) => Object.keys(expected).length > 0, {
    error: 'expects nothing: name any, all, none, regex, max_chars or language',
  });
type Sent = z.infer<typeof Sent>;

/** One condition of the expectation: null when it could not be measured. */
type Part = { readonly expected: string; readonly holds: boolean | null; readonly got: string };

export const sent = defineScorer({
  name: 'sent',
  reads: 'sent',
  schema: Sent,
  score: (expected, played) => {
    const words = sentText(played);
    const parts = partsOf(expected, words);
    const broken = parts.filter((part) => part.holds === false);
    if (broken.length > 0) return { verdict: 'fail', expected: joined(broken, 'expected'), got: joined(broken, 'got') };
    const open = parts.find((part) => part.holds === null);
    if (open) return unscored(`${open.expected}: ${open.got}`);
    return { verdict: 'pass', expected: joined(parts, 'expected'), got: oneLine(words, 80) };
  },
});

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, 'iu').source !== '';
  } catch {
    return false;
  }
}

function partsOf(expected: Sent, words: string): readonly Part[] {
  const { any, all, none, regex, max_chars: max, language } = expected;
  return [
    ...(any ? [partOfAny(any, words)] : []),
    ...(all ? [partOfAll(all, words)] : []),
    ...(none ? [partOfNone(none, words)] : []),
    ...(regex ? [partOfPattern(regex, words)] : []),
    ...(max ? [partOfLength(max, words)] : []),
    ...(language ? [partOfLanguage(language, words)] : []),
  ];
}

function partOfAny(phrases: readonly string[], words: string): Part {
  const holds = phrases.some((phrase) => says(words, phrase));
  return { expected: `sent any of ${quoted(phrases)}`, holds, got: 'none of them' };
}

function partOfAll(phrases: readonly string[], words: string): Part {
  const missing = phrases.filter((phrase) => !says(words, phrase));
  return { expected: `sent all of ${quoted(phrases)}`, holds: missing.length === 0, got: `without ${quoted(missing)}` };
}

function partOfNone(phrases: readonly string[], words: string): Part {
  const found = phrases.filter((phrase) => says(words, phrase));
  return { expected: `sent none of ${quoted(phrases)}`, holds: found.length === 0, got: `with ${quoted(found)}` };
}

function partOfPattern(pattern: string, words: string): Part {
  return { expected: `sent /${pattern}/`, holds: new RegExp(pattern, 'iu').test(words), got: 'no match' };
}

function partOfLength(max: number, words: string): Part {
  const length = [...words].length;
  return { expected: `sent at most ${max} characters`, holds: length <= max, got: `${length} characters` };
}

function partOfLanguage(language: string, words: string): Part {
  const spoken = detectLanguage(words);
  const got = spoken === null ? 'the words do not tell the language' : `sent in ${spoken}`;
  return { expected: `sent in ${language}`, holds: spoken === null ? null : spoken === language, got };
}

function says(words: string, phrase: string): boolean {
  return comparable(words).includes(comparable(phrase));
}

function joined(parts: readonly Part[], key: 'expected' | 'got'): string {
  return parts.map((part) => part[key]).join('; ');
}

function quoted(phrases: readonly string[]): string {
  return phrases.map((phrase) => `"${phrase}"`).join(', ');
}
