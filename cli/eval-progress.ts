/** Says on standard error how far a run is: one line that rewrites itself in a terminal, a line now and then elsewhere. */
import type { Paint } from '../evals/report/layout.ts';
import type { TrialResult, Verdict } from '../evals/trial.ts';
import type { Output } from './verb.ts';

/** Elsewhere than in a terminal, a line each time this many trials ended. */
const EVERY = 20;

const WORDS = { fail: 'failed', error: 'errors', invalid: 'invalid', unscored: 'unscored' } as const;

export type Progress = { readonly see: (result: TrialResult) => void; readonly end: () => void };

export function createProgress({
  stderr,
  paint,
  total,
}: {
  readonly stderr: Output;
  readonly paint: Paint;
  readonly total: number;
}): Progress {
  const seen: Record<Verdict, number> = { pass: 0, fail: 0, error: 0, invalid: 0, unscored: 0 };
  const clear = stderr.isTerminal ? '\r\u001b[K' : '';
  let done = 0;
  const countText = (): string => {
    const others = (['fail', 'error', 'invalid', 'unscored'] as const).filter((verdict) => seen[verdict] > 0);
    return [`${done} of ${total}`, `${seen.pass} passed`, ...others.map((one) => `${seen[one]} ${WORDS[one]}`)].join(
      ' · ',
    );
  };
  // The first world takes a while to open.
  if (stderr.isTerminal) stderr.write(paint('faint', countText()));
  return {
    see: (result) => {
      done += 1;
      seen[result.verdict] += 1;
      if (result.verdict !== 'pass') stderr.write(`${clear}${lineOf(result, paint)}\n`);
      if (stderr.isTerminal) stderr.write(`${clear}${paint('faint', countText())}`);
      else if (done % EVERY === 0 || done === total) stderr.write(`${countText()}\n`);
    },
    end: () => stderr.write(clear),
  };
}

function lineOf({ trial, verdict, reason }: TrialResult, paint: Paint): string {
  const name = `${trial.suite}/${trial.case.id}${trial.repeat > 1 ? ` (${trial.repeat})` : ''}`;
  const word = paint(verdict === 'fail' ? 'bad' : 'warn', verdict.padEnd(8));
  return reason === null ? `${word} ${name}` : `${word} ${name}: ${reason}`;
}
