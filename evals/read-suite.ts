/** Reads suite files and refuses what cannot be played: unknown keys, misspelt names, members on channels that prove none. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { errorCode, PermanentError } from '../core/errors.ts';
import type { ChannelName } from '../core/event.ts';
import { type EvalCase, type Expectation, Suite } from './case.ts';
import type { Reference } from './scorer.ts';
import { type Problem, parseYaml, type YamlFile } from './yaml-file.ts';
import { pathToText } from './yaml-place.ts';

/** The names an expectation may use. */
export type KnownNames = Readonly<Record<Reference['kind'] | 'member', readonly string[]>>;

export type SuiteFile = { readonly file: string; readonly text: string };

/** Channels on which the site itself says who writes. */
const PROVING: readonly ChannelName[] = ['web', 'buddyboss'];
const MAX_PROBLEMS = 20;
const MAX_NAMES = 8;

/** Reads and checks suite files. Throws PermanentError('workspace_invalid'), one line per problem: file:line:column: what. */
export async function readSuites(paths: readonly string[], known: KnownNames): Promise<readonly Suite[]> {
  const files = await Promise.all(paths.map(async (path) => ({ file: basename(path), text: await readText(path) })));
  return parseSuites(files, known);
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : errorCode(error);
    throw new PermanentError(
      'workspace_invalid',
      `${path}: the suite cannot be read (${code}); name a YAML file that is there`,
      {
        cause: error,
      },
    );
  }
}

/** Pure part of `readSuites`. */
export function parseSuites(files: readonly SuiteFile[], known: KnownNames): readonly Suite[] {
  const read = files.map(({ file, text }) => ({ file, ...parseYaml(file, text, Suite) }));
  const problems = [
    ...read.flatMap((one) => one.problems),
    ...read.flatMap((one) => (one.value ? checkSuite(one.value, { known, problemAt: one.problemAt }) : [])),
    ...checkSuiteNames(read),
  ];
  if (problems.length > 0) throw new PermanentError('workspace_invalid', listed(problems));
  return read.flatMap((one) => one.value ?? []);
}

function listed(problems: readonly Problem[]): string {
  const sorted = problems.toSorted((a, b) => a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column);
  const lines = sorted
    .slice(0, MAX_PROBLEMS)
    .map(({ file, line, column, says }) => `${file}:${line}:${column}: ${says}`);
  const rest = sorted.length - lines.length;
  return [...lines, ...(rest > 0 ? [`and ${rest} more; correct these first`] : [])].join('\n');
}

type Checking = { readonly known: KnownNames; readonly problemAt: YamlFile<Suite>['problemAt'] };

function checkSuite(suite: Suite, checking: Checking): readonly Problem[] {
  return suite.cases.flatMap((one, index) => [
    ...checkRepeatedId(suite, { index, problemAt: checking.problemAt }),
    ...checkMember(one, { ...checking, suite, path: ['cases', index] }),
    ...one.expect.flatMap((expectation, at) =>
      checkReferences(expectation, { ...checking, path: ['cases', index, 'expect', at] }),
    ),
    ...one.turns.flatMap((turn, position) =>
      turn.expect.flatMap((expectation, at) =>
        checkReferences(expectation, { ...checking, path: ['cases', index, 'turns', position, 'expect', at] }),
      ),
    ),
  ]);
}

type Place = Checking & { readonly path: readonly PropertyKey[] };

function checkRepeatedId(
  { cases }: Suite,
  { index, problemAt }: { readonly index: number; readonly problemAt: Checking['problemAt'] },
): readonly Problem[] {
  const id = cases[index]?.id;
  const earlier = cases.findIndex((one) => one.id === id);
  if (earlier === index) return [];
  return [problemAt(['cases', index, 'id'], `cases[${index}].id is "${id}", as is cases[${earlier}].id; change one`)];
}

function checkMember(
  one: EvalCase,
  { known, problemAt, path, suite }: Place & { readonly suite: Suite },
): readonly Problem[] {
  const { member } = one.given.person;
  if (member === undefined) return [];
  const at = [...path, 'given', 'person', 'member'];
  const channels = new Set(one.turns.map((turn) => turn.channel ?? one.given.channel ?? suite.defaults.channel));
  const blind = [...channels].filter((channel) => !PROVING.includes(channel));
  const says = `${pathToText(at)} is "${member}"`;
  return [
    ...(known.member.includes(member) ? [] : [problemAt(at, `${says}; members.yaml has ${nearest(known.member)}`)]),
    ...blind.map((channel) =>
      problemAt(at, `${says}, but ${channel} cannot prove a member: use ${PROVING.join(' or ')}`),
    ),
  ];
}

function checkReferences(
  { scorer, expected, isNegated }: Expectation,
  { known, problemAt, path }: Place,
): readonly Problem[] {
  const at = [...path, ...(isNegated ? ['not'] : []), scorer.name];
  return scorer.refersTo(expected).flatMap(({ kind, name }) => {
    if (isKnown(name, { kind, names: known[kind] })) return [];
    const problem = `${pathToText(at)} is "${name}"; there is no such ${kind}: ${nearest(known[kind], name)}`;
    return [problemAt(at, problem)];
  });
}

/** A document may also be named by one of its passages (`#2`) or by its folder (`payments/`). */
function isKnown(
  name: string,
  { kind, names }: { readonly kind: Reference['kind']; readonly names: readonly string[] },
): boolean {
  if (kind !== 'document') return names.includes(name);
  if (name.endsWith('/')) return names.some((one) => one.startsWith(name));
  return names.includes(name.replace(/#\d+$/, ''));
}

/** The names most like the wanted one: they share its first letters, or a piece of it. */
function nearest(names: readonly string[], wanted = ''): string {
  const pieces = wanted.split(/[^a-z0-9]+/).filter((piece) => piece.length > 2);
  const likeness = (name: string): number => pieces.filter((piece) => name.includes(piece.slice(0, 4))).length;
  const sorted = names.toSorted((a, b) => likeness(b) - likeness(a));
  const shown = sorted.slice(0, MAX_NAMES).join(', ');
  return sorted.length > MAX_NAMES ? `${shown}, … (${sorted.length} in all)` : shown;
}

function checkSuiteNames(read: readonly (YamlFile<Suite> & { readonly file: string })[]): readonly Problem[] {
  return read.flatMap(({ value, problemAt }, index) => {
    const earlier = read.slice(0, index).find((one) => value !== null && one.value?.suite === value.suite);
    if (!earlier || !value) return [];
    return [problemAt(['suite'], `suite is "${value.suite}", as in ${earlier.file}; change one`)];
  });
}
