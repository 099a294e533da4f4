/** Turns a YAML file into a checked value, or into problems that each say where, what and how to write it. */
import { type Document, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { offsetAt, type Path, pathToText } from './yaml-place.ts';

/** Line and column count from 1. */
export type Problem = { readonly file: string; readonly line: number; readonly column: number; readonly says: string };

export type YamlFile<T> = {
  /** Null exactly when there are problems. */
  readonly value: T | null;
  readonly problems: readonly Problem[];
  /** A problem with the part at `path`. */
  readonly problemAt: (path: Path, says: string) => Problem;
};

/** Parses one document against a schema. Syntax errors, duplicate keys and every part the schema refuses become problems. */
export function parseYaml<T>(file: string, text: string, schema: z.ZodType<T>): YamlFile<T> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const problemOf = (offset: number, says: string): Problem => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col, says };
  };
  const problemAt = (path: Path, says: string): Problem => problemOf(offsetAt(document, path), says);
  const failed = (problems: readonly Problem[]): YamlFile<T> => ({ value: null, problems, problemAt });
  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0) return failed(broken.map((error) => problemOf(error.pos[0], syntaxText(error.message))));
  const read = documentToJs(document);
  if ('problem' in read)
    return failed([problemOf(0, `the file cannot be read as a whole (${read.problem}); write every value out`)]);
  const { raw } = read;
  const parsed = schema.safeParse(raw);
  if (parsed.success) return { value: parsed.data, problems: [], problemAt };
  return failed(parsed.error.issues.flatMap((issue) => issueToProblems(issue, { raw, problemAt })));
}

/** An alias that leads nowhere, or to itself, is found only here. */
function documentToJs(document: Document): { readonly raw: unknown } | { readonly problem: string } {
  try {
    return { raw: document.toJS() };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

function syntaxText(message: string): string {
  const said = (message.split('\n')[0] ?? '').replace(/ at line \d+.*$/, '');
  return `${said}; correct the YAML here (a text with ": " or " #" in it needs quotes)`;
}

type Raw = { readonly raw: unknown; readonly problemAt: YamlFile<unknown>['problemAt'] };

function issueToProblems(issue: z.core.$ZodIssue, { raw, problemAt }: Raw): readonly Problem[] {
  const name = (path: Path): string => (path.length === 0 ? 'the file' : pathToText(path));
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      return problemAt(path, `${name(path)} is not a key that is read here; correct its spelling or remove it`);
    });
  }
  if (issue.code === 'custom') return [problemAt(issue.path, `${name(issue.path)}: ${issue.message}`)];
  const value = issue.path.reduce<unknown>((held, key) => (isHolder(held) ? held[key] : undefined), raw);
  const got = value === undefined ? 'is missing' : `is ${shown(value)}`;
  return [problemAt(issue.path, `${name(issue.path)} ${got}; ${expectedText(issue, value)}`)];
}

function isHolder(value: unknown): value is Readonly<Record<PropertyKey, unknown>> {
  return typeof value === 'object' && value !== null;
}

function shown(value: unknown): string {
  const text = value === null ? 'empty' : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

/** By key, where the schema's own words would not say what to write. */
const HINTS: Readonly<Record<string, string>> = {
  after: 'write a number and s, m, h or d, e.g. 20s',
  suite: 'write small letters, digits, dots and hyphens, e.g. support',
  id: 'write small letters, digits, dots and hyphens, e.g. refund.after-30-days',
  locale: 'write a language, with or without a country: en, de, es-MX',
  language: 'write a language as two small letters: en',
  times: 'write a whole number, ">=1" or "<=2"',
  cites: 'write a document, a passage or a folder: courses/breathwork-course, courses/breathwork-course#1, courses/',
};

function expectedText(issue: z.core.$ZodIssue, value: unknown): string {
  const hint = HINTS[String(issue.path.findLast((part) => typeof part === 'string') ?? '')];
  if (hint !== undefined) return hint;
  switch (issue.code) {
    case 'invalid_type':
      return typeText(issue.expected, value);
    case 'invalid_value':
      return `write one of ${issue.values.map(String).join(', ')}`;
    case 'invalid_union':
      return 'options' in issue && Array.isArray(issue.options)
        ? `write one of ${issue.options.map(String).join(', ')}`
        : `expected ${unionText(issue)}`;
    default:
      return `${issue.message.toLowerCase()}: correct it`;
  }
}

function typeText(expected: string, value: unknown): string {
  if (value === undefined) return `add it (${expected})`;
  const isUnquoted = expected === 'string' && (typeof value === 'number' || typeof value === 'boolean');
  return isUnquoted ? `put it in quotes: "${String(value)}"` : `expected ${expected}: correct it`;
}

/** What the branches of a union would have taken, each once. */
function unionText(issue: z.core.$ZodIssueInvalidUnion): string {
  const wanted = issue.errors.flatMap((branch) =>
    branch.map((one) => {
      if (one.code === 'invalid_type') return one.expected;
      return one.code === 'invalid_value' ? `one of ${one.values.map(String).join(', ')}` : one.message.toLowerCase();
    }),
  );
  return `${[...new Set(wanted)].join(', or ')}: correct it`;
}
