/** `eval intents` without files: the workspace's own exemplars and out-of-scope lines, and the questions kept apart. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { evaluateOwnIntents } from '../../cli/eval-own-intents.ts';
import { foldText } from '../../core/embedding.ts';
import { readJsonLines } from '../../evals/json-lines.ts';
import { exemplarsOf } from '../../server/teach-intents.ts';
import { readWorkspace } from '../../server/workspace.ts';

const SAMPLE = join(import.meta.dirname, '../../workspace');
const TIMEOUT_MS = 120_000;
const stderr = { write: () => undefined, isTerminal: false, hasColors: false, columns: 100 };
const parts = { stderr, monotonic: () => performance.now() };

describe('the questions kept apart in the sample workspace', () => {
  it('are enough, of intents that are there, and teach nothing', async () => {
    const taught = exemplarsOf(await readWorkspace(SAMPLE));
    const line = z.object({ text: z.string(), intent: z.string() });
    const questions = await readJsonLines(join(SAMPLE, 'evals/intents/held-out.jsonl'), line);
    const outside = questions.filter(({ intent }) => intent === 'oos');
    expect(outside.length).toBeGreaterThanOrEqual(60);
    expect(questions.length - outside.length).toBeGreaterThanOrEqual(60);
    const folded = questions.map(({ text }) => foldText(text));
    expect(new Set(folded).size).toBe(folded.length);
    const known = new Set(taught.map(({ text }) => foldText(text)));
    expect(folded.filter((text) => known.has(text))).toEqual([]);
    const asked = new Set(questions.map(({ intent }) => intent));
    expect([...new Set(taught.map(({ intent }) => intent))].filter((name) => !asked.has(name))).toEqual([]);
  });
});

/** The sample with a few exemplars of each intent: what is learned from it says little, but fast. */
function smallWorkspace(folder: string): void {
  cpSync(SAMPLE, folder, { recursive: true, filter: (path) => !path.includes(join('workspace', 'evals')) });
  for (const name of readdirSync(join(folder, 'intents'))) {
    const path = join(folder, 'intents', name);
    const file = parse(readFileSync(path, 'utf8')) as {
      readonly intents: readonly { readonly exemplars: readonly string[] }[];
      readonly outOfScope?: readonly string[];
    };
    const intents = file.intents.map((intent) => ({ ...intent, exemplars: intent.exemplars.slice(0, 8) }));
    const outOfScope = file.outOfScope ? { outOfScope: file.outOfScope.slice(0, 40) } : {};
    writeFileSync(path, stringify({ ...file, intents, ...outOfScope }));
  }
}

describe('a workspace without files', { timeout: TIMEOUT_MS }, () => {
  let folder: string;
  let questions: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'own-intents-'));
    smallWorkspace(join(folder, 'workspace'));
    questions = join(folder, 'workspace/evals/intents');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is answered in folds, its out-of-scope lines too, so that every figure is there', async () => {
    const { scores, answered, tests, says } = await evaluateOwnIntents(join(folder, 'workspace'), parts);
    expect(answered).toHaveLength(tests.length);
    expect(tests.filter(({ intent }) => intent === 'oos')).toHaveLength(40);
    expect(answered.map(({ intent }) => intent)).toEqual(tests.map(({ intent }) => intent));
    const figures = z.record(z.string(), z.number()).parse(scores);
    expect(Object.keys(figures)).toHaveLength(8);
    // Chance is one half.
    expect(scores.oosAuroc).toBeGreaterThan(0.6);
    expect(says).toContain('40 out of scope of the workspace');
  });

  it('with questions kept apart answers those, and no other', async () => {
    mkdirSync(questions, { recursive: true });
    const line = (text: string, intent: string): string => `${JSON.stringify({ text, intent })}\n`;
    writeFileSync(join(questions, 'b.jsonl'), line('name the largest planet', 'oos'));
    writeFileSync(join(questions, 'a.jsonl'), line('hello there', 'greeting') + line('how do I fix a tyre', 'oos'));
    writeFileSync(join(questions, 'notes.txt'), 'not read');
    const { scores, tests, says } = await evaluateOwnIntents(join(folder, 'workspace'), parts);
    expect(tests.map(({ intent }) => intent)).toEqual(['greeting', 'oos', 'oos']);
    expect(scores.oosRecall).not.toBeNull();
    expect(says).toContain('1 texts in scope and 2 out of scope, kept apart');
  });

  it('says where a question is about an intent that is not there', async () => {
    writeFileSync(join(questions, 'c.jsonl'), `\n${JSON.stringify({ text: 'x', intent: 'greetings' })}\n`);
    await expect(evaluateOwnIntents(join(folder, 'workspace'), parts)).rejects.toThrow(
      /c\.jsonl:2: "intent": is no intent of the workspace, nor "oos"/,
    );
  });
});
