/** The product's source files, as the shape tests read them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { folders } from '../../setup/import-table.ts';

const project = join(import.meta.dirname, '../..');

export type SourceFile = { readonly path: string; readonly text: string };

/** Every TypeScript file of the product's folders, by path. */
export function productFiles(): readonly SourceFile[] {
  return folders
    .flatMap((folder) => filesBelow(folder))
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => ({ path, text: readFileSync(join(project, path), 'utf8') }));
}

/** The sub-folders of a folder of the project; none when it is not there. */
export function roomsOf(folder: string): readonly string[] {
  return entries(folder)
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}

/** The names of the files directly in a folder, sorted. */
export function filesOf(folder: string): readonly string[] {
  return entries(folder)
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort();
}

/** A word of the code: what kind of place it stands in, as written, and on which line. */
export type CodeWord = { readonly kind: 'identifier' | 'comment'; readonly text: string; readonly line: number };

/** Identifiers and comments of a file; what stands in strings is data and is left out. */
export function codeWords({ path, text }: SourceFile): readonly CodeWord[] {
  const kind = path.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, kind);
  const lineOf = (position: number): number => file.getLineAndCharacterOfPosition(position).line + 1;
  const identifiers: CodeWord[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) identifiers.push({ kind: 'identifier', text: node.text, line: lineOf(node.getStart()) });
    ts.forEachChild(node, visit);
  };
  visit(file);
  return [...identifiers, ...comments(file, lineOf)];
}

function comments(file: ts.SourceFile, lineOf: (position: number) => number): readonly CodeWord[] {
  const found = new Map<number, CodeWord>();
  const collect = (node: ts.Node): void => {
    // Comments lie in the trivia before a token; a node without children is a token.
    if (node.getChildCount(file) === 0 && !ts.isJsxText(node))
      for (const { pos, end } of [
        ...(ts.getLeadingCommentRanges(file.text, node.pos) ?? []),
        ...(ts.getTrailingCommentRanges(file.text, node.end) ?? []),
      ])
        found.set(pos, { kind: 'comment', text: file.text.slice(pos, end), line: lineOf(pos) });
    for (const child of node.getChildren(file)) collect(child);
  };
  collect(file);
  return [...found.values()];
}

function filesBelow(folder: string): readonly string[] {
  return entries(folder).flatMap((entry) => {
    if (entry.isFile()) return [`${folder}/${entry.name}`];
    return entry.name === 'dist' ? [] : filesBelow(`${folder}/${entry.name}`);
  });
}

function entries(folder: string) {
  try {
    return readdirSync(join(project, folder), { withFileTypes: true });
  } catch {
    return [];
  }
}
