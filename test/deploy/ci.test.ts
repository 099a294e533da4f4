/** What CI runs: `.ci/run` itself, with stand-ins for npm and the machine; at its end it says which suite ran on which engine. */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';

const SCRIPT = join(import.meta.dirname, '../../.ci/run');
const SERVERS = { DATABASE_URL: 'postgres://app:app@127.0.0.1:1/none', REDIS_URL: 'redis://127.0.0.1:1' };

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Runs it in a checkout of its own. `fails`: the command line that ends badly. Nothing can be installed there. */
function runCi({
  servers = {},
  fails = 'nothing',
}: {
  readonly servers?: Record<string, string>;
  readonly fails?: string;
}) {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-ci-'));
  folders.push(folder);
  const [root, bin] = [join(folder, 'checkout'), join(folder, 'bin')];
  mkdirSync(bin);
  cpSync(SCRIPT, join(root, '.ci/run'));
  const stand = (name: string, text: string): void => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  stand('npm', `echo "ran npm $* DATABASE_URL=$DATABASE_URL REDIS_URL=$REDIS_URL"\n[ "$*" != "${fails}" ]`);
  stand('chromium', 'exit 0');
  stand('id', 'echo 1000');
  spawnSync('git', ['init', '--quiet', root]);
  const path = `${bin}:${process.env['PATH'] ?? ''}`;
  const ended = spawnSync('bash', [join(root, '.ci/run')], { encoding: 'utf8', env: { PATH: path, ...servers } });
  const [before = '', list = ''] = ended.stdout.split('=== what ran where\n');
  const lines = list.trim().split('\n');
  return { status: ended.status, ran: before.split('\n').filter((line) => line.startsWith('ran npm')), lines };
}

/** What the list says of an engine: suite and end. */
function of(lines: readonly string[], engine: string): readonly string[] {
  return lines
    .map((line) => line.split(/ {2,}/))
    .filter(([, one]) => one === engine)
    .map(([end, , suite]) => `${end}: ${suite}`);
}

it('lists every suite with its engine, just as it was run', () => {
  const { status, ran, lines } = runCi({ servers: SERVERS });
  expect(status).toBe(0);
  expect(lines).toHaveLength(ran.length);
  expect(lines.every((line) => line.startsWith('passed '))).toBe(true);
  for (const [index, line] of lines.entries())
    expect(ran[index]).toContain(line.split(/ {2,}/)[2]?.replace(/^npm /, ''));
  const contracts = expect.stringMatching(/npm test -- test\/contracts /) as string;
  const chaos = expect.stringMatching(/npm run chaos -- --short/) as string;
  expect(of(lines, 'embedded')).toEqual(['passed: npm test', chaos, 'passed: npm run eval']);
  expect(of(lines, 'PostgreSQL')).toEqual([contracts, chaos]);
  expect(of(lines, 'PostgreSQL and Redis')).toEqual([contracts, chaos]);
});

it('gives each engine what it is, and the embedded one nothing', () => {
  const { ran, lines } = runCi({ servers: SERVERS });
  expect(lines).toHaveLength(ran.length);
  const seen = { embedded: [0, 0], PostgreSQL: [1, 0], 'PostgreSQL and Redis': [1, 1] };
  for (const [index, line] of lines.entries()) {
    const [, engine = ''] = line.split(/ {2,}/);
    const has = [/DATABASE_URL=p/, /REDIS_URL=r/].map((one) => Number(one.test(ran[index] ?? '')));
    expect(has, line).toEqual(seen[engine as keyof typeof seen] ?? [0, 0]);
  }
});

it('names what was not run for want of a server', () => {
  const { status, lines } = runCi({});
  expect(status).toBe(0);
  for (const engine of ['PostgreSQL', 'PostgreSQL and Redis']) {
    expect(of(lines, engine)).toEqual([
      expect.stringMatching(/^not run: npm test -- test\/contracts /),
      expect.stringMatching(/^not run: npm run chaos /),
    ]);
  }
});

it('prints the list also when something fails, with what came after it as not run, and fails', () => {
  const { status, ran, lines } = runCi({ servers: SERVERS, fails: 'run eval' });
  expect(status).toBe(1);
  expect(ran.at(-1)).toContain('npm run eval');
  expect(of(lines, 'embedded')).toContain('FAILED: npm run eval');
  expect(of(lines, 'PostgreSQL')).toHaveLength(2);
  expect(of(lines, 'PostgreSQL').every((line) => line.startsWith('not run: '))).toBe(true);
});
