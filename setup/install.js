/** Installs the dependencies when node_modules is missing or behind package-lock.json. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ownNode } from './node.js';
import { lastLines, SetupError, withProgress } from './report.js';

/** @typedef {{ version?: string, integrity?: string, dev?: boolean, devOptional?: boolean, optional?: boolean }} LockedPackage */

/**
 * Whether node_modules holds what package-lock.json asks for. Compares with npm's own record of what it installed, which npm writes last:
 * so an interrupted installation counts as none, and one made by hand or in an image (`npm ci --omit=dev`) counts.
 * @param {string} root
 * @param {boolean} withDev an installation without development dependencies will not do
 * @returns {boolean}
 */
export function isInstalled(root, withDev) {
  const wanted = Object.entries(readLock(join(root, 'package-lock.json')) ?? {}).filter(([path]) => path !== '');
  const present = readLock(join(root, 'node_modules', '.package-lock.json'));
  if (present === null) return false;
  const isPresent = (/** @type {[string, LockedPackage]} */ [path, { version, integrity }]) =>
    present[path]?.version === version && present[path]?.integrity === integrity;
  const missing = wanted.filter((entry) => !isPresent(entry) && !(entry[1].optional && !(entry[0] in present)));
  if (missing.length === 0) return true;
  const leftOutDev = !wanted.some((entry) => entry[1].dev && isPresent(entry));
  return (
    !withDev &&
    leftOutDev &&
    missing.every(([path, { dev, devOptional }]) => (dev || devOptional) && !(path in present))
  );
}

/**
 * Installs everything, development dependencies too: the console is built with them. `npm install` and not `npm ci`, which newer npm
 * refuses when the registry lacks a build for some foreign platform, and which deletes the Node that may be running us.
 * @param {string} root
 * @throws {SetupError} with npm's last words and the remedy
 */
export function install(root) {
  forgetRecord(root);
  withProgress('installing dependencies (about a minute the first time)', () => {
    const result = runNpm(root, [
      'install',
      '--no-save',
      '--ignore-scripts',
      '--include=dev',
      '--include=optional',
      '--loglevel=error',
    ]);
    if (result.error !== undefined)
      throw new SetupError(
        `npm could not be started (${result.error.message}): install npm, which comes with Node, and run the same command again.`,
      );
    if (result.status !== 0)
      throw new SetupError(
        `npm could not install the dependencies. Its last words:\n${lastLines(result)}\n` +
          'Check the network and the registry that npm uses (npm ping), then run the same command again.',
      );
  });
  dropBrokenNode(root);
  linkCommand(root);
}

/**
 * Until npm has written its record again, node_modules counts as unfinished; what an interrupted run left is not built upon.
 * @param {string} root
 */
function forgetRecord(root) {
  const modules = join(root, 'node_modules');
  const record = join(modules, '.package-lock.json');
  rmSync(existsSync(record) ? record : modules, { recursive: true, force: true });
}

/**
 * The npm that started us where there is one, so that its version and settings hold; else the one on the PATH.
 * @param {string} root
 * @param {readonly string[]} args
 */
function runNpm(root, args) {
  const started = process.env['npm_execpath'] ?? '';
  const options = { cwd: root, encoding: /** @type {const} */ ('utf8'), maxBuffer: 64 * 1024 * 1024 };
  if (basename(started) === 'npm-cli.js')
    return spawnSync(process.env['npm_node_execpath'] ?? process.execPath, [started, ...args], options);
  // On Windows npm is a script, which only a shell can start.
  return spawnSync('npm', args, { ...options, shell: process.platform === 'win32' });
}

/**
 * A ready-made Node may not run here (Linux without glibc): without it, the machine's own is used.
 * @param {string} root
 */
function dropBrokenNode(root) {
  const node = ownNode(root);
  if (node === null || spawnSync(node, ['--version']).status === 0) return;
  rmSync(node, { force: true });
  rmSync(join(root, 'node_modules', '.bin', 'node'), { force: true });
}

/**
 * npm links no command of the project itself; with this one `npx throughline` needs no detour over npm's cache.
 * @param {string} root
 */
function linkCommand(root) {
  const link = join(root, 'node_modules', '.bin', 'throughline');
  if (process.platform === 'win32' || existsSync(link)) return;
  rmSync(link, { force: true });
  symlinkSync(join('..', '..', 'cli', 'throughline.js'), link);
}

/**
 * @param {string} path
 * @returns {Record<string, LockedPackage> | null}
 */
function readLock(path) {
  if (!existsSync(path)) return null;
  return JSON.parse(readFileSync(path, 'utf8')).packages;
}
