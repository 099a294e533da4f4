/** The contract of a verb: one thing the `throughline` command can do, in a file of its own, listed in main.ts. */
import type { Command } from 'commander';

/**
 * Registers a verb with its arguments, options and action. The action throws one of the four error classes when
 * something has to be changed first; the program makes one line of it.
 */
export type AddVerb = (program: Command) => void;

export type Output = {
  readonly write: (text: string) => void;
  /** A person is reading: lines may be rewritten in place. */
  readonly isTerminal: boolean;
  readonly hasColors: boolean;
  /** Characters in a line. */
  readonly columns: number;
};

export type Outputs = { readonly stdout: Output; readonly stderr: Output };
