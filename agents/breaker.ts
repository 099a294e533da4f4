/** The breaker in front of a model: after several failures in a row it spares everybody the waiting. */
import type { Clock } from '../core/clock.ts';
import type { AgentModel, Breaker } from './model.ts';

export type BreakerOptions = {
  readonly clock: Clock;
  /** Failures in a row that open it. */
  readonly failuresToOpen?: number;
  /** Milliseconds it stays open, and between the single calls it then lets through. */
  readonly openMs?: number;
};

/**
 * Closed: calls go. Open: none goes for `openMs`. Half-open: one call goes; its success closes the breaker, its failure
 * opens it anew. A call that was let through and never reported (its turn was aborted) blocks nobody for longer than
 * `openMs`.
 */
export function createBreaker({ clock, failuresToOpen = 5, openMs = 30_000 }: BreakerOptions): Breaker {
  let failures = 0;
  /** When the next call may go; null while closed. */
  let reopensAt: number | null = null;
  return {
    whyClosed: () => {
      if (reopensAt === null) return null;
      if (clock() < reopensAt) return 'breaker_open';
      reopensAt = clock() + openMs;
      return null;
    },
    succeeded: () => {
      failures = 0;
      reopensAt = null;
    },
    failed: () => {
      failures += 1;
      if (failures >= failuresToOpen) reopensAt = clock() + openMs;
    },
  };
}

/**
 * The model whose breaker lets a call through, its stand-in otherwise, or why there is none. Asking may use up the one
 * call of a half-open breaker, so ask only when the call follows.
 */
export function modelToAsk(model: AgentModel | null): AgentModel | string {
  if (model === null) return 'no_model';
  const why = model.breaker.whyClosed();
  if (why === null) return model;
  return model.standIn && model.standIn.breaker.whyClosed() === null ? model.standIn : why;
}
