/** throughline start: the server, as `npm start` runs it. */
import type { Command } from 'commander';
import { main } from '../server/main.ts';

/** Registers the verb. */
export function addStart(program: Command): void {
  program.command('start').description('start the server').action(main);
}
