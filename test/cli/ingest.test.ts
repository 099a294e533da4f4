/** throughline ingest: what it takes in, what it says, and how it ends. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ingestVerb } from '../../cli/ingest.ts';
import { createIngestProgress } from '../../cli/ingest-progress.ts';
import { runProgram } from '../../cli/program.ts';
import type { Outputs } from '../../cli/verb.ts';

const TIMEOUT_MS = 120_000;
let folder: string;
let help: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ingest-verb-'));
  help = join(folder, 'help');
  mkdirSync(help);
  writeFileSync(join(help, 'hours.md'), 'The studio opens at nine.\n');
  writeFileSync(join(help, 'dogs.html'), '<h1>Dogs</h1><p>Dogs stay outside, <script>x</script>please.</p>');
  writeFileSync(join(help, 'empty.md'), '');
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

async function run(...args: readonly string[]) {
  for (const name of ['DATABASE_URL', 'OPENAI_API_KEY', 'OPENAI_BASE_URL', 'EMBEDDING_MODEL'])
    vi.stubEnv(name, undefined);
  vi.stubEnv('DATA_DIR', join(folder, 'data'));
  vi.stubEnv('LOG_LEVEL', 'silent');
  const written = { stdout: '', stderr: '' };
  const output = (key: 'stdout' | 'stderr') => ({
    write: (text: string) => {
      written[key] += text;
    },
    ...{ isTerminal: false, hasColors: false, columns: 100 },
  });
  const outputs: Outputs = { stdout: output('stdout'), stderr: output('stderr') };
  process.exitCode = 0;
  try {
    const verbs = [ingestVerb({ outputs, clock: Date.now, monotonic: () => performance.now() })];
    const code = await runProgram(['ingest', ...args], { verbs, outputs, isDebug: () => false });
    return { code: code || Number(process.exitCode), ...written };
  } finally {
    process.exitCode = 0;
  }
}

describe('throughline ingest', { timeout: TIMEOUT_MS }, () => {
  it('takes in a folder once, and says at the end what it could not read', async () => {
    const dry = await run(help, '--dry-run');
    expect(dry.stdout).toMatch(
      /: 3 documents: 2 added, .* 1 failed; 2 passages in .* \(dry run: nothing was changed\)\n$/,
    );
    const first = await run(help, '--json');
    expect(first.code).toBe(1);
    expect(Object.keys(JSON.parse(first.stdout) as object)).toEqual([
      ...['source', 'documents', 'added', 'changed', 'unchanged', 'removed', 'failed', 'leftOut', 'passages'],
      'seconds',
    ]);
    expect(JSON.parse(first.stdout)).toMatchObject({
      ...{ source: help, documents: 3, added: 2, changed: 0, unchanged: 0, removed: 0, passages: 2 },
      failed: [
        {
          document: 'help/empty.md',
          code: 'malformed',
          message: expect.stringContaining('help/empty.md: has no text') as unknown,
        },
      ],
    });
    expect(first.stderr).toBe('failed  help/empty.md: has no text; write some, or take it out of the source\n');
    rmSync(join(help, 'empty.md'));
    rmSync(join(help, 'dogs.html'));
    const second = await run(help);
    expect(second.code).toBe(0);
    expect(second.stdout).toMatch(/: 1 documents: 0 added, 0 changed, 1 unchanged, 1 removed, 0 failed; 0 passages/);
  });

  it.each([
    [['nowhere'], 'cannot be read (ENOENT)'],
    [['file:///etc/passwd'], '"file:" is not fetched; only http and https are'],
    [['help', '--audience', 'everybody'], "argument 'everybody' is invalid"],
    [['help', '--language', '??'], '--language ?? is no language'],
    [['help', '--source', 'Our Help'], 'write e.g. our-help'],
    [[], "missing required argument 'source'"],
  ])('ends with 2 for %j', async (args, says) => {
    const { code, stderr } = await run(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(says);
  });

  it('ends with 1 for an address that may not be fetched', async () => {
    const { code, stderr } = await run('http://127.0.0.1:8080/');
    expect(code).toBe(1);
    expect(stderr).toContain('127.0.0.1, which is not public (loopback)');
  });
});

describe('the progress', () => {
  function drawn(isTerminal: boolean, total: number): string {
    let text = '';
    const write = (more: string): void => {
      text += more;
    };
    const progress = createIngestProgress({ write, isTerminal, hasColors: false, columns: 60 });
    for (let done = 1; done <= total; done += 1)
      progress.see({ done, total, place: `help/\u001b[2Jpage-${'x'.repeat(80)}.md` });
    progress.end();
    return text;
  }

  it('is a bar in a terminal, cleared at the end, that no file name can break out of', () => {
    const lines = drawn(true, 2).split('\r');
    expect(lines[1]?.replace('\u001b[K', '')).toMatch(/^█{12}░{12} 1 of 2 {2}…x+\.md$/);
    expect(lines.at(-1)).toBe('\u001b[K');
    for (const line of lines) expect(line.replace('\u001b[K', '').length).toBeLessThan(60);
    expect(drawn(true, 2)).not.toContain('\u001b[2J');
  });

  it('is a line for every tenth elsewhere', () => {
    expect(drawn(false, 100).split('\n').slice(0, 2)).toEqual(['10 of 100 documents', '20 of 100 documents']);
    expect(drawn(false, 5)).toBe('');
  });
});
