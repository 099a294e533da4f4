/** The contract of a scorer: from what a case expects and what was played to a score, or "unscored" when it could not measure. */
import type { z } from 'zod';
import type { Turn } from '../core/turn.ts';
import type { Played } from './world.ts';

/** `expected` and `got` are short phrases that are read one below the other: `intent course-length`, `intent price`. */
export type Score =
  | { readonly verdict: 'pass' | 'fail'; readonly expected: string; readonly got: string }
  | { readonly verdict: 'unscored'; readonly because: string };

/** A name of the workspace or the platform that an expectation uses; a misspelt one is an error when the suite is read. */
export type Reference = { readonly kind: 'intent' | 'tool' | 'document'; readonly name: string };

/**
 * `played` is what one turn of the case caused, or, for the expectations of the whole case, all of it. A scorer that
 * asks for one turn takes the last.
 */
export type Scorer<Expected = never> = {
  /** The key in a case file. */
  readonly name: string;
  readonly schema: z.ZodType<Expected>;
  /** `sent`: it reads what left; then nothing is proven when nothing left. */
  readonly reads: 'turn' | 'sent';
  readonly refersTo?: (expected: Expected) => readonly Reference[];
  readonly score: (expected: Expected, played: Played) => Score;
};

/** A scorer whose type of expectation is forgotten, so that a list can hold all of them. */
export type AnyScorer = Pick<Scorer, 'name' | 'reads'> & {
  readonly schema: z.ZodType;
  readonly refersTo: (expected: unknown) => readonly Reference[];
  readonly score: (expected: unknown, played: Played) => Score;
};

/** Ties a scorer's schema to its function; the only place where the type of the expectation is asserted. */
export function defineScorer<Expected>(scorer: Scorer<Expected>): AnyScorer {
  const { name, reads, schema } = scorer;
  return {
    name,
    reads,
    schema,
    refersTo: (expected) => scorer.refersTo?.(schema.parse(expected)) ?? [],
    score: (expected, played) => scorer.score(schema.parse(expected), played),
  };
}

/** Pass or fail of two texts that are the same or not. */
export function compared(expected: string, got: string): Score {
  return { verdict: expected === got ? 'pass' : 'fail', expected, got };
}

export function unscored(because: string): Score {
  return { verdict: 'unscored', because };
}

/** The turn an expectation of one turn speaks of. */
export function lastTurn({ turns }: Played): Turn | undefined {
  return turns.at(-1);
}

/**
 * What one expectation comes to. Where no turn was made, or a scorer of words found none, a pass would only mean that
 * nothing was there to fail: that is unscored.
 */
export function measure(
  scorer: AnyScorer,
  { expected, isNegated }: { readonly expected: unknown; readonly isNegated: boolean },
  played: Played,
): Score {
  if (played.turns.length === 0) return unscored('no turn was made');
  const plain = scorer.score(expected, played);
  const score = isNegated ? negated(plain) : plain;
  const isEmpty = scorer.reads === 'sent' && played.sent.length === 0;
  return isEmpty && score.verdict === 'pass' ? unscored('nothing was sent, so there was nothing to read') : score;
}

function negated(score: Score): Score {
  if (score.verdict === 'unscored') return score;
  return { ...score, verdict: score.verdict === 'pass' ? 'fail' : 'pass', expected: `not: ${score.expected}` };
}
