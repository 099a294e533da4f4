/** throughline migrate: brings the database up to this release. The server does the same at every start. */
import type { Command } from 'commander';
import { withStore } from './store.ts';

/** Registers the verb. */
export function addMigrate(program: Command): void {
  program
    .command('migrate')
    .description('bring the database up to this release')
    .option('--json', 'print one JSON object')
    .action(async ({ json }: { readonly json?: boolean }) => {
      const applied = await withStore((store) => Promise.resolve(store.migrated));
      const words =
        applied.length === 0 ? 'Nothing to do: the database is up to date.' : `Applied: ${applied.join(', ')}`;
      process.stdout.write(json ? `${JSON.stringify({ applied })}\n` : `${words}\n`);
    });
}
