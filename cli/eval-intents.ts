/** throughline eval intents: how well intents are told apart, on files of anybody's or on the workspace's own exemplars. */
import { z } from 'zod';
import { createLexicalEmbedder } from '../core/embedding.ts';
import { InvalidPayloadError } from '../core/errors.ts';
import type { TaughtText } from '../core/fit-intent-model.ts';
import { OUT_OF_SCOPE } from '../core/intent.ts';
import { type Answered, confidenceError, type IntentScores, scoreIntents } from '../evals/intents/measure.ts';
import { answerAll, teach } from '../evals/intents/play.ts';
import { readJsonLines } from '../evals/json-lines.ts';
import type { Config } from '../server/config.ts';
import { readWorkspace } from '../server/workspace.ts';
import { evalCommand } from './eval-command.ts';
import type { AddVerb, Outputs } from './verb.ts';

export type EvalIntentsParts = {
  readonly outputs: Outputs;
  /** Throws PermanentError('config_invalid'). */
  readonly config: () => Pick<Config, 'workspaceFolder'>;
  /** Milliseconds. */
  readonly monotonic: () => number;
};

type Options = { readonly train?: string; readonly test?: string; readonly val?: string; readonly json?: boolean };
type Result = {
  readonly scores: IntentScores;
  readonly answered: readonly Answered[];
  readonly threshold: number;
  readonly says: string;
};

const FOLDS = 4;
const Line = z.object({
  text: z.string(),
  intent: z.string().min(1, 'write the name of the intent, or "oos" for a text out of scope'),
});

/** The verb `eval intents`. */
export function evalIntentsVerb(parts: EvalIntentsParts): AddVerb {
  return (program) => {
    evalCommand(program)
      .command('intents')
      .description('teach intents from one file and try them on another; without files: the exemplars of the workspace')
      .option('--train <file>', 'JSON lines {"text","intent"} to learn; intent "oos" = out of scope')
      .option('--test <file>', 'JSON lines of the same form to answer')
      .option(
        '--val <file>',
        'JSON lines to choose threshold and temperature on (default: cross-validation on --train)',
      )
      .option('--json', 'print one JSON object')
      .action(async (options: Options) => {
        const result = await evaluate(options, parts);
        const { stdout } = parts.outputs;
        stdout.write(options.json ? `${JSON.stringify(result.scores)}\n` : `${table(result)}\n`);
      });
  };
}

async function evaluate({ train, test, val }: Options, parts: EvalIntentsParts): Promise<Result> {
  if (train !== undefined && test !== undefined) return evaluateFiles({ train, test, val }, parts);
  if (train === undefined && test === undefined && val === undefined) return evaluateWorkspace(parts);
  throw new InvalidPayloadError('malformed', 'Name both --train and --test, or no file at all for the workspace.', {
    path: train === undefined ? '--train' : '--test',
  });
}

type Files = { readonly train: string; readonly test: string; readonly val: string | undefined };

async function evaluateFiles(files: Files, { outputs, monotonic }: EvalIntentsParts): Promise<Result> {
  const train = await readTexts(files.train);
  const tests = await readTexts(files.test);
  const validation = files.val === undefined ? undefined : await readTexts(files.val);
  refuseTooFew(files.train, train);
  outputs.stderr.write(`training on ${train.length} texts of ${intentsOf(train).size} intents …\n`);
  const taught = teach({ train, ...(validation ? { validation } : {}) }, monotonic);
  outputs.stderr.write(`answering ${tests.length} texts …\n`);
  const answered = answerAll(tests, { taught, monotonic });
  const { threshold } = taught;
  return {
    scores: scoreIntents(answered, taught),
    answered,
    threshold,
    says: `${tests.length} texts of ${files.test}`,
  };
}

async function readTexts(file: string): Promise<readonly TaughtText[]> {
  const texts = await readJsonLines(file, Line);
  if (texts.length > 0) return texts;
  throw new InvalidPayloadError('malformed', `${file} has no line. Write one {"text","intent"} per line.`, {
    path: file,
  });
}

function intentsOf(texts: readonly TaughtText[]): ReadonlySet<string> {
  return new Set(texts.map(({ intent }) => intent).filter((intent) => intent !== OUT_OF_SCOPE));
}

function refuseTooFew(file: string, texts: readonly TaughtText[]): void {
  if (intentsOf(texts).size >= 2) return;
  const said = `${file} has ${intentsOf(texts).size} intents besides "${OUT_OF_SCOPE}". Write texts of at least 2.`;
  throw new InvalidPayloadError('malformed', said, { path: file });
}

/** Each quarter of the exemplars is answered by what the other three teach. */
async function evaluateWorkspace({ outputs, config, monotonic }: EvalIntentsParts): Promise<Result> {
  const { intents } = await readWorkspace(config().workspaceFolder);
  const texts = intents.flatMap((file) =>
    file.intents.flatMap(({ name, exemplars }) => exemplars.map((text) => ({ text, intent: name }))),
  );
  const vectors = await createLexicalEmbedder().embed(texts.map(({ text }) => text));
  const embeddings = new Map(texts.map(({ text }, index) => [text, vectors[index] ?? []]));
  const embeddingOf = (text: string): readonly number[] => embeddings.get(text) ?? [];
  const folds = Array.from({ length: FOLDS }, (_, fold) => {
    outputs.stderr.write(`fold ${fold + 1} of ${FOLDS} …\n`);
    const taught = teach({ train: texts.filter((_text, at) => at % FOLDS !== fold), embeddingOf }, monotonic);
    const tests = texts.filter((_text, at) => at % FOLDS === fold);
    return { taught, answered: answerAll(tests, { taught, monotonic }) };
  });
  const answered = folds.flatMap((fold) => fold.answered);
  const threshold = folds.reduce((sum, { taught }) => sum + taught.threshold, 0) / FOLDS;
  const trainSeconds = folds.reduce((sum, { taught }) => sum + taught.trainSeconds, 0);
  const says = `${texts.length} exemplars of the workspace, each answered by the other three quarters`;
  return { scores: scoreIntents(answered, { threshold, trainSeconds }), answered, threshold, says };
}

const ROWS: Readonly<Record<keyof IntentScores, string>> = {
  accuracy: 'in scope, right and above the threshold',
  oosRecall: 'out of scope, below the threshold',
  oosAuroc: 'in scope above out of scope',
  accuracyAtOosRecall80: 'in scope, at the threshold that turns away 80 % of the rest',
  macroF1: 'mean over intents, at the threshold',
  usPerMessageP50: 'microseconds',
  usPerMessageP99: 'microseconds',
  trainSeconds: 'seconds',
};

function table({ scores, answered, threshold, says }: Result): string {
  const rows = Object.entries(ROWS).map(([name, meaning]) => {
    const value = scores[name as keyof IntentScores];
    const digits = name.startsWith('us') ? 0 : name === 'trainSeconds' ? 1 : 3;
    return `  ${name.padEnd(22)} ${(value === null ? '–' : value.toFixed(digits)).padStart(8)}   ${meaning}`;
  });
  const error = confidenceError(answered);
  const calibrated =
    error === null ? [] : [`  ${'calibration error'.padEnd(22)} ${error.toFixed(3).padStart(8)}   in scope, 15 bins`];
  return [says, '', ...rows, ...calibrated, '', `threshold ${threshold.toFixed(3)}`].join('\n');
}
