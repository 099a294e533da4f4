/** Builds the command from its verbs, runs it, and turns whatever was thrown into one line and an exit code. */
import { Command, CommanderError } from 'commander';
import { errorCode } from '../core/errors.ts';
import type { AddVerb, Outputs } from './verb.ts';

/** The caller has to change something: arguments, configuration, a file. */
const CONFIGURATION = 2;
const UNEXPECTED = 1;

export type ProgramParts = {
  readonly verbs: readonly AddVerb[];
  readonly outputs: Outputs;
  /** True: an error also shows where it was thrown. */
  readonly isDebug: () => boolean;
};

/** Runs one command line (without `node` and the script). Returns the exit code: 0, 1 unexpected, 2 to be corrected. Never throws. */
export async function runProgram(args: readonly string[], { verbs, outputs, isDebug }: ProgramParts): Promise<number> {
  const program = programOf(verbs, outputs);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    // Commander has already said what was wrong with the arguments, or has printed the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : CONFIGURATION;
    const isOurs = errorCode(error) !== 'unexpected';
    outputs.stderr.write(`throughline: ${isOurs ? messageOf(error) : firstLine(messageOf(error))}\n`);
    if (!isOurs && !isDebug())
      outputs.stderr.write('This was not foreseen; LOG_LEVEL=debug shows where it happened.\n');
    if (isDebug() && error instanceof Error) outputs.stderr.write(`${error.stack ?? ''}\n`);
    return isOurs ? CONFIGURATION : UNEXPECTED;
  }
}

/** Settings of the program are copied to every command made from it, so they come before the verbs. */
function programOf(verbs: readonly AddVerb[], { stdout, stderr }: Outputs): Command {
  const program = new Command('throughline')
    .description('One person, one line of conversation, on every channel.')
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: stdout.write,
      writeErr: stderr.write,
      getOutHelpWidth: () => stdout.columns,
      getErrHelpWidth: () => stderr.columns,
    });
  for (const add of verbs) add(program);
  return program;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}
