/** Builds the console and the chat widget into console/dist when their sources changed. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { findNode } from './node.js';
import { lastLines, SetupError, withProgress } from './report.js';

/**
 * Whether console/dist was built from these sources, or there is nothing to build it with or from.
 * @param {string} root
 * @returns {boolean}
 */
export function isConsoleBuilt(root) {
  const { config, vite, dist, stamp } = places(root);
  if (!existsSync(config)) return true;
  // An image without development dependencies brings its bundle along.
  if (!existsSync(vite) && existsSync(dist)) return true;
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === hashOfSources(root);
}

/**
 * Runs Vite on console/vite.config.ts.
 * @param {string} root
 * @throws {SetupError} with Vite's last words and the remedy
 */
export function buildConsole(root) {
  const { config, vite, dist, stamp } = places(root);
  if (!existsSync(vite))
    throw new SetupError(
      'The console is not built (no console/dist), and Vite is not installed: run npm ci --include=dev, then start again.',
    );
  withProgress('building the console', () => {
    const hash = hashOfSources(root);
    const node = findNode(root);
    const result = spawnSync(node, [vite, 'build', '-c', config, '--logLevel', 'warn'], {
      cwd: root,
      encoding: 'utf8',
    });
    if (result.status !== 0)
      throw new SetupError(
        `Vite could not build the console. Its last words:\n${lastLines(result)}\nRepair console/, then run the same command again.`,
      );
    mkdirSync(dist, { recursive: true });
    writeFileSync(stamp, hash);
  });
}

/** @param {string} root */
function places(root) {
  const dist = join(root, 'console', 'dist');
  return {
    config: join(root, 'console', 'vite.config.ts'),
    vite: join(root, 'node_modules', 'vite', 'bin', 'vite.js'),
    dist,
    stamp: join(dist, '.sources'),
  };
}

/**
 * Names and contents of the console's sources and the versions they are built with.
 * @param {string} root
 */
function hashOfSources(root) {
  const hash = createHash('sha256');
  const files = [...filesBelow(join(root, 'console')), join(root, 'package-lock.json')];
  for (const file of files) {
    const text = readFileSync(file);
    hash.update(`${relative(root, file).replaceAll('\\', '/')} ${text.length}\n`).update(text);
  }
  return hash.digest('hex');
}

/**
 * @param {string} folder
 * @returns {string[]} sorted paths, without dist
 */
function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => name !== 'dist' && name !== 'node_modules')
    .flatMap((entry) => (entry.isDirectory() ? filesBelow(join(folder, entry.name)) : [join(folder, entry.name)]))
    .sort();
}
