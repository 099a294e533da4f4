/** The command `eval`, whose verbs stand in files of their own. */
import type { Command } from 'commander';

/** The `eval` command of the program, made by whichever of its verbs comes first. */
export function evalCommand(program: Command): Command {
  const known = program.commands.find((command) => command.name() === 'eval');
  return known ?? program.command('eval').description('measure how well it answers');
}
