/** `npm run check`: the five checks, two at a time, each with its verdict; `npm run check -- tsc knip` runs only those named. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { folders, workshopFolders } from './import-table.ts';

type Check = { readonly name: string; readonly what: string; readonly command: readonly string[] };
type Verdict = { readonly check: Check; readonly passed: boolean; readonly output: string; readonly seconds: string };

const cruised = [...folders, ...workshopFolders].filter((folder) => existsSync(folder));

/** Slowest first, so that two at a time end early; each runs as `node node_modules/…` and means the same when typed by hand. */
const checks: readonly Check[] = [
  { name: 'eslint', what: 'typed lint', command: ['eslint/bin/eslint.js', '.'] },
  { name: 'tsc', what: 'types', command: ['typescript/bin/tsc', '--noEmit'] },
  { name: 'knip', what: 'dead code', command: ['knip/bin/knip.js'] },
  {
    name: 'depcruise',
    what: 'imports',
    command: ['dependency-cruiser/bin/dependency-cruiser.mjs', '--output-type', 'err-long', ...cruised],
  },
  { name: 'biome', what: 'format, lint', command: ['@biomejs/biome/bin/biome', 'check', '--error-on-warnings'] },
];

const named = process.argv.slice(2);
const unknown = named.filter((name) => !checks.some((check) => check.name === name));
if (unknown.length > 0) {
  console.error(
    `There is no check named ${unknown.join(', ')}: choose from ${checks.map(({ name }) => name).join(', ')}.`,
  );
  process.exitCode = 1;
} else {
  const verdicts = await runAll(checks.filter(({ name }) => named.length === 0 || named.includes(name)));
  const failed = verdicts.filter(({ passed }) => !passed).map(({ check }) => check.name);
  console.log(failed.length === 0 ? 'All checks passed.' : `FAILED: ${failed.join(', ')} (their output is above).`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}

async function runAll(wanted: readonly Check[]): Promise<readonly Verdict[]> {
  const waiting = [...wanted];
  const verdicts: Verdict[] = [];
  const takeNext = async (): Promise<void> => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      const verdict = await run(check);
      verdicts.push(verdict);
      print(verdict);
    }
  };
  await Promise.all([takeNext(), takeNext()]);
  return verdicts;
}

function run(check: Check): Promise<Verdict> {
  const [script = '', ...args] = check.command;
  const started = Date.now();
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [`node_modules/${script}`, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const append = (piece: Buffer): void => {
      output += piece.toString();
    };
    child.stdout.on('data', append);
    child.stderr.on('data', append);
    child.on('close', (code) => {
      resolve({ check, passed: code === 0, output, seconds: ((Date.now() - started) / 1000).toFixed(1) });
    });
  });
}

function print({ check, passed, output, seconds }: Verdict): void {
  const title = `${check.name} (${check.what})`.padEnd(24);
  if (passed) console.log(`ok      ${title} ${seconds} s`);
  else console.log(`${output.trimEnd()}\nFAILED  ${title} ${seconds} s\n`);
}
