/** A deadline inside a longer-lived signal; aborts with one of our errors whichever comes first. */
import { TransientError } from '../core/errors.ts';
import { stopReason } from './failure.ts';

export type Deadline = {
  /** Its reason is always one of our errors: `model_timeout` at the deadline, else what stopped the turn. */
  readonly signal: AbortSignal;
  /** Frees timer and listener; call it when the work has ended. */
  readonly stop: () => void;
};

/** Starts a deadline of so many milliseconds that also ends with `outer`. */
export function startDeadline(outer: AbortSignal, milliseconds: number): Deadline {
  const controller = new AbortController();
  const forward = (): void => controller.abort(stopReason(outer));
  const message = `The work had ${Math.round(milliseconds)} ms and did not end in them.`;
  const timer = setTimeout(() => controller.abort(new TransientError('model_timeout', message)), milliseconds);
  if (outer.aborted) forward();
  else outer.addEventListener('abort', forward, { once: true });
  return {
    signal: controller.signal,
    stop: () => {
      clearTimeout(timer);
      outer.removeEventListener('abort', forward);
    },
  };
}
