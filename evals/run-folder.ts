/** What a run leaves behind: results.jsonl and turns.jsonl as trials end, then run.json, report.txt and junit.xml. */
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, PermanentError } from '../core/errors.ts';
import { junitXml } from './junit.ts';
import type { Summary } from './summary.ts';
import type { TrialResult } from './trial.ts';

/** run.json. `version` grows when a reader of old runs would misread a new one. */
export type RunRecord = {
  readonly version: 1;
  readonly id: string;
  readonly startedAt: string;
  readonly milliseconds: number;
  readonly exitCode: number;
  readonly commit: string | null;
  /** What was asked for on the command line. */
  readonly asked: Readonly<Record<string, unknown>>;
  readonly summary: Summary;
  /** The verdict of every trial; their words and scores are in results.jsonl. */
  readonly trials: readonly Pick<TrialRecord, 'suite' | 'case' | 'repeat' | 'verdict' | 'reason' | 'milliseconds'>[];
};

/** One line of results.jsonl. */
export type TrialRecord = ReturnType<typeof trialRecord>;

export type RunFolder = {
  readonly path: string;
  /** Returns at once; lines are written in the order they came. */
  readonly append: (result: TrialResult) => void;
  /** Waits for every line, then writes the rest. */
  readonly finish: (
    record: RunRecord,
    written: { readonly report: string; readonly results: readonly TrialResult[] },
  ) => Promise<void>;
};

/** Makes the folder `<parent>/<id>`. Throws PermanentError('data_folder_unwritable'). */
export async function createRunFolder(parent: string, id: string): Promise<RunFolder> {
  const path = join(parent, id);
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : errorCode(error);
    const message = `${path}: the folder of the run cannot be made (${code}); set DATA_DIR to a folder that can be written`;
    throw new PermanentError('data_folder_unwritable', message, { cause: error });
  }
  let last: Promise<unknown> = Promise.resolve();
  const write = async (result: TrialResult): Promise<void> => {
    await appendFile(join(path, 'results.jsonl'), `${JSON.stringify(trialRecord(result))}\n`);
    await appendFile(join(path, 'turns.jsonl'), turnLines(result));
  };
  return {
    path,
    append: (result) => {
      last = last.then(() => write(result));
      // A full disk is told once, by `finish`.
      last.catch(() => undefined);
    },
    finish: async (record, { report, results }) => {
      await last;
      await Promise.all([
        writeFile(join(path, 'run.json'), `${JSON.stringify(record, null, 2)}\n`),
        writeFile(join(path, 'report.txt'), report),
        writeFile(join(path, 'junit.xml'), junitXml(results)),
      ]);
    },
  };
}

/** A trial without the turns' own records, which turns.jsonl has under the same ids. */
export function trialRecord({ trial, verdict, reason, turns, checks, milliseconds }: TrialResult) {
  return {
    suite: trial.suite,
    case: trial.case.id,
    repeat: trial.repeat,
    tags: trial.case.tags,
    channel: trial.channel,
    verdict,
    reason,
    milliseconds,
    checks,
    turns: turns.map(({ did, channel, played, milliseconds: taken }) => ({
      did,
      channel,
      milliseconds: taken,
      turns: played.turns.map((turn) => turn.id),
      sent: played.sent.map(({ delivery, parts }) => ({
        id: delivery.id,
        messageClass: delivery.messageClass,
        parts: parts.map((part) => part.text),
        blocks: delivery.reply.blocks,
        losses: delivery.losses,
      })),
      alerts: played.alerts.map((alert) => alert.kind),
    })),
  };
}

function turnLines({ trial, turns }: TrialResult): string {
  const records = turns.flatMap(({ played }) => played.turns);
  return records
    .map((turn) => `${JSON.stringify({ suite: trial.suite, case: trial.case.id, repeat: trial.repeat, turn })}\n`)
    .join('');
}
