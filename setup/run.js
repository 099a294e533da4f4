/** Makes the folder ready (dependencies, console bundle) and runs files on the project's own Node. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { buildConsole, isConsoleBuilt } from './console.js';
import { install, isInstalled } from './install.js';
import { withLock } from './lock.js';
import { findNode, NoNodeError } from './node.js';
import { SetupError } from './report.js';

/** The project's folder, without a slash at the end. */
export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, '');

/**
 * Sets up, then replaces itself, as far as Node can, by `node ...args`: same streams, signals and exit code.
 * Nothing is run when `args` is empty. Says what is wrong in a few lines and ends with 1 when setting up fails.
 * @param {readonly string[]} args
 * @param {{ withDev: boolean }} options `withDev`: an installation without development dependencies will not do
 */
export function setUpAndRun(args, { withDev }) {
  try {
    setUp(withDev);
    const node = findNode(root);
    if (args.length > 0) runNode(node, args);
  } catch (error) {
    if (!(error instanceof SetupError || error instanceof NoNodeError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

/** @param {boolean} withDev */
function setUp(withDev) {
  if (isInstalled(root, withDev) && isConsoleBuilt(root)) return;
  withLock(root, () => {
    // Whoever held the lock before may have done it all.
    if (!isInstalled(root, withDev)) install(root);
    if (!isConsoleBuilt(root)) buildConsole(root);
  });
}

/**
 * @param {string} node
 * @param {readonly string[]} args
 */
function runNode(node, args) {
  // Node before 24.12 warns that running TypeScript is experimental.
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', ...args], { stdio: 'inherit' });
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals)
    process.on(signal, () => {
      // At a terminal Ctrl-C reaches the child by itself; a second one would mean "now, without tidying up".
      if (signal !== 'SIGINT' || !(process.stdin.isTTY || process.stderr.isTTY)) child.kill(signal);
    });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
