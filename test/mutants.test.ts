/** Mutants: each says by which problem it is noticed, and only that one counts. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SCENARIOS } from './chaos/registry.ts';
import { isAsItShould, type Outcome, summaryOf, tableOf } from './chaos/report.ts';
import type { Mutant } from './chaos/scenario.ts';
import { misfitsOf } from './chaos/tree.ts';

const ROOT = join(import.meta.dirname, '..');
const mutants = SCENARIOS.flatMap(({ id, mutants: own }) => own.map((mutant) => [id, mutant.name, mutant] as const));

/** Every line a scenario or the oracle may complain with; what is filled in stands as a 1. */
const COMPLAINTS: readonly string[] = ['scenarios', 'regressions', '.']
  .flatMap((folder) => {
    const path = join(import.meta.dirname, 'chaos', folder);
    return readdirSync(path)
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(join(path, name), 'utf8').replaceAll(/expects: .*/g, ''));
  })
  .flatMap((text) => text.match(/`[^`\n]*`|'[^'\n]*'/g) ?? [])
  .map((literal) => literal.slice(1, -1).replaceAll(/\$\{[^}]*\}/g, '1'));

/** What any fault at all leads to; it names no protection. */
const ANY_FAULT = [
  'work was left',
  'work was left after 150 s of quiet',
  'calm: work was left',
  'no turn was under way: nothing was tried',
];

function outcomeOf(mutant: Mutant | null, problems: readonly string[], broken: string | null = null): Outcome {
  const figures = { messages: 1, kills: 0, lost: 0, duplicated: 0, outOfOrder: 0, unknown: 0, unheard: 0 };
  const verdict = { problems, figures: { ...figures, recoveries: [], trials: 1, more: {} } };
  return { id: 'R1', title: 'a title', target: 'none', mutant, verdict, broken, seconds: 1, folder: 'none' };
}

const mutant: Mutant = { name: 'no lock', expects: /is still pending/, patches: [] };
const reportOf = (outcome: Outcome) => ({
  seed: 1,
  size: 'short',
  outcomes: [outcome],
  notRun: [],
  misfits: [],
  seconds: 1,
});

describe('a mutant', () => {
  it('is noticed by the problem it leads to, whatever else is found beside it', () => {
    const outcome = outcomeOf(mutant, ['work was left', 'lost: message 7 (chat 1) is still pending (attempts 0)']);
    expect(isAsItShould(outcome)).toBe(true);
    expect(tableOf(reportOf(outcome))).toMatch(/^ok +R1 mutant: no lock/m);
  });

  it('is not noticed by another problem, and the report says which was looked for and which was found', () => {
    const outcome = outcomeOf(mutant, ['duplicated: update 7 has 2 rows']);
    expect(isAsItShould(outcome)).toBe(false);
    const table = tableOf(reportOf(outcome));
    expect(table).toContain('FAILED R1: the mutant "no lock" should be noticed by /is still pending/');
    expect(table).toContain('duplicated: update 7 has 2 rows');
    expect(summaryOf(reportOf(outcome))).toMatchObject({
      ok: false,
      scenarios: [{ ok: false, mutant: 'no lock', expects: 'is still pending' }],
    });
  });

  it('is not noticed when nothing was found, nor by a rig that failed', () => {
    expect(isAsItShould(outcomeOf(mutant, []))).toBe(false);
    expect(isAsItShould(outcomeOf(mutant, ['is still pending'], 'no port was free'))).toBe(false);
  });

  it('is something else than a run with all protections, which must find nothing', () => {
    expect(isAsItShould(outcomeOf(null, []))).toBe(true);
    expect(isAsItShould(outcomeOf(null, ['is still pending']))).toBe(false);
    expect(summaryOf(reportOf(outcomeOf(null, [])))).toMatchObject({
      ok: true,
      scenarios: [{ mutant: null, expects: null }],
    });
  });
});

it.each(SCENARIOS)('$id brings only limits within reach that the code has', ({ patches = [] }) => {
  expect(misfitsOf(patches, ROOT)).toEqual([]);
});

describe.each(mutants)('%s, the mutant "%s"', (_id, _name, { expects, patches }) => {
  it('switches off what the code has', () => {
    expect(misfitsOf(patches, ROOT)).toEqual([]);
  });

  it('expects a line that somebody writes', () => {
    expect(COMPLAINTS.filter((line) => expects.test(line))).not.toEqual([]);
  });

  it('expects more than that something is wrong', () => {
    expect(ANY_FAULT.filter((line) => expects.test(line))).toEqual([]);
    expect(expects.test('lost: ')).toBe(false);
    expect(expects.global || expects.sticky).toBe(false);
  });
});
