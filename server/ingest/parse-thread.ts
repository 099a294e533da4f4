/** The parsing thread: takes one job at a time, answers with its pieces or with what was wrong. */
import { parentPort } from 'node:worker_threads';
import { InvalidPayloadError } from '../../core/errors.ts';
import type { ParseJob, Piece, Problem } from './draft.ts';
import { parseDocument } from './parse-document.ts';

/** What goes back for each job; before the first, a bare `ready` says that everything is loaded. */
export type ParseAnswer = { readonly pieces: readonly Piece[] } | { readonly problem: Problem };

parentPort?.on('message', (job: ParseJob) => {
  parseDocument(job).then(
    (pieces) => parentPort?.postMessage({ pieces } satisfies ParseAnswer),
    (error: unknown) => parentPort?.postMessage({ problem: problemOf(error) } satisfies ParseAnswer),
  );
});
parentPort?.postMessage('ready');

function problemOf(error: unknown): Problem {
  if (error instanceof InvalidPayloadError) return { code: error.code, message: error.message, path: error.path };
  if (error instanceof RangeError && error.message.includes('call stack')) {
    return { code: 'too_large', message: 'is nested too deeply to be read; simplify it', path: '' };
  }
  const reason = error instanceof Error ? error.message : String(error);
  return {
    code: 'malformed',
    message: `cannot be read (${reason.slice(0, 160)}); save it again or leave it out`,
    path: '',
  };
}
