/** Finds the Node that runs the project: the one from node_modules, or the machine's own where that is new enough. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The first major version that runs TypeScript as written. */
const NEEDED = 24;

/** This machine has no Node that can run the project. */
export class NoNodeError extends Error {}

/**
 * The path of a Node that runs TypeScript.
 * @param {string} root
 * @throws {NoNodeError} with the remedy
 */
export function findNode(root) {
  const own = ownNode(root);
  if (own !== null) return own;
  if (Number.parseInt(process.versions.node, 10) >= NEEDED) return process.execPath;
  throw new NoNodeError(
    `There is no ready-made Node ${NEEDED} for ${process.platform}-${process.arch} in node_modules, and this is Node ${process.versions.node}: ` +
      `install Node ${NEEDED} or later, or delete node_modules if it was copied from another machine, and run the same command again.`,
  );
}

/**
 * The Node among the optional dependencies, of which npm installs the one that fits the platform; null when none does.
 * @param {string} root
 * @returns {string | null}
 */
export function ownNode(root) {
  /** @type {{ optionalDependencies?: Record<string, string> }} */
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const name of Object.keys(manifest.optionalDependencies ?? {})) {
    if (!name.startsWith('node-')) continue;
    const folder = join(root, 'node_modules', name);
    if (!existsSync(join(folder, 'package.json'))) continue;
    /** @type {{ bin?: { node?: string } }} */
    const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const path = join(folder, bin?.node ?? 'bin/node');
    if (existsSync(path)) return path;
  }
  return null;
}
