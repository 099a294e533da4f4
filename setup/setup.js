/**
 * The setup step of every npm script: makes the folder ready to run, then runs a file, if one is named, on the project's own Node.
 * No import and no syntax that an old Node cannot parse, so that it can say in one line what is wrong.
 *
 *   node setup/setup.js [--with-dev] [file arguments…]
 */
if (Number.parseInt(process.versions.node, 10) < 20) {
  console.error(
    `Throughline needs Node 20 or later; this is Node ${process.versions.node}. Install a newer one: https://nodejs.org`,
  );
  process.exitCode = 1;
} else {
  import('./run.js').then(({ setUpAndRun }) => {
    const withDev = process.argv[2] === '--with-dev';
    setUpAndRun(process.argv.slice(withDev ? 3 : 2), { withDev });
  });
}
