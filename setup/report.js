/** What setting up says, all of it on standard error, so that `--json` on standard output stays clean. */

/** Setting up failed; the message is for the person at the terminal and names the remedy. */
export class SetupError extends Error {}

/**
 * Announces a piece of work, does it, and says how long it took.
 * @template T
 * @param {string} what
 * @param {() => T} work
 * @returns {T}
 */
export function withProgress(what, work) {
  const started = Date.now();
  process.stderr.write(`Setting up: ${what} … `);
  try {
    const result = work();
    process.stderr.write(`done in ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
    return result;
  } catch (error) {
    process.stderr.write('failed\n');
    throw error;
  }
}

/**
 * The end of what a child process printed, indented.
 * @param {{ stdout: string | null, stderr: string | null }} output
 */
export function lastLines({ stdout, stderr }) {
  const lines = `${stdout ?? ''}\n${stderr ?? ''}`.split('\n').filter((line) => line.trim() !== '');
  return lines
    .map((line) => `  ${line}`)
    .slice(-15)
    .join('\n');
}
