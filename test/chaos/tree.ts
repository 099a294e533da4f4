/** The application under test is a copy of the tree: edits during a run change nothing, and a mutant never touches the original. */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { removeAtExit } from './at-exit.ts';
import type { Patch } from './scenario.ts';

const ROOT = resolve(import.meta.dirname, '../..');
/** What a running server reads. */
const PARTS =
  'agents channels cli console core evals graph journey memory server setup traces workspace package.json'.split(' ');

export type Tree = { readonly folder: string; readonly remove: () => void };

/** Copies what a server needs and applies the patches. Throws when a patch does not fit exactly once. */
export function copyTree({
  patches = [],
  from = ROOT,
}: {
  readonly patches?: readonly Patch[];
  readonly from?: string;
} = {}): Tree {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-chaos-tree-'));
  for (const part of PARTS) cpSync(join(from, part), join(folder, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const forget = removeAtExit(folder);
  const remove = (): void => {
    forget();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    for (const patch of patches) applyPatch(folder, patch);
  } catch (error) {
    remove();
    throw error;
  }
  return { folder, remove };
}

/** What is wrong with patches, without applying them: a mutant must be kept in step with the code it changes. */
export function misfitsOf(patches: readonly Patch[], folder: string): readonly string[] {
  return patches.flatMap(({ file, find }) => {
    const path = join(folder, file);
    const times = existsSync(path) ? readFileSync(path, 'utf8').split(find).length - 1 : 0;
    return times === 1 ? [] : [`${JSON.stringify(find)} stands ${times} times in ${file}`];
  });
}

function applyPatch(folder: string, patch: Patch): void {
  const [misfit] = misfitsOf([patch], folder);
  if (misfit !== undefined) throw new RangeError(`The mutant does not fit any more: ${misfit}.`);
  const path = join(folder, patch.file);
  writeFileSync(
    path,
    readFileSync(path, 'utf8').replace(patch.find, () => patch.replace),
  );
}
