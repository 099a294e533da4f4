/** Trains the intent model beside the event loop, in a thread of its own. */
import { Worker } from 'node:worker_threads';
import { PermanentError } from '../core/errors.ts';
import type { Dense } from '../core/exemplar-votes.ts';
import type { TaughtText } from '../core/fit-intent-model.ts';

export type Lesson = { readonly exemplars: readonly TaughtText[]; readonly embeddings: Dense };

/** Gives the model as bytes. Throws PermanentError('broken_invariant') with the worker's own words when it fails. */
export type TrainIntents = (lesson: Lesson) => Promise<Uint8Array>;

const WORKER = new URL('./intent-worker.ts', import.meta.url);

export const trainIntents: TrainIntents = (lesson) => {
  return new Promise((resolve, reject) => {
    const worker = new Worker(WORKER, { workerData: lesson });
    const fail = (error: unknown): void => {
      const said = error instanceof Error ? error.message : String(error);
      reject(new PermanentError('broken_invariant', `The intents could not be trained: ${said}`, { cause: error }));
    };
    worker.once('message', (bytes: Uint8Array) => resolve(bytes));
    worker.once('error', fail);
    // After a message this changes nothing; without one the thread ended before it was done.
    worker.once('exit', (code) => fail(`the thread ended with code ${code}`));
  });
};
