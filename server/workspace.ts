/** Reads the workspace folder: the files an implementer edits, checked one by one and against each other. */
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { z } from 'zod';
import { PermanentError } from '../core/errors.ts';
import { JourneyDefinition } from '../core/journey.ts';
import { KnowledgeDocument } from '../core/knowledge.ts';
import { validityOf } from '../core/validity.ts';
import {
  CoursesFile,
  IntentsFile,
  KnowledgeFrontMatter,
  MembersFile,
  OffersFile,
  OrganisationFile,
  SafetyFile,
  ToneFile,
  type Workspace,
} from '../core/workspace.ts';
import { checkTexts } from './workspace-checks.ts';
import {
  type Problem,
  parseArticleFile,
  parseYamlFile,
  readTextFile,
  type Source,
  type Sources,
  type TextFile,
} from './workspace-files.ts';
import { checkNames } from './workspace-names.ts';

/** More problems than this are counted instead of listed. */
const MAX_PROBLEMS = 20;
const VERSION_LENGTH = 12;

type WorkspaceFiles = {
  readonly [Key in Exclude<keyof Sources, 'intents' | 'documents'>]: TextFile;
} & {
  readonly intents: readonly TextFile[];
  readonly documents: readonly TextFile[];
};

/**
 * Reads and checks the whole workspace in `folder`. Throws `PermanentError('workspace_invalid')` whose message has one
 * line per problem: file (from the folder's parent), line number, path, value, remedy.
 */
export async function readWorkspace(folder: string): Promise<Workspace> {
  const files = await readFiles(folder);
  const sources = parseFiles(files);
  const problems = [
    ...parsed(sources).flatMap((source) => source.problems),
    ...checkTexts(sources),
    ...checkNames(sources),
  ];
  if (problems.length > 0) throw refusal(problems);
  return {
    version: versionOf(Object.values(files).flat()),
    organisation: heldBy(sources.organisation),
    tone: heldBy(sources.tone),
    safety: heldBy(sources.safety),
    journey: heldBy(sources.journey),
    intents: sources.intents.map(heldBy),
    offers: heldBy(sources.offers).offers,
    courses: heldBy(sources.courses).courses,
    members: heldBy(sources.members).members,
    documents: sources.documents.map(heldBy),
  };
}

async function readFiles(folder: string): Promise<WorkspaceFiles> {
  const names = await listFiles(folder);
  // Reading a file that is not there reports it as missing, with what it should hold.
  const inside = (pattern: RegExp, first: string): readonly string[] => {
    const found = names.filter((name) => pattern.test(name));
    return found.length > 0 ? found : [first];
  };
  const read = (name: string): Promise<TextFile> => readTextFile(folder, name);
  const [organisation, tone, safety, journey, offers, courses, members] = await Promise.all([
    read('workspace.yaml'),
    read('tone.yaml'),
    read('safety.yaml'),
    read('journey.yaml'),
    read('offers.yaml'),
    read('courses.yaml'),
    read('members.yaml'),
  ]);
  const intents = await Promise.all(inside(/^intents\/.*\.ya?ml$/, 'intents/supervisor.yaml').map(read));
  const documents = await Promise.all(inside(/^knowledge\/.*\.md$/, 'knowledge/welcome.md').map(read));
  return { organisation, tone, safety, journey, offers, courses, members, intents, documents };
}

/** All file names below the folder, with `/`, in byte order; hidden ones (editors and mounts leave them) are skipped. */
async function listFiles(folder: string): Promise<readonly string[]> {
  try {
    const names = (await readdir(folder, { recursive: true })).map((name) => name.replaceAll('\\', '/'));
    return names.filter((name) => !name.split('/').some((part) => part.startsWith('.'))).toSorted();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new PermanentError(
      'workspace_invalid',
      `${basename(resolve(folder))}: the workspace folder cannot be read (${code}); set WORKSPACE to a folder that holds workspace.yaml`,
      { cause: error },
    );
  }
}

function parseFiles(files: WorkspaceFiles): Sources {
  return {
    organisation: parseYamlFile(files.organisation, OrganisationFile),
    tone: parseYamlFile(files.tone, ToneFile),
    safety: parseYamlFile(files.safety, SafetyFile),
    journey: parseYamlFile(files.journey, JourneyDefinition),
    offers: parseYamlFile(files.offers, OffersFile),
    courses: parseYamlFile(files.courses, CoursesFile),
    members: parseYamlFile(files.members, MembersFile),
    intents: files.intents.map((file) => parseYamlFile(file, IntentsFile)),
    documents: files.documents.map(parseDocument),
  };
}

function parseDocument(file: TextFile): Source<KnowledgeDocument> {
  const source = parseArticleFile(file, KnowledgeFrontMatter);
  const id = file.name.slice('knowledge/'.length, -'.md'.length);
  if (!KnowledgeDocument.shape.id.safeParse(id).success) {
    const says = `the file name gives the id "${id}"; rename it with small letters, digits, "-" and "_" only`;
    return { ...source, value: null, problems: [...source.problems, { file: file.file, line: 1, says }] };
  }
  return { ...source, value: source.value === null ? null : documentOf(id, source.value) };
}

type Article = { readonly front: z.infer<typeof KnowledgeFrontMatter>; readonly body: string };

function documentOf(id: string, { front, body }: Article): KnowledgeDocument {
  const { 'valid-from': _from, 'valid-until': _until, ...rest } = front;
  return { id, ...rest, ...validityOf(front), body };
}

function parsed(sources: Sources): readonly Source<unknown>[] {
  return Object.values(sources).flat();
}

function refusal(problems: readonly Problem[]): PermanentError {
  const sorted = problems.toSorted((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1));
  const lines = sorted.slice(0, MAX_PROBLEMS).map(({ file, line, says }) => `${file}:${line}: ${says}`);
  const rest = sorted.length - lines.length;
  const more = rest > 0 ? [`and ${rest} more; correct these first`] : [];
  return new PermanentError('workspace_invalid', [...lines, ...more].join('\n'));
}

/** Names and lengths are part of it, so that moving text from one file to the next changes the version. */
function versionOf(files: readonly TextFile[]): string {
  const hash = createHash('sha256');
  for (const { name, text } of files.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    hash.update(`${name}\n${text.length}\n${text}\n`);
  }
  return hash.digest('hex').slice(0, VERSION_LENGTH);
}

function heldBy<T>(source: Source<T>): T {
  if (source.value !== null) return source.value;
  throw new PermanentError('broken_invariant', `${source.file} has no value though no problem was found; report this`);
}
