/** throughline eval retrieval: other people's files in, the measures out. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evalRetrievalVerb } from '../../cli/eval-retrieval.ts';
import { runProgram } from '../../cli/program.ts';
import { OPEN_TIMEOUT_MS } from '../support/store.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eval-retrieval-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, lines: readonly unknown[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, lines.map((line) => JSON.stringify(line)).join('\n'));
  return path;
}

async function run(...args: readonly string[]) {
  const written = { stdout: '', stderr: '' };
  const outputOf = (key: 'stdout' | 'stderr') => ({
    write: (text: string) => {
      written[key] += text;
    },
    isTerminal: false,
    hasColors: false,
    columns: 100,
  });
  const outputs = { stdout: outputOf('stdout'), stderr: outputOf('stderr') };
  const code = await runProgram(['eval', 'retrieval', ...args], {
    verbs: [evalRetrievalVerb(outputs)],
    outputs,
    isDebug: () => false,
  });
  return { code, ...written };
}

const DOCS = [
  { id: 'Acct/Close.1', title: 'Closing an account', text: 'You can close your account in the settings, at any time.' },
  { id: 'CARD_LOST', title: 'A lost card', text: 'Block the card at once; a new one comes within three days.' },
  { id: 'empty', title: '', text: '' },
];

describe('eval retrieval', { timeout: OPEN_TIMEOUT_MS }, () => {
  it('prints one JSON object with the keys of the design, whatever the ids look like', async () => {
    const docs = await file('docs.jsonl', DOCS);
    const queries = await file('queries.jsonl', [
      { text: 'somebody stole my card', relevant: ['CARD_LOST'] },
      { text: 'closing the acount', relevant: ['Acct/Close.1'] },
    ]);
    const { code, stdout } = await run('--docs', docs, '--queries', queries, '--json');
    expect(code).toBe(0);
    const scores = JSON.parse(stdout) as Record<string, number>;
    expect(Object.keys(scores)).toEqual([
      'recall@1',
      'recall@3',
      'recall@5',
      'recall@10',
      'mrr',
      'ndcg@10',
      'msP50',
      'msP99',
    ]);
    expect(scores).toMatchObject({ 'recall@1': 1, mrr: 1 });
  });

  it('lists what it missed when it is asked to', async () => {
    const docs = await file('docs.jsonl', DOCS);
    const queries = await file('queries.jsonl', [{ text: 'zzzz qqqq', relevant: ['empty'] }]);
    const { stdout } = await run('--docs', docs, '--queries', queries, '--misses');
    expect(stdout).toMatch(/1 queries[\s\S]*recall@5/);
    expect(stdout).toMatch(/\d misses/);
  });

  it.each([
    [
      'an id nobody has',
      [{ text: 'card', relevant: ['nobody'] }],
      /calls "nobody" relevant, but no document has that id/,
    ],
    ['a line that is no query', [{ text: 'card' }], /queries\.jsonl:1: "relevant"/],
    ['no queries', [], /nothing to measure/],
  ])('refuses %s', async (_what, lines, message) => {
    const docs = await file('docs.jsonl', DOCS);
    const { code, stderr } = await run('--docs', docs, '--queries', await file('queries.jsonl', lines));
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  it('refuses documents without queries', async () => {
    expect(await run('--docs', await file('docs.jsonl', DOCS))).toMatchObject({ code: 2 });
  });
});
