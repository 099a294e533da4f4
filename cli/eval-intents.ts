/** throughline eval intents: how well intents are told apart, on files of anybody's or on the workspace's own exemplars. */
import { z } from 'zod';
import { InvalidPayloadError } from '../core/errors.ts';
import type { TaughtText } from '../core/fit-intent-model.ts';
import { OUT_OF_SCOPE, UNCLEAR } from '../core/intent.ts';
import { confidenceError, type IntentScores, scoreIntents } from '../evals/intents/measure.ts';
import { answerAll, teach } from '../evals/intents/play.ts';
import { readJsonLines } from '../evals/json-lines.ts';
import type { Config } from '../server/config.ts';
import { evalCommand } from './eval-command.ts';
import { evaluateOwnIntents, type IntentResult } from './eval-own-intents.ts';
import type { AddVerb, Outputs } from './verb.ts';

export type EvalIntentsParts = {
  readonly outputs: Outputs;
  /** Throws PermanentError('config_invalid'). */
  readonly config: () => Pick<Config, 'workspaceFolder'>;
  /** Milliseconds. */
  readonly monotonic: () => number;
};

type Options = {
  readonly train?: string;
  readonly test?: string;
  readonly val?: string;
  readonly misses?: boolean;
  readonly json?: boolean;
};

const Line = z.object({
  text: z.string(),
  intent: z.string().min(1, 'write the name of the intent, or "oos" for a text out of scope'),
});

const HELP = `
Without files the workspace's own exemplars teach, and its evals/intents/*.jsonl are answered (the same form; they teach
nothing). Without those, each quarter of the exemplars is answered by the other three.`;

/** The verb `eval intents`. */
export function evalIntentsVerb(parts: EvalIntentsParts): AddVerb {
  return (program) => {
    evalCommand(program)
      .command('intents')
      .description('teach intents from one file and try them on another; without files: those of the workspace')
      .option('--train <file>', 'JSON lines {"text","intent"} to learn; intent "oos" = out of scope')
      .option('--test <file>', 'JSON lines of the same form to answer')
      .option(
        '--val <file>',
        'JSON lines to choose threshold and temperature on (default: cross-validation on --train)',
      )
      .option('--misses', 'also list the texts that were answered wrongly')
      .option('--json', 'print one JSON object')
      .addHelpText('after', HELP)
      .action(async (options: Options) => {
        const result = await evaluate(options, parts);
        const { stdout } = parts.outputs;
        stdout.write(
          options.json
            ? `${JSON.stringify(result.scores)}\n`
            : `${table(result)}\n${options.misses ? listMisses(result) : ''}`,
        );
      });
  };
}

async function evaluate({ train, test, val }: Options, parts: EvalIntentsParts): Promise<IntentResult> {
  if (train !== undefined && test !== undefined) return evaluateFiles({ train, test, val }, parts);
  if (train === undefined && test === undefined && val === undefined) {
    return evaluateOwnIntents(parts.config().workspaceFolder, {
      stderr: parts.outputs.stderr,
      monotonic: parts.monotonic,
    });
  }
  throw new InvalidPayloadError('malformed', 'Name both --train and --test, or no file at all for the workspace.', {
    path: train === undefined ? '--train' : '--test',
  });
}

type Files = { readonly train: string; readonly test: string; readonly val: string | undefined };

async function evaluateFiles(files: Files, { outputs, monotonic }: EvalIntentsParts): Promise<IntentResult> {
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
    tests,
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

function table({ scores, answered, threshold, says }: IntentResult): string {
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

/** What was asked, what it was taken for, and how sure; below the threshold nothing is answered. */
function listMisses({ answered, tests, threshold }: IntentResult): string {
  const lines = answered.flatMap(({ intent, found, confidence }, index) => {
    const said = confidence >= threshold ? found : UNCLEAR;
    const wanted = intent === OUT_OF_SCOPE ? UNCLEAR : intent;
    if (said === wanted) return [];
    const near = said === UNCLEAR ? `unclear (${found})` : said;
    return [`  ${tests[index]?.text ?? ''}\n    wanted ${intent}; found ${near} ${confidence.toFixed(2)}\n`];
  });
  return `\n${lines.length} misses\n${lines.join('')}`;
}
