/** Turns one workspace file into a checked value that still knows on which line every part of it stands. */
import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { type Document, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import type { Course, Offer } from '../core/catalogue.ts';
import type { JourneyDefinition } from '../core/journey.ts';
import type { KnowledgeDocument } from '../core/knowledge.ts';
import type { IntentsFile, MembersFile, SafetyFile, Workspace } from '../core/workspace.ts';
import { offsetAt, type Path, pathToText } from '../evals/yaml-place.ts';
import { expectedText } from './workspace-hints.ts';

/** One thing an implementer has to change. `file` is relative to the parent of the workspace folder. */
export type Problem = { readonly file: string; readonly line: number; readonly says: string };

export type TextFile = {
  /** Relative to the workspace folder, with `/` on every system. */
  readonly name: string;
  readonly file: string;
  readonly text: string;
  readonly problems: readonly Problem[];
};

/** A parsed file. `value` is null exactly when `problems` is not empty. */
export type Source<T> = {
  readonly file: string;
  readonly value: T | null;
  readonly problems: readonly Problem[];
  /** A problem with the part at `path`; `says` goes on after the path, e.g. `is "x": write "y"`. */
  problemAt(path: Path, says: string): Problem;
};

/** Every file of a workspace, parsed. A file with problems has no value; what depends on it is then left unchecked. */
export type Sources = {
  readonly organisation: Source<Workspace['organisation']>;
  readonly tone: Source<Workspace['tone']>;
  readonly safety: Source<SafetyFile>;
  readonly journey: Source<JourneyDefinition>;
  readonly offers: Source<{ offers: Offer[] }>;
  readonly courses: Source<{ courses: Course[] }>;
  readonly members: Source<MembersFile>;
  readonly intents: readonly Source<IntentsFile>[];
  readonly documents: readonly Source<KnowledgeDocument>[];
};

/** What a missing file should hold, so that the message can say what to write. */
const HOLDS: Readonly<Record<string, string>> = {
  'workspace.yaml': 'name, about, locales, timeZone, country, allowedHosts and suggestions',
  'tone.yaml': 'voice and phrases',
  'safety.yaml': 'the crisis texts and lines',
  'journey.yaml': 'version, initial, stages and transitions',
  'offers.yaml': 'offers, the list of what can be bought',
  'courses.yaml': 'courses, the list of courses with their lessons',
  'members.yaml': 'members (an empty list will do)',
  'intents/supervisor.yaml': 'agent: supervisor and its intents, at least greeting and human-please',
  'knowledge/welcome.md': 'front matter (title, audience) and text: the first article',
};

/** Reads one file as UTF-8. A file that is missing or unreadable comes back as its problem, so that all are reported. */
export async function readTextFile(folder: string, name: string): Promise<TextFile> {
  const file = `${basename(resolve(folder))}/${name}`;
  try {
    const bytes = await readFile(join(folder, name));
    return { name, file, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), problems: [] };
  } catch (error) {
    return { name, file, text: '', problems: [{ file, line: 1, says: readFailure(error, name) }] };
  }
}

function readFailure(error: unknown, name: string): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  if (code === 'ENOENT') return `the file is missing; add it with ${HOLDS[name] ?? 'its content'}`;
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return 'the file is not UTF-8 text; save it as UTF-8';
  return `the file cannot be read (${code}); make it a plain file that this process may read`;
}

/** Parses YAML against a schema. Syntax errors, duplicate keys, unknown keys and every failed part become problems. */
export function parseYamlFile<T>(input: TextFile, schema: z.ZodType<T>): Source<T> {
  const lines = new LineCounter();
  const document = parseDocument(input.text, { lineCounter: lines });
  const { file } = input;
  const problemAt = (path: Path, says: string): Problem => {
    const text = path.length === 0 ? says : `${pathToText(path)} ${says}`;
    return { file, line: lines.linePos(offsetAt(document, path)).line, says: text };
  };
  const failed = (problems: readonly Problem[]): Source<T> => ({ file, value: null, problems, problemAt });
  if (input.problems.length > 0) return failed(input.problems);
  const broken = [...document.errors, ...document.warnings].map((error) => {
    return { file, line: lines.linePos(error.pos[0]).line, says: syntaxText(error, input.text) };
  });
  if (broken.length > 0) return failed(broken);
  const raw = documentToJs(document);
  if (raw === undefined) return failed([problemAt([], 'an alias (*name) cannot be resolved; write the value out')]);
  const parsed = schema.safeParse(raw);
  const problems = parsed.success
    ? unknownKeys(raw, parsed.data, []).map((path) => problemAt(path, UNKNOWN_KEY))
    : parsed.error.issues.flatMap((issue) => issueToProblems(issue, raw, problemAt));
  return problems.length > 0 ? failed(problems) : { file, value: parsed.data ?? null, problems, problemAt };
}

/** Splits an article at its `---` lines and parses the front matter; line numbers count from the top of the file. */
export function parseArticleFile<T>(input: TextFile, schema: z.ZodType<T>): Source<{ front: T; body: string }> {
  const lines = input.text.split(/\r?\n/);
  const end =
    lines[0]?.trimEnd() === '---' ? lines.findIndex((line, index) => index > 0 && line.trimEnd() === '---') : -1;
  // The opening `---` becomes an empty line: the parser then counts lines as an editor does.
  const front = parseYamlFile({ ...input, text: ['', ...lines.slice(1, Math.max(end, 0))].join('\n') }, schema);
  if (input.problems.length > 0) return { ...front, value: null };
  const body = lines
    .slice(end + 1)
    .join('\n')
    .trim();
  if (end === -1)
    return articleFailed(
      front,
      1,
      'the front matter is missing; start the file with "---", title: and audience:, "---"',
    );
  if (front.value === null) return { ...front, value: null };
  if (body === '') return articleFailed(front, end + 1, 'the article has no text; write it below the front matter');
  return { ...front, value: { front: front.value, body } };
}

function articleFailed(front: Source<unknown>, line: number, says: string): Source<never> {
  return { ...front, value: null, problems: [{ file: front.file, line, says }] };
}

/** Undefined when an alias points nowhere or multiplies without end: only toJS notices, by throwing. */
function documentToJs(document: Document): unknown {
  try {
    return document.toJS() as unknown;
  } catch {
    return undefined;
  }
}

function syntaxText(
  error: { readonly code: string; readonly message: string; readonly pos: readonly number[] },
  text: string,
): string {
  const said = (error.message.split('\n')[0] ?? '').replace(/ at line \d+.*$/, '');
  const key = /^[^:\n]*/.exec(text.slice(error.pos[0]))?.[0] ?? '';
  switch (error.code) {
    case 'DUPLICATE_KEY':
      return `the key "${key}" stands twice in one mapping; remove one of the two`;
    case 'TAB_AS_INDENT':
      return 'a tab is used as indentation; use spaces';
    case 'MULTIPLE_DOCS':
      return 'the file holds more than one document; remove the "---" line';
    default:
      return `${said}; correct the YAML here (a text with ":" or "#" in it needs quotes)`;
  }
}

const UNKNOWN_KEY = 'is not a key that is read here; correct its spelling or remove it';

/** Schemas drop what they do not know; a misspelt optional key would then be ignored in silence. */
function unknownKeys(raw: unknown, parsed: unknown, path: Path): readonly Path[] {
  if (Array.isArray(raw) && Array.isArray(parsed)) {
    return raw.flatMap((item, index) => unknownKeys(item, parsed[index], [...path, index]));
  }
  if (!isRecord(raw) || !isRecord(parsed)) return [];
  return Object.entries(raw).flatMap(([key, value]) =>
    key in parsed ? unknownKeys(value, parsed[key], [...path, key]) : [[...path, key]],
  );
}

function isRecord(value: unknown): value is Readonly<Record<PropertyKey, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function issueToProblems(
  issue: z.core.$ZodIssue,
  raw: unknown,
  problemAt: (path: Path, says: string) => Problem,
): readonly Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => problemAt([...issue.path, key], UNKNOWN_KEY));
  }
  if (issue.code === 'custom') return [problemAt(issue.path, `${issue.message}: add it`)];
  const value = issue.path.reduce<unknown>((held, key) => (isHolder(held) ? held[key] : undefined), raw);
  const got = value === undefined ? 'is missing' : `is ${showValue(value)}`;
  return [
    problemAt(
      issue.path,
      `${issue.path.length === 0 ? `the file ${got}` : got}; expected ${expectedText(issue, value)}`,
    ),
  ];
}

function isHolder(value: unknown): value is Readonly<Record<PropertyKey, unknown>> {
  return typeof value === 'object' && value !== null;
}

function showValue(value: unknown): string {
  const text = value === null ? 'empty' : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
