/** Runs dependency-cruiser with the project's own configuration over a tree. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ICruiseResult } from 'dependency-cruiser';
import { folders, workshopFolders } from '../../setup/import-table.ts';

export type Violation = { readonly rule: string; readonly from: string; readonly to: string };

const project = join(import.meta.dirname, '../..');
const cruiser = join(project, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');

/** What the configuration of the project forbids in the tree at `root`, and how many files were looked at. */
export async function cruise(
  root: string,
): Promise<{ readonly violations: readonly Violation[]; readonly files: number }> {
  const present = [...folders, ...workshopFolders].filter((folder) => existsSync(join(root, folder)));
  const args = [cruiser, '--config', join(project, '.dependency-cruiser.js'), '--output-type', 'json', ...present];
  // Runs in the tree itself: dependency-cruiser reads paths, tsconfig.json and package.json from where it stands.
  const output = await promisify(execFile)(process.execPath, args, { cwd: root, maxBuffer: 256 * 1024 * 1024 });
  const { summary, modules } = JSON.parse(output.stdout) as ICruiseResult;
  return {
    violations: summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to })),
    files: modules.filter(({ source }) => present.some((folder) => source.startsWith(`${folder}/`))).length,
  };
}
