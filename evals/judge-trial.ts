/** From what was played to a verdict: asks every scorer, keeps every sub-score, says why when there is no verdict. Pure. */
import type { Trial } from './arrange.ts';
import type { Expectation } from './case.ts';
import type { Performance } from './play-trial.ts';
import { measure } from './scorer.ts';
import type { Checked, PlayedTurn, TrialResult, Verdict } from './trial.ts';
import type { Played } from './world.ts';

type Judged = Pick<TrialResult, 'verdict' | 'reason' | 'checks'>;

export function judgeTrial(trial: Trial, { turns, ending }: Performance): Judged {
  const checks = [...checkTurns(trial, turns), ...checkWhole(trial, turns)];
  switch (ending.kind) {
    case 'error':
    case 'stuck':
      return { verdict: 'error', reason: ending.reason, checks };
    case 'invalid':
      return { verdict: 'invalid', reason: ending.reason, checks };
    case 'missing_choice': {
      const offered =
        ending.offered.length > 0 ? ending.offered.map((label) => `[${label}]`).join(' ') : 'nothing to press';
      const score = { verdict: 'fail', expected: `offered [${ending.label}]`, got: offered } as const;
      const missing = { turn: turns.length, scorer: 'chooses', isNegated: false, expected: ending.label, score };
      return { verdict: 'fail', reason: null, checks: [...checks, missing] };
    }
    case 'played': {
      const broken = brokenTurn(trial, turns);
      return broken === null
        ? { verdict: verdictOf(checks), reason: null, checks }
        : { verdict: 'error', reason: broken, checks };
    }
  }
}

function checkTurns(trial: Trial, turns: readonly PlayedTurn[]): readonly Checked[] {
  return turns.flatMap(({ played }, index) =>
    (trial.case.turns[index]?.expect ?? []).map((expectation) => check(expectation, { played, turn: index + 1 })),
  );
}

/** Only where everything was played: half a case says nothing about the whole. */
function checkWhole(trial: Trial, turns: readonly PlayedTurn[]): readonly Checked[] {
  if (turns.length < trial.case.turns.length) return [];
  const played: Played = {
    turns: turns.flatMap((turn) => turn.played.turns),
    sent: turns.flatMap((turn) => turn.played.sent),
    alerts: turns.flatMap((turn) => turn.played.alerts),
  };
  return trial.case.expect.map((expectation) => check(expectation, { played, turn: null }));
}

function check(expectation: Expectation, seen: { readonly played: Played; readonly turn: number | null }): Checked {
  const { scorer, expected, isNegated } = expectation;
  const score = measure(scorer, { expected, isNegated }, seen.played);
  return { turn: seen.turn, scorer: scorer.name, isNegated, expected, score };
}

/** A message without a turn, or a turn that ended in an error, is trouble of the platform unless the case expects it. */
function brokenTurn({ case: { turns: planned, expect } }: Trial, turns: readonly PlayedTurn[]): string | null {
  for (const [index, { did, played }] of turns.entries()) {
    if (played.turns.length === 0) return `turn ${index + 1} (${did}) made no turn: nothing was answered`;
    const failed = played.turns.find((turn) => turn.status === 'error');
    const isExpected = [...(planned[index]?.expect ?? []), ...expect].some(({ scorer }) => scorer.name === 'status');
    if (failed && !isExpected) {
      return `turn ${index + 1} (${did}) ended in an error: ${failed.error?.code ?? 'unknown'}: ${failed.error?.message ?? ''}`;
    }
  }
  return null;
}

function verdictOf(checks: readonly Checked[]): Verdict {
  const verdicts = checks.map(({ score }) => score.verdict);
  if (verdicts.includes('fail')) return 'fail';
  return verdicts.includes('unscored') ? 'unscored' : 'pass';
}
