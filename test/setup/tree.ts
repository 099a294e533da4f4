/** A small project folder with the real setup files, a stand-in for npm, a stand-in for Vite and stand-ins for what is run. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const project = join(import.meta.dirname, '../..');

export type Ended = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
};
export type Running = {
  readonly child: ChildProcessWithoutNullStreams;
  readonly saysOnStderr: (text: string) => Promise<void>;
  readonly ended: Promise<Ended>;
};
export type Tree = {
  readonly root: string;
  readonly write: (path: string, text: string) => void;
  readonly read: (path: string) => string;
  readonly has: (path: string) => boolean;
  /** Starts a file of the tree. `nodeVersion` makes Node believe it is that version. */
  readonly start: (
    args: readonly string[],
    options?: { readonly nodeVersion?: string; readonly npm?: string },
  ) => Running;
  readonly run: (
    args: readonly string[],
    options?: { readonly nodeVersion?: string; readonly npm?: string },
  ) => Promise<Ended>;
  /** The arguments of every call of npm so far. */
  readonly npmCalls: () => readonly string[];
  readonly remove: () => void;
};

/**
 * npm as setup.js sees it: notes its arguments, waits while `hold` exists, fails while `fail` exists, else "installs" what
 * package-lock.json lists by writing npm's record, and a Node that is this one.
 */
const NPM = `
import { appendFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
appendFileSync('npm-calls', process.argv.slice(2).join(' ') + '\\n');
for (let waited = 0; existsSync('hold') && waited < 3_000; waited += 1) await new Promise((resolve) => setTimeout(resolve, 20));
mkdirSync('node_modules/.bin', { recursive: true });
if (existsSync('fail')) {
  console.error('npm error code ENOTFOUND');
  process.exit(1);
}
const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages }));
if (!existsSync('node_modules/node-here')) {
  mkdirSync('node_modules/node-here/bin', { recursive: true });
  writeFileSync('node_modules/node-here/package.json', JSON.stringify({ name: 'node-here', bin: { node: 'bin/node' } }));
  symlinkSync(process.execPath, 'node_modules/node-here/bin/node');
}
`;

export const LOCKED = {
  '': { name: 'small' },
  'node_modules/node-here': { version: '24.0.0', optional: true },
  'node_modules/node-elsewhere': { version: '24.0.0', optional: true },
  'node_modules/runs': { version: '1.0.0', integrity: 'sha512-a' },
  'node_modules/builds': { version: '1.0.0', integrity: 'sha512-b', dev: true },
} as const;

/** Makes the tree in the folder for temporary files; nothing is installed in it. */
export function createTree(): Tree {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'setup-')));
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const read = (path: string): string => readFileSync(join(root, path), 'utf8');
  const has = (path: string): boolean => existsSync(join(root, path));
  const start: Tree['start'] = (args, options = {}) => startNode(root, args, options);
  for (const file of ['run', 'report', 'node', 'lock', 'install', 'console', 'setup'])
    write(`setup/${file}.js`, readFileSync(join(project, `setup/${file}.js`), 'utf8'));
  mkdirSync(join(root, 'cli'));
  cpSync(join(project, 'cli/throughline.js'), join(root, 'cli/throughline.js'));
  write(
    'package.json',
    JSON.stringify({ type: 'module', optionalDependencies: { 'node-here': '24.0.0', 'node-elsewhere': '24.0.0' } }),
  );
  write('package-lock.json', JSON.stringify({ packages: LOCKED }));
  write('tools/npm-cli.js', NPM);
  return {
    root,
    write,
    read,
    has,
    start,
    run: (args, options) => start(args, options).ended,
    npmCalls: () => (has('npm-calls') ? read('npm-calls').trimEnd().split('\n') : []),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

type StartOptions = { readonly nodeVersion?: string; readonly npm?: string };

function startNode(
  root: string,
  args: readonly string[],
  { nodeVersion, npm = 'tools/npm-cli.js' }: StartOptions,
): Running {
  const pretend = `data:text/javascript,Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${nodeVersion}' } })`;
  const flags = nodeVersion === undefined ? [] : ['--import', pretend];
  const env = { ...process.env, npm_execpath: join(root, npm), npm_node_execpath: process.execPath };
  // In a group of its own, so that a test can end it together with what it started.
  const child = spawn(process.execPath, [...flags, ...args], { cwd: root, env, detached: true });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (piece: Buffer) => {
    stdout += piece.toString();
  });
  child.stderr.on('data', (piece: Buffer) => {
    stderr += piece.toString();
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  const saysOnStderr = (text: string): Promise<void> => eventually(() => stderr.includes(text));
  return { child, saysOnStderr, ended };
}

/** Resolves once the condition holds; the test's own time limit ends a wait in vain. */
export async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}
