/** What one trial came to: what was done and seen turn by turn, every score, one verdict. */
import type { ChannelName } from '../core/event.ts';
import type { Trial } from './arrange.ts';
import type { Score } from './scorer.ts';
import type { Played } from './world.ts';

/**
 * error: the platform or the world broke · invalid: the case cannot be played · unscored: nothing failed, but something
 * could not be measured. These three say nothing about how well it answers and leave the denominator.
 */
export type Verdict = 'pass' | 'fail' | 'error' | 'invalid' | 'unscored';

export type PlayedTurn = {
  readonly channel: ChannelName;
  /** `says "…"` or `chooses "…"`. */
  readonly did: string;
  readonly played: Played;
  readonly milliseconds: number;
};

/** The score of one expectation; `turn` counts from 1, null for expectations of the whole case. */
export type Checked = {
  readonly turn: number | null;
  readonly scorer: string;
  readonly isNegated: boolean;
  readonly expected: unknown;
  readonly score: Score;
};

export type TrialResult = {
  readonly trial: Trial;
  readonly verdict: Verdict;
  /** Why it is an error or invalid. */
  readonly reason: string | null;
  readonly turns: readonly PlayedTurn[];
  readonly checks: readonly Checked[];
  readonly milliseconds: number;
};
