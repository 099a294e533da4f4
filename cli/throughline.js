#!/usr/bin/env node
/**
 * The `throughline` command: sets the folder up where needed, then runs cli/main.ts on the project's own Node.
 * No import and no syntax that an old Node cannot parse, so that it can say in one line what is wrong.
 */
if (Number.parseInt(process.versions.node, 10) < 20) {
  console.error(
    `Throughline needs Node 20 or later; this is Node ${process.versions.node}. Install a newer one: https://nodejs.org`,
  );
  process.exitCode = 1;
} else {
  import('../setup/run.js').then(({ setUpAndRun, root }) =>
    setUpAndRun([`${root}/cli/main.ts`, ...process.argv.slice(2)], { withDev: false }),
  );
}
