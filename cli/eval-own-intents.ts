/** The part of `eval intents` that needs no file: the workspace's own exemplars, held against its own questions. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { embedLexically } from '../core/embedding.ts';
import type { TaughtText } from '../core/fit-intent-model.ts';
import { OUT_OF_SCOPE } from '../core/intent.ts';
import { type Answered, type IntentScores, scoreIntents } from '../evals/intents/measure.ts';
import { answerAll, teach } from '../evals/intents/play.ts';
import { readJsonLines } from '../evals/json-lines.ts';
import { exemplarsOf } from '../server/teach-intents.ts';
import { readWorkspace } from '../server/workspace.ts';
import type { Output } from './verb.ts';

export type IntentResult = {
  readonly scores: IntentScores;
  /** In the order of `tests`. */
  readonly answered: readonly Answered[];
  readonly tests: readonly TaughtText[];
  readonly threshold: number;
  /** What was measured, in words. */
  readonly says: string;
};

export type OwnParts = { readonly stderr: Output; readonly monotonic: () => number };

const FOLDS = 4;
/** Questions that teach nothing, JSON lines {"text","intent"}, in files of any name. */
const HELD_OUT = join('evals', 'intents');

/**
 * With questions in the workspace's `evals/intents/*.jsonl`: everything the workspace teaches is learned, and they are
 * answered. Without: each quarter of the exemplars and out-of-scope lines is answered by what the other three teach.
 */
export async function evaluateOwnIntents(workspaceFolder: string, parts: OwnParts): Promise<IntentResult> {
  const texts = exemplarsOf(await readWorkspace(workspaceFolder));
  const heldOut = await readHeldOut(join(workspaceFolder, HELD_OUT), texts);
  return heldOut.length > 0 ? answerHeldOut(texts, { ...parts, heldOut }) : answerInFolds(texts, parts);
}

/** Throws InvalidPayloadError for a line of an intent that nothing teaches. */
async function readHeldOut(folder: string, texts: readonly TaughtText[]): Promise<readonly TaughtText[]> {
  const names = new Set([...texts.map(({ intent }) => intent), OUT_OF_SCOPE]);
  const intent = z
    .string()
    .refine((name) => names.has(name), `is no intent of the workspace, nor "${OUT_OF_SCOPE}"; correct its name`);
  const files = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.jsonl')).toSorted();
  const lines = await Promise.all(
    files.map((name) => readJsonLines(join(folder, name), z.object({ text: z.string(), intent }))),
  );
  return lines.flat();
}

type HeldOut = OwnParts & { readonly heldOut: readonly TaughtText[] };

function answerHeldOut(texts: readonly TaughtText[], { heldOut, stderr, monotonic }: HeldOut): IntentResult {
  stderr.write(`training on ${texts.length} texts of the workspace …\n`);
  const taught = teach({ train: texts, embeddingOf: embedLexically }, monotonic);
  const answered = answerAll(heldOut, { taught, monotonic });
  const says = `${countsOf(heldOut)}, kept apart from the ${texts.length} texts that teach`;
  return { scores: scoreIntents(answered, taught), answered, tests: heldOut, threshold: taught.threshold, says };
}

function answerInFolds(texts: readonly TaughtText[], { stderr, monotonic }: OwnParts): IntentResult {
  const folds = Array.from({ length: FOLDS }, (_, fold) => {
    stderr.write(`fold ${fold + 1} of ${FOLDS} …\n`);
    const train = texts.filter((_text, at) => at % FOLDS !== fold);
    const tests = texts.filter((_text, at) => at % FOLDS === fold);
    const taught = teach({ train, embeddingOf: embedLexically }, monotonic);
    return { taught, tests, answered: answerAll(tests, { taught, monotonic }) };
  });
  const answered = folds.flatMap((fold) => fold.answered);
  const threshold = folds.reduce((sum, { taught }) => sum + taught.threshold, 0) / FOLDS;
  const trainSeconds = folds.reduce((sum, { taught }) => sum + taught.trainSeconds, 0);
  const says = `${countsOf(texts)} of the workspace, each answered by the other three quarters; for surer figures write questions that teach nothing into ${HELD_OUT}/*.jsonl`;
  const scores = scoreIntents(answered, { threshold, trainSeconds });
  return { scores, answered, tests: folds.flatMap((fold) => fold.tests), threshold, says };
}

function countsOf(texts: readonly TaughtText[]): string {
  const outside = texts.filter(({ intent }) => intent === OUT_OF_SCOPE).length;
  return `${texts.length - outside} texts in scope and ${outside} out of scope`;
}
