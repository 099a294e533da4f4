import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { knownNames } from '../../cli/known-names.ts';
import { foldText } from '../../core/embedding.ts';
import type { Workspace } from '../../core/workspace.ts';
import type { Suite } from '../../evals/case.ts';
import { type KnownNames, readSuites } from '../../evals/read-suite.ts';
import { scorers } from '../../evals/registry.ts';
import { readWorkspace } from '../../server/workspace.ts';

const folder = join(import.meta.dirname, '../../workspace');

/** The sentences the product promises to answer without a model. */
const PROMISED = [
  'how long is the breathwork course?',
  'how much is the foundation programme and can I pay monthly?',
  'where was I in my course?',
  'my payment was charged twice',
  "I don't want to live any more",
  'hi',
  'asdf',
  'I want a human',
];

describe('the suites of the sample workspace', () => {
  let workspace: Workspace;
  let known: KnownNames;
  let suites: readonly Suite[];

  beforeAll(async () => {
    workspace = await readWorkspace(folder);
    known = knownNames(workspace);
    const files = readdirSync(join(folder, 'evals')).filter((file) => file.endsWith('.yaml'));
    suites = await readSuites(
      files.map((file) => join(folder, 'evals', file)),
      known,
    );
  });

  const cases = () => suites.flatMap((suite) => suite.cases.map((one) => ({ suite, one })));
  const said = (): readonly string[] => cases().flatMap(({ one }) => one.turns.flatMap((turn) => turn.says ?? []));

  it('can be played: every name in them is known', () => {
    expect(cases().length).toBeGreaterThanOrEqual(60);
    expect(suites.filter(({ kind }) => kind === 'regression').length).toBeGreaterThan(0);
  });

  it('hold the promised sentences', () => {
    expect(PROMISED.filter((sentence) => !said().includes(sentence))).toEqual([]);
  });

  it('say nothing as the exemplars say it, but for what is promised', () => {
    const exemplars = new Set(
      workspace.intents.flatMap((file) => file.intents.flatMap((intent) => intent.exemplars.map(foldText))),
    );
    const promised = new Set(PROMISED.map(foldText));
    // Classifying an exemplar is no test of a classifier.
    expect(said().filter((text) => exemplars.has(foldText(text)) && !promised.has(foldText(text)))).toEqual([]);
  });

  it('play on every channel, in three languages, as strangers and as members', () => {
    const channels = new Set(cases().map(({ suite, one }) => one.given.channel ?? suite.defaults.channel));
    expect([...channels].toSorted()).toEqual(['buddyboss', 'facebook', 'telegram', 'web']);
    const languages = new Set(cases().map(({ one }) => one.given.person.locale.slice(0, 2)));
    expect([...languages]).toEqual(expect.arrayContaining(['de', 'en', 'es']));
    expect(cases().some(({ one }) => one.given.person.member !== undefined)).toBe(true);
  });

  it('use every scorer', () => {
    const used = new Set(
      cases()
        .flatMap(({ one }) => [...one.expect, ...one.turns.flatMap((turn) => turn.expect)])
        .map(({ scorer }) => scorer.name),
    );
    expect(scorers.map(({ name }) => name).filter((name) => !used.has(name))).toEqual([]);
  });

  it('know the tools of every agent', () => {
    expect(known.tool).toEqual(
      expect.arrayContaining([
        'find_offers',
        'hold_place',
        'mark_done',
        'my_courses',
        'my_orders',
        'open_ticket',
        'search_knowledge',
      ]),
    );
  });
});
