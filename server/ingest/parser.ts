/** The near side of the parsing thread: a job with a time limit and a memory limit, so that no document can hold up the process. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { InvalidPayloadError } from '../../core/errors.ts';
import type { ParseJob, Piece } from './draft.ts';
import type { ParseAnswer } from './parse-thread.ts';

export type Parser = {
  /** Throws InvalidPayloadError for what is wrong with the document, its limits included. Jobs wait for each other. */
  parse(job: ParseJob): Promise<readonly Piece[]>;
  close(): Promise<void>;
};

export type ParseLimits = { readonly milliseconds: number; readonly megabytes: number };

const LIMITS: ParseLimits = { milliseconds: 20_000, megabytes: 384 };

/** The thread starts with the first job, and again after one that had to be stopped. */
export function createParser(limits: ParseLimits = LIMITS): Parser {
  let worker: Worker | null = null;
  let last: Promise<unknown> = Promise.resolve();
  const stop = async (): Promise<void> => {
    const stopping = worker;
    worker = null;
    await stopping?.terminate();
  };
  const run = async (job: ParseJob): Promise<readonly Piece[]> => {
    worker ??= await startThread(limits);
    const answer = await ask(worker, { job, limits }).catch(async (error: unknown) => {
      await stop();
      throw error;
    });
    if ('pieces' in answer) return answer.pieces;
    throw new InvalidPayloadError(answer.problem.code, answer.problem.message, { path: answer.problem.path });
  };
  return {
    parse: (job) => {
      const result = last.then(() => run(job));
      last = result.catch(() => undefined);
      return result;
    },
    close: stop,
  };
}

/** Loading the libraries takes a while, and is not the time of any document. */
async function startThread({ megabytes }: ParseLimits): Promise<Worker> {
  const worker = new Worker(new URL('./parse-thread.ts', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: megabytes, maxYoungGenerationSizeMb: 32 },
    // A library that writes to the console would spoil a JSON object on standard output.
    stdout: true,
    stderr: true,
    env: {},
  });
  await once(worker, 'message');
  worker.unref();
  return worker;
}

type Asking = { readonly job: ParseJob; readonly limits: ParseLimits };

/** The thread may answer, run out of memory, die, or never come back. */
function ask(worker: Worker, { job, limits }: Asking): Promise<ParseAnswer> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      worker.off('message', onMessage).off('error', onError).off('exit', onExit).unref();
      settle();
    };
    const fail = (says: string, cause?: unknown): void =>
      end(() => reject(new InvalidPayloadError('too_large', says, { cause })));
    const onMessage = (answer: ParseAnswer): void => end(() => resolve(answer));
    const onError = (error: unknown): void =>
      fail(`cannot be read within ${limits.megabytes} MB of memory; split or simplify it`, error);
    const onExit = (): void => fail('ended the thread that read it; split or simplify it');
    const timer = setTimeout(
      () => fail(`takes longer than ${limits.milliseconds / 1_000} s to read; split or simplify it`),
      limits.milliseconds,
    );
    // While a job runs the process stays; between jobs the thread keeps nobody.
    worker.ref();
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    worker.postMessage(job);
  });
}
